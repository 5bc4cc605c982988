import { type Cell, contextOf } from "../core/friend.ts";
import type { TaskContext } from "../core/mod.ts";
import { RankedItem } from "../internal/ranked.ts";
import type { ReadyTask } from "./ready_queue.ts";

/**
 * A task in an executor, and what its queue holds. All that are alive are a list:
 *
 *     Alive.first → Entry.after → … → Alive.last       (and back through `before`)
 */
export interface Entry extends ReadyTask {
  readonly cell: Cell;
  /** The executor. */
  readonly owner: object;
  before: Entry | undefined;
  after: Entry | undefined;
}

/** As much as it takes. */
export class PlainEntry implements Entry {
  readonly cell: Cell;
  readonly owner: object;
  before: Entry | undefined;
  after: Entry | undefined;

  constructor(cell: Cell, owner: object) {
    this.cell = cell;
    this.owner = owner;
    this.before = undefined;
    this.after = undefined;
  }

  get id(): number {
    return this.cell.id;
  }

  get tag(): unknown {
    return this.cell.tag;
  }
}

/** With a priority. While it is ready, it is in the list of its rank, and in the one of all by age. */
export class PriorityEntry extends RankedItem implements Entry {
  readonly cell: Cell;
  readonly owner: object;
  before: Entry | undefined;
  after: Entry | undefined;
  priority: number;
  older: PriorityEntry | undefined;
  newer: PriorityEntry | undefined;

  constructor(cell: Cell, owner: object, priority: number) {
    super();
    this.cell = cell;
    this.owner = owner;
    this.before = undefined;
    this.after = undefined;
    this.priority = priority;
    this.older = undefined;
    this.newer = undefined;
  }

  get id(): number {
    return this.cell.id;
  }

  get tag(): unknown {
    return this.cell.tag;
  }
}

/** The tasks of an executor that have not ended, in the order in which they were spawned. */
export class Alive {
  #first: Entry | undefined;
  #last: Entry | undefined;
  #size: number;

  constructor() {
    this.#first = undefined;
    this.#last = undefined;
    this.#size = 0;
  }

  get size(): number {
    return this.#size;
  }

  add(entry: Entry): void {
    const last = this.#last;
    entry.before = last;
    if (last === undefined) this.#first = entry;
    else last.after = entry;
    this.#last = entry;
    this.#size++;
  }

  remove(entry: Entry): void {
    const { before, after } = entry;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    entry.before = entry.after = undefined;
    this.#size--;
  }

  /** All of them, as they are now. */
  entries(): Entry[] {
    const entries: Entry[] = [];
    for (let entry = this.#first; entry !== undefined; entry = entry.after) entries.push(entry);
    return entries;
  }

  /** All of them, as one is told of them. */
  contexts(): TaskContext[] {
    return this.entries().map(({ cell }) => contextOf(cell));
  }
}

/** What an executor keeps of its tasks. */
import { type Cell, contextOf, reportOf } from "../core/friend.ts";
import type { TaskContext } from "../core/mod.ts";
import { PriorityItem } from "./priority_queue.ts";
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

/** With a priority. While it is ready, it is in the executor's queue. */
export class PriorityEntry extends PriorityItem implements Entry {
  readonly cell: Cell;
  readonly owner: object;
  before: Entry | undefined;
  after: Entry | undefined;

  constructor(cell: Cell, owner: object, priority: number) {
    super(priority);
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

/** The tasks of an executor that have not ended, in the order in which they were spawned. */
export class Alive {
  #first: Entry | undefined = undefined;
  #last: Entry | undefined = undefined;
  #size = 0;

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

  /** The one that was spawned before all others. */
  get first(): Entry | undefined {
    return this.#first;
  }

  /** The first so many of them, as they are now. */
  entries(max = Infinity): Entry[] {
    const entries: Entry[] = [];
    for (let entry = this.#first; entry !== undefined && entries.length < max; entry = entry.after) {
      entries.push(entry);
    }
    return entries;
  }

  /** All of them, as one is told of them. */
  contexts(): TaskContext[] {
    return this.entries().map(({ cell }) => contextOf(cell));
  }
}

/** Cancels tasks. A waker that throws keeps no other from being cancelled. */
export function cancelAll(tasks: Iterable<{ readonly cell: Cell }>, reason: unknown): void {
  for (const { cell } of tasks) {
    try {
      cell.cancel(reason);
    } catch (error) {
      reportOf(cell.id, cell.tag, "could not be cancelled without an error", error);
    }
  }
}

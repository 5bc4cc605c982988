/** The order in which tasks of different priorities have their turn: to run, or to start. */
import { Heap } from "../internal/heap.ts";
import { Ranked, RankedItem } from "../internal/ranked.ts";
import { show } from "../internal/show.ts";

/**
 * What a {@linkcode PriorityQueue} holds. Whatever is in the queue is in a list by age, besides, and there
 * are two places where it may be by priority: in the list of its rank, or, if its priority was changed
 * meanwhile, in a heap.
 *
 *     oldest → newer → … → newest       (and back through `older`)
 */
export class PriorityItem extends RankedItem {
  priority: number;
  /** Rises from push to push. */
  turn: number;
  older: PriorityItem | undefined;
  newer: PriorityItem | undefined;
  /** Written by the heap alone. */
  heapIndex: number;

  constructor(priority: number) {
    super();
    this.priority = priority;
    this.turn = 0;
    this.older = undefined;
    this.newer = undefined;
    this.heapIndex = -1;
  }
}

/** A list of items by age: what was added first is `oldest`. An item is in one list at a time. */
export class AgeList<T extends PriorityItem> {
  oldest: T | undefined = undefined;
  newest: T | undefined = undefined;
  size = 0;

  add(item: T): void {
    this.size++;
    item.older = this.newest;
    if (this.newest === undefined) this.oldest = item;
    else this.newest.newer = item;
    this.newest = item;
  }

  /** The item is in this list. */
  remove(item: T): void {
    this.size--;
    const { older, newer } = item;
    if (older === undefined) this.oldest = newer as T | undefined;
    else older.newer = newer;
    if (newer === undefined) this.newest = older as T | undefined;
    else newer.older = older;
    item.older = item.newer = undefined;
  }

  /** All of them, as they are now. */
  toArray(): T[] {
    const items: T[] = [];
    for (let item: PriorityItem | undefined = this.oldest; item !== undefined; item = item.newer) {
      items.push(item as T);
    }
    return items;
  }
}

/**
 * The highest priority first, and what was pushed first within one; but every `ageing`-th is the one that has
 * been there for the longest, whatever its priority.
 *
 * That bounds the wait: what is there, with `n` others that have been there for longer, is among the next
 * `ageing * (n + 1)`, as each of those turns takes one of the `n`, or itself.
 */
export class PriorityQueue<T extends PriorityItem> {
  readonly #ageing: number;
  readonly #ranked: Ranked<T> = new Ranked();
  /** Those whose priority was changed: by priority, then by turn, as they are no longer pushed in order. */
  readonly #moved: Heap<T> = new Heap<T>(isBefore);
  /** All that are in `#ranked` or `#moved`. */
  readonly #all: AgeList<T> = new AgeList();
  #turn = 0;
  /** How many come by priority before the next that comes by age. */
  #untilAge: number;

  constructor(ageing: number) {
    this.#ageing = ageing;
    this.#untilAge = ageing;
  }

  get size(): number {
    return this.#all.size;
  }

  push(item: T): void {
    item.turn = ++this.#turn;
    this.#ranked.add(-item.priority, item);
    this.#all.add(item);
  }

  pop(): T | undefined {
    const oldest = this.#all.oldest;
    if (oldest === undefined) return undefined;
    const isByAge = --this.#untilAge <= 0;
    if (isByAge) this.#untilAge = this.#ageing;
    const item = isByAge ? oldest : this.#first();
    this.remove(item);
    return item;
  }

  /** Whether the item was there. */
  remove(item: T): boolean {
    if (!this.#ranked.remove(item) && !this.#moved.remove(item)) return false;
    this.#all.remove(item);
    return true;
  }

  /** If the item is there, it is now where it would be if it had been pushed with this priority. */
  reprioritize(item: T, priority: number): void {
    if (item.priority === priority) return;
    const isHere = this.#ranked.remove(item) || this.#moved.remove(item);
    item.priority = priority;
    if (isHere) this.#moved.push(item);
  }

  /** All of them, by age. */
  toArray(): T[] {
    return this.#all.toArray();
  }

  /** The first by priority; there is one. */
  #first(): T {
    const ranked = this.#ranked.peek();
    const moved = this.#moved.peek();
    if (moved === undefined) return ranked!;
    return ranked === undefined || isBefore(moved, ranked) ? moved : ranked;
  }
}

function isBefore(a: PriorityItem, b: PriorityItem): boolean {
  return a.priority > b.priority || a.priority === b.priority && a.turn < b.turn;
}

/** Returns `priority` if it is one; `action` is what can't be done else. */
export function checkPriority(priority: number, action: string): number {
  if (typeof priority === "number" && !Number.isNaN(priority)) return priority;
  throw new RangeError(`Cannot ${action}: expected a priority other than NaN, got ${show(priority)}`);
}

/** Returns `ageing` if it can be one; `action` is what can't be done else. */
export function checkAgeing(ageing: number, action: string): number {
  if (ageing >= 1) return ageing;
  throw new RangeError(`Cannot ${action}: expected ageing to be 1 or more, got ${show(ageing)}`);
}

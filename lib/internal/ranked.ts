/** A queue by rank, where many items have the same one. */
import { Heap, type HeapItem } from "./heap.ts";

/**
 * What a {@linkcode Ranked} holds. Those of the same rank are a list, in the order in which they were added:
 *
 *     Rank.first → RankedItem.next → … → Rank.last       (and back through `prev`)
 */
export class RankedItem {
  /** Set while the item is in that list. */
  rank: Rank | undefined;
  prev: RankedItem | undefined;
  next: RankedItem | undefined;

  constructor() {
    this.rank = undefined;
    this.prev = undefined;
    this.next = undefined;
  }
}

/** A rank that something has. It is in the heap and in the map as long as its list has an item. */
class Rank implements HeapItem {
  readonly value: number;
  first: RankedItem | undefined;
  last: RankedItem | undefined;
  heapIndex: number;

  constructor(value: number) {
    this.value = value;
    this.first = undefined;
    this.last = undefined;
    this.heapIndex = -1;
  }
}

/**
 * A queue in which the lowest rank comes first, and within a rank what was added first.
 *
 * Thousands of items share few different ranks: the ms in which sleeps are due, the priorities of tasks. So
 * the heap holds ranks, not items: to add or remove an item is a step in a list, and only the first and the
 * last of a rank touch the heap.
 */
export class Ranked<T extends RankedItem> {
  readonly #ranks: Map<number, Rank> = new Map();
  readonly #heap: Heap<Rank> = new Heap((a, b) => a.value < b.value);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The lowest rank; `Infinity` if there is none. */
  get lowest(): number {
    return this.#heap.peek()?.value ?? Infinity;
  }

  /** Adds an item that is in no queue. */
  add(value: number, item: T): void {
    const rank = this.#ranks.get(value) ?? this.#open(value);
    item.rank = rank;
    item.prev = rank.last;
    if (rank.last === undefined) rank.first = item;
    else rank.last.next = item;
    rank.last = item;
    this.#size++;
  }

  /** Whether the item was there. */
  remove(item: T): boolean {
    const rank = item.rank;
    if (rank === undefined) return false;
    const { prev, next } = item;
    if (prev === undefined) rank.first = next;
    else prev.next = next;
    if (next === undefined) rank.last = prev;
    else next.prev = prev;
    item.rank = item.prev = item.next = undefined;
    this.#size--;
    if (rank.first === undefined) this.#close(rank);
    return true;
  }

  /** The first item. */
  peek(): T | undefined {
    return this.#heap.peek()?.first as T | undefined;
  }

  /** Removes the first item whose rank is not above `until`. */
  pop(until = Infinity): T | undefined {
    const rank = this.#heap.peek();
    if (rank === undefined || rank.value > until) return undefined;
    const item = rank.first as T;
    this.remove(item);
    return item;
  }

  #open(value: number): Rank {
    const rank = new Rank(value);
    this.#ranks.set(value, rank);
    this.#heap.push(rank);
    return rank;
  }

  #close(rank: Rank): void {
    this.#ranks.delete(rank.value);
    this.#heap.remove(rank);
  }
}

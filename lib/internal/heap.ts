/** A queue by order, from which anything can be removed. */

/** What a heap holds: each item knows where it is, so that it can be removed without a search. */
export interface HeapItem {
  /** The index in the heap, written by the heap alone; -1 outside. */
  heapIndex: number;
}

/**
 * A binary heap. The invariant: no item comes before its parent, `items[(i - 1) >> 1]`, and every item's
 * `heapIndex` is its index in `items`. An item is in one heap at a time.
 */
export class Heap<T extends HeapItem> {
  readonly #items: T[] = [];
  readonly #isBefore: (a: T, b: T) => boolean;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The first item. O(1). */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** O(log n). */
  push(item: T): void {
    this.#items.push(item);
    this.#up(item, this.#items.length - 1);
  }

  /** Removes the first item. O(log n). */
  pop(): T | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Removes an item, wherever it is; whether it was there. O(log n). */
  remove(item: T): boolean {
    const index = item.heapIndex;
    if (this.#items[index] !== item) return false;
    const last = this.#items.pop()!;
    item.heapIndex = -1;
    if (last === item) return true;
    this.#up(last, index);
    this.#down(last, last.heapIndex);
    return true;
  }

  /** Puts `item` into the hole at `index`, or above it. */
  #up(item: T, index: number): void {
    const items = this.#items;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = items[parentIndex];
      if (!this.#isBefore(item, parent)) break;
      items[index] = parent;
      parent.heapIndex = index;
      index = parentIndex;
    }
    items[index] = item;
    item.heapIndex = index;
  }

  /** Puts `item` into the hole at `index`, or below it. */
  #down(item: T, index: number): void {
    const items = this.#items;
    for (let child; (child = 2 * index + 1) < items.length; index = child) {
      if (child + 1 < items.length && this.#isBefore(items[child + 1], items[child])) child++;
      if (!this.#isBefore(items[child], item)) break;
      items[index] = items[child];
      items[index].heapIndex = index;
    }
    items[index] = item;
    item.heapIndex = index;
  }
}

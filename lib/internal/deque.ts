/** A power of two. */
const MIN_CAPACITY = 16;

/** An engine makes a slow dictionary of what is created longer than this, and none of what has grown. */
const MAX_CREATED = 2 ** 24;

/**
 * A double-ended queue on a ring: O(1) at both ends, amortized.
 *
 * The invariants: `items.length` is a power of two, at least {@linkcode MIN_CAPACITY}; the items are at `head`,
 * `head + 1`, …, modulo that; every other slot is `undefined`, so that nothing is held that was removed. The ring
 * is doubled when it is full, and halved when less than a quarter is in use.
 */
export class Deque<T> {
  private items: (T | undefined)[];
  private head: number;
  /** How many items there are; to be read only. */
  length: number;

  constructor() {
    this.items = blank(MIN_CAPACITY);
    this.head = 0;
    this.length = 0;
  }

  /** How many items there is room for. */
  get capacity(): number {
    return this.items.length;
  }

  /** Adds an item at the end. */
  push(item: T): void {
    const length = this.length;
    if (length === this.items.length) this.resize(length * 2);
    const items = this.items;
    items[(this.head + length) & (items.length - 1)] = item;
    this.length = length + 1;
  }

  /** Removes the first item; `undefined` if there is none. */
  shift(): T | undefined {
    const length = this.length;
    if (length === 0) return undefined;
    const items = this.items;
    const head = this.head;
    const item = items[head];
    items[head] = undefined;
    this.head = (head + 1) & (items.length - 1);
    this.length = length - 1;
    if (length <= items.length >> 2) this.shrink();
    return item;
  }

  /** Adds an item at the front. */
  unshift(item: T): void {
    if (this.length === this.items.length) this.resize(this.length * 2);
    this.head = (this.head - 1) & (this.items.length - 1);
    this.items[this.head] = item;
    this.length++;
  }

  /** Removes the last item; `undefined` if there is none. */
  pop(): T | undefined {
    if (this.length === 0) return undefined;
    const index = (this.head + --this.length) & (this.items.length - 1);
    const item = this.items[index];
    this.items[index] = undefined;
    if (this.length < this.items.length >> 2) this.shrink();
    return item;
  }

  /** The item at `index`, counted from the front; `undefined` if there is none. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.length) return undefined;
    return this.items[(this.head + index) & (this.items.length - 1)];
  }

  /** All items, from front to end. */
  toArray(): T[] {
    const all: T[] = [];
    for (let i = 0; i < this.length; i++) all.push(this.at(i) as T);
    return all;
  }

  /** Removes everything. */
  clear(): void {
    this.items = blank(MIN_CAPACITY);
    this.head = 0;
    this.length = 0;
  }

  private shrink(): void {
    if (this.items.length > MIN_CAPACITY) this.resize(this.items.length >> 1);
  }

  private resize(capacity: number): void {
    const { items, head, length } = this;
    const mask = items.length - 1;
    const resized = blank<T>(capacity);
    for (let i = 0; i < length; i++) resized[i] = items[(head + i) & mask];
    this.items = resized;
    this.head = 0;
  }
}

/** Filled from the start: slots that hold `undefined` and items in turn stay of one kind. */
function blank<T>(length: number): (T | undefined)[] {
  const items = new Array<T | undefined>(Math.min(length, MAX_CREATED)).fill(undefined);
  while (items.length < length) items.push(undefined);
  return items;
}

/** A queue with two ends. */

/** How long the first block is; each further one is twice as long as that beside it, up to `MAX_SIZE`. */
const MIN_SIZE = 16;
const MAX_SIZE = 512;

/** A piece of the queue. */
class Block<T> {
  /** Filled from the start: slots that hold `undefined` and items in turn stay of one kind. */
  readonly items: (T | undefined)[];
  before: Block<T> | undefined;
  after: Block<T> | undefined;

  constructor(size: number) {
    this.items = new Array<T | undefined>(size).fill(undefined);
    this.before = undefined;
    this.after = undefined;
  }
}

/**
 * A double-ended queue: O(1) at both ends.
 *
 * It is a chain of blocks, and not a ring that is copied when it is full: a million items then cost as much
 * each as a thousand do, and what was needed for them is let go of block by block. The invariants: the items
 * are from `first.items[start]` to before `last.items[end]`; every other slot is `undefined`, so that nothing
 * is held that was removed. The first and the last block may be used up, the first with `start` at its end or
 * the last with `end` at 0. When there are no items, there is one block, and `start` and `end` are 0.
 */
export class Deque<T> {
  #first: Block<T>;
  #last: Block<T>;
  #start: number;
  #end: number;
  /**
   * A block of `MAX_SIZE` that was used up, for the next one that is needed: a queue that only turns makes
   * none.
   */
  #spare: Block<T> | undefined;
  /** How many items there are; to be read only. */
  length: number;

  constructor() {
    this.#first = this.#last = new Block(MIN_SIZE);
    this.#start = 0;
    this.#end = 0;
    this.#spare = undefined;
    this.length = 0;
  }

  /** How many items there is room for in the blocks that there are. */
  get capacity(): number {
    let capacity = 0;
    for (let block: Block<T> | undefined = this.#first; block !== undefined; block = block.after) {
      capacity += block.items.length;
    }
    return capacity;
  }

  /** Adds an item at the end. */
  push(item: T): void {
    if (this.#end === this.#last.items.length) this.#append();
    this.#last.items[this.#end++] = item;
    this.length++;
  }

  /** Removes the first item; `undefined` if there is none. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    if (this.#start === this.#first.items.length) this.#dropFirst();
    const items = this.#first.items;
    const item = items[this.#start];
    items[this.#start++] = undefined;
    if (--this.length === 0) this.#reset();
    return item;
  }

  /** Adds an item at the front. */
  unshift(item: T): void {
    if (this.length === 0) return this.push(item);
    if (this.#start === 0) this.#prepend();
    this.#first.items[--this.#start] = item;
    this.length++;
  }

  /** Removes the last item; `undefined` if there is none. */
  pop(): T | undefined {
    if (this.length === 0) return undefined;
    if (this.#end === 0) this.#dropLast();
    const items = this.#last.items;
    const item = items[--this.#end];
    items[this.#end] = undefined;
    if (--this.length === 0) this.#reset();
    return item;
  }

  /** The first item; `undefined` if there is none. */
  peek(): T | undefined {
    if (this.#start === this.#first.items.length) return this.#first.after?.items[0];
    return this.#first.items[this.#start];
  }

  /** All items, from front to end. */
  toArray(): T[] {
    const all: T[] = [];
    let index = this.#start;
    for (let block: Block<T> | undefined = this.#first; block !== undefined; block = block.after) {
      const end = block === this.#last ? this.#end : block.items.length;
      while (index < end) all.push(block.items[index++] as T);
      index = 0;
    }
    return all;
  }

  /** Removes everything. */
  clear(): void {
    this.#first = this.#last = new Block(MIN_SIZE);
    this.#start = 0;
    this.#end = 0;
    this.#spare = undefined;
    this.length = 0;
  }

  #append(): void {
    const last = this.#last;
    const block = this.#take(Math.min(last.items.length * 2, MAX_SIZE));
    block.before = last;
    last.after = block;
    this.#last = block;
    this.#end = 0;
  }

  #prepend(): void {
    const first = this.#first;
    const block = this.#take(Math.min(first.items.length * 2, MAX_SIZE));
    block.after = first;
    first.before = block;
    this.#first = block;
    this.#start = block.items.length;
  }

  #dropFirst(): void {
    const block = this.#first.after!;
    // The one that is dropped must not keep alive what comes later, should an old generation hold it.
    this.#first.after = block.before = undefined;
    this.#give(this.#first);
    this.#first = block;
    this.#start = 0;
  }

  #dropLast(): void {
    const block = this.#last.before!;
    this.#last.before = block.after = undefined;
    this.#give(this.#last);
    this.#last = block;
    this.#end = block.items.length;
  }

  #take(size: number): Block<T> {
    const spare = this.#spare;
    if (spare === undefined || size !== MAX_SIZE) return new Block(size);
    this.#spare = undefined;
    return spare;
  }

  /** Keeps one block that has become empty. */
  #give(block: Block<T>): void {
    if (block.items.length === MAX_SIZE) this.#spare = block;
  }

  /** Nothing is left: one block is, to be used again. */
  #reset(): void {
    this.#start = 0;
    this.#end = 0;
    if (this.#first === this.#last) return;
    this.#first.after = undefined;
    this.#last = this.#first;
  }
}

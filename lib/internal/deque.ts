/** Items of a chunk. Big enough that moving on to the next one is rare, small enough to be young with its items. */
const SIZE = 256;

/** A stretch of a deque. */
class Chunk<T> {
  /** Grows up to `SIZE`, so that a short queue is a short array. */
  readonly items: (T | undefined)[];
  prev: Chunk<T> | undefined;
  next: Chunk<T> | undefined;

  constructor(items: (T | undefined)[]) {
    this.items = items;
    this.prev = undefined;
    this.next = undefined;
  }
}

/**
 * A queue with two ends, each O(1): `VecDeque` in Rust. It is a list of chunks and not a ring, as a ring that
 * grows has to be copied, and a huge old array makes every store into it dear to the garbage collector.
 *
 *     head.items[first] → … → head.next.items[0] → … → tail.items[last - 1]
 *
 * Invariants: `0 <= first`, `last <= SIZE`; no chunk is empty, except that the one chunk of an empty deque is, and
 * there `first === last === 0`; a slot outside of the queue holds `undefined`, so that nothing removed is kept.
 */
export class Deque<T> {
  #head: Chunk<T>;
  #tail: Chunk<T>;
  #first: number;
  #last: number;
  #size: number;
  /** A chunk that has become empty, for the next that is needed: a queue that swings by one makes none. */
  #spare: Chunk<T> | undefined;

  constructor() {
    this.#head = this.#tail = new Chunk<T>([]);
    this.#first = 0;
    this.#last = 0;
    this.#size = 0;
    this.#spare = undefined;
  }

  get size(): number {
    return this.#size;
  }

  /** The first item. */
  peek(): T | undefined {
    return this.#head.items[this.#first];
  }

  pushBack(item: T): void {
    if (this.#last === SIZE) this.append();
    this.#tail.items[this.#last++] = item;
    this.#size++;
  }

  popFront(): T | undefined {
    if (this.#size === 0) return undefined;
    const items = this.#head.items;
    const item = items[this.#first];
    items[this.#first++] = undefined;
    if (--this.#size === 0) this.reset();
    else if (this.#first === SIZE) this.dropHead();
    return item;
  }

  pushFront(item: T): void {
    if (this.#size === 0) return this.pushBack(item);
    if (this.#first === 0) this.prepend();
    this.#head.items[--this.#first] = item;
    this.#size++;
  }

  popBack(): T | undefined {
    if (this.#size === 0) return undefined;
    const items = this.#tail.items;
    const item = items[--this.#last];
    items[this.#last] = undefined;
    if (--this.#size === 0) this.reset();
    else if (this.#last === 0) this.dropTail();
    return item;
  }

  /** Only one chunk is left then, as none but it is empty. */
  private reset(): void {
    this.#first = 0;
    this.#last = 0;
  }

  private append(): void {
    const chunk = this.take();
    chunk.prev = this.#tail;
    this.#tail = this.#tail.next = chunk;
    this.#last = 0;
  }

  private prepend(): void {
    const chunk = this.take();
    chunk.next = this.#head;
    this.#head = this.#head.prev = chunk;
    this.#first = SIZE;
  }

  private dropHead(): void {
    const chunk = this.#head;
    this.#head = chunk.next!;
    this.#head.prev = undefined;
    this.#first = 0;
    this.give(chunk);
  }

  private dropTail(): void {
    const chunk = this.#tail;
    this.#tail = chunk.prev!;
    this.#tail.next = undefined;
    this.#last = SIZE;
    this.give(chunk);
  }

  private take(): Chunk<T> {
    const chunk = this.#spare ?? new Chunk<T>(new Array(SIZE));
    this.#spare = undefined;
    return chunk;
  }

  private give(chunk: Chunk<T>): void {
    chunk.prev = chunk.next = undefined;
    this.#spare = chunk;
  }
}

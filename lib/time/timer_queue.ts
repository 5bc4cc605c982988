import type { Waker } from "../core/mod.ts";
import { Heap, type HeapItem } from "../internal/heap.ts";

/**
 * One wake-up. Those that are due at the same time are a list, in the order in which they were added:
 *
 *     Due.first → Timer.next → … → Due.last       (and back through `prev`)
 *
 * `due` is set while the timer is in that list.
 */
export class Timer {
  waker: Waker;
  due: Due | undefined;
  prev: Timer | undefined;
  next: Timer | undefined;

  constructor(waker: Waker, due: Due) {
    this.waker = waker;
    this.due = due;
    this.prev = due.last;
    this.next = undefined;
  }
}

/** A time at which something is due. It is in the heap and in the map as long as its list has a timer. */
class Due implements HeapItem {
  readonly at: number;
  first: Timer | undefined;
  last: Timer | undefined;
  heapIndex: number;

  constructor(at: number) {
    this.at = at;
    this.first = undefined;
    this.last = undefined;
    this.heapIndex = -1;
  }
}

/**
 * Wake-ups by time, then by the order of their registration.
 *
 * Thousands of sleeps are due within a few different milliseconds. So the heap holds times, not timers: to add
 * or remove a timer is a step in a list, and only the first and the last of a time touch the heap.
 */
export class TimerQueue {
  readonly #dues: Map<number, Due> = new Map();
  readonly #heap: Heap<Due> = new Heap((a, b) => a.at < b.at);
  #size = 0;

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** When the first of them is due; `Infinity` if none is. */
  get next(): number {
    return this.#heap.peek()?.at ?? Infinity;
  }

  add(at: number, waker: Waker): Timer {
    const due = this.#dues.get(at) ?? this.open(at);
    const timer = new Timer(waker, due);
    if (due.last === undefined) due.first = timer;
    else due.last.next = timer;
    due.last = timer;
    this.#size++;
    return timer;
  }

  /** Does nothing if the timer has fired, or was removed before. */
  remove(timer: Timer): void {
    const due = timer.due;
    if (due === undefined) return;
    const { prev, next } = timer;
    if (prev === undefined) due.first = next;
    else prev.next = next;
    if (next === undefined) due.last = prev;
    else next.prev = prev;
    timer.due = timer.prev = timer.next = undefined;
    this.#size--;
    if (due.first === undefined) this.close(due);
  }

  /** Removes and returns the waker of the first timer that is due at `until`, if one is. */
  popDue(until: number): Waker | undefined {
    const due = this.#heap.peek();
    if (due === undefined || due.at > until) return undefined;
    const timer = due.first!;
    this.remove(timer);
    return timer.waker;
  }

  private open(at: number): Due {
    const due = new Due(at);
    this.#dues.set(at, due);
    this.#heap.push(due);
    return due;
  }

  private close(due: Due): void {
    this.#dues.delete(due.at);
    this.#heap.remove(due);
  }
}

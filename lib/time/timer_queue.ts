/** Wake-ups in the order of their times. */
import type { Waker } from "../core/mod.ts";
import { Ranked, RankedItem } from "../internal/ranked.ts";

/** One wake-up. */
export class Timer extends RankedItem {
  readonly waker: Waker;
  /** Its native timer, where it has one of its own. */
  native: unknown;

  constructor(waker: Waker) {
    super();
    this.waker = waker;
    this.native = undefined;
  }
}

/** Wake-ups by time, then by the order of their registration. */
export class TimerQueue {
  readonly #timers: Ranked<Timer> = new Ranked();

  /** How many wait. */
  get size(): number {
    return this.#timers.size;
  }

  /** When the first of them is due; `Infinity` if none is. */
  get next(): number {
    return this.#timers.lowest;
  }

  add(at: number, waker: Waker): Timer {
    const timer = new Timer(waker);
    this.#timers.add(at, timer);
    return timer;
  }

  /** Does nothing if the timer has fired, or was removed before. */
  remove(timer: Timer): void {
    this.#timers.remove(timer);
  }

  /** Removes and returns the waker of the first timer that is due at `until`, if one is. */
  popDue(until: number): Waker | undefined {
    return this.#timers.pop(until)?.waker;
  }
}

/**
 * Real time where somebody else has put themselves in its place: `FakeTime` of @std, `mock.timers` of Node,
 * and so on.
 */
import type { Waker } from "../core/mod.ts";
import { real } from "../internal/real_timers.ts";
import type { ClockEntry } from "./clock.ts";

/** The longest delay that timers know. */
const MAX_DELAY = 0x7fffffff;

/** Less than this, in ms, is an error of rounding. */
const EPSILON = 1e-6;

/** A wake-up on a timer of its own. */
export class FakeEntry {
  readonly owner: FakeTimers;
  readonly at: number;
  /** Set until it has fired, or was taken back. */
  waker: Waker | undefined;
  id: unknown;

  constructor(owner: FakeTimers, at: number, waker: Waker) {
    this.owner = owner;
    this.at = at;
    this.waker = waker;
    this.id = undefined;
  }
}

/**
 * Timers that were put in the place of the runtime's. What they say is right: each wake-up has one, set when
 * it is registered, so that a `tick()` right after that finds it, and whoever it wakes has waited for long
 * enough. Time is that of `Date`, where that was replaced as well, else it goes on by itself, and jumps to
 * where a timer fires early.
 */
export class FakeTimers {
  /** By which they are known. */
  readonly setTimeout: typeof setTimeout;
  readonly #clearTimeout: typeof clearTimeout;
  readonly #now: () => number;
  /** From the time of `Date` to that of the clock: a whole number, so that times stay exact. */
  #offset: number;
  /** What `Date` has said last. */
  #date: number;
  /** The latest time at which a timer has fired. */
  #reached: number;
  #size: number;

  /** Those that are in place now; `now` tells real time. */
  constructor(now: () => number) {
    this.setTimeout = setTimeout;
    this.#clearTimeout = clearTimeout;
    this.#now = now;
    this.#offset = 0;
    this.#date = Infinity;
    this.#reached = -Infinity;
    this.#size = 0;
  }

  /** How many wake-ups are registered. */
  get size(): number {
    return this.#size;
  }

  /** The time in ms. */
  now(): number {
    return Math.max(Date === real.Date ? this.#now() : this.#fakeTime(), this.#reached);
  }

  register(at: number, waker: Waker): ClockEntry {
    const entry = new FakeEntry(this, at, waker);
    this.#size++;
    if (at !== Infinity) this.#set(entry);
    return entry;
  }

  /** Does nothing if it has fired, or was taken back before. */
  cancel(entry: FakeEntry): void {
    if (entry.waker === undefined) return;
    this.#take(entry);
    // They may be gone, together with what they were to fire.
    if (this.setTimeout === setTimeout) this.#clearTimeout(entry.id as number);
  }

  /** That of `Date`. When it goes back, this is another test, with a time of its own. */
  #fakeTime(): number {
    const date = Date.now();
    if (date < this.#date) {
      this.#offset = Math.round(this.#now() - date);
      this.#reached = -Infinity;
    }
    this.#date = date;
    return date + this.#offset;
  }

  #set(entry: FakeEntry): void {
    const delay = Math.max(Math.ceil(entry.at - this.now() - EPSILON), 0);
    const isLast = delay <= MAX_DELAY;
    const { setTimeout } = this;
    entry.id = setTimeout(() => this.#fire(entry, isLast), Math.min(delay, MAX_DELAY));
  }

  #fire(entry: FakeEntry, isLast: boolean): void {
    if (!isLast && this.now() < entry.at) return this.#set(entry);
    this.#reached = Math.max(this.#reached, entry.at);
    this.#take(entry).wake();
  }

  #take(entry: FakeEntry): Waker {
    const waker = entry.waker!;
    entry.waker = undefined;
    this.#size--;
    return waker;
  }
}

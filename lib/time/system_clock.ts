/** Real time. */
import { checkWaker, wakeAll } from "../core/friend.ts";
import type { Waker } from "../core/mod.ts";
import { unframed } from "../internal/async_context.ts";
import { Inspectable } from "../internal/inspect.ts";
import { hasFakeTimers, real } from "../internal/real_timers.ts";
import { isWorkerd, keepNothing } from "../internal/runtime.ts";
import type { Clock, ClockEntry } from "./clock.ts";
import { type ClockView, viewOf } from "./clock_view.ts";
import { checkMs } from "../internal/check_ms.ts";
import { FakeEntry, FakeTimers } from "./fake_timers.ts";
import { type Timer, TimerQueue } from "./timer_queue.ts";

/** The longest delay that native timers know; they take a longer one for none at all. */
const MAX_DELAY = 0x7fffffff;

/**
 * What a {@linkcode SystemClock} stands on: a monotonic time in ms, and timers that fire once.
 *
 * @example
 * ```ts
 * import { type NativeTimers, SystemClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const frozen: NativeTimers = { now: () => 7, setTimeout: () => 1, clearTimeout: () => {} };
 * assertEquals(new SystemClock(frozen).now(), 7);
 * ```
 */
export interface NativeTimers {
  /** The time in ms. */
  now(): number;
  /** Calls `fn` in about `ms`, which is a whole number from 0 to 2^31 - 1. */
  setTimeout(fn: () => void, ms: number): unknown;
  /** Takes it back. */
  clearTimeout(id: unknown): void;
  /**
   * Whether a timer is lost together with the request that has set it, as in workerd: then each wake-up has a
   * timer of its own. Default: `false`.
   */
  readonly isPerRequest?: boolean;
}

/** The runtime's. */
const NATIVE: NativeTimers = {
  now: () => performance.now(),
  setTimeout: (fn, ms) => (real.setTimeout ?? setTimeout)(fn, ms),
  clearTimeout: (id) => (real.clearTimeout ?? clearTimeout)(id as number),
  get isPerRequest() {
    return isWorkerd();
  },
};

/** The same, but that a timer does not keep the process. */
const UNREF: NativeTimers = {
  now: () => NATIVE.now(),
  setTimeout(fn, ms) {
    const id = NATIVE.setTimeout(fn, ms);
    keepNothing(id);
    return id;
  },
  clearTimeout: (id) => NATIVE.clearTimeout(id),
  get isPerRequest() {
    return isWorkerd();
  },
};

/**
 * Real time: `performance.now()`, and one native timer at a time, however many wait.
 *
 * Times are rounded up to whole ms, and whoever is due in the same one is woken in the order of registration.
 * Nobody is woken early, even if the native timer fires early; how late depends on the runtime, mostly about
 * 1 ms when the event loop is idle. What is due already is woken on a later turn of the event loop, within
 * about a ms. Times that are further away than native timers reach (2^31 - 1 ms, 25 days) are approached in
 * steps.
 *
 * In workerd, a native timer is lost with the request that has set it, so everyone who waits has one there.
 * So has everyone where `setTimeout` was replaced, by the fake timers of a test: time is then what they say
 * it is, and whoever is waiting on them goes on when they are ticked. Their `Date` is asked, where they have
 * one, as not all of them replace `performance.now()`.
 *
 * The native timer, and so the process, is kept only while someone waits. What a waker throws is an uncaught
 * error, as in a `setTimeout` callback; the others are woken all the same.
 *
 * @example
 * ```ts
 * import { SystemClock } from "@tagged/async-task/time";
 * import { assert } from "@std/assert";
 *
 * const clock = new SystemClock();
 * const start = clock.now();
 * await new Promise<void>((resolve) => clock.register(start + 5, { wake: resolve }));
 * assert(clock.now() >= start + 5);
 * ```
 */
export class SystemClock extends Inspectable implements Clock {
  readonly #native: NativeTimers;
  readonly #isPerRequest: boolean;
  readonly #queue: TimerQueue;
  /** The last ms that has fired; nothing is registered for it any more, so that firing comes to an end. */
  #fired: number;
  /** When the native timer is to fire; `Infinity` while there is none. */
  #armedFor: number;
  #timer: unknown;
  /** Whether `arm` is on the microtask queue, once for everything that is registered until then. */
  #isArming: boolean;
  /** The timers that are, or were last, in the place of the runtime's. */
  #fakes: FakeTimers | undefined;

  /** A clock of its own, with a native timer of its own: by default those of the runtime. */
  constructor(native: NativeTimers = NATIVE) {
    super();
    this.#native = native;
    this.#isPerRequest = native.isPerRequest ?? false;
    this.#queue = new TimerQueue();
    this.#fired = -Infinity;
    this.#armedFor = Infinity;
    this.#timer = undefined;
    this.#isArming = false;
    this.#fakes = undefined;
  }

  /** How many wake-ups are registered. */
  get size(): number {
    return this.#queue.size + (this.#fakes?.size ?? 0);
  }

  /** When the first of them is due that does not wait for fake timers, in ms; `Infinity` if there is none. */
  get nextDeadline(): number {
    return this.#queue.next;
  }

  /** `performance.now()`; with fake timers, their time. */
  now(): number {
    return this.#isFaked() ? this.#fake().now() : this.#native.now();
  }

  /**
   * Wakes `waker` at `at`.
   *
   * @throws {RangeError} If `at` is `NaN`.
   * @throws {TypeError} If `waker` can't be woken.
   */
  register(at: number, waker: Waker): ClockEntry {
    const ms = checkMs(at, "register a waker");
    checkWaker(waker);
    if (this.#isFaked()) return this.#fake().register(ms, waker);
    const due = Math.max(Math.ceil(ms), this.#fired + 1);
    const timer = this.#queue.add(due, waker);
    if (this.#isPerRequest) this.#setOwn(timer, due);
    this.#armSoon();
    return timer;
  }

  /** Takes a wake-up back. Does nothing if it has happened, or was taken back before. */
  cancel(entry: ClockEntry): void {
    if (entry instanceof FakeEntry) return entry.owner.cancel(entry);
    const timer = entry as Timer;
    if (timer.rank !== undefined && timer.native !== undefined) this.#native.clearTimeout(timer.native);
    this.#queue.remove(timer);
    if (this.#queue.next === Infinity) this.#armSoon();
  }

  /**
   * Wakes whoever is due, now: what the native timer does by itself, for an executor that keeps the event
   * loop busy or blocked.
   *
   * @returns How many were woken.
   * @throws What a waker throws, after all have been woken; several errors as one `SuppressedError`.
   *
   * @example
   * ```ts
   * import { SystemClock } from "@tagged/async-task/time";
   * import { assertEquals } from "@std/assert";
   *
   * const clock = new SystemClock();
   * let wakes = 0;
   * clock.register(clock.now() + 2, { wake: () => void wakes++ });
   * while (clock.now() < clock.nextDeadline); // the event loop is blocked
   * assertEquals(clock.fire(), 1);
   * assertEquals(wakes, 1);
   * ```
   */
  fire(): number {
    const now = Math.floor(this.#native.now());
    this.#fired = Math.max(this.#fired, now);
    try {
      return wakeAll(() => this.#queue.popDue(now));
    } finally {
      this.#armSoon();
    }
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  override toJSON(): ClockView {
    return viewOf(this);
  }

  #isFaked(): boolean {
    return hasFakeTimers() && (this.#native === NATIVE || this.#native === UNREF);
  }

  /** The fake timers that are in place: new ones if others were before. */
  #fake(): FakeTimers {
    if (this.#fakes?.setTimeout !== setTimeout) this.#fakes = new FakeTimers(this.#native.now);
    return this.#fakes!;
  }

  /** Sets a native timer for this one alone; it wakes nobody else, who may be another request's. */
  #setOwn(timer: Timer, at: number): void {
    if (at === Infinity) return;
    timer.native = this.#native.setTimeout(() => {
      // `fire` may have been earlier.
      if (timer.rank === undefined) return;
      if (this.#native.now() < at) return this.#setOwn(timer, at);
      this.#queue.remove(timer);
      timer.waker.wake();
    }, this.#delayTo(at));
  }

  /** Rounded down: most runtimes fire late by up to a ms, and the one that fires early is asked once more. */
  #delayTo(at: number): number {
    return Math.min(Math.max(Math.floor(at - this.#native.now()), 0), MAX_DELAY);
  }

  #armSoon(): void {
    if (this.#isPerRequest) return;
    const next = this.#queue.next;
    const isArmed = next === Infinity ? this.#armedFor === Infinity : next >= this.#armedFor;
    if (isArmed || this.#isArming) return;
    this.#isArming = true;
    queueMicrotask(() => this.#arm());
  }

  /** Sees to it that the native timer fires no later than needed, and that there is none without need. */
  #arm(): void {
    this.#isArming = false;
    const next = this.#queue.next;
    if (next < this.#armedFor) this.#setTimer(next);
    else if (next === Infinity) this.#clearTimer();
  }

  #setTimer(at: number): void {
    this.#clearTimer();
    this.#armedFor = at;
    const native = this.#native;
    // It is everybody's, and in nobody's task.
    this.#timer = unframed((fn, ms) => native.setTimeout(fn, ms), () => this.#onTimer(), this.#delayTo(at));
  }

  #clearTimer(): void {
    if (this.#timer === undefined) return;
    this.#native.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedFor = Infinity;
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#armedFor = Infinity;
    this.fire();
  }
}

/**
 * The clock that is used where none is given: real time. All sleeps of a thread that use it share one native
 * timer, but in workerd, where requests share a thread and no timers.
 *
 * @example
 * ```ts
 * import { sleep, systemClock } from "@tagged/async-task/time";
 * import { assert } from "@std/assert";
 *
 * const start = systemClock.now();
 * await sleep(2);
 * assert(systemClock.now() - start >= 2);
 * ```
 */
export const systemClock: SystemClock = /* @__PURE__ */ new SystemClock();

/**
 * Real time as well, but whoever waits on it does not keep the process alive, where the runtime can tell: for
 * what need not happen any more when there is nothing else to do, as in
 * `sleep(60_000, { clock: unrefClock })`. `unref()` of Node's timers.
 *
 * @example
 * ```ts
 * import { sleep, unrefClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const nap = sleep(60_000, { clock: unrefClock });
 * void nap.then(() => console.log("still here"));
 * assertEquals(unrefClock.size, 1);
 * nap[Symbol.dispose]();
 * ```
 */
export const unrefClock: SystemClock = /* @__PURE__ */ new SystemClock(UNREF);

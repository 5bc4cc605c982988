/** Time for tests. */
import { checkWaker, wakeAll } from "../core/friend.ts";
import type { Waker } from "../core/mod.ts";
import { Inspectable } from "../internal/inspect.ts";
import { macrotask } from "../internal/macrotask.ts";
import { show } from "../internal/show.ts";
import type { Clock, ClockEntry } from "./clock.ts";
import { type ClockView, viewOf } from "./clock_view.ts";
import { checkMs } from "../internal/check_ms.ts";
import { type Timer, TimerQueue } from "./timer_queue.ts";

/**
 * How a {@linkcode VirtualClock} begins, and whether it goes by itself.
 *
 * @example
 * ```ts
 * import { VirtualClock, type VirtualClockOptions } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const options: VirtualClockOptions = { now: 1000 };
 * assertEquals(new VirtualClock(options).now(), 1000);
 * ```
 */
export interface VirtualClockOptions {
  /** What time it is at first, in ms. Default: 0. */
  now?: number;
  /**
   * Whether the clock advances to the next deadline by itself when everything is idle. Default: `false`.
   *
   * *Idle* is: someone waits for the clock, and a macrotask of the clock's own has come to its turn. All
   * microtasks are done then, so that whoever was woken by the last step has run as far as it gets without
   * timers and I/O. If there is more to wait for, a queue of tasks or real I/O, give a function: it is called
   * at each such turn, and as long as it returns `false`, the clock stands still and asks again.
   */
  autoAdvance?: boolean | (() => boolean);
}

/**
 * Time that passes when a test says so. Wake-ups come in the order of their deadlines, then of their
 * registration, synchronously, and while they run, `now()` is exactly the deadline. `tokio::time::pause` and
 * `advance` in Rust.
 *
 * Whoever is woken by `advance` and goes on synchronously (a task whose schedule function runs it) may sleep
 * again and be woken within the same `advance`. An `await` goes on in a microtask, and so only when `advance`
 * has returned: for a chain of awaited sleeps, use `autoAdvance`.
 *
 * @example
 * ```ts
 * import { sleep, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const log: number[] = [];
 * const done = [30, 10, 20].map((ms) => sleep(ms, { clock }).then(() => log.push(ms)));
 * clock.advance(20);
 * await Promise.all([done[1], done[2]]);
 * assertEquals(log, [10, 20]);
 * assertEquals(clock.now(), 20);
 * ```
 *
 * @example An hour in no time
 * ```ts
 * import { sleep, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock({ autoAdvance: true });
 * for (let minute = 0; minute < 60; minute++) await sleep(60_000, { clock });
 * assertEquals(clock.now(), 3_600_000);
 * ```
 */
export class VirtualClock extends Inspectable implements Clock {
  readonly #queue: TimerQueue;
  readonly #isIdle: (() => boolean) | undefined;
  #now: number;
  /** Takes back the macrotask in which the clock advances by itself; `undefined` while there is none. */
  #cancelTurn: (() => void) | undefined;

  /**
   * A clock that stands still.
   *
   * @throws {RangeError} If `options.now` is not finite.
   */
  constructor(options: VirtualClockOptions = {}) {
    super();
    const { now = 0, autoAdvance = false } = options;
    if (!Number.isFinite(now)) {
      throw new RangeError(`Cannot make a clock: expected now to be a finite number of ms, got ${show(now)}`);
    }
    this.#queue = new TimerQueue();
    this.#isIdle = typeof autoAdvance === "function" ? autoAdvance : autoAdvance ? () => true : undefined;
    this.#now = now;
    this.#cancelTurn = undefined;
  }

  /** How many wake-ups are registered. */
  get size(): number {
    return this.#queue.size;
  }

  /** When the first of them is due, in ms; `Infinity` if there is none. */
  get nextDeadline(): number {
    return this.#queue.next;
  }

  /** The time in ms. */
  now(): number {
    return this.#now;
  }

  /**
   * Wakes `waker` at `at`; if that has passed, at the present time, when the clock is next advanced.
   *
   * @throws {RangeError} If `at` is `NaN`.
   * @throws {TypeError} If `waker` can't be woken.
   */
  register(at: number, waker: Waker): ClockEntry {
    const due = Math.max(checkMs(at, "register a waker"), this.#now);
    const timer = this.#queue.add(due, checkWaker(waker));
    this.#planTurn();
    return timer;
  }

  /** Takes a wake-up back. Does nothing if it has happened, or was taken back before. */
  cancel(entry: ClockEntry): void {
    this.#queue.remove(entry as Timer);
    if (this.#queue.next === Infinity) this.#dropTurn();
  }

  /**
   * Lets `ms` pass, and wakes whoever is due on the way. `advance(0)` wakes those who are due at once.
   *
   * @returns How many were woken.
   * @throws {RangeError} If `ms` is negative or not finite.
   * @throws What a waker throws, after all have been woken; several errors as one `SuppressedError`.
   *
   * @example
   * ```ts
   * import { VirtualClock } from "@tagged/async-task/time";
   * import { assertEquals } from "@std/assert";
   *
   * const clock = new VirtualClock();
   * const times: number[] = [];
   * for (const at of [5, 3]) clock.register(at, { wake: () => void times.push(clock.now()) });
   * assertEquals(clock.advance(10), 2);
   * assertEquals(times, [3, 5]);
   * assertEquals(clock.now(), 10);
   * ```
   */
  advance(ms: number): number {
    if (!(ms >= 0 && ms < Infinity)) {
      throw new RangeError(
        `Cannot advance the clock: expected a finite number of ms, 0 or more, got ${show(ms)}`,
      );
    }
    return this.#advanceTo(this.#now + ms);
  }

  /**
   * Lets as much time pass as it takes until someone is due, and wakes all who are due then.
   *
   * @returns Whether there was someone to wait for.
   * @throws What a waker throws, after all have been woken; several errors as one `SuppressedError`.
   *
   * @example
   * ```ts
   * import { VirtualClock } from "@tagged/async-task/time";
   * import { assertEquals } from "@std/assert";
   *
   * const clock = new VirtualClock();
   * clock.register(5, { wake() {} });
   * assertEquals(clock.advanceToNext(), true);
   * assertEquals(clock.now(), 5);
   * assertEquals(clock.advanceToNext(), false);
   * ```
   */
  advanceToNext(): boolean {
    const next = this.#queue.next;
    if (next === Infinity) return false;
    this.#advanceTo(next);
    return true;
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  override toJSON(): ClockView {
    return viewOf(this);
  }

  /** Each is removed only when its turn comes, so that a waker may register, cancel, and even advance. */
  #advanceTo(target: number): number {
    try {
      return wakeAll(() => this.#popDue(target));
    } finally {
      this.#now = Math.max(this.#now, target);
      if (this.#queue.next === Infinity) this.#dropTurn();
    }
  }

  #popDue(target: number): Waker | undefined {
    const next = this.#queue.next;
    if (next > target) return undefined;
    this.#now = Math.max(this.#now, next);
    return this.#queue.popDue(next);
  }

  #planTurn(): void {
    if (this.#isIdle === undefined || this.#cancelTurn !== undefined) return;
    if (this.#queue.next !== Infinity) this.#cancelTurn = macrotask(() => this.#turn());
  }

  #dropTurn(): void {
    this.#cancelTurn?.();
    this.#cancelTurn = undefined;
  }

  #turn(): void {
    this.#cancelTurn = undefined;
    try {
      if (this.#isIdle!()) this.advanceToNext();
    } finally {
      this.#planTurn();
    }
  }
}

/** Clocks that tick. */
import { ready } from "../adapt/mod.ts";
import type { Awaitable } from "../core/mod.ts";
import { Inspectable } from "../internal/inspect.ts";
import { show } from "../internal/show.ts";
import type { Clock } from "./clock.ts";
import { checkMs } from "../internal/check_ms.ts";
import { IntervalTick, IteratorTick, type Timetable } from "./interval_tick.ts";
import { isMissedTicks, type MissedTicks, nextTick } from "./missed_ticks.ts";
import type { TimeOptions } from "./options.ts";
import { systemClock } from "./system_clock.ts";

/**
 * What {@linkcode interval} can be told.
 *
 * @example
 * ```ts
 * import { interval, type IntervalOptions, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const options: IntervalOptions = { clock: new VirtualClock(), start: 0 };
 * assertEquals(await interval(10, options).tick(), 0);
 * ```
 */
export interface IntervalOptions extends TimeOptions {
  /** What becomes of missed ticks. Default: `"skip"`, as with `setInterval`. */
  missed?: MissedTicks;
  /** When the first tick is, in ms of the clock. Default: one period from now. */
  start?: number;
}

/**
 * An interval in `console.log` and in JSON.
 *
 * @example
 * ```ts
 * import { interval, type IntervalView, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const view: IntervalView = interval(10, { clock: new VirtualClock() }).toJSON();
 * assertEquals(view, { period: 10, due: 10, waiting: 0, isClosed: false });
 * ```
 */
export interface IntervalView {
  /** The time between two ticks, in ms. */
  readonly period: number;
  /** When the next tick is due, in ms of the clock. */
  readonly due: number;
  /** How many wait for a tick. */
  readonly waiting: number;
  /** Whether it was disposed, and ticks no more. */
  readonly isClosed: boolean;
}

/**
 * A clock that ticks: what {@linkcode interval} returns. `tokio::time::Interval` in Rust.
 *
 * Disposed, by `using`, or by leaving a `for await` loop, it ticks no more: a pending `next()` is done, a
 * pending `tick()` throws.
 *
 * @example
 * ```ts
 * import { type Interval, interval, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const ticks: Interval = interval(10, { clock: new VirtualClock() });
 * ticks[Symbol.dispose]();
 * assertEquals(await ticks.next(), { done: true, value: undefined });
 * ```
 */
export class Interval extends Inspectable implements AsyncIterableIterator<number, undefined>, Disposable {
  /** The time between two ticks, in ms. */
  readonly period: number;
  readonly #timetable: Timetable;

  /** @ignore */
  constructor(period: number, clock: Clock, options: IntervalOptions) {
    const { missed = "skip", start = clock.now() + period, signal } = options;
    super();
    if (!isMissedTicks(missed)) {
      throw new TypeError(
        `Cannot tick: expected missed to be "skip", "delay" or "burst", got ${show(missed)}`,
      );
    }
    this.period = period;
    this.#timetable = {
      clock,
      signal,
      due: checkMs(start, "tick"),
      waiting: new Set(),
      isClosed: false,
      after: (due, now) => nextTick(missed, due, now, period),
    };
  }

  /**
   * The next tick, as a future: when it was due, in ms of the clock. At once if it is due already.
   *
   * A tick belongs to the first who is there for it: letting go of the future loses none, and several that
   * wait at once get one each.
   *
   * @throws The reason of the signal, when it is aborted.
   * @throws {TypeError} When the interval is disposed.
   *
   * @example
   * ```ts
   * import { spawn } from "@tagged/async-task";
   * import { interval, VirtualClock } from "@tagged/async-task/time";
   * import { assertEquals } from "@std/assert";
   *
   * const clock = new VirtualClock();
   * const ticks = interval(10, { clock });
   * const [task, handle] = spawn(function* () {
   *   return [yield* ticks.tick(), yield* ticks.tick()];
   * }, (task) => void task.run());
   * task.run();
   * clock.advance(20);
   * assertEquals(await handle, [10, 20]);
   * ```
   */
  tick(): Awaitable<number> & Disposable {
    return new IntervalTick(this.#timetable);
  }

  /**
   * Starts the period anew: the next tick is one period from now. `Interval::reset` in Rust.
   *
   * @example
   * ```ts
   * import { interval, VirtualClock } from "@tagged/async-task/time";
   * import { assertEquals } from "@std/assert";
   *
   * const clock = new VirtualClock({ autoAdvance: true });
   * const ticks = interval(10, { clock });
   * clock.advance(7);
   * ticks.reset();
   * assertEquals(await ticks.tick(), 17);
   * ```
   */
  reset(): void {
    this.#timetable.due = this.#timetable.clock.now() + this.period;
    this.#wakeAll();
  }

  /**
   * The next tick as `for await` asks for it: done when the interval is disposed.
   *
   * @throws The reason of the signal, when it is aborted.
   *
   * @example
   * ```ts
   * import { interval, VirtualClock } from "@tagged/async-task/time";
   * import { assertEquals } from "@std/assert";
   *
   * const ticks = interval(10, { clock: new VirtualClock({ autoAdvance: true }) });
   * assertEquals(await ticks.next(), { done: false, value: 10 });
   * ticks[Symbol.dispose]();
   * assertEquals(await ticks.next(), { done: true, value: undefined });
   * ```
   */
  next(): Awaitable<IteratorResult<number, undefined>> & Disposable {
    return new IteratorTick(this.#timetable);
  }

  /** What leaving a `for await` loop calls: disposes the interval. */
  return(): Awaitable<IteratorReturnResult<undefined>> {
    this[Symbol.dispose]();
    return ready({ done: true, value: undefined });
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  override toJSON(): IntervalView {
    const { due, waiting, isClosed } = this.#timetable;
    return { period: this.period, due, waiting: waiting.size, isClosed };
  }

  /** The interval itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ticks no more. */
  [Symbol.dispose](): void {
    this.#timetable.isClosed = true;
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const tick of [...this.#timetable.waiting]) tick.wake();
  }
}

/**
 * Ticks every `ms`, for the first time in `ms`: an async iterable, and with `tick()` one for tasks of any
 * kind. `tokio::time::interval` (whose first tick is at once: that is `start: clock.now()`), `interval_at`,
 * and `async_io::Timer::interval` in Rust.
 *
 * A tick gives the time at which it was due, so that delays don't add up. Nothing is registered while nobody
 * waits for a tick.
 *
 * @param ms The period. `Infinity` never ticks.
 * @throws {RangeError} If `ms` is 0, negative or `NaN`, or `options.start` is `NaN`.
 * @throws {TypeError} If `ms` is no number, or `options.missed` is none of the three.
 *
 * @example
 * ```ts
 * import { interval, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const times: number[] = [];
 * for await (const time of interval(10, { clock: new VirtualClock({ autoAdvance: true }) })) {
 *   times.push(time);
 *   if (times.length === 3) break;
 * }
 * assertEquals(times, [10, 20, 30]);
 * ```
 */
export function interval(ms: number, options: IntervalOptions = {}): Interval {
  if (checkMs(ms, "tick") <= 0) {
    throw new RangeError(`Cannot tick: expected a period above 0 ms, got ${show(ms)}`);
  }
  return new Interval(ms, options.clock ?? systemClock, options);
}

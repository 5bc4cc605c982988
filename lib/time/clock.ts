/** What every clock does. */
import type { Waker } from "../core/mod.ts";

/**
 * What {@linkcode Clock.register} returns, for {@linkcode Clock.cancel}, and for nothing else.
 *
 * @example
 * ```ts
 * import { type ClockEntry, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const entry: ClockEntry = clock.register(5, { wake() {} });
 * clock.cancel(entry);
 * assertEquals(clock.size, 0);
 * ```
 */
export type ClockEntry = object;

/**
 * Knows what time it is, and wakes whoever asks for it. Every function of this module takes one as `clock`:
 * {@linkcode SystemClock} is real time, and the default; {@linkcode VirtualClock} goes as a test says. It is
 * the timer driver of `tokio::time`, the reactor's part in `async_io::Timer`.
 *
 * @example How to wait on a clock by hand
 * ```ts
 * import { wakerFn } from "@tagged/async-task";
 * import { type Clock, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * function remind(clock: Clock, ms: number, log: string[]) {
 *   clock.register(clock.now() + ms, wakerFn(() => log.push(`after ${ms} ms`)));
 * }
 *
 * const clock = new VirtualClock();
 * const log: string[] = [];
 * remind(clock, 20, log);
 * clock.advance(20);
 * assertEquals(log, ["after 20 ms"]);
 * ```
 */
export interface Clock {
  /** The time in ms. It never goes back; where it began to count is the clock's own business. */
  now(): number;

  /**
   * Wakes `waker` once, as soon as it can when `now()` has reached `at`, never earlier, and never before
   * `register` has returned. `at` may have passed already; `Infinity` is never reached.
   *
   * @throws {RangeError} If `at` is `NaN`.
   */
  register(at: number, waker: Waker): ClockEntry;

  /** Takes a wake-up back. Does nothing if it has happened, or was taken back before. */
  cancel(entry: ClockEntry): void;
}

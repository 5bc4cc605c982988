/**
 * Clocks, and futures that wait for a time. All times and durations are in ms, may be fractional, and are
 * those of a {@linkcode Clock}.
 *
 * @example
 * ```ts
 * import { interval, sleep, timeout, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const clock = new VirtualClock({ autoAdvance: true }); // without one, it is real time
 * await sleep(10, { clock });
 * assertEquals(clock.now(), 10);
 *
 * const late = timeout(sleep(60_000, { clock }), 500, { clock });
 * const error = await assertRejects(async () => await late, DOMException);
 * assertEquals([error.name, clock.now()], ["TimeoutError", 510]);
 *
 * for await (const time of interval(1000, { clock })) {
 *   assertEquals(time, 1510);
 *   break;
 * }
 * ```
 *
 * @module
 */
export * from "./clock.ts";
export { currentDeadline, type Deadline } from "./current_deadline.ts";
export type { ClockView } from "./clock_view.ts";
export * from "./interval.ts";
export type { MissedTicks } from "./missed_ticks.ts";
export * from "./options.ts";
export { type Attempt, type Backoff, retry, type RetryOptions } from "./retry.ts";
export * from "./sleep.ts";
export * from "./system_clock.ts";
export * from "./timeout.ts";
export * from "./virtual_clock.ts";
export type { CallContext, TaskGenerator } from "../adapt/mod.ts";
export {
  Awaitable,
  type Context,
  type Future,
  type Inspectable,
  PENDING,
  type Poll,
  type Wait,
  WAITS,
  type Waker,
} from "../core/mod.ts";

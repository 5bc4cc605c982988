/** Clocks in views of them. */
import type { Clock } from "./clock.ts";

/**
 * A clock in `console.log` and in JSON.
 *
 * @example
 * ```ts
 * import { type ClockView, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * clock.register(5, { wake() {} });
 * const view: ClockView = clock.toJSON();
 * assertEquals(view, { now: 0, size: 1, nextDeadline: 5 });
 * ```
 */
export interface ClockView {
  /** The time in ms. */
  readonly now: number;
  /** How many wake-ups are registered. */
  readonly size: number;
  /** When the first of them is due, in ms, where there is one. */
  readonly nextDeadline?: number;
}

/** What a clock shows of itself. */
export function viewOf(clock: Clock & { readonly size: number; readonly nextDeadline: number }): ClockView {
  const { size, nextDeadline } = clock;
  return { now: clock.now(), size, ...(nextDeadline === Infinity ? undefined : { nextDeadline }) };
}

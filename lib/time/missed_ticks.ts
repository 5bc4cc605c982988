/** What an interval does that was not asked for its ticks in time. */

/**
 * What becomes of ticks that nobody waited for in time. `tokio::time::MissedTickBehavior` in Rust. A tick
 * counts as missed if it is taken more than 5 ms late; the next one is then
 *
 * - `"skip"`: at the next whole multiple of the period: those that were missed are left out;
 * - `"delay"`: one period after now, and so on from there;
 * - `"burst"`: one period after the missed one, as ever, at once if that has passed: none is left out, until
 *   it has caught up, however many there are: a computer that was asleep for an hour owes 360,000 ticks of 10
 *   ms. A loop that is always late never waits.
 *
 * With a period of 10 ms, and a first tick that is taken at 35 instead of at 10:
 *
 *     skip    10 (at 35), 40, 50, …
 *     delay   10 (at 35), 45, 55, …
 *     burst   10 (at 35), 20 (at 35), 30 (at 35), 40, 50, …
 *
 * @example
 * ```ts
 * import { interval, type MissedTicks, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * async function second(missed: MissedTicks): Promise<number> {
 *   const clock = new VirtualClock();
 *   const ticks = interval(10, { clock, missed });
 *   clock.advance(35);
 *   await ticks.tick();
 *   clock.advance(100);
 *   return await ticks.tick();
 * }
 * assertEquals(await Promise.all([second("burst"), second("delay"), second("skip")]), [20, 45, 40]);
 * ```
 */
export type MissedTicks = "burst" | "delay" | "skip";

/** How late a tick may be without being missed, in ms: as in tokio. */
const TOLERANCE = 5;

/** When the next tick is, after one that was due at `due`, missed, and taken at `now`. */
const NEXT: Record<MissedTicks, (due: number, now: number, period: number) => number> = {
  burst: (due, _now, period) => due + period,
  delay: (_due, now, period) => now + period,
  skip: (due, now, period) => now + period - (now - due) % period,
};

/** Whether it is one of the three. */
export function isMissedTicks(missed: string): missed is MissedTicks {
  return Object.hasOwn(NEXT, missed);
}

/** When the tick after one is due that was due at `due`, and is taken at `now`. */
export function nextTick(missed: MissedTicks, due: number, now: number, period: number): number {
  return now - due > TOLERANCE ? NEXT[missed](due, now, period) : due + period;
}

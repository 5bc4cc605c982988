/** Checking times and durations. */
import { show } from "./show.ts";

/**
 * Returns `ms` if it is a time or a duration; `Infinity` is, `NaN` is not. The message says what can't be
 * done else, and what was expected.
 */
export function checkMs(ms: number, action: string, expected = "ms"): number {
  if (typeof ms === "number" && !Number.isNaN(ms)) return ms;
  const message = `Cannot ${action}: expected ${expected}, got ${show(ms)}`;
  throw typeof ms === "number" ? new RangeError(message) : new TypeError(message);
}

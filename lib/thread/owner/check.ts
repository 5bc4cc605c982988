/** What is wrong with options is said when they are given. */
import { show } from "../../internal/show.ts";

/** Throws unless options are an object; `action` is what can't be done with others. */
export function checkOptions(action: string, options: unknown): void {
  if (typeof options === "object" && options !== null) return;
  throw new TypeError(`Cannot ${action}: options must be an object, got ${show(options)}`);
}

/** Throws unless it is a time in ms, or `Infinity`. */
export function checkTime(action: string, what: string, ms: unknown): asserts ms is number {
  if (typeof ms === "number" && ms >= 0) return;
  throw new RangeError(`Cannot ${action}: ${what} must be a time in ms, got ${show(ms)}`);
}

/** Throws unless it is a whole number from `least`, or `Infinity`. */
export function checkCount(action: string, what: string, count: unknown, least: number): void {
  if (count === Infinity || (Number.isInteger(count) && (count as number) >= least)) return;
  throw new RangeError(
    `Cannot ${action}: ${what} must be a whole number of at least ${least}, or Infinity, got ${show(count)}`,
  );
}

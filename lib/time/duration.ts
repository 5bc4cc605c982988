/** Returns `ms` if it can be a time or a duration; `Infinity` can, `NaN` can't. `action` is for the message. */
export function checkMs(ms: number, action: string): number {
  if (typeof ms !== "number") throw new TypeError(`Cannot ${action}: expected ms, got ${typeof ms}`);
  if (Number.isNaN(ms)) throw new RangeError(`Cannot ${action}: NaN is no number of ms`);
  return ms;
}

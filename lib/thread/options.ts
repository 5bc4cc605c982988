/** Throws unless options are an object; `action` is what can't be done with others. */
export function checkOptions(action: string, options: unknown): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot ${action}: its options are no object`);
  }
}

/** Whether it is a time in ms, or `Infinity`. */
export function isTime(ms: unknown): ms is number {
  return typeof ms === "number" && ms >= 0;
}

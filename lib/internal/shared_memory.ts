/**
 * Memory that other threads can be given.
 *
 * @throws {TypeError} Where there is none.
 */
export function share(bytes: number): SharedArrayBuffer {
  if (canShare()) return new SharedArrayBuffer(bytes);
  throw new TypeError("Cannot share memory here: a page must be cross-origin isolated for that");
}

/** Whether there is such memory. */
export function canShare(): boolean {
  return typeof SharedArrayBuffer === "function";
}

/** Whether it is such memory. */
export function isShared(value: unknown): value is SharedArrayBuffer {
  return canShare() && value instanceof SharedArrayBuffer;
}

/**
 * Whether this is workerd, where what waits for I/O belongs to the request in which it began, and many requests share
 * a thread.
 */
export function isWorkerd(): boolean {
  return globalThis.navigator?.userAgent === "Cloudflare-Workers";
}

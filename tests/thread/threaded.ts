/** For tests that use threads. */

/** `Deno.test` where threads are used: they outlive a test, and are used again by the next one. */
export function test(name: string, fn: () => void | Promise<void>): void {
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });
}

/** Resolves when something is so that only another thread, or the clock, brings about. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
}

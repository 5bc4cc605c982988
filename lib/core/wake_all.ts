/** Waking many, whatever one of them throws. */
import { suppress } from "./errors.ts";
import type { Waker } from "./future.ts";

/**
 * Wakes whatever `next` gives, until it gives nothing any more. A waker that throws keeps nobody else from
 * being woken; its error is thrown at the end, several as one.
 *
 * @returns How many were woken.
 */
export function wakeAll(next: () => Waker | undefined): number {
  const errors: unknown[] = [];
  let count = 0;
  for (let waker; (waker = next()) !== undefined; count++) {
    try {
      waker.wake();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors.reduce((first, later) => suppress(later, first));
  return count;
}

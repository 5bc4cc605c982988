/** Shared memory by which a job and its test wait for each other. */
import { assert } from "@std/assert";

/** What `hold` takes: whether it has begun, and whether it may end. */
export type Words = Int32Array<SharedArrayBuffer>;

/** Words that nobody has written. */
export function words(): Words {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Blocks until the job has begun. */
export function begun(words: Words): void {
  assert(Atomics.wait(words, 0, 0, 10_000) !== "timed-out");
}

/** Lets the job end. */
export function release(words: Words): void {
  Atomics.store(words, 1, 1);
  Atomics.notify(words, 1);
}

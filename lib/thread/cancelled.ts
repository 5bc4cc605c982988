/**
 * What `throwIfCancelled` throws, and what a job rejects with that has heeded its token. `ffi_helpers::task::Cancelled`
 * in Rust. Its `name` is `"AbortError"`, so that code which passes over aborted work passes over it, too.
 *
 * @example
 * ```ts
 * import { CancellationToken, Cancelled } from "@tagged/async-task/thread";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const token = new CancellationToken();
 * token.cancel("enough");
 * assertEquals(assertThrows(() => token.throwIfCancelled(), Cancelled).reason, "enough");
 * ```
 */
export class Cancelled extends Error {
  /** Why; `undefined` if no reason was given. */
  readonly reason: unknown;

  /** Makes the error for a reason, which is also its `cause`. */
  constructor(reason?: unknown) {
    super("The job was cancelled", reason === undefined ? undefined : { cause: reason });
    this.name = "AbortError";
    this.reason = reason;
  }
}

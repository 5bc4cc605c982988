/** What every wait of this part can be told. */
/**
 * What every wait of this module can be told.
 *
 * @example
 * ```ts
 * import { unbounded, type WaitOptions } from "@tagged/async-task/channel";
 * import { assertRejects } from "@std/assert";
 *
 * const [_tx, rx] = unbounded<number>();
 * const options: WaitOptions = { signal: AbortSignal.abort(new Error("enough")) };
 * await assertRejects(async () => await rx.recv(options), Error, "enough");
 * ```
 */
export interface WaitOptions {
  /**
   * Ends the wait when it is aborted: `signal.reason` is thrown as it is. It is asked first, before anything
   * else, listened to only while somebody waits, and ignored once a message has changed hands.
   */
  signal?: AbortSignal;
}

export const NO_OPTIONS: WaitOptions = {};

/** What every wait for a time can be told. */
import type { Clock } from "./clock.ts";

/**
 * What every wait of this module can be told.
 *
 * @example
 * ```ts
 * import { sleep, type TimeOptions } from "@tagged/async-task/time";
 * import { assertRejects } from "@std/assert";
 *
 * const options: TimeOptions = { signal: AbortSignal.abort(new Error("enough")) };
 * await assertRejects(async () => await sleep(1000, options), Error, "enough");
 * ```
 */
export interface TimeOptions {
  /**
   * Ends the wait when it is aborted: `signal.reason` is thrown as it is. It is asked first, before anything
   * else, and listened to only while somebody waits.
   */
  signal?: AbortSignal;
  /** Whose time counts. Default: `systemClock`. */
  clock?: Clock;
}

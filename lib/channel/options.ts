/** What channels and waits can be told. */

/**
 * What {@linkcode bounded} can be told.
 *
 * @example
 * ```ts
 * import { bounded, type BoundedOptions } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const latest: BoundedOptions = { overflow: "slide" };
 * const [tx, rx] = bounded<number>(2, latest);
 * for (const reading of [1, 2, 3]) tx.trySend(reading);
 * assertEquals([rx.drain(), rx.droppedCount], [[2, 3], 1]);
 * ```
 */
export interface BoundedOptions {
  /**
   * What becomes of a message for which there is no room: its sender waits, it is itself dropped (and stays
   * with its `Send`), or the oldest that is queued is. Where messages are dropped, nobody waits to send;
   * `droppedCount` says how many it were.
   *
   * @default "wait"
   */
  overflow?: Overflow;
}

/** What becomes of a message for which there is no room; see {@linkcode BoundedOptions}. */
export type Overflow = "wait" | "drop" | "slide";

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

/**
 * What a {@linkcode Selector} can be told.
 *
 * @example
 * ```ts
 * import { Selector, type SelectorOptions, unbounded } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [urgent, rx1] = unbounded<string>();
 * const [other, rx2] = unbounded<string>();
 * const urgentFirst: SelectorOptions = { biased: true };
 * const next = new Selector(urgentFirst).recv(rx1, String).recv(rx2, String);
 * other.trySend("later");
 * urgent.trySend("now");
 * assertEquals([next.tryWait(), next.tryWait()], ["now", "later"]);
 * ```
 */
export interface SelectorOptions {
  /**
   * Whether the one that was added first is chosen when several can be done, and not any of them. Then one
   * that always can be done keeps the later ones from ever being.
   *
   * @default false
   */
  biased?: boolean;
}

export const NO_OPTIONS: WaitOptions = {};

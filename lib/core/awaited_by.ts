/** What is in a future for whoever awaits it. */
import type { Awaitable } from "./awaitable.ts";
import type { Driver } from "./driver.ts";
import type { Context, Poll, Waker } from "./future.ts";

/**
 * What a wake-up of an awaited future means, and who has to be careful with it.
 *
 * - `POLLED`: it is worth polling. That is done in a microtask, once for all wake-ups until then.
 * - `PROMPT`: the output is there, and is taken at once.
 * - `PACED`: the same. But async functions might hand one another outputs for ever, so now and then one is
 *   held back until the event loop has had a turn.
 */
export type Pace = 0 | 1 | 2;
export const POLLED = 0;
export const PROMPT = 1;
export const PACED = 2;

/** The parts of a future that are for its driver alone. */
export interface Parts {
  /**
   * Who waits, or has waited: the driver of all who await it, or the one generator that polls it directly.
   */
  awaitedBy: Driver | Follower | undefined;
  readonly awaitPace: Pace;
  beginAwait(driver: Context & Waker): unknown;
  finishAwait(driver: Context & Waker): unknown;
  leaveAwait(cx: Context): Poll<unknown>;
}

export function partsOf(future: Awaitable<unknown>): Parts {
  return future as unknown as Parts;
}

/** A generator that polls a future directly. */
interface Follower {
  /** Others wait for the same future: from now on, it is told by their driver. */
  follow(driver: Driver): void;
}

/** Who waits for futures that somebody has frozen. */
let frozen: WeakMap<object, Driver | Follower | undefined> | undefined;

export function awaitedByOf(future: Awaitable<unknown>): Driver | Follower | undefined {
  return frozen?.get(future) ?? partsOf(future).awaitedBy;
}

export function setAwaitedBy(future: Awaitable<unknown>, by: Driver | undefined): void {
  try {
    partsOf(future).awaitedBy = by;
  } catch {
    (frozen ??= new WeakMap()).set(future, by);
  }
}

/** Whether somebody waits for it, or has waited. */
export function isAwaited(future: Awaitable<unknown>): boolean {
  return awaitedByOf(future) !== undefined;
}

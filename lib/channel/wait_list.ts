import { report } from "../core/friend.ts";
import type { Waker } from "../core/mod.ts";

/** Who waits in a {@linkcode WaitList}: at most one at a time, so that the links are in the waiter itself. */
export interface Waiter {
  before: Waiter | undefined;
  after: Waiter | undefined;
  /** The sender or receiver that it waits through; not disposed while it is in a list. */
  readonly handle: object;
  /** Leaves the list, and has failed; to be notified. */
  fail(error: unknown): void;
  /** Leaves the list: the other side is gone; to be notified. */
  disconnect(): void;
  /** Something has changed: wakes whoever waits. Called last, as it may run anything. Doesn't throw. */
  notify(): void;
}

/** Those who wait, in the order in which they came. O(1) to enter, and to leave from anywhere. */
export class WaitList<W extends Waiter> {
  first: W | undefined = undefined;
  last: W | undefined = undefined;

  push(waiter: W): void {
    const last = this.last;
    waiter.before = last;
    if (last === undefined) this.first = waiter;
    else last.after = waiter;
    this.last = waiter;
  }

  /** `waiter` must be in the list. */
  remove(waiter: W): void {
    const { before, after } = waiter;
    if (before === undefined) this.first = after as W | undefined;
    else before.after = after;
    if (after === undefined) this.last = before as W | undefined;
    else after.before = before;
    // Somebody who keeps it must not keep the others.
    waiter.before = waiter.after = undefined;
  }

  /** Those of whom `test` holds. */
  filter(test: (waiter: W) => boolean): W[] {
    const found: W[] = [];
    for (let waiter = this.first; waiter !== undefined; waiter = waiter.after as W | undefined) {
      if (test(waiter)) found.push(waiter);
    }
    return found;
  }
}

/** Notifies all; to be called when everything has been changed that is to change. */
export function notifyAll(waiters: Iterable<Waiter>): void {
  for (const waiter of waiters) waiter.notify();
}

/**
 * Wakes. What a waker throws is reported: whoever sends or receives has done so by now, and would take it for the
 * failure of that.
 */
export function wake(waker: Waker | undefined): void {
  try {
    waker?.wake();
  } catch (error) {
    report(error);
  }
}

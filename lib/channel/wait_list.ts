/** The lists of those who wait at a channel. */
import { report } from "../core/friend.ts";
import type { Waker } from "../core/mod.ts";

/** What those know of a sender or a receiver who wait through it. */
export class Handle {
  isDisposed = false;
  /** Those who wait through it, in the order in which they came: none once it is disposed. */
  first: Waiter | undefined = undefined;
  last: Waiter | undefined = undefined;
}

/**
 * Who waits: in a {@linkcode WaitList} of the channel, and in the list of its handle. It is in one of each at a time,
 * so that the links are in the waiter itself:
 *
 *     the channel    first ── A ══ B ══ C ══ D ── last    before, after
 *     a handle       first ── A ═══════ C ── last         earlier, later
 *     its clone      first ── B ═══════ D ── last         earlier, later
 *
 * The second list is there for a handle that is disposed: it finds those who wait through it without a search.
 */
export interface Waiter {
  before: Waiter | undefined;
  after: Waiter | undefined;
  earlier: Waiter | undefined;
  later: Waiter | undefined;
  /** The sender or receiver that it waits through; not disposed while it is in a list. */
  readonly handle: Handle;
  /** Leaves the lists, and has failed; to be notified. */
  fail(error: unknown): void;
  /** Leaves the lists: the other side is gone; to be notified. */
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
    pushTo(waiter.handle, waiter);
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
    removeFrom(waiter.handle, waiter);
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

function pushTo(handle: Handle, waiter: Waiter): void {
  const last = handle.last;
  waiter.earlier = last;
  if (last === undefined) handle.first = waiter;
  else last.later = waiter;
  handle.last = waiter;
}

function removeFrom(handle: Handle, waiter: Waiter): void {
  const { earlier, later } = waiter;
  if (earlier === undefined) handle.first = later;
  else earlier.later = later;
  if (later === undefined) handle.last = earlier;
  else later.earlier = earlier;
  waiter.earlier = waiter.later = undefined;
}

/** Fails all who wait through `handle`; they are to be notified. */
export function failAll(handle: Handle, error: unknown): Waiter[] {
  const failed: Waiter[] = [];
  for (let waiter; (waiter = handle.first) !== undefined;) {
    waiter.fail(error);
    failed.push(waiter);
  }
  return failed;
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

/** The lists of those who wait at a channel. */
import { report } from "../core/friend.ts";
import type { Waker } from "../core/mod.ts";

/** What those know of a sender or a receiver who wait through it. */
export class Handle {
  /** What it is a handle of, for messages. */
  readonly side: "sender" | "receiver";
  isDisposed = false;
  /** Those who wait through it, in the order in which they came, where that is kept; see {@linkcode WaitList}. */
  first: Waiter | undefined = undefined;
  last: Waiter | undefined = undefined;

  constructor(side: "sender" | "receiver") {
    this.side = side;
  }
}

/**
 * Who waits: in one {@linkcode WaitList} at a time, so that the links are in the waiter itself.
 *
 * The three ways in which a wait ends without success all leave the lists; {@linkcode Waiter.notify} is called after
 * them, when everything has been changed that is to change.
 */
export interface Waiter {
  before: Waiter | undefined;
  after: Waiter | undefined;
  earlier: Waiter | undefined;
  later: Waiter | undefined;
  /** What it waits through; not disposed while it is in a list. */
  readonly handle: Handle;
  /** The handle was disposed. */
  abandon(): void;
  /** The other side is gone. */
  disconnect(): void;
  /** What it waits for failed. */
  fail(error: unknown): void;
  /** Something has changed: wakes whoever waits. Called last, as it may run anything. Doesn't throw. */
  notify(): void;
}

/**
 * Those who wait on one side of a channel, in the order in which they came. O(1) to enter, and to leave from anywhere.
 *
 *     the channel    first ── A ══ B ══ C ══ D ── last    before, after
 *     a handle       first ── A ═══════ C ── last         earlier, later
 *     its clone      first ── B ═══════ D ── last         earlier, later
 *
 * A handle that is disposed finds those who wait through it without a search. Its list is kept only once there was a
 * clone, as it costs as much as the first: until then, all wait through the one handle that there is.
 */
export class WaitList<W extends Waiter> {
  first: W | undefined = undefined;
  last: W | undefined = undefined;
  /** Whether the lists of the handles are kept. Once they are, they always will be. */
  #isGrouped = false;

  push(waiter: W): void {
    const last = this.last;
    waiter.before = last;
    if (last === undefined) this.first = waiter;
    else last.after = waiter;
    this.last = waiter;
    if (this.#isGrouped) pushTo(waiter.handle, waiter);
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
    if (this.#isGrouped) removeFrom(waiter.handle, waiter);
  }

  /** There is another handle from here on. */
  group(): void {
    if (this.#isGrouped) return;
    this.#isGrouped = true;
    for (let waiter: Waiter | undefined = this.first; waiter !== undefined; waiter = waiter.after) {
      pushTo(waiter.handle, waiter);
    }
  }

  /** Ends the waits through `handle`, which is disposed; whoever waited is put into `ended`, to be notified. */
  abandon(handle: Handle, ended: Waiter[]): void {
    const list = this.#isGrouped ? handle : this;
    for (let waiter; (waiter = list.first) !== undefined;) {
      waiter.abandon();
      ended.push(waiter);
    }
  }

  /** Ends all waits, as the other side is gone; whoever waited is put into `ended`, to be notified. */
  disconnect(ended: Waiter[]): void {
    for (let waiter; (waiter = this.first) !== undefined;) {
      waiter.disconnect();
      ended.push(waiter);
    }
  }

  /** How many wait. O(n), to be shown only. */
  count(): number {
    let count = 0;
    for (let waiter: Waiter | undefined = this.first; waiter !== undefined; waiter = waiter.after) count++;
    return count;
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

/** Notifies all; to be called when everything has been changed that is to change. */
export function notifyAll(waiters: readonly Waiter[]): void {
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

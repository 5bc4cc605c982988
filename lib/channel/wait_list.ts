/** The lists of those who wait at a channel. */
import { report } from "../core/friend.ts";
import type { Waker } from "../core/mod.ts";

/** What those know of a sender or a receiver who wait through it. */
export class Handle {
  /** What it is a handle of, for messages. */
  readonly side: "sender" | "receiver";
  isDisposed = false;
  /**
   * Those who wait through it, in the order in which they came, where that is kept; see {@linkcode WaitList}.
   */
  first: HandleWaiter | undefined = undefined;
  last: HandleWaiter | undefined = undefined;

  constructor(side: "sender" | "receiver") {
    this.side = side;
  }

  push(waiter: HandleWaiter): void {
    const last = this.last;
    waiter.earlier = last;
    if (last === undefined) this.first = waiter;
    else last.later = waiter;
    this.last = waiter;
  }

  /** `waiter` must be in the list. */
  remove(waiter: HandleWaiter): void {
    const { earlier, later } = waiter;
    if (earlier === undefined) this.first = later;
    else earlier.later = later;
    if (later === undefined) this.last = earlier;
    else later.earlier = earlier;
    // Somebody who keeps it must not keep the others.
    waiter.earlier = waiter.later = undefined;
  }
}

/**
 * Who waits through a handle: in one list of one handle at a time, so that the links are in the waiter
 * itself.
 */
export interface HandleWaiter {
  earlier: HandleWaiter | undefined;
  later: HandleWaiter | undefined;
  /** The handle was disposed: leaves the lists, and has failed; to be notified. */
  abandon(): void;
  /** Something has changed: wakes whoever waits. Called last, as it may run anything. Doesn't throw. */
  notify(): void;
}

/**
 * Who waits on one side of a channel, in a {@linkcode WaitList}.
 *
 * The three ways in which a wait ends without success all leave the lists; `notify` is called after them,
 * when everything has been changed that is to change.
 */
export interface Waiter extends HandleWaiter {
  before: Waiter | undefined;
  after: Waiter | undefined;
  /** What it waits through; not disposed while it is in a list. */
  readonly handle: Handle;
  /** The other side is gone. */
  disconnect(): void;
  /** What it waits for failed. */
  fail(error: unknown): void;
}

/**
 * Those who wait on one side of a channel, in the order in which they came. O(1) to enter, and to leave from
 * anywhere.
 *
 *     the channel    first ── A ══ B ══ C ══ D ── last    before, after
 *     a handle       first ── A ═══════ C ── last         earlier, later
 *     its clone      first ── B ═══════ D ── last         earlier, later
 *
 * A handle that is disposed finds those who wait through it without a search. Its list is kept only once
 * there was a clone, as it costs as much as the first: until then, all wait through the one handle that there
 * is.
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
    if (this.#isGrouped) waiter.handle.push(waiter);
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
    if (this.#isGrouped) waiter.handle.remove(waiter);
  }

  /** There is another handle from here on. */
  group(): void {
    if (this.#isGrouped) return;
    this.#isGrouped = true;
    for (let waiter: Waiter | undefined = this.first; waiter !== undefined; waiter = waiter.after) {
      waiter.handle.push(waiter);
    }
  }

  /**
   * Ends the waits through `handle`, which is disposed; whoever waited is put into `ended`, to be notified.
   */
  abandon(handle: Handle, ended: HandleWaiter[]): void {
    abandonAll(this.#isGrouped ? handle : this, ended);
  }

  /** Ends all waits, as the other side is gone; whoever waited is put into `ended`, to be notified. */
  disconnect(ended: HandleWaiter[]): void {
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

/** Ends the waits of a list, whose handle is disposed; whoever waited is put into `ended`, to be notified. */
export function abandonAll(list: { first: HandleWaiter | undefined }, ended: HandleWaiter[]): void {
  for (let waiter; (waiter = list.first) !== undefined;) {
    waiter.abandon();
    ended.push(waiter);
  }
}

/** Notifies all; to be called when everything has been changed that is to change. */
export function notifyAll(waiters: readonly HandleWaiter[]): void {
  for (const waiter of waiters) waiter.notify();
}

/**
 * Wakes. What a waker throws is reported: whoever sends or receives has done so by now, and would take it for
 * the failure of that.
 */
export function wake(waker: Waker | undefined): void {
  try {
    waker?.wake();
  } catch (error) {
    report(error);
  }
}

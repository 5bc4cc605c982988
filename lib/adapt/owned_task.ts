/** A task as the property of whoever waits for it. */
import {
  cellOf,
  endOf,
  hasLeft,
  type Join,
  markSeen,
  outcomeOf,
  PROPAGATE,
  Settled,
} from "../core/friend.ts";
import type { Context, Future, Poll } from "../core/mod.ts";
import type { Wait } from "../internal/waits.ts";

/** A task that is owned, and that others may own or await as well: its end is watched. */
export class OwnedTask<R> implements Future<R> {
  // Flat, see `lib/README.md`.
  declare readonly join: Join<unknown>;
  /** What is waited for: the output; from when it is closed, the end. */
  declare private end: Settled<unknown>;
  declare private isClosing: boolean;

  constructor(join: Join<R>) {
    this.join = join;
    this.end = endOf(join);
    this.isClosing = false;
  }

  poll(cx: Context): Poll<R> {
    return this.end.poll(cx) as Poll<R>;
  }

  /**
   * Cancels the task, and waits for its clean-up. What that throws is unseen until {@linkcode see} says so.
   */
  pollClose(cx: Context): Poll<unknown> {
    if (!this.isClosing) {
      this.isClosing = true;
      this.end[Symbol.dispose]();
      this.end = new Settled(this.join, throwPanic);
      cellOf(this.join).cancel(cx.reason);
    }
    return this.end.poll(cx);
  }

  /** Watches no more; a task that has not ended is cancelled. */
  [Symbol.dispose](): void {
    this.end[Symbol.dispose]();
    if (!hasLeft(this.join)) cellOf(this.join).cancel(undefined);
  }

  waitsFor(): Wait | undefined {
    return this.end.waitsFor();
  }

  /** Its panic was told. */
  see(): void {
    markSeen(cellOf(this.join));
  }
}

/** A panic that did not come out of the task's last run is thrown here. */
function throwPanic(join: Join<unknown>): void {
  if ((cellOf(join).state & PROPAGATE) === 0) return;
  const outcome = outcomeOf(join);
  if (outcome.status === "panicked") throw outcome.error;
}

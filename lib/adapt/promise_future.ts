/** A promise as a future. */
import { checkWaker } from "../core/friend.ts";
import { type Context, type Future, PENDING, type Poll, type Waker } from "../core/mod.ts";
import type { Wait } from "../internal/waits.ts";
import { Listener, type Settling } from "./listener.ts";

/**
 * A promise as a future. It is listened to from the first poll on: until then, its rejection is whoever's it
 * was. After it has been let go of, what it comes to is nobody's business here: others may wait for it.
 */
export class PromiseFuture<R> implements Future<R>, Settling {
  // Flat, see `lib/README.md`.
  declare private readonly promise: PromiseLike<R>;
  /** What the promise gave, `PENDING` until then. */
  declare private settled: unknown;
  declare private isRejected: boolean;
  declare private waker: Waker | undefined;
  /** Set while it listens. */
  declare private listener: Listener | undefined;

  constructor(promise: PromiseLike<R>) {
    this.promise = promise;
    this.settled = PENDING;
    this.isRejected = false;
    this.waker = undefined;
    this.listener = undefined;
  }

  /** Listens from now on, as `Promise.race` would: its rejection counts as handled. */
  begin(): this {
    this.listener ??= Listener.listen(this.promise, this);
    return this;
  }

  poll(cx: Context): Poll<R> {
    if (this.settled === PENDING) {
      this.waker = checkWaker(cx.waker);
      this.begin();
    }
    if (this.isRejected) throw this.settled;
    return this.settled as Poll<R>;
  }

  [Symbol.dispose](): void {
    this.waker = undefined;
    this.listener?.forget();
    this.listener = undefined;
  }

  waitsFor(): Wait | undefined {
    return this.settled === PENDING ? { kind: "promise" } : undefined;
  }

  /** Called once, when the promise has settled. */
  settle(settled: unknown, isRejected: boolean): void {
    this.settled = settled;
    this.isRejected = isRejected;
    this.listener = undefined;
    const waker = this.waker;
    this.waker = undefined;
    waker?.wake();
  }
}

import { type Context, type Future, PENDING, type Poll, type Waker } from "../core/mod.ts";
import { listen, type Settling } from "./listener.ts";

/**
 * A promise, as a future. It is listened to from the start, so that its rejection counts as handled. When it is
 * let go of first, what it comes to is not reported: others may still wait for it.
 */
export class PromiseFuture<R> implements Future<R>, Settling {
  /** What the promise gave, `PENDING` until then. */
  #settled: unknown;
  #isRejected: boolean;
  #waker: Waker | undefined;

  constructor(promise: PromiseLike<R>) {
    this.#settled = PENDING;
    this.#isRejected = false;
    this.#waker = undefined;
    listen(promise, this);
  }

  get isSettled(): boolean {
    return this.#settled !== PENDING;
  }

  poll(cx: Context): Poll<R> {
    if (this.#settled === PENDING) this.#waker = cx.waker;
    if (this.#isRejected) throw this.#settled;
    return this.#settled as Poll<R>;
  }

  [Symbol.dispose](): void {
    this.#waker = undefined;
  }

  /** Called once, when the promise has settled. */
  settle(settled: unknown, isRejected: boolean): void {
    this.#settled = settled;
    this.#isRejected = isRejected;
    const waker = this.#waker;
    this.#waker = undefined;
    waker?.wake();
  }
}

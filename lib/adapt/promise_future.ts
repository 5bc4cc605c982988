import { type Context, type Future, PENDING, type Poll, type Waker } from "../core/mod.ts";

type Settled<R> = { isRejected: false; value: R } | { isRejected: true; error: unknown };

/**
 * A promise, as a future. It is listened to from the start, so that its rejection counts as handled. When it is
 * let go of first, what it comes to is not reported: others may still wait for it.
 */
export class PromiseFuture<R> implements Future<R> {
  #settled: Settled<R> | undefined;
  #waker: Waker | undefined;

  constructor(promise: PromiseLike<R>) {
    Promise.resolve(promise).then(
      (value) => this.settle({ isRejected: false, value }),
      (error) => this.settle({ isRejected: true, error }),
    );
  }

  poll(cx: Context): Poll<R> {
    const settled = this.#settled;
    if (settled === undefined) {
      this.#waker = cx.waker;
      return PENDING;
    }
    if (settled.isRejected) throw settled.error;
    return settled.value;
  }

  [Symbol.dispose](): void {
    this.#waker = undefined;
  }

  private settle(settled: Settled<R>): void {
    this.#settled = settled;
    const waker = this.#waker;
    this.#waker = undefined;
    waker?.wake();
  }
}

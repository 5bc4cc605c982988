import { checkWaker, closeReason, report } from "../core/friend.ts";
import { Awaitable, type Context, currentTask, type Future, type Poll } from "../core/mod.ts";
import { isBecauseOf } from "./because.ts";
import { PromiseFuture } from "./promise_future.ts";

class FromPromise<R> extends Awaitable<R> {
  readonly #promise: PromiseLike<R>;
  readonly #inner: PromiseFuture<R>;
  /** Whether this one is somebody's already: everybody else who waits listens for himself. */
  #isTaken = false;
  /** Whether the rejection has been thrown to somebody, or reported. */
  #isSeen = false;

  constructor(promise: PromiseLike<R>) {
    super();
    this.#promise = promise;
    this.#inner = new PromiseFuture(promise);
  }

  override poll(cx: Context): Poll<R> {
    checkWaker(cx.waker);
    try {
      return this.#inner.poll(cx);
    } catch (error) {
      this.#isSeen = true;
      throw error;
    }
  }

  /**
   * Nobody waits any more: a rejection that nobody has seen is reported, not lost. Unless the task is cancelled, and
   * the promise has heeded that.
   */
  [Symbol.dispose](): void {
    const task = currentTask();
    const reason = task === undefined ? undefined : closeReason(task);
    const cx = { waker: { wake: () => this.#lose(cx, reason) } };
    this.#lose(cx, reason);
  }

  protected override watch(): Future<R> {
    if (this.#isTaken && !this.#inner.isSettled) return new FromPromise(this.#promise);
    this.#isTaken = true;
    return this;
  }

  #lose(cx: Context, reason: unknown): void {
    try {
      this.#inner.poll(cx);
    } catch (error) {
      const isNews = !this.#isSeen && (reason === undefined || !isBecauseOf(reason, error));
      this.#isSeen = true;
      if (isNews) report(error);
    }
  }
}

/**
 * A future for the output of a promise: how a generator task waits for one. A rejection is thrown where the
 * future is waited for.
 *
 * @throws {TypeError} If `promise` has no `then` method.
 *
 * @example
 * ```ts
 * import { fromPromise, spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const [task, handle] = spawn(function* () {
 *   const data = yield* fromPromise(crypto.subtle.digest("SHA-1", new Uint8Array()));
 *   return data.byteLength;
 * }, (task) => void task.run(), "t");
 * task.run();
 * assertEquals(await handle, 20);
 * ```
 */
export function fromPromise<R>(promise: PromiseLike<R>): Awaitable<R> {
  if (typeof promise?.then !== "function") {
    throw new TypeError(`Cannot make a future: expected a promise, got ${typeof promise}`);
  }
  return new FromPromise(promise);
}

import {
  Awaitable,
  closeReason,
  type Context,
  currentTask,
  PENDING,
  type Poll,
  report,
  type Waker,
} from "../core/mod.ts";
import { isBecauseOf } from "./because.ts";

/** Where a promise has got to. */
const WAITING = 0;
const FULFILLED = 1;
const REJECTED = 2;
/** The rejection was thrown to whoever polled. */
const THROWN = 3;
/** Nobody will poll any more. */
const ABANDONED = 4;

/** The promise is listened to from the start, so that its rejection counts as handled from the start. */
class FromPromise<R> extends Awaitable<R> {
  #state = WAITING;
  /** The value once fulfilled, the error once rejected. */
  #settled: unknown;
  #waker: Waker | undefined;
  /** Why it was let go of, if that was a cancellation: a promise that heeds it has nothing to report. */
  #reason: unknown;

  constructor(promise: PromiseLike<R>) {
    super();
    promise.then(
      (value) => this.#settle(FULFILLED, value),
      (error) => this.#settle(REJECTED, error),
    );
  }

  override poll(cx: Context): Poll<R> {
    switch (this.#state) {
      case FULFILLED:
        return this.#settled as R;
      case REJECTED:
      case THROWN:
        this.#state = THROWN;
        throw this.#settled;
      default:
        this.#waker = cx.waker;
        return PENDING;
    }
  }

  /** Nobody waits any more: a rejection that nobody has seen is reported, not lost. */
  [Symbol.dispose](): void {
    const state = this.#state;
    const task = currentTask();
    this.#reason = task === undefined ? undefined : closeReason(task);
    if (state === WAITING || state === REJECTED) this.#state = ABANDONED;
    if (state === REJECTED) this.report(this.#settled);
    this.#waker = undefined;
  }

  private report(error: unknown): void {
    if (this.#reason === undefined || !isBecauseOf(this.#reason, error)) report(error);
  }

  #settle(state: number, settled: unknown): void {
    if (this.#state === ABANDONED) {
      if (state === REJECTED) this.report(settled);
      return;
    }
    this.#state = state;
    this.#settled = settled;
    const waker = this.#waker;
    this.#waker = undefined;
    waker?.wake();
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

import {
  Awaitable,
  checkWaker,
  closeReason,
  type Context,
  currentTask,
  type Future,
  PENDING,
  type Poll,
  report,
  type Waker,
} from "../core/mod.ts";
import { isBecauseOf } from "./because.ts";
import { listen, type Settling } from "./listener.ts";

/** Where a promise has got to. */
const WAITING = 0;
const FULFILLED = 1;
const REJECTED = 2;

/** The promise is listened to from the start, so that its rejection counts as handled from the start. */
class FromPromise<R> extends Awaitable<R> implements Settling {
  readonly #promise: Promise<R>;
  #state = WAITING;
  /** The value once fulfilled, the error once rejected. */
  #settled: unknown;
  #waker: Waker | undefined;
  /** Whether this one is somebody's already: everybody else who waits listens for himself. */
  #isTaken = false;
  /** Whether the rejection has been thrown to somebody, or reported. */
  #isSeen = false;
  /** Whether it was let go of before the promise had settled. */
  #isAbandoned = false;
  /** Why, if that was a cancellation: a promise that heeds it has nothing to report. */
  #reason: unknown;

  constructor(promise: PromiseLike<R>) {
    super();
    this.#promise = Promise.resolve(promise);
    listen(this.#promise, this);
  }

  override poll(cx: Context): Poll<R> {
    switch (this.#state) {
      case FULFILLED:
        return this.#settled as R;
      case REJECTED:
        this.#isSeen = true;
        throw this.#settled;
      default:
        this.#waker = checkWaker(cx.waker);
        this.#isAbandoned = false;
        return PENDING;
    }
  }

  /** Nobody waits any more: a rejection that nobody has seen is reported, not lost. */
  [Symbol.dispose](): void {
    const task = currentTask();
    this.#reason = task === undefined ? undefined : closeReason(task);
    this.#isAbandoned = true;
    this.#waker = undefined;
    if (this.#state === REJECTED) this.#report();
  }

  /** Called once, when the promise has settled. */
  settle(settled: unknown, isRejected: boolean): void {
    this.#state = isRejected ? REJECTED : FULFILLED;
    this.#settled = settled;
    const waker = this.#waker;
    this.#waker = undefined;
    if (isRejected && this.#isAbandoned) this.#report();
    waker?.wake();
  }

  protected override watch(): Future<R> {
    if (this.#isTaken && this.#state === WAITING) return new FromPromise(this.#promise);
    this.#isTaken = true;
    return this;
  }

  #report(): void {
    const isSeen = this.#isSeen;
    this.#isSeen = true;
    if (!isSeen && (this.#reason === undefined || !isBecauseOf(this.#reason, this.#settled))) {
      report(this.#settled);
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

import { PromiseFuture } from "../adapt/friend.ts";
import { alongside, isFuture, report } from "../core/friend.ts";
import { Awaitable, type Context, type Future, PENDING, type Poll } from "../core/mod.ts";
import { checkMs } from "../internal/check_ms.ts";
import type { TimeOptions } from "./options.ts";
import { type Sleep, sleepUntil } from "./sleep.ts";
import { systemClock } from "./system_clock.ts";

// A copy: an engine loads an imported constant at every use.
const pending: typeof PENDING = PENDING;

/** The inner future is polled. */
const RUNNING = 0;
/** Too late, or aborted: the inner future cleans up, and `output` is the error to throw then. */
const CLOSING = 1;
/** The inner future is gone, `output` is what it returned. */
const FULFILLED = 2;
/** The inner future is gone, `output` is the error. */
const REJECTED = 3;
/** The inner future is gone, let go of before there was an output. */
const DROPPED = 4;

const NO_OPTIONS: TimeOptions = {};

/** Owns the inner future, as a task would: lets go of it once, whatever happens. */
class Timeout<R> extends Awaitable<R> implements Disposable {
  #state: number;
  #output: unknown;
  /** Set until it is let go of. */
  #inner: Future<R> | undefined;
  readonly #timer: Sleep;
  readonly #signal: AbortSignal | undefined;

  constructor(inner: Future<R>, timer: Sleep, signal: AbortSignal | undefined) {
    super();
    this.#state = RUNNING;
    this.#output = undefined;
    this.#inner = inner;
    this.#timer = timer;
    this.#signal = signal;
  }

  override poll(cx: Context): Poll<R> {
    switch (this.#state) {
      case RUNNING:
        return this.run(cx);
      case CLOSING:
        return this.close(cx);
      case FULFILLED:
        return this.#output as R;
      case REJECTED:
        throw this.#output;
      default:
        throw new TypeError("Cannot poll the future: it was dropped before it had an output");
    }
  }

  /** The clean-up of the inner future, when the task is cancelled that this is the future of. */
  pollClose(cx: Context): Poll<unknown> {
    this.#timer[Symbol.dispose]();
    return this.#inner?.pollClose?.(cx);
  }

  [Symbol.dispose](): void {
    if (this.#inner !== undefined) this.settle(DROPPED, undefined);
  }

  private run(cx: Context): Poll<R> {
    if (this.#signal?.aborted) return this.giveUp(this.#signal.reason, cx);
    let output;
    try {
      output = this.#inner!.poll(cx);
    } catch (error) {
      this.settle(REJECTED, error);
      throw error;
    }
    if (output === pending) return this.checkTime(cx);
    this.settle(FULFILLED, output);
    return output;
  }

  private checkTime(cx: Context): Poll<R> {
    try {
      if (this.#timer.poll(cx) === pending) return pending;
    } catch (reason) {
      return this.giveUp(reason, cx);
    }
    return this.giveUp(new DOMException("Cannot wait any longer: the time is up", "TimeoutError"), cx);
  }

  private giveUp(error: unknown, cx: Context): Poll<R> {
    this.#state = CLOSING;
    this.#output = error;
    this.#timer[Symbol.dispose]();
    return this.close(cx);
  }

  private close(cx: Context): Poll<R> {
    const inner = this.#inner!;
    let isClosed = true;
    const error = alongside(this.#output, () => {
      isClosed = inner.pollClose?.(cx) !== pending;
    });
    if (!isClosed) return pending;
    this.settle(REJECTED, error);
    throw error;
  }

  /** The end: nothing is registered any more, and the inner future is let go of. */
  private settle(state: number, output: unknown): void {
    const inner = this.#inner!;
    this.#state = state;
    this.#output = output;
    this.#inner = undefined;
    this.#timer[Symbol.dispose]();
    try {
      inner[Symbol.dispose]?.();
    } catch (error) {
      report(error);
    }
  }
}

/**
 * The output of `future`, unless it takes longer than `ms`, counted from this call on: then a `DOMException`
 * named `TimeoutError` is thrown. `tokio::time::timeout` in Rust.
 *
 * It owns `future`, and lets go of it (`[Symbol.dispose]()`) exactly once: when it has an output or throws, when
 * the time is up, the signal is aborted, or it is itself let go of. So a `Task` of `./v4` is cancelled when the
 * time is up, and a `JoinHandle` detached. If there is asynchronous clean-up (`pollClose`), that is waited for
 * before the error is thrown. A promise can't be let go of: it goes on, and what it comes to is ignored, as by
 * `Promise.race`.
 *
 * `future` is polled first: what is ready at once is never too late, not even with 0 or a negative `ms`, which
 * are over on a later turn of the event loop, as in `sleep`. The time is looked at in every poll, so that a
 * future that is woken again and again without a pause is timed out, too. `Infinity` is never over.
 *
 * Nothing is registered until it is polled, nor after it has settled. Any number may await it; `poll` and
 * `yield*` are for one.
 *
 * @param future A future or a promise.
 * @param ms How long, in ms.
 * @throws {RangeError} If `ms` is `NaN`.
 * @throws {TypeError} If `ms` is no number, or `future` is neither a future nor a promise.
 *
 * @example
 * ```ts
 * import { pending } from "@tagged/async-task";
 * import { timeout } from "@tagged/async-task/time";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * assertEquals(await timeout(Promise.resolve("in time"), 1000), "in time");
 * const error = await assertRejects(async () => await timeout(pending(), 1), DOMException);
 * assertEquals(error.name, "TimeoutError");
 * ```
 */
export function timeout<R>(
  future: Future<R> | PromiseLike<R>,
  ms: number,
  options: TimeOptions = NO_OPTIONS,
): Awaitable<R> & Disposable {
  const { clock = systemClock } = options;
  return deadline(future, clock.now() + checkMs(ms, "time out"), options);
}

/**
 * Like {@linkcode timeout}, with the time at which it is over. `tokio::time::timeout_at` in Rust.
 *
 * @param future A future or a promise.
 * @param time When, in ms of the clock: with the default clock, in terms of `performance.now()`.
 * @throws {RangeError} If `time` is `NaN`.
 * @throws {TypeError} If `time` is no number, or `future` is neither a future nor a promise.
 *
 * @example Two steps, and 50 ms for both
 * ```ts
 * import { deadline, sleep } from "@tagged/async-task/time";
 * import { assertRejects } from "@std/assert";
 *
 * const end = performance.now() + 50;
 * await deadline(sleep(1), end);
 * await assertRejects(async () => await deadline(sleep(1000), end), DOMException);
 * ```
 */
export function deadline<R>(
  future: Future<R> | PromiseLike<R>,
  time: number,
  options: TimeOptions = NO_OPTIONS,
): Awaitable<R> & Disposable {
  const timer = sleepUntil(time, options);
  return new Timeout<R>(asFuture(future), timer, options.signal);
}

function asFuture<R>(future: Future<R> | PromiseLike<R>): Future<R> {
  if (isFuture(future)) return future as Future<R>;
  if (typeof future?.then === "function") return new PromiseFuture(future).begin();
  throw new TypeError(`Cannot time out ${typeof future}: it is neither a future nor a promise`);
}

/** Futures that may not take too long. */
import { closeReason, owned, OwnedCall, see } from "../adapt/friend.ts";
import type { CallContext, TaskGenerator } from "../adapt/mod.ts";
import { alongside, checkWaker, isFuture, report } from "../core/friend.ts";
import { Awaitable, type Context, type Future, PENDING, type Poll, type Waker } from "../core/mod.ts";
import { show } from "../internal/show.ts";
import { type Wait, waitOf } from "../internal/waits.ts";
import { checkMs } from "../internal/check_ms.ts";
import type { Clock } from "./clock.ts";
import { KnownDeadline } from "./current_deadline.ts";
import type { TimeOptions } from "./options.ts";
import { type Sleep, sleepUntil } from "./sleep.ts";
import { systemClock } from "./system_clock.ts";

// A local copy, see `lib/README.md`.
const pending: typeof PENDING = PENDING;

/** The inner future is polled. */
const RUNNING = 0;
/**
 * It is too late, aborted, or given up: the inner future cleans up, and `output` is the error to throw then.
 */
const CLOSING = 1;
/** The inner future is gone, `output` is what it returned. */
const FULFILLED = 2;
/** The inner future is gone, `output` is the error. */
const REJECTED = 3;
/** The inner future is gone, let go of before there was an output. */
const DROPPED = 4;

const NO_OPTIONS: TimeOptions = {};

/**
 * Owns the inner future, as a task would: lets go of it once, whatever happens, and does not poll it any more
 * once it is closed. Flat, see `lib/README.md`.
 */
class Timeout<R> extends Awaitable<R> implements Disposable, Context {
  declare private state: number;
  declare private output: unknown;
  /** Set until it is let go of. */
  declare private inner: Future<R> | undefined;
  declare private readonly timer: Sleep;
  declare private readonly signal: AbortSignal | undefined;
  /** While it is closed: who waits for that. */
  declare waker: Waker;

  constructor(inner: Future<R>, timer: Sleep, signal: AbortSignal | undefined) {
    super();
    this.state = RUNNING;
    this.output = undefined;
    this.inner = inner;
    this.timer = timer;
    this.signal = signal;
    this.waker = undefined!;
  }

  /** Why the inner future is to close. */
  get reason(): unknown {
    return this.output;
  }

  override poll(cx: Context): Poll<R> {
    switch (this.state) {
      case RUNNING:
        return this.run(cx);
      case CLOSING:
        return this.close(cx);
      case FULFILLED:
        return this.output as R;
      case REJECTED:
        throw this.output;
      default:
        throw new TypeError("Cannot poll the future: it was dropped before it had an output");
    }
  }

  /** The clean-up of the inner future, when this is given up: with the reason for that. */
  pollClose(cx: Context): Poll<unknown> {
    if (this.state === RUNNING) this.beginClose(cx.reason ?? closeReason(this.inner!, undefined));
    if (this.state !== CLOSING) return;
    const reason = this.output;
    try {
      return this.close(cx);
    } catch (error) {
      if (error !== reason) throw error;
    }
  }

  [Symbol.dispose](): void {
    if (this.inner !== undefined) this.settle(DROPPED, undefined);
  }

  override waitsFor(): Wait | undefined {
    if (this.inner === undefined) return undefined;
    const wait = waitOf(this.inner);
    return { kind: "timeout", until: this.timer.deadline, inner: wait === undefined ? [] : [wait] };
  }

  private run(cx: Context): Poll<R> {
    if (this.signal?.aborted) return this.giveUp(this.signal.reason, cx);
    let output;
    try {
      output = this.inner!.poll(cx);
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
      if (this.timer.poll(cx) === pending) return pending;
    } catch (reason) {
      return this.giveUp(reason, cx);
    }
    return this.giveUp(new DOMException("Cannot wait any longer: the time is up", "TimeoutError"), cx);
  }

  private giveUp(error: unknown, cx: Context): Poll<R> {
    this.beginClose(error);
    return this.close(cx);
  }

  private beginClose(error: unknown): void {
    this.state = CLOSING;
    this.output = error;
    this.timer[Symbol.dispose]();
  }

  private close(cx: Context): Poll<R> {
    const inner = this.inner!;
    this.waker = checkWaker(cx.waker);
    let isClosed = true;
    const error = alongside(this.output, () => {
      isClosed = inner.pollClose?.(this) !== pending;
    });
    if (!isClosed) return pending;
    if (error !== this.output) see(inner);
    this.settle(REJECTED, error);
    throw error;
  }

  /** The end: nothing is registered any more, and the inner future is let go of. */
  private settle(state: number, output: unknown): void {
    const inner = this.inner!;
    this.state = state;
    this.output = output;
    this.inner = undefined;
    this.timer[Symbol.dispose]();
    try {
      inner[Symbol.dispose]?.();
    } catch (error) {
      report(error);
    }
  }
}

/**
 * What {@linkcode timeout} and {@linkcode deadline} take: a future, a promise, or a function that returns
 * one, and is given a signal of its own.
 *
 * @example
 * ```ts
 * import { timeout, type Timeoutable } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const answers: Timeoutable<number>[] = [Promise.resolve(42), async () => 42];
 * for (const answer of answers) assertEquals(await timeout(answer, 1000), 42);
 * ```
 */
export type Timeoutable<R> =
  | Future<R>
  | PromiseLike<R>
  | ((context: CallContext) => Future<R> | TaskGenerator<R> | PromiseLike<R> | R);

/**
 * The output of `future`, unless it takes longer than `ms`, counted from this call on: then a `DOMException`
 * named `TimeoutError` is thrown. `tokio::time::timeout` in Rust.
 *
 * It owns `future`, and lets go of it (`[Symbol.dispose]()`) exactly once: when it has an output or throws,
 * when the time is up, the signal is aborted, or it is itself given up. In the last three cases the future is
 * closed first (`pollClose`), with the `TimeoutError` or the reason, and that is waited for: a task, by
 * whichever handle, is cancelled; a function that was called has its `signal` aborted, and its awaits of
 * futures of this package throw. What the clean-up throws comes with the error, as a `SuppressedError`. A
 * promise can't be let go of: it goes on, and what it comes to is ignored, as by `Promise.race`.
 *
 * `future` is polled first: what is ready at once is never too late, not even with 0 or a negative `ms`,
 * which are over on a later turn of the event loop, as in `sleep`. The time is looked at in every poll, so
 * that a future that is woken again and again without a pause is timed out, too. `Infinity` is never over.
 *
 * Nothing is registered until it is polled, nor after it has settled. Any number may await it, and a task may
 * be in several: the first that gives it up cancels it for all.
 *
 * @param future A future or a promise; or a function that returns one, which is called when this is first
 * polled.
 * @param ms How long, in ms, counted from this call on.
 * @throws {RangeError} If `ms` is `NaN`.
 * @throws {TypeError} If `ms` is no number, or `future` is none of these.
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
 *
 * @example A request that is aborted when the time is up
 * ```ts
 * import { timeout } from "@tagged/async-task/time";
 * import { assertRejects } from "@std/assert";
 *
 * const load = (signal: AbortSignal) =>
 *   new Promise<string>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
 * await assertRejects(async () => await timeout(({ signal }) => load(signal), 1), DOMException);
 * ```
 */
export function timeout<R>(
  future: Timeoutable<R>,
  ms: number,
  options: TimeOptions = NO_OPTIONS,
): Awaitable<R> & Disposable {
  const { clock = systemClock } = options;
  return deadline(future, clock.now() + checkMs(ms, "time out"), options);
}

/**
 * Like {@linkcode timeout}, with the time at which it is over. `tokio::time::timeout_at` in Rust.
 *
 * @param future A future, a promise or a function, as of {@linkcode timeout}.
 * @param time When, in ms of the clock: with the default clock, in terms of `performance.now()`.
 * @throws {RangeError} If `time` is `NaN`.
 * @throws {TypeError} If `time` is no number, or `future` is none of these.
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
  future: Timeoutable<R>,
  time: number,
  options: TimeOptions = NO_OPTIONS,
): Awaitable<R> & Disposable {
  const timer = sleepUntil(time, options);
  const { clock = systemClock, signal } = options;
  return new Timeout<R>(asFuture(future, time, clock), timer, signal);
}

function asFuture<R>(future: Timeoutable<R>, time: number, clock: Clock): Future<R> {
  if (typeof future === "function") return new OwnedCall<R>(future, false, new KnownDeadline(time, clock));
  if (isFuture(future) || typeof future?.then === "function") return owned<R>(future);
  throw new TypeError(
    `Cannot time out ${show(future)}: it is neither a future nor a promise, and no function that returns one`,
  );
}

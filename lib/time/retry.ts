/** Trying again what has failed. */
import type { CallContext, TaskGenerator } from "../adapt/mod.ts";
import { checkFunction } from "../core/friend.ts";
import { Awaitable, CancelledError, type Context, type Future, PENDING, type Poll } from "../core/mod.ts";
import { checkMs } from "../internal/check_ms.ts";
import { show } from "../internal/show.ts";
import type { TimeOptions } from "./options.ts";
import { sleep } from "./sleep.ts";
import { timeout } from "./timeout.ts";

// A local copy, see `lib/README.md`.
const pending: typeof PENDING = PENDING;

/**
 * How long {@linkcode retry} waits before it tries again: `initial` ms after the first attempt, each time
 * `factor` times longer, and never longer than `max`.
 *
 * @example
 * ```ts
 * import { type Backoff, retry, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const backoff: Backoff = { initial: 10, factor: 3, max: 50 };
 * const clock = new VirtualClock({ autoAdvance: true });
 * const times: number[] = [];
 * await retry(() => {
 *   if (times.push(clock.now()) < 5) throw new Error("not yet");
 * }, { attempts: 5, backoff, jitter: 0, clock });
 * assertEquals(times, [0, 10, 40, 90, 140]);
 * ```
 */
export interface Backoff {
  /** After the first attempt, in ms. */
  initial: number;
  /** How many times longer each time: 1 or more. Default: 2. */
  factor?: number;
  /** At most, in ms. Default: 30,000. */
  max?: number;
}

/**
 * What {@linkcode retry} can be told.
 *
 * @example
 * ```ts
 * import { retry, type RetryOptions } from "@tagged/async-task/time";
 * import { assertRejects } from "@std/assert";
 *
 * const options: RetryOptions = { until: (error) => error instanceof TypeError };
 * await assertRejects(() => retry(() => Promise.reject(new TypeError("wrong")), options), TypeError);
 * ```
 */
export interface RetryOptions extends TimeOptions {
  /** How often it is tried, the first time included: 1 or more. Default: 5. */
  attempts?: number;
  /**
   * How long it waits in between: always as many ms, or longer each time, or what a function says of the
   * number of the attempt that has failed, and its error. Default: `{ initial: 100 }`.
   */
  backoff?: number | Backoff | ((attempt: number, error: unknown) => number);
  /**
   * Which part of that is left to chance, so that not all who have failed at once try again at once: from 0,
   * none, to 1, all; or a function that makes another wait of it. Default: 0.5.
   */
  jitter?: number | ((ms: number) => number);
  /** Whether to give up, at this error of this attempt. Default: never before the last one. */
  until?: (error: unknown, attempt: number) => boolean;
  /** How long an attempt may take, in ms; it then fails with a `TimeoutError`. Default: `Infinity`. */
  timeout?: number;
  /**
   * Told of every attempt that has failed and is not the last: its error, its number, and how many ms it
   * waits now.
   */
  onRetry?: (error: unknown, attempt: number, ms: number) => void;
}

/**
 * What {@linkcode retry} tries: a function of a signal of its own and of the number of the attempt, from 1
 * on.
 *
 * @example
 * ```ts
 * import { type Attempt, retry } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const third: Attempt<number> = async (_call, attempt) => {
 *   if (attempt < 3) throw new Error("not yet");
 *   return attempt;
 * };
 * assertEquals(await retry(third, { backoff: 0 }), 3);
 * ```
 */
export type Attempt<R> = (
  call: CallContext,
  attempt: number,
) => Future<R> | TaskGenerator<R> | PromiseLike<R> | R;

/** It is tried. */
const TRYING = 0;
/** It waits to try again. */
const RESTING = 1;
/** `output` is what the last attempt has returned. */
const FULFILLED = 2;
/** `output` is the error. */
const REJECTED = 3;

/** The attempts, one after the other. Flat, see `lib/README.md`. */
class Retry<R> extends Awaitable<R> implements Disposable {
  declare private readonly fn: Attempt<R>;
  declare private readonly options: RetryOptions;
  declare private state: number;
  /** The attempt, or the sleep, that is under way; made by the first poll. */
  declare private step: (Awaitable<unknown> & Disposable) | undefined;
  declare private attempt: number;
  declare private output: unknown;

  constructor(fn: Attempt<R>, options: RetryOptions) {
    super();
    this.fn = fn;
    this.options = options;
    this.state = TRYING;
    this.step = undefined;
    this.attempt = 1;
    this.output = undefined;
  }

  override poll(cx: Context): Poll<R> {
    for (;;) {
      if (this.state === FULFILLED) return this.output as R;
      if (this.state === REJECTED) throw this.output;
      try {
        const output = (this.step ??= this.try()).poll(cx);
        if (output === pending) return pending;
        this.succeed(output);
      } catch (error) {
        this.fail(error);
      }
    }
  }

  /** The clean-up of the attempt that is under way: there is no other one after it. */
  pollClose(cx: Context): Poll<unknown> {
    return (this.step as Future<unknown> | undefined)?.pollClose?.(cx);
  }

  [Symbol.dispose](): void {
    this.step?.[Symbol.dispose]();
  }

  override toJSON(): object {
    return { attempt: this.attempt, state: ["trying", "resting", "fulfilled", "rejected"][this.state] };
  }

  private try(): Awaitable<unknown> & Disposable {
    const { timeout: ms = Infinity, clock, signal } = this.options;
    const attempt = this.attempt;
    return timeout((call) => this.fn(call, attempt), ms, { clock, signal });
  }

  /** An attempt has an output, or the sleep is over. */
  private succeed(output: unknown): void {
    this.step = undefined;
    if (this.state === TRYING) return this.settle(FULFILLED, output);
    this.attempt++;
    this.state = TRYING;
  }

  /** An attempt has failed, or whoever was asked about it, or the signal was aborted. */
  private fail(error: unknown): void {
    this.step = undefined;
    if (this.state === RESTING) return this.settle(REJECTED, error);
    try {
      if (this.isLast(error)) this.settle(REJECTED, error);
      else this.rest(error);
    } catch (another) {
      this.settle(REJECTED, another);
    }
  }

  private isLast(error: unknown): boolean {
    const { attempts = 5, until, signal } = this.options;
    if (this.attempt >= attempts || isCancellation(error) || signal?.aborted) return true;
    return until?.(error, this.attempt) ?? false;
  }

  private rest(error: unknown): void {
    const { clock, signal, onRetry } = this.options;
    const ms = waitAfter(this.attempt, error, this.options);
    onRetry?.(error, this.attempt, ms);
    this.state = RESTING;
    this.step = sleep(ms, { clock, signal });
  }

  private settle(state: number, output: unknown): void {
    this.state = state;
    this.output = output;
  }
}

/** Whoever was cancelled does not want to try again. */
function isCancellation(error: unknown): boolean {
  return error instanceof CancelledError || (error as Error | undefined)?.name === "AbortError";
}

function waitAfter(attempt: number, error: unknown, { backoff, jitter = 0.5 }: RetryOptions): number {
  const ms = checkMs(backoffOf(attempt, error, backoff), "retry", "a backoff in ms");
  return typeof jitter === "function"
    ? checkMs(jitter(ms), "retry", "jitter in ms")
    : ms * (1 - jitter * Math.random());
}

function backoffOf(attempt: number, error: unknown, backoff: RetryOptions["backoff"]): number {
  if (typeof backoff === "number") return backoff;
  if (typeof backoff === "function") return backoff(attempt, error);
  const { initial, factor = 2, max = 30_000 } = backoff ?? { initial: 100 };
  return Math.min(initial * factor ** (attempt - 1), max);
}

/**
 * The output of `fn`, which is called again when it fails, after a wait that gets longer each time.
 *
 * What was cancelled is not tried again: neither when the task is that waits for it, nor when an attempt
 * fails with a `CancelledError` or an `AbortError`, nor when the signal is aborted. The attempt that is under
 * way is closed then, and its clean-up waited for, as by {@linkcode timeout}.
 *
 * @param fn A generator function, an async function, or whatever returns a future, a promise or a value.
 * @returns A future; the first attempt begins when it is first polled, by `await` for instance.
 * @throws The error of the last attempt, as it is.
 * @throws {RangeError} If `attempts`, `jitter`, or a time is out of range.
 * @throws {TypeError} If `fn` is no function, or an option is of the wrong kind.
 *
 * @example
 * ```ts
 * import { retry, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock({ autoAdvance: true });
 * const log: string[] = [];
 * const answer = await retry(async (_call, attempt) => {
 *   if (attempt < 3) throw new Error(`attempt ${attempt} has failed`);
 *   return 42;
 * }, { clock, jitter: 0, onRetry: (error, _attempt, ms) => log.push(`${(error as Error).message}, ${ms} ms`) });
 * assertEquals(answer, 42);
 * assertEquals(log, ["attempt 1 has failed, 100 ms", "attempt 2 has failed, 200 ms"]);
 * ```
 */
export function retry<R>(fn: Attempt<R>, options: RetryOptions = {}): Awaitable<R> & Disposable {
  checkFunction(fn, "retry");
  checkOptions(options);
  return new Retry(fn, options);
}

function checkOptions(
  { attempts = 1, backoff, jitter = 0, until, timeout = 0, onRetry }: RetryOptions,
): void {
  if (attempts !== Infinity && !(Number.isInteger(attempts) && attempts >= 1)) {
    throw new RangeError(
      `Cannot retry: expected attempts to be a whole number from 1, got ${show(attempts)}`,
    );
  }
  checkMs(timeout, "retry", "timeout in ms");
  if (typeof backoff !== "function") checkMs(backoffOf(1, undefined, backoff), "retry", "a backoff in ms");
  if (typeof jitter !== "function" && !(jitter >= 0 && jitter <= 1)) {
    throw new RangeError(
      `Cannot retry: expected jitter to be from 0 to 1, or a function, got ${show(jitter)}`,
    );
  }
  if (until !== undefined) checkFunction(until, "retry", "until to be a function");
  if (onRetry !== undefined) checkFunction(onRetry, "retry", "onRetry to be a function");
}

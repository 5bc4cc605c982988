import { checkWaker, report, wakeAll } from "../core/friend.ts";
import { Awaitable, type Context, PENDING, type Poll, type Waker } from "../core/mod.ts";
import { deliver, sleep, ticket } from "../internal/park.ts";
import { CancellationToken, cancelledFor } from "./cancellation_token.ts";
import { decode, describe } from "./codec.ts";
import type { Job } from "./job.ts";
import { checkOptions, isTime } from "./options.ts";
import type { Order, Result } from "./protocol.ts";
import { whyNotBlock } from "./start_thread.ts";
import { spawnBlocking } from "./spawn_blocking.ts";
import { freeSlot, type Slot, takeSlot } from "./token_slots.ts";
import { WorkerError } from "./worker_error.ts";

/**
 * What a job can be told.
 *
 * @example
 * ```ts
 * import type { JobOptions } from "@tagged/async-task/thread";
 *
 * const options: JobOptions<string> = { tag: "nightly", signal: AbortSignal.timeout(60_000) };
 * if (options.tag !== "nightly") throw new Error("unreachable");
 * ```
 */
export interface JobOptions<T> {
  /** Any value that can be posted: what `currentTag()` gives in the job, and `tag` on the handle. */
  tag?: T;
  /** What of the arguments is transferred, not copied. */
  transfer?: Transferable[];
  /** Cancels the job when it is aborted, with its reason. */
  signal?: AbortSignal;
  /** Whether a job that was sent to a thread starts though it was cancelled on the way. Default: `false`. */
  startCancelled?: boolean;
  /** In a pool: any number; higher ones start first. Default: 0. */
  priority?: number;
}

/** What `poll()` gives. */
export type JobPoll<R> = { readonly done: false } | { readonly done: true; readonly value: R };

/** Who has given out the handle: where its job waits for a thread. */
export interface Source {
  /** Whatever waits to be sent is sent. */
  flush(): void;
  /** The job is not to be done; whether it had not been sent or, if that counts, not begun. */
  withdraw(handle: TaskHandle<unknown>, isSentToo: boolean): boolean;
  /** The thread that is at it is to be ended; whether there is one. */
  kill(handle: TaskHandle<unknown>, why: string): boolean;
  /** Somebody has begun to care what the job comes to, or nobody does any more. */
  review(handle: TaskHandle<unknown>): void;
}

const NOT_DONE: JobPoll<never> = Object.freeze({ done: false });

/**
 * A job on another thread. `ffi_helpers::task::TaskHandle` in Rust.
 *
 * It can be polled and waited for without the event loop, and awaited in all three ways with it. Disposing it
 * cancels the job and lets go of it.
 *
 * @example
 * ```ts
 * import { type TaskHandle, ThreadPool } from "@tagged/async-task/thread";
 * import { countPrimes } from "../../examples/jobs.ts";
 * import { assertEquals } from "@std/assert";
 *
 * await using pool = new ThreadPool({ maxThreads: 1 });
 * const handle: TaskHandle<number> = pool.spawn(countPrimes, [0, 1000]);
 * assertEquals(await handle, 168);
 * ```
 */
export class TaskHandle<R, T = unknown> extends Awaitable<R> implements Disposable {
  /** The tag of the job. */
  readonly tag: T;
  /** @ignore */
  readonly order: Order;
  /** @ignore */
  readonly transfer: Transferable[];
  /** The token that the job is given; its memory is another job's when this one has ended. */
  readonly #token: CancellationToken;
  readonly #slot: Slot;
  /** Whether it was cancelled before it ended. */
  #wasCancelled = false;
  readonly #source: Source;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #result: { value: R } | { error: unknown } | undefined;
  #isTaken = false;
  #isDropped = false;
  #isLost = false;
  /** Who waits; made for the first of them. One that has stopped waiting is woken in vain. */
  #wakers: Set<Waker> | undefined;

  /** @ignore */
  constructor(job: Job<never, R>, args: readonly unknown[], options: JobOptions<T>, source: Source) {
    super();
    checkJob(job);
    if (!Array.isArray(args)) throw new TypeError(`Cannot start ${job.name}: its arguments are no array`);
    checkJobOptions(job.name, options);
    const { tag, transfer = [], signal, startCancelled: isStubborn = false } = options;
    this.tag = tag as T;
    this.#slot = takeSlot();
    this.#token = new CancellationToken(this.#slot);
    this.order = { id: 0, url: job.url, name: job.name, args, tag, isStubborn, token: this.#slot };
    this.transfer = transfer;
    this.#source = source;
    this.#signal = signal;
    this.#onAbort = () => this.cancel(signal!.reason);
    if (signal?.aborted) this.#token.cancel(signal.reason);
    else signal?.addEventListener("abort", this.#onAbort);
  }

  /**
   * Runs a job on a thread that does nothing else meanwhile, so that jobs may wait for each other: an idle one, or
   * a new one. `ffi_helpers::Task::spawn` in Rust, `tokio::task::spawn_blocking`.
   *
   * @param job What `defineTask` returns.
   * @param args Its arguments, but for the token.
   * @throws {TypeError} If `job` is none.
   *
   * @example
   * ```ts ignore
   * import { TaskHandle } from "@tagged/async-task/thread";
   * import { countPrimes } from "../../examples/jobs.ts";
   * import { assertEquals } from "@std/assert";
   *
   * const handle = TaskHandle.spawn(countPrimes, [0, 1000], { tag: "counter" });
   * assertEquals([handle.tag, handle.wait()], ["counter", 168]);
   * ```
   */
  static spawn<Args extends readonly unknown[], R, T = undefined>(
    job: Job<Args, R>,
    args: Args,
    options: JobOptions<T> = {},
  ): TaskHandle<R, T> {
    return spawnBlocking(job, args, options);
  }

  /** Whether the job was cancelled; it may end in any way nevertheless. */
  get cancelled(): boolean {
    return this.#result === undefined ? this.#token.cancelled : this.#wasCancelled;
  }

  /** Whether its thread was ended while it was at the job: in Deno, it may burn on. See {@linkcode terminate}. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Whether the job has ended. */
  get isFinished(): boolean {
    return this.#result !== undefined;
  }

  /**
   * Looks whether the job has ended, and never waits: neither for the event loop nor for the thread.
   * `TaskHandle::poll` in Rust.
   *
   * @returns Whether it has, and then its output, once.
   * @throws What the job threw, once.
   * @throws {WorkerError} If its thread has failed.
   * @throws {TypeError} If the result was taken before.
   */
  poll(): JobPoll<R>;
  /** As a future: the output, or `PENDING` and a wake-up when it is there. */
  override poll(cx: Context): Poll<R>;
  poll(cx?: Context): JobPoll<R> | Poll<R> {
    if (cx === undefined) return this.#pollNow();
    if (this.#result !== undefined) return this.#give();
    this.#waitFor(cx);
    return PENDING;
  }

  /** What the owner of the handle does who is cancelled himself: cancels the job, and waits for its end. */
  pollClose(cx: Context): Poll<unknown> {
    this.cancel();
    if (this.#result !== undefined) return;
    this.#waitFor(cx);
    return PENDING;
  }

  /**
   * Blocks this thread until the job has ended. `TaskHandle::wait` in Rust.
   *
   * That a thread is out of memory is told by the event loop alone in Node: what may be, should have a `timeout`.
   *
   * @param options `timeout`: for how long at most, in ms. Default: for ever.
   * @returns The output, once.
   * @throws What the job threw, once.
   * @throws {DOMException} Named `TimeoutError`, when the time is up; the job goes on.
   * @throws {WorkerError} If its thread has failed.
   * @throws {TypeError} Where a thread must not be blocked: on a page's main thread; or if the result was taken.
   */
  wait(options: { timeout?: number } = {}): R {
    checkOptions(`wait for ${this.order.name}`, options);
    const { timeout = Infinity } = options;
    if (!isTime(timeout)) throw new RangeError(`Cannot wait for ${String(timeout)} ms`);
    if (this.#result !== undefined) return this.#take();
    const why = whyNotBlock();
    if (why !== undefined) throw new TypeError(`Cannot wait for ${this.order.name}: ${why}`);
    const end = performance.now() + timeout;
    for (;;) {
      this.#source.flush();
      const seen = ticket();
      deliver();
      if (this.#result !== undefined) return this.#take();
      const left = end - performance.now();
      if (left <= 0) throw new DOMException(`Cannot wait any longer for ${this.order.name}`, "TimeoutError");
      sleep(seen, left);
    }
  }

  /**
   * Cancels the job: one that has not started never does, any other learns of it from its token.
   * `TaskHandle::cancel` in Rust.
   *
   * @param reason Why.
   */
  cancel(reason?: unknown): void {
    if (this.#result !== undefined || !this.#token.cancel(reason)) return;
    if (this.#source.withdraw(this, !this.order.isStubborn)) this.withdraw();
  }

  /**
   * Ends the job without its consent, by ending its thread; the other jobs of that thread go on elsewhere.
   *
   * Deno can't stop a thread that is busy in JavaScript: the handle is settled all the same, the pool replaces
   * the thread and counts it in `lost`, and it burns on until the process exits.
   */
  terminate(): void {
    if (this.#result !== undefined) return;
    this.#token.cancel();
    this.#isLost = !this.#source.withdraw(this, true) && this.#source.kill(this, "it was terminated");
    // It may have been done, and not told; or it is at it, and will be told so.
    if (this.#result === undefined) this.onLost("it was terminated", undefined);
  }

  /** Cancels the job, and lets go of it: what it comes to is nobody's business any more. */
  [Symbol.dispose](): void {
    this.cancel();
    if (this.#result !== undefined || this.#isDropped) return;
    this.#isDropped = true;
    this.#source.review(this);
  }

  /** @ignore Whether it was disposed before it ended, and nobody waits for it all the same. */
  get isDropped(): boolean {
    return this.#isDropped && this.#wakers === undefined;
  }

  /** @ignore Gives the job to a thread now, if there is one for it. */
  send(): void {
    this.#source.flush();
  }

  /** @ignore It was cancelled before it was sent. */
  withdraw(): void {
    this.#settle({ error: cancelledFor(this.#token.reason) });
    freeSlot(this.#slot);
  }

  /** @ignore */
  onResult(result: Result): void {
    if (result.isOk) {
      this.#settle({ value: result.value as R });
      return freeSlot(this.#slot);
    }
    const error = decode(result.error);
    const text = error instanceof Error ? error.message : describe(error);
    this.#settle({ error: result.isPanic ? lost(this, text, error) : error });
    freeSlot(this.#slot);
  }

  /** @ignore */
  onLost(why: string, error: unknown): void {
    this.#settle({ error: lost(this, why, error) });
  }

  #settle(result: { value: R } | { error: unknown }): void {
    if (this.#result !== undefined) return;
    this.#wasCancelled = this.#token.cancelled;
    this.#result = result;
    // They may be large.
    this.order.args = [];
    this.#signal?.removeEventListener("abort", this.#onAbort);
    const wakers = [...this.#wakers ?? []];
    this.#wakers = undefined;
    let next = 0;
    try {
      wakeAll(() => wakers[next++]);
    } catch (error) {
      // Not for those who settle it: they have others to settle.
      report(error);
    }
  }

  #waitFor({ waker }: Context): void {
    (this.#wakers ??= new Set()).add(checkWaker(waker));
    if (this.#isDropped) this.#source.review(this);
    // In `blockOn`, no microtask will do it.
    this.#source.flush();
  }

  #pollNow(): JobPoll<R> {
    this.#source.flush();
    deliver();
    return this.#result === undefined ? NOT_DONE : { done: true, value: this.#take() };
  }

  #take(): R {
    if (this.#isTaken) {
      throw new TypeError(`Cannot take the result of ${this.order.name}: it was taken already`);
    }
    this.#isTaken = true;
    return this.#give();
  }

  #give(): R {
    const result = this.#result!;
    if ("error" in result) throw result.error;
    return result.value;
  }
}

/** Throws if it is none. */
export function checkJob(job: { run: unknown; url: unknown; name: unknown }): void {
  const isJob = typeof job?.run === "function" && typeof job.url === "string" && typeof job.name === "string";
  if (!isJob) throw new TypeError("Cannot start a job: expected what defineTask returns");
}

/** Throws if one of them is none. */
export function checkJobOptions(name: string, options: JobOptions<unknown>): void {
  checkOptions(`start ${name}`, options);
  const { transfer, signal, startCancelled, priority = 0 } = options;
  if (typeof priority !== "number" || Number.isNaN(priority)) {
    throw new RangeError(`Cannot start ${name}: ${String(priority)} is no priority`);
  }
  const why = transfer !== undefined && !Array.isArray(transfer)
    ? "what is transferred is no array"
    : signal !== undefined && !(signal instanceof AbortSignal)
    ? "its signal is no AbortSignal"
    : startCancelled !== undefined && typeof startCancelled !== "boolean"
    ? "startCancelled is no boolean"
    : undefined;
  if (why !== undefined) throw new TypeError(`Cannot start ${name}: ${why}`);
}

function lost({ order: { name } }: TaskHandle<unknown>, why: string, cause?: unknown): WorkerError {
  return new WorkerError(`Cannot finish ${name}: ${why}`, cause === undefined ? undefined : { cause });
}

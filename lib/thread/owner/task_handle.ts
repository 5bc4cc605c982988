/**
 * The handle of a job: a task's, that can be waited for without the event loop, and ended without its
 * consent.
 */
import { cellOf } from "../../core/friend.ts";
import {
  type Context,
  type Future,
  type Poll,
  TaskHandle as CoreTaskHandle,
  type TaskView,
} from "../../core/mod.ts";
import { deliver, sleep, ticket } from "../../internal/park.ts";
import type { Job } from "../wire/job.ts";
import { whyNotBlock } from "../wire/port.ts";
import { checkOptions, checkTime } from "./check.ts";
import type { JobCell } from "./job_cell.ts";
import { Dispatcher } from "./dispatcher.ts";
import { checkStart, type JobOptions, NO_OPTIONS } from "./job_options.ts";
import { makeJob } from "./make_job.ts";
import { limitsOf } from "./pool_options.ts";
import type { Work } from "./work.ts";

/** What `poll()` gives. */
export type JobPoll<R> = { readonly done: false } | { readonly done: true; readonly value: R };

const NOT_DONE: JobPoll<never> = /* @__PURE__ */ Object.freeze({ done: false });

/** As many threads as tokio has for jobs that block. */
const MAX_THREADS = 512;

/** A thread for every job that is under way; those that are idle are used again. */
let blocking: Dispatcher | undefined;

/**
 * A job on another thread: a task like any other, with an id, a tag and an outcome, whose body runs
 * elsewhere. `ffi_helpers::task::TaskHandle` in Rust.
 *
 * It can be polled and waited for without the event loop, and awaited in all three ways with it. A job that
 * is cancelled before it was begun never is; any other learns of it from its token, and ends as it likes:
 * with a value, too, which is the handle's output then. Disposing the handle cancels the job and lets go of
 * it.
 *
 * @example
 * ```ts
 * import { type TaskHandle, ThreadPool } from "@tagged/async-task/thread";
 * import { countPrimes } from "../../../examples/jobs.ts";
 * import { assertEquals } from "@std/assert";
 *
 * await using pool = new ThreadPool({ maxThreads: 1 });
 * const handle: TaskHandle<number> = pool.spawn(countPrimes, [0, 1000]);
 * assertEquals(await handle, 168);
 * ```
 */
export class TaskHandle<R, T = unknown> extends CoreTaskHandle<R, T> {
  /** Whether the output was given by `poll()` or `wait()`. */
  declare private isTaken: boolean;

  /** @ignore */
  constructor(cell: JobCell) {
    super(cell);
    this.isTaken = false;
  }

  /**
   * Runs a job on a thread that does nothing else meanwhile, so that jobs may wait for each other: an idle
   * one, or a new one. `ffi_helpers::Task::spawn` in Rust, `tokio::task::spawn_blocking`.
   *
   * @param job What `defineTask` returns.
   * @param args Its arguments, but for the token.
   * @throws {TypeError} If `job` is none.
   *
   * @example
   * ```ts ignore
   * import { TaskHandle } from "@tagged/async-task/thread";
   * import { countPrimes } from "../../../examples/jobs.ts";
   * import { assertEquals } from "@std/assert";
   *
   * const handle = TaskHandle.spawn(countPrimes, [0, 1000], { tag: "counter" });
   * assertEquals({ tag: handle.tag, output: handle.wait() }, { tag: "counter", output: 168 });
   * ```
   */
  static spawn<Args extends readonly unknown[], R, T = undefined>(
    job: Job<Args, R>,
    args: Args,
    options: JobOptions<T> = NO_OPTIONS,
  ): TaskHandle<R, T> {
    const plain = job as unknown as Job<never, unknown>;
    checkStart(plain, args, options);
    blocking ??= new Dispatcher(limitsOf({ maxThreads: MAX_THREADS }), {});
    const { cell, work } = makeJob(blocking, plain, options, 0);
    const handle = new TaskHandle<R, T>(cell);
    cell.connect(cell, handle);
    if (work.prepare(args)) blocking.enqueue(work, -(options.priority ?? 0));
    return handle;
  }

  /** Whether the job was cancelled; it may end in any way nevertheless. */
  get cancelled(): boolean {
    return workOf(this).isCancelled;
  }

  /**
   * Whether its thread was ended while it was at the job: in Deno, it may burn on. See {@linkcode terminate}.
   */
  get isLost(): boolean {
    return workOf(this).isLost;
  }

  /**
   * Whether the job has ended, without waiting: neither for the event loop nor for the thread.
   * `TaskHandle::poll` in Rust.
   *
   * @returns Whether it has, and then its output, once.
   * @throws What the job threw, once; the reason if it was cancelled.
   * @throws {WorkerError} If its thread has failed.
   * @throws {TypeError} If the result was taken before.
   */
  override poll(): JobPoll<R>;
  /** As a future: the output, or `PENDING` and a wake-up when it is there. */
  override poll(cx: Context): Poll<R>;
  override poll(cx?: Context): JobPoll<R> | Poll<R> {
    if (cx === undefined) return this.pollNow();
    const output = super.poll(cx);
    if (!this.isFinished) care(this);
    return output;
  }

  /** What `yield*` calls: whoever waits borrows the job, and does not cancel it. */
  override [Symbol.iterator](): Iterator<Future<unknown>, R, unknown> {
    care(this);
    return super[Symbol.iterator]();
  }

  /**
   * Blocks this thread until the job has ended. `TaskHandle::wait` in Rust. Nothing else runs meanwhile:
   * neither timers nor signal listeners, nor functions that the job calls back and that wait themselves.
   *
   * That a thread is out of memory is told by the event loop alone in Node: what may be, should have a
   * `timeout`.
   *
   * @param options `timeout`: for how long at most, in ms. Default: for ever.
   * @returns The output, once.
   * @throws What the job threw, once; the reason if it was cancelled.
   * @throws {DOMException} Named `TimeoutError`, when the time is up; the job goes on.
   * @throws {WorkerError} If its thread has failed.
   * @throws {TypeError} Where a thread must not be blocked: on a page's main thread; or if the result was
   * taken.
   */
  wait(options: { timeout?: number } = {}): R {
    const { label, home } = workOf(this);
    checkOptions(`wait for ${label}`, options);
    const { timeout = Infinity } = options;
    checkTime(`wait for ${label}`, "timeout", timeout);
    if (this.isFinished) return this.take();
    const why = whyNotBlock();
    if (why !== undefined) throw new TypeError(`Cannot wait for ${label}: ${why}`);
    const end = performance.now() + timeout;
    for (;;) {
      home.flush();
      const seen = ticket();
      deliver();
      if (this.isFinished) return this.take();
      const left = end - performance.now();
      if (left <= 0) {
        throw new DOMException(`Cannot wait any longer for ${label}: the time is up`, "TimeoutError");
      }
      sleep(seen, left);
    }
  }

  /**
   * Ends the job without its consent, by ending its thread; the other jobs of that thread go on elsewhere, if
   * they were not begun. The outcome is a cancellation, with a `WorkerError` as its reason.
   *
   * Deno can't stop a thread that is busy in JavaScript: the handle is settled all the same, the pool
   * replaces the thread and counts it in `lost`, and it burns on until the process exits.
   */
  terminate(): void {
    workOf(this).terminate("it was terminated");
  }

  /** Cancels the job, and lets go of it: what it comes to is nobody's business any more. */
  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    drop(this);
  }

  /** What `JSON.stringify` makes of it: id, tag and state. */
  override toJSON(): TaskView {
    const view = super.toJSON();
    if (this.isFinished) return view;
    const { isCancelled, isBegun } = workOf(this);
    return { ...view, state: isCancelled ? "cancelling" : isBegun ? "running" : "scheduled" };
  }

  /** @ignore */
  protected override beginAwait(): Poll<R> {
    care(this);
    return super.beginAwait();
  }

  /** @ignore */
  private pollNow(): JobPoll<R> {
    workOf(this).home.flush();
    deliver();
    return this.isFinished ? { done: true, value: this.take() } : NOT_DONE;
  }

  /** @ignore */
  private take(): R {
    if (this.isTaken) {
      throw new TypeError(`Cannot take the result of ${workOf(this).label}: it was taken already`);
    }
    this.isTaken = true;
    return this.output();
  }
}

/** The job of a handle. */
export function workOf(handle: TaskHandle<unknown>): Work {
  return (cellOf(handle) as JobCell).work;
}

/** Cancels it for somebody who has seen enough: what it comes to is told to nobody. */
export function abandon(handle: TaskHandle<unknown>): void {
  handle.then(undefined, () => {});
  handle.cancel();
  drop(handle);
}

/** It keeps no process alive. */
function drop(handle: TaskHandle<unknown>): void {
  const work = workOf(handle);
  if (handle.isFinished || work.isDropped) return;
  work.isDropped = true;
  work.home.review(work);
}

/** Somebody waits for it, be it that it was disposed. */
function care(handle: TaskHandle<unknown>): void {
  const work = workOf(handle);
  if (!work.isDropped) return;
  work.isDropped = false;
  work.home.review(work);
}

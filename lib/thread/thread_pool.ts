import { Ranked, RankedItem } from "../internal/ranked.ts";
import type { Job } from "./job.ts";
import { type JobOptions, type Source, TaskHandle } from "./task_handle.ts";
import { flushes, type Placed, Thread } from "./thread.ts";

/** A batch grows while it takes less than this, in ms, and shrinks when it takes longer than the other. */
const QUICK_MS = 2;
const SLOW_MS = 8;
const MAX_BATCH = 256;

/**
 * What a {@linkcode ThreadPool} can be told.
 *
 * @example
 * ```ts
 * import { ThreadPool, type ThreadPoolOptions } from "@tagged/async-task/thread";
 *
 * const options: ThreadPoolOptions = { size: 2, idleTimeout: 1000 };
 * await using _pool = new ThreadPool(options);
 * ```
 */
export interface ThreadPoolOptions {
  /** How many threads there may be at a time. Default: as many as the hardware has. */
  size?: number;
  /** How long a thread without work is kept, in ms. Default: 10,000. */
  idleTimeout?: number;
}

/** A job that waits for a thread. */
class Queued extends RankedItem {
  readonly handle: Placed & TaskHandle<unknown>;

  constructor(handle: TaskHandle<unknown>) {
    super();
    this.handle = handle;
  }
}

/** What a pool knows of a thread of its own. */
interface Seat {
  /** When it was given its last batch, and how many they were. */
  sentAt: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/**
 * Threads that are used again and again. Jobs start in the order of their priorities, then of their spawning.
 *
 * While jobs are quick, a thread is given several at a time, as a message costs more than they do; it does them
 * one after the other. A thread that dies takes with it only the job that it was at. A pool without jobs does
 * not keep the process alive.
 *
 * @example
 * ```ts
 * import { ThreadPool } from "@tagged/async-task/thread";
 * import { countPrimes } from "../../examples/jobs.ts";
 * import { assertEquals } from "@std/assert";
 *
 * await using pool = new ThreadPool({ size: 2 });
 * const counts = [10, 20, 30].map((to) => pool.spawn(countPrimes, [0, to]));
 * assertEquals(await Promise.all(counts), [4, 8, 10]);
 * ```
 */
export class ThreadPool implements AsyncDisposable {
  /** How many threads there may be at a time. */
  readonly size: number;
  readonly #idleTimeout: number;
  readonly #queue: Ranked<Queued> = new Ranked();
  readonly #queued: Map<TaskHandle<unknown>, { item: Queued; rank: number }> = new Map();
  readonly #threads: Map<Thread, Seat> = new Map();
  readonly #idle: Set<Thread> = new Set();
  /** Where a job is that was sent. */
  readonly #places: Map<TaskHandle<unknown>, Thread> = new Map();
  #batch = 1;
  #lost = 0;
  #isClosed = false;
  #onEmpty: (() => void)[] = [];
  /** Gives what is queued to threads that have nothing to do. */
  readonly #flush = (): void => {
    flushes.delete(this.#flush);
    while (this.#queue.size > 0) {
      const thread = this.#nextIdle();
      if (thread === undefined) return;
      this.#give(thread);
    }
  };
  readonly #source: Source = {
    flush: this.#flush,
    withdraw: (handle) => this.#withdraw(handle),
    kill: (handle, why) => this.#kill(handle, why),
  };

  /**
   * A pool without threads; they are started as jobs come.
   *
   * @throws {RangeError} If `size` is no whole number from 1, nor `Infinity`, or `idleTimeout` is negative.
   */
  constructor(options: ThreadPoolOptions = {}) {
    const { size = globalThis.navigator?.hardwareConcurrency || 4, idleTimeout = 10_000 } = options;
    if (size !== Infinity && !(Number.isInteger(size) && size >= 1)) {
      throw new RangeError(`Cannot make a pool of ${String(size)} threads`);
    }
    if (!(idleTimeout >= 0)) throw new RangeError(`Cannot keep idle threads for ${String(idleTimeout)} ms`);
    this.size = size;
    this.#idleTimeout = idleTimeout;
  }

  /** How many jobs wait for a thread. */
  get queueLength(): number {
    return this.#queued.size;
  }

  /** How many jobs were given to threads and are not done. */
  get activeCount(): number {
    return this.#places.size;
  }

  /** How many threads there are. */
  get threadCount(): number {
    return this.#threads.size;
  }

  /** How many threads were ended while they were at a job: in Deno, some of them may burn on. */
  get lost(): number {
    return this.#lost;
  }

  /**
   * Runs a job on one of the threads.
   *
   * @param job What `defineTask` returns.
   * @param args Its arguments, but for the token.
   * @throws {TypeError} If the pool is closed, or `job` is none.
   * @throws {RangeError} If the priority is `NaN`.
   */
  spawn<Args extends readonly unknown[], R, T = undefined>(
    job: Job<Args, R>,
    args: Args,
    options: JobOptions<T> = {},
  ): TaskHandle<R, T> {
    if (this.#isClosed) throw new TypeError("Cannot start a job: the pool is closed");
    const { priority = 0 } = options;
    if (typeof priority !== "number" || Number.isNaN(priority)) {
      throw new RangeError(`Cannot start a job: ${String(priority)} is no priority`);
    }
    const handle = new TaskHandle<R, T>(job as unknown as Job<never, R>, args, options, this.#source);
    // By a signal that was aborted before.
    if (handle.cancelled) handle.withdraw();
    else this.#enqueue(handle as TaskHandle<unknown>, -priority);
    return handle;
  }

  /**
   * Runs a job for each item, and gives the outputs in the order of the items. Items are asked for as the
   * outputs are taken: about twice as many jobs as threads are under way. Leaving the loop cancels the others.
   *
   * @param job A job with one argument.
   * @throws What the first job threw.
   */
  async *map<A, R>(
    job: Job<[A], R>,
    items: Iterable<A> | AsyncIterable<A>,
    options: JobOptions<unknown> = {},
  ): AsyncGenerator<R, void> {
    const most = 2 * Math.min(this.size, globalThis.navigator?.hardwareConcurrency || 4);
    const handles: TaskHandle<R>[] = [];
    try {
      for await (const item of items) {
        handles.push(this.spawn(job, [item], options));
        if (handles.length >= most) yield await handles[0], handles.splice(0, 1);
      }
      while (handles.length > 0) yield await handles[0], handles.splice(0, 1);
    } finally {
      for (const handle of handles) handle[Symbol.dispose]();
    }
  }

  /** Takes no more jobs, waits until all are done, and ends the threads. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#queued.size + this.#places.size > 0) {
      await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
    }
    for (const thread of [...this.#threads.keys()]) thread.end("the pool is closed");
  }

  /** Takes no more jobs, and ends the threads now: what is not done fails with a `WorkerError`. */
  terminate(): void {
    this.#isClosed = true;
    for (const { item } of [...this.#queued.values()]) item.handle.terminate();
    for (const handle of [...this.#places.keys()]) handle.terminate();
    for (const thread of [...this.#threads.keys()]) thread.end("the pool was terminated");
  }

  /** Waits until all jobs are done, and ends the threads. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #enqueue(handle: TaskHandle<unknown>, rank: number): void {
    const item = new Queued(handle as Placed & TaskHandle<unknown>);
    this.#queue.add(rank, item);
    this.#queued.set(handle, { item, rank });
    if (flushes.has(this.#flush)) return;
    flushes.add(this.#flush);
    queueMicrotask(this.#flush);
  }

  #nextIdle(): Thread | undefined {
    for (const thread of this.#idle) return thread;
    return this.#threads.size < this.size ? this.#start() : undefined;
  }

  #start(): Thread {
    const thread = new Thread((thread) => this.#onIdle(thread), (thread, left) => this.#onEnd(thread, left));
    this.#threads.set(thread, { sentAt: 0, timer: undefined });
    return thread;
  }

  #give(thread: Thread): void {
    const share = Math.ceil(this.#queue.size / Math.min(this.size, 64));
    const batch: (Placed & TaskHandle<unknown>)[] = [];
    for (let n = Math.min(this.#batch, share); n > 0; n--) batch.push(this.#queue.pop()!.handle);
    const seat = this.#threads.get(thread)!;
    clearTimeout(seat.timer);
    seat.sentAt = performance.now();
    this.#idle.delete(thread);
    for (const handle of batch) {
      this.#queued.delete(handle);
      this.#places.set(handle, thread);
    }
    thread.place(batch.map((handle) => this.#placed(handle)));
  }

  /** A job, told to the pool as well when it is done. */
  #placed(handle: Placed & TaskHandle<unknown>): Placed {
    const leave = (): void => void this.#places.delete(handle);
    return {
      order: handle.order,
      transfer: handle.transfer,
      onResult: (result) => {
        leave();
        handle.onResult(result);
        this.#checkEmpty();
      },
      onLost: (why, error) => {
        leave();
        handle.onLost(why, error);
        this.#checkEmpty();
      },
    };
  }

  #onIdle(thread: Thread): void {
    const seat = this.#threads.get(thread);
    if (seat === undefined) return;
    const elapsed = performance.now() - seat.sentAt;
    if (elapsed < QUICK_MS) this.#batch = Math.min(this.#batch * 2, MAX_BATCH);
    else if (elapsed > SLOW_MS) this.#batch = Math.max(this.#batch >> 2, 1);
    this.#idle.add(thread);
    this.#flush();
    if (!this.#idle.has(thread)) return;
    seat.timer = setTimeout(() => thread.end("it was idle"), this.#idleTimeout);
    (seat.timer as unknown as { unref?(): void }).unref?.();
    if (typeof seat.timer === "number") (globalThis as { Deno?: typeof Deno }).Deno?.unrefTimer(seat.timer);
  }

  #onEnd(thread: Thread, left: Placed[]): void {
    clearTimeout(this.#threads.get(thread)?.timer);
    this.#threads.delete(thread);
    this.#idle.delete(thread);
    for (const [handle, place] of [...this.#places]) {
      if (place !== thread || !left.some(({ order }) => order === handle.order)) continue;
      this.#places.delete(handle);
      if (!handle.isFinished) this.#enqueue(handle, -Infinity);
    }
    // Now: whoever waits may have blocked this thread.
    this.#flush();
  }

  #withdraw(handle: TaskHandle<unknown>): boolean {
    const queued = this.#queued.get(handle);
    if (queued === undefined) return false;
    this.#queue.remove(queued.item);
    this.#queued.delete(handle);
    queueMicrotask(() => this.#checkEmpty());
    return true;
  }

  #kill(handle: TaskHandle<unknown>, why: string): boolean {
    const thread = this.#places.get(handle);
    if (thread === undefined || !thread.isAt(handle.order.id)) return false;
    this.#lost++;
    thread.end(why);
    return true;
  }

  #checkEmpty(): void {
    if (this.#queued.size + this.#places.size > 0) return;
    const waiting = this.#onEmpty;
    this.#onEmpty = [];
    for (const resolve of waiting) resolve();
  }
}

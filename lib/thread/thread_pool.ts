import { show } from "../internal/show.ts";
import { Ranked } from "../internal/ranked.ts";
import { hardwareThreads, startTimer } from "../internal/runtime.ts";
import type { Job } from "./job.ts";
import { mapItems } from "./map.ts";
import { checkOptions, isTime } from "./options.ts";
import { type JobOptions, type Source, TaskHandle } from "./task_handle.ts";
import { type Handle, placedFor, Queued } from "./queued.ts";
import { flushes, isMoved, type Placed, Thread } from "./thread.ts";

/** A batch grows while it takes less than this, in ms, and shrinks when it takes longer than the other. */
const QUICK_MS = 2;
const SLOW_MS = 8;
const MAX_BATCH = 256;
/** What of a batch was not begun after this time, in ms, is taken back: its thread is held up by one of the jobs. */
const HELD_MS = 10;

/**
 * What a {@linkcode ThreadPool} can be told.
 *
 * @example
 * ```ts
 * import { ThreadPool, type ThreadPoolOptions } from "@tagged/async-task/thread";
 *
 * const options: ThreadPoolOptions = { maxThreads: 2, idleTimeout: 1000 };
 * await using _pool = new ThreadPool(options);
 * ```
 */
export interface ThreadPoolOptions {
  /** How many threads there may be at a time. Default: as many as the hardware has. */
  maxThreads?: number;
  /** How long a thread without work is kept, in ms. Default: 10,000. */
  idleTimeout?: number;
}

/** What a pool knows of a thread of its own. */
interface Seat {
  /** When it was given its last batch. */
  sentAt: number;
  /** While it has nothing to do: ends it. While it is at a batch: takes the rest of it back. */
  timer: ReturnType<typeof setTimeout> | undefined;
}

/**
 * Threads that are used again and again. Jobs start in the order of their priorities, then of their spawning.
 *
 * While jobs are quick, a thread is given several at a time, as a message costs more than they do; it does them
 * one after the other, and what it can't begin soon is taken back. No job is begun twice. A thread that dies takes
 * with it only the job that it was at. A pool without jobs does not keep the process alive.
 *
 * @example
 * ```ts
 * import { ThreadPool } from "@tagged/async-task/thread";
 * import { countPrimes } from "../../examples/jobs.ts";
 * import { assertEquals } from "@std/assert";
 *
 * await using pool = new ThreadPool({ maxThreads: 2 });
 * const counts = [10, 20, 30].map((to) => pool.spawn(countPrimes, [0, to]));
 * assertEquals(await Promise.all(counts), [4, 8, 10]);
 * ```
 */
export class ThreadPool implements AsyncDisposable {
  /** How many threads there may be at a time. */
  readonly maxThreads: number;
  readonly #idleTimeout: number;
  readonly #queue: Ranked<Queued> = new Ranked();
  readonly #queued: Map<TaskHandle<unknown>, Queued> = new Map();
  readonly #threads: Map<Thread, Seat> = new Map();
  /** The last is used first: it is awake still, and the others may end. */
  readonly #idle: Set<Thread> = new Set();
  /** Where a job is that was sent. */
  readonly #places: Map<TaskHandle<unknown>, Thread> = new Map();
  #batch = 1;
  /** Whether a thread is being started: a runtime may run microtasks meanwhile, and so this pool. */
  #isStarting = false;
  #lost = 0;
  #isClosed = false;
  #isTerminated = false;
  #onEmpty: (() => void)[] = [];
  /** Gives what is queued to threads that have nothing to do. */
  readonly #flush = (): void => {
    flushes.delete(this.#flush);
    while (this.#queue.size > 0 && !this.#isStarting) {
      const thread = this.#nextIdle();
      if (thread === undefined) return;
      if (this.#queue.size > 0) this.#give(thread);
      else this.#seat(thread);
    }
  };
  readonly #source: Source = {
    flush: this.#flush,
    withdraw: (handle, isSentToo) => this.#withdraw(handle, isSentToo),
    kill: (handle, why) => this.#kill(handle, why),
    review: (handle) => this.#places.get(handle)?.review(),
  };

  /**
   * A pool without threads; they are started as jobs come.
   *
   * @throws {RangeError} If `maxThreads` is no whole number from 1, nor `Infinity`, or `idleTimeout` is negative.
   */
  constructor(options: ThreadPoolOptions = {}) {
    checkOptions("make a pool", options);
    const { maxThreads = hardwareThreads(), idleTimeout = 10_000 } = options;
    if (maxThreads !== Infinity && !(Number.isInteger(maxThreads) && maxThreads >= 1)) {
      throw new RangeError(`Cannot make a pool of ${show(maxThreads)} threads`);
    }
    if (!isTime(idleTimeout)) throw new RangeError(`Cannot keep idle threads for ${String(idleTimeout)} ms`);
    this.maxThreads = maxThreads;
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
  get size(): number {
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
    const handle = new TaskHandle<R, T>(job as unknown as Job<never, R>, args, options, this.#source);
    // By a signal that was aborted before.
    if (handle.cancelled) handle.withdraw();
    else this.#enqueue(handle as TaskHandle<unknown>, -(options.priority ?? 0));
    return handle;
  }

  /**
   * Runs a job for each item, and gives the outputs in the order of the items. Items are asked for as the
   * outputs are taken: about twice as many jobs as threads are under way. Leaving the loop cancels the others.
   *
   * @param job A job with one argument.
   * @throws What the first job threw.
   * @throws {TypeError} If `job` is none, or `items` can't be iterated.
   */
  map<A, R>(
    job: Job<[A], R>,
    items: Iterable<A> | AsyncIterable<A>,
    options: JobOptions<unknown> = {},
  ): AsyncGenerator<R, void> {
    return mapItems(this, job, items, options);
  }

  /** Takes no more jobs, waits until all are done, and ends the threads. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#queued.size + this.#places.size > 0) {
      const empty = new Promise<void>((resolve) => this.#onEmpty.push(resolve));
      for (const thread of this.#threads.keys()) thread.review();
      await empty;
    }
    for (const thread of [...this.#threads.keys()]) thread.end("the pool is closed");
  }

  /** Takes no more jobs, and ends the threads now: what is not done fails with a `WorkerError`. */
  terminate(): void {
    this.#isClosed = this.#isTerminated = true;
    for (const handle of [...this.#queued.keys(), ...this.#places.keys()]) handle.terminate();
    for (const thread of [...this.#threads.keys()]) thread.end("the pool was terminated");
    this.#checkEmpty();
  }

  /** Waits until all jobs are done, and ends the threads. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #enqueue(handle: TaskHandle<unknown>, rank: number): void {
    const item = new Queued(handle as Handle);
    this.#queue.add(rank, item);
    this.#queued.set(handle, item);
    // Those who do what nobody cares for: this waits for them.
    if (this.#queue.size === 1) { for (const thread of this.#threads.keys()) thread.review(); }
    if (flushes.has(this.#flush)) return;
    flushes.add(this.#flush);
    queueMicrotask(this.#flush);
  }

  /** Whoever looks may block this thread, and its timers. */
  #onLook(thread: Thread): void {
    if (thread.size > 1 && this.#threads.has(thread) && this.#elapsed(thread) > HELD_MS) {
      this.#takeBack(thread);
    }
  }

  #nextIdle(): Thread | undefined {
    for (const thread of [...this.#idle].reverse()) if (thread.isAlive()) return thread;
    return this.#threads.size < this.maxThreads ? this.#start() : undefined;
  }

  /** A new thread; if there can't be one, the next job is lost. */
  #start(): Thread | undefined {
    this.#isStarting = true;
    try {
      const thread = new Thread(
        this.#queue.peek()!.handle.order.url,
        (thread) => this.#onIdle(thread),
        (thread, left) => this.#onEnd(thread, left),
        (thread) => this.#onLook(thread),
        () => this.#queue.size + this.#onEmpty.length > 0,
      );
      this.#threads.set(thread, { sentAt: 0, timer: undefined });
      return thread;
    } catch (error) {
      this.#lose(this.#queue.pop(), error);
    } finally {
      this.#isStarting = false;
    }
  }

  #lose(queued: Queued | undefined, error: unknown): void {
    queueMicrotask(() => this.#flush());
    if (queued === undefined) return;
    this.#queued.delete(queued.handle);
    queued.handle.onLost((error as Error).message, error);
    this.#checkEmpty();
  }

  #give(thread: Thread): void {
    const batch = this.#nextBatch();
    const seat = this.#threads.get(thread)!;
    clearTimeout(seat.timer);
    seat.sentAt = performance.now();
    seat.timer = batch.length > 1 ? startTimer(() => this.#takeBack(thread), HELD_MS) : undefined;
    this.#idle.delete(thread);
    for (const handle of batch) {
      this.#queued.delete(handle);
      this.#places.set(handle, thread);
    }
    const placed = batch.map((handle) =>
      placedFor(handle, () => void this.#places.delete(handle), () => this.#checkEmpty())
    );
    if (!thread.place(placed)) this.#seat(thread);
  }

  /** Several quick ones. One that can't be sent twice is alone, as it can't be taken back. */
  #nextBatch(): (Handle)[] {
    const share = Math.ceil(this.#queue.size / Math.min(this.maxThreads, 64));
    const most = Math.min(this.#batch, share);
    const batch = [this.#queue.pop()!.handle];
    for (let next; batch.length < most && !isMoved(batch[0]) && (next = this.#queue.peek()) !== undefined;) {
      if (isMoved(next.handle)) break;
      batch.push(this.#queue.pop()!.handle);
    }
    return batch;
  }

  #elapsed(thread: Thread): number {
    return performance.now() - this.#threads.get(thread)!.sentAt;
  }

  #onIdle(thread: Thread): void {
    if (!this.#threads.has(thread)) return;
    const elapsed = this.#elapsed(thread);
    if (elapsed < QUICK_MS) this.#batch = Math.min(this.#batch * 2, MAX_BATCH);
    else if (elapsed > SLOW_MS) this.#shrink();
    this.#seat(thread);
    this.#flush();
  }

  /** It has nothing to do: for some time, it waits for more. */
  #seat(thread: Thread): void {
    const seat = this.#threads.get(thread);
    if (seat === undefined) return;
    this.#idle.add(thread);
    clearTimeout(seat.timer);
    seat.timer = startTimer(() => thread.end("it was idle"), this.#idleTimeout);
  }

  /** What a thread that is held up has not begun is for others, or for later. */
  #takeBack(thread: Thread): void {
    const left = thread.takeBackAll();
    if (left.length === 0) return;
    this.#shrink();
    this.#requeue(thread, left);
    this.#flush();
  }

  #shrink(): void {
    this.#batch = Math.max(this.#batch >> 2, 1);
  }

  #onEnd(thread: Thread, left: Placed[]): void {
    clearTimeout(this.#threads.get(thread)?.timer);
    this.#threads.delete(thread);
    this.#idle.delete(thread);
    if (this.#isTerminated) return left.forEach((one) => one.onLost("the pool was terminated", undefined));
    this.#requeue(thread, left);
    // Now: whoever waits may have blocked this thread.
    this.#flush();
  }

  /** Before all others. */
  #requeue(thread: Thread, left: Placed[]): void {
    const orders = new Set(left.map(({ order }) => order));
    for (const [handle, place] of [...this.#places]) {
      if (place !== thread || !orders.has(handle.order)) continue;
      this.#places.delete(handle);
      this.#enqueue(handle, -Infinity);
    }
  }

  #withdraw(handle: TaskHandle<unknown>, isSentToo: boolean): boolean {
    const queued = this.#queued.get(handle);
    if (queued !== undefined) this.#queue.remove(queued);
    else if (!isSentToo || !this.#places.get(handle)?.takeBack(handle)) return false;
    this.#queued.delete(handle);
    this.#places.delete(handle);
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

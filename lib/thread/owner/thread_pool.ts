/** Threads that are used again and again: what users see of a pool. */
import { fromPromise } from "../../adapt/mod.ts";
import { CancelledError } from "../../core/mod.ts";
import { Inspectable } from "../../internal/inspect.ts";
import { startTimer } from "../../internal/runtime.ts";
import type { Job } from "../wire/job.ts";
import { LOAD_ONLY } from "../wire/orders.ts";
import { checkOptions, checkTime } from "./check.ts";
import { Dispatcher } from "./dispatcher.ts";
import { checkJob, checkStart, type JobOptions, NO_OPTIONS } from "./job_options.ts";
import { makeJob } from "./make_job.ts";
import { mapItems } from "./map.ts";
import { limitsOf, type ThreadPoolOptions } from "./pool_options.ts";
import type { PoolStatistics } from "./statistics.ts";
import { type JobStream, type Streamed, streamOf } from "./stream.ts";
import { TaskHandle } from "./task_handle.ts";
import type { Work } from "./work.ts";

/**
 * Threads that are used again and again. Jobs start in the order of their priorities, then of their spawning.
 *
 * While jobs are quick, a thread is given several at a time, as a message costs more than they do; it does
 * them one after the other, and what it can't begin soon is taken back. No job is begun twice. A thread that
 * dies takes with it only the jobs that it was at. A pool without jobs does not keep the process alive. Jobs
 * that wait for each other need a thread each: in a pool that has fewer, or with a `concurrency` that is too
 * small, they wait for ever.
 *
 * @example
 * ```ts
 * import { ThreadPool } from "@tagged/async-task/thread";
 * import { countPrimes } from "../../../examples/jobs.ts";
 * import { assertEquals } from "@std/assert";
 *
 * await using pool = new ThreadPool({ maxThreads: 2 });
 * const counts = [10, 20, 30].map((to) => pool.spawn(countPrimes, [0, to]));
 * assertEquals(await Promise.all(counts), [4, 8, 10]);
 * ```
 */
export class ThreadPool extends Inspectable implements AsyncDisposable {
  readonly #dispatcher: Dispatcher;
  readonly #madeAt: number = performance.now();
  #isClosed = false;

  /**
   * A pool without threads; they are started as jobs come.
   *
   * @throws {RangeError} If a count or a time is none.
   * @throws {TypeError} If another option is none.
   */
  constructor(options: ThreadPoolOptions = {}) {
    super();
    this.#dispatcher = new Dispatcher(limitsOf(options), options);
  }

  /** How many threads there may be at a time. */
  get maxThreads(): number {
    return this.#dispatcher.limits.maxThreads;
  }

  /** How many threads are kept though they have nothing to do. */
  get minThreads(): number {
    return this.#dispatcher.limits.minThreads;
  }

  /** How many jobs wait for a thread. */
  get queueLength(): number {
    return this.#dispatcher.queueLength;
  }

  /** How many jobs were given to threads and are not done. */
  get activeCount(): number {
    return this.#dispatcher.activeCount;
  }

  /** How many threads there are. */
  get size(): number {
    return this.#dispatcher.threads.size;
  }

  /** How many threads were ended while they were at a job: in Deno, some of them may burn on. */
  get lost(): number {
    return this.#dispatcher.counts.lost;
  }

  /** Whether it was closed, and takes no more jobs. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Runs a job on one of the threads. Its arguments are copied now, and what is to be moved is moved now.
   *
   * A job that can't be started is an error on its handle. A queue that is full takes it all the same: see
   * {@linkcode trySpawn} and {@linkcode ready}.
   *
   * @param job What `defineTask` returns.
   * @param args Its arguments, but for the token.
   * @throws {TypeError} If the pool is closed, `job` is none, or an option is none.
   * @throws {RangeError} If the priority is `NaN`, or a time is none.
   */
  spawn<Args extends readonly unknown[], R, T = undefined>(
    job: Job<Args, R>,
    args: Args,
    options: JobOptions<T> = NO_OPTIONS,
  ): TaskHandle<R, T> {
    this.#checkOpen("start a job");
    checkStart(job as unknown as Job<never, unknown>, args, options);
    const { handle, work } = this.#make<R, T>(job as unknown as Job<never, R>, options, 0);
    if (work.prepare(args)) this.#dispatcher.enqueue(work, -(options.priority ?? 0));
    return handle;
  }

  /**
   * The same, unless the queue is full.
   *
   * @returns The handle; `undefined` if it is.
   * @throws As `spawn`.
   *
   * @example
   * ```ts
   * import { ThreadPool } from "@tagged/async-task/thread";
   * import { countPrimes } from "../../../examples/jobs.ts";
   * import { assertEquals } from "@std/assert";
   *
   * await using pool = new ThreadPool({ maxThreads: 1, maxQueue: 2 });
   * const handles = [10, 20, 30].map((to) => pool.trySpawn(countPrimes, [0, to]));
   * assertEquals(handles[2], undefined);
   * await pool.ready(); // one of them was given to a thread
   * assertEquals(await pool.trySpawn(countPrimes, [0, 30]), 10);
   * ```
   */
  trySpawn<Args extends readonly unknown[], R, T = undefined>(
    job: Job<Args, R>,
    args: Args,
    options: JobOptions<T> = NO_OPTIONS,
  ): TaskHandle<R, T> | undefined {
    this.#checkOpen("start a job");
    if (!this.#dispatcher.isFull) return this.spawn(job, args, options);
  }

  /** Waits until there is room in the queue: what a producer does before it spawns. */
  ready(): Promise<void> {
    return fromPromise(this.#dispatcher.ready());
  }

  /**
   * Runs a job for each item, and gives the outputs in the order of the items. Items are asked for as the
   * outputs are taken: about twice as many jobs as can run are under way. Leaving the loop cancels the
   * others.
   *
   * @param job A job with one argument.
   * @throws What the first job threw.
   * @throws {TypeError} If `job` is none, or `items` can't be iterated.
   */
  map<A, R>(
    job: Job<[A], R>,
    items: Iterable<A> | AsyncIterable<A>,
    options: JobOptions<unknown> = NO_OPTIONS,
  ): AsyncGenerator<R, void> {
    const { maxThreads, concurrency } = this.#dispatcher.limits;
    return mapItems(this, maxThreads * concurrency, job, items, options);
  }

  /**
   * Runs a job that is a generator, async or not, and gives what it yields. It is asked for more as that is
   * taken: about a thousand values are under way. Leaving the loop cancels the job.
   *
   * @throws What the job threw.
   * @throws {TypeError} If the pool is closed, or `job` is none.
   *
   * @example
   * ```ts
   * import { ThreadPool } from "@tagged/async-task/thread";
   * import { primes } from "../../../examples/jobs.ts";
   * import { assertEquals } from "@std/assert";
   *
   * await using pool = new ThreadPool({ maxThreads: 1 });
   * const found: number[] = [];
   * for await (const prime of pool.stream(primes, [])) {
   *   if (prime > 10) break;
   *   found.push(prime);
   * }
   * assertEquals(found, [2, 3, 5, 7]);
   * ```
   */
  stream<Args extends readonly unknown[], R, T = undefined>(
    job: Job<Args, R>,
    args: Args,
    options: JobOptions<T> = NO_OPTIONS,
  ): JobStream<Streamed<R>, T> {
    this.#checkOpen("start a job");
    checkStart(job as unknown as Job<never, unknown>, args, options);
    return streamOf<Streamed<R>, T>(
      args,
      (flags) => this.#make(job as unknown as Job<never, never>, options, flags),
      (
        work,
      ) => this.#dispatcher.enqueue(work, -(options.priority ?? 0)),
    );
  }

  /**
   * Starts threads, as many as there may be, and has them import the modules of these jobs: the first job of
   * each takes no longer than any other then.
   *
   * @param jobs Jobs whose modules are imported. In a bundle, at least one.
   * @throws {WorkerError} If a thread can't be started, or a module can't be imported.
   *
   * @example
   * ```ts
   * import { ThreadPool } from "@tagged/async-task/thread";
   * import { countPrimes } from "../../../examples/jobs.ts";
   * import { assertEquals } from "@std/assert";
   *
   * await using pool = new ThreadPool({ maxThreads: 2 });
   * await pool.warmUp(countPrimes);
   * assertEquals(pool.size, 2);
   * ```
   */
  // deno-lint-ignore no-explicit-any
  async warmUp(...jobs: Job<any, unknown>[]): Promise<void> {
    this.#checkOpen("warm up");
    const { maxThreads } = this.#dispatcher.limits;
    if (maxThreads === Infinity) {
      throw new RangeError("Cannot warm up: maxThreads must be finite, got Infinity");
    }
    const all: TaskHandle<unknown>[] = [];
    const loads = jobs.length > 0 ? jobs : [{ url: "", name: "warmUp", run() {} }];
    for (const job of loads) {
      checkJob(job);
      this.#dispatcher.spread(maxThreads, () => {
        const { handle, work } = this.#make(job as unknown as Job<never, unknown>, {}, LOAD_ONLY);
        all.push(handle);
        return work;
      });
    }
    await Promise.all(all);
  }

  /** What it has done so far, and how long that took. */
  statistics(): PoolStatistics {
    const { counts, waitTime, runTime, limits } = this.#dispatcher;
    const threads = limits.maxThreads === Infinity ? Math.max(this.size, 1) : limits.maxThreads;
    const elapsed = (performance.now() - this.#madeAt) * threads * limits.concurrency;
    return {
      completed: counts.completed,
      failed: counts.failed,
      cancelled: counts.cancelled,
      waitTime: waitTime.copy(),
      runTime: runTime.copy(),
      utilization: Math.min(1, runTime.sum / elapsed),
    };
  }

  /**
   * Cancels all jobs that are not done; the pool goes on.
   *
   * @param reason Why. Default: a `CancelledError` for each.
   */
  cancel(reason?: unknown): void {
    for (const work of this.#dispatcher.works()) work.cancel(reason);
  }

  /**
   * Takes no more jobs, waits until all are done, and ends the threads.
   *
   * @param options `grace`: cancels what is left after so many ms, and terminates what is left after as many
   * more. Default: waits for as long as it takes.
   */
  async close(options: { grace?: number } = {}): Promise<void> {
    checkOptions("close the pool", options);
    const { grace = Infinity } = options;
    checkTime("close the pool", "grace", grace);
    this.#isClosed = true;
    const timer = startTimer(() => this.#hurry(grace), grace);
    await this.#dispatcher.empty();
    clearTimeout(timer);
    await this.#dispatcher.finish();
  }

  /** Takes no more jobs, and ends the threads now: what is not done is cancelled, with a `WorkerError`. */
  terminate(): void {
    this.#isClosed = true;
    this.#dispatcher.terminate();
  }

  /** What `JSON.stringify` shows, and `console.log`. */
  override toJSON(): object {
    const { size, maxThreads, activeCount, queueLength, isClosed } = this;
    return { size, maxThreads, activeCount, queueLength, isClosed };
  }

  /** Waits until all jobs are done, and ends the threads. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #make<R, T>(
    job: Job<never, R>,
    options: JobOptions<T>,
    flags: number,
  ): { handle: TaskHandle<R, T>; work: Work } {
    const { cell, work } = makeJob(this.#dispatcher, job, options, flags);
    const handle = new TaskHandle<R, T>(cell);
    cell.connect(cell, handle);
    return { handle, work };
  }

  #checkOpen(action: string): void {
    if (this.#isClosed) throw new TypeError(`Cannot ${action}: the pool is closed`);
  }

  #hurry(grace: number): void {
    this.cancel(new CancelledError(undefined, undefined, { cause: "the pool is closed" }));
    startTimer(() => this.#dispatcher.terminate(), grace);
  }
}

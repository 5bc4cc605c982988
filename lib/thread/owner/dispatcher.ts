/**
 * Gives jobs to threads: the queue of a pool, and what becomes of jobs whose thread is held up, or has ended.
 */
import { Ranked } from "../../internal/ranked.ts";
import { CANCELLED, OK } from "../wire/messages.ts";
import { Batch } from "./batch.ts";
import { flushes } from "./busy.ts";
import { PoolErrors } from "./errors.ts";
import type { JobSchedule } from "./job_cell.ts";
import { Maker } from "./maker.ts";
import type { Limits, ThreadPoolOptions } from "./pool_options.ts";
import { Histogram } from "./statistics.ts";
import type { Thread, ThreadOwner } from "./thread.ts";
import { Threads } from "./threads.ts";
import type { Home } from "./home.ts";
import type { Work } from "./work.ts";

/**
 * What of a batch was not begun after this time, in ms, is taken back: its thread is held up by one of the
 * jobs.
 */
const HELD_MS = 10;

/** For microtasks: `queueMicrotask` takes ten times as long in Deno. */
const NOW: Promise<void> = /* @__PURE__ */ Promise.resolve();

export class Dispatcher implements Home, ThreadOwner {
  readonly limits: Limits;
  readonly threads: Threads;
  /** The schedule function of the jobs' tasks: by it, the core knows where their panics go. */
  readonly schedule: JobSchedule;
  readonly waitTime: Histogram = new Histogram();
  readonly runTime: Histogram = new Histogram();
  readonly counts = { completed: 0, failed: 0, cancelled: 0, lost: 0 };
  readonly #maker: Maker;
  readonly #errors: PoolErrors;
  readonly #queue: Ranked<Work> = new Ranked();
  readonly #batch: Batch = new Batch();
  /**
   * When the jobs were spawned that were not given to a thread at once: asking for each costs as much as the
   * rest.
   */
  #now = 0;
  /** Jobs that were given to threads, and are not done. */
  #active = 0;
  /** Whether there were jobs since nobody was told last that there are none. */
  #hasJobs = false;
  #isTerminated = false;
  #onEmpty: (() => void)[] = [];
  #onReady: (() => void)[] = [];
  readonly #flush = (): void => this.flush();

  constructor(limits: Limits, options: ThreadPoolOptions) {
    this.limits = limits;
    this.#maker = new Maker(options);
    this.threads = new Threads(limits, this.#maker.options, this);
    this.schedule = (cell) => void cell.run();
    this.#errors = new PoolErrors(this.schedule, options.onError);
  }

  get queueLength(): number {
    return this.#queue.size;
  }

  get activeCount(): number {
    return this.#active;
  }

  get isEmpty(): boolean {
    return this.#queue.size + this.#active === 0;
  }

  get isFull(): boolean {
    return this.#queue.size >= this.limits.maxQueue && this.limits.maxQueue !== Infinity;
  }

  /** The time, as of the first job since the last flush. */
  now(): number {
    return flushes.has(this.#flush) ? this.#now : this.#now = performance.now();
  }

  /** Takes a job: lower ranks first. */
  enqueue(work: Work, rank: number): void {
    this.#queue.add(rank, work);
    this.#hasJobs = true;
    // Those who do what nobody cares for: this waits for them.
    if (this.#queue.size === 1) this.threads.review();
    if (flushes.has(this.#flush)) return;
    flushes.add(this.#flush);
    NOW.then(this.#flush);
  }

  /** Gives what is queued to threads that have room. */
  flush(): void {
    flushes.delete(this.#flush);
    while (this.#queue.size > 0 && !this.threads.isStarting) {
      const next = this.threads.next();
      if (next === undefined) return;
      const thread = next === "start" ? this.#start() : next;
      if (thread !== undefined && this.#queue.size > 0) this.#give(thread);
    }
  }

  withdraw(work: Work, isSentToo: boolean): boolean {
    if (this.#queue.remove(work)) {
      this.#tellReady();
      return true;
    }
    return isSentToo && work.thread?.takeBack(work) === true;
  }

  kill(work: Work, why: string): boolean {
    const { thread } = work;
    if (thread === undefined || !thread.isAt(work)) return false;
    this.counts.lost++;
    thread.end(why);
    return true;
  }

  review(work: Work): void {
    work.thread?.review();
  }

  leaving(work: Work): void {
    const { counts } = this;
    if (work.status === OK) counts.completed++;
    else if (work.status === CANCELLED) counts.cancelled++;
    else counts.failed++;
    if (work.isPlaced) this.#unplace(work);
    if (work.ms > 0) this.runTime.add(work.ms);
  }

  left(): void {
    if (this.isEmpty) this.#checkEmpty();
  }

  /** Ends when no job is left. */
  empty(): Promise<void> {
    if (this.isEmpty) return Promise.resolve();
    const empty = new Promise<void>((resolve) => this.#onEmpty.push(resolve));
    this.threads.review();
    return empty;
  }

  /** Ends when there is room in the queue. */
  ready(): Promise<void> {
    if (!this.isFull) return Promise.resolve();
    return new Promise((resolve) => this.#onReady.push(resolve));
  }

  /** All jobs that were not done. */
  works(): Work[] {
    const queued: [number, Work][] = [];
    for (let work; (work = this.#queue.peek()) !== undefined; this.#queue.remove(work)) {
      queued.push([this.#queue.lowest, work]);
    }
    for (const [rank, work] of queued) this.#queue.add(rank, work);
    return [...queued.map(([, work]) => work), ...this.threads.all().flatMap((thread) => thread.works())];
  }

  /** Ends the threads when they are done with what they have, and reports what nobody has seen. */
  async finish(): Promise<void> {
    await this.threads.finishAll();
    this.#errors.lose();
  }

  terminate(): void {
    this.#isTerminated = true;
    for (const work of this.works()) work.terminate("the pool was terminated");
    this.threads.endAll("the pool was terminated");
    this.#checkEmpty();
    this.#errors.lose();
  }

  /** Gives one of these to every thread; there are as many as `count` then, if there can be. */
  spread(count: number, make: () => Work): void {
    for (const thread of this.threads.all()) {
      if (!this.threads.seatOf(thread)!.isRetiring) this.#place(thread, [make()]);
    }
    while (this.threads.size < count) {
      const work = make();
      try {
        this.#place(this.threads.start(work.url === "" ? undefined : work.url), [work]);
      } catch (error) {
        return work.lose((error as Error).message, error);
      }
    }
  }

  isAwaited(): boolean {
    return this.#queue.size + this.#onEmpty.length > 0;
  }

  hasRoom(thread: Thread): void {
    const seat = this.threads.seatOf(thread);
    if (seat === undefined) return;
    const now = performance.now();
    if (thread.size === 0) this.#batch.learn(now - seat.sentAt);
    this.threads.vacate(thread, seat, now);
    this.flush();
  }

  onBoot(): void {
    this.#maker.tell(({ onThreadStart }) => onThreadStart?.());
    this.flush();
  }

  /** Whoever attends may block this thread, and its timers. */
  onAttend(thread: Thread): void {
    const seat = this.threads.seatOf(thread);
    if (thread.size > 1 && seat !== undefined && performance.now() - seat.sentAt > HELD_MS) {
      this.#takeBack(thread);
    }
  }

  onEnd(thread: Thread, left: Work[], why: string): void {
    this.threads.forget(thread);
    this.#maker.tell(({ onThreadEnd }) => onThreadEnd?.(why));
    if (this.#isTerminated) { for (const work of left) work.terminate("the pool was terminated"); }
    else this.#requeue(left);
    // Now: whoever waits may have blocked this thread.
    this.flush();
  }

  onStray(
    thread: Thread,
    stray: { error: unknown } | undefined,
    taskId: number | undefined,
    tag: unknown,
  ): void {
    if (stray !== undefined) this.#errors.tell(stray.error, taskId, tag);
    this.#requeue(thread.takeBackAll());
    this.threads.retire(thread);
    this.flush();
  }

  onCall(name: string, args: readonly unknown[]): unknown {
    return this.#maker.callExposed(name, args);
  }

  /** A thread for the next job; if there can't be one, the job is lost. */
  #start(): Thread | undefined {
    try {
      return this.threads.start(this.#queue.peek()!.url);
    } catch (error) {
      this.#queue.pop()?.lose((error as Error).message, error);
    }
  }

  #give(thread: Thread): void {
    if (this.threads.seatOf(thread) === undefined) return;
    this.#place(thread, this.#nextBatch(thread, this.limits.maxJobs - thread.done - thread.size));
    this.#tellReady();
  }

  #place(thread: Thread, works: Work[]): void {
    const onHeld = works.length > 1 ? () => this.#takeBack(thread) : undefined;
    const { sentAt } = this.threads.occupy(thread, works.length, onHeld, HELD_MS);
    for (const work of works) {
      work.isPlaced = true;
      this.waitTime.add(sentAt - work.spawnedAt);
    }
    this.#active += works.length;
    this.#hasJobs = true;
    thread.place(works);
  }

  /** Several quick ones, or as many as it may be at. One that can't be sent twice is alone in its batch. */
  #nextBatch(thread: Thread, jobsLeft: number): Work[] {
    const { maxThreads, concurrency } = this.limits;
    const share = Math.ceil(this.#queue.size / Math.min(maxThreads, 64));
    const room = concurrency - thread.size;
    const wanted = thread.size === 0 ? Math.max(this.#batch.size, room) : room;
    const most = Math.min(wanted, share, jobsLeft);
    const batch = [this.#queue.pop()!];
    while (batch.length < most) {
      const next = this.#queue.peek();
      if (next === undefined || (concurrency === 1 && (next.isMoved || batch[0].isMoved))) break;
      batch.push(this.#queue.pop()!);
    }
    return batch;
  }

  /** What a thread that is held up has not begun is for others, or for later. */
  #takeBack(thread: Thread): void {
    const left = thread.takeBackAll();
    if (left.length === 0) return;
    this.#batch.shrink();
    this.#requeue(left);
    this.flush();
  }

  /** Before all others. */
  #requeue(left: Work[]): void {
    for (const work of left) {
      this.#unplace(work);
      this.enqueue(work, -Infinity);
    }
  }

  #unplace(work: Work): void {
    work.isPlaced = false;
    this.#active--;
  }

  #tellReady(): void {
    while (this.#onReady.length > 0 && !this.isFull) this.#onReady.splice(0, 1)[0]();
  }

  #checkEmpty(): void {
    if (!this.isEmpty || !this.#hasJobs) return;
    this.#hasJobs = false;
    const waiting = this.#onEmpty;
    this.#onEmpty = [];
    for (const resolve of waiting) resolve();
    this.#maker.tell(({ onEmpty }) => onEmpty?.());
  }
}

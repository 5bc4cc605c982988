/**
 * The interface of p-queue on a `Limiter`, which does all that has to do with order, time and waiting.
 *
 * @module
 */
import { EventEmitter } from "node:events";
import { fromPromise, type TaskGenerator } from "../mod.ts";
import { limit, type Limiter, LocalExecutor, type Rate, type TaskHandle } from "../lib/executor/mod.ts";

type Fn<R> = (options: { signal?: AbortSignal }) => R | PromiseLike<R>;
type AddOptions = { id?: string; priority?: number; timeout?: number; signal?: AbortSignal };
/** What is known of a task: its tag. */
type Job = { id: string; priority: number; timeout?: number; startTime: number };

const defaults = { concurrency: Infinity, autoStart: true };
const unlimited = { interval: 0, intervalCap: Infinity, strict: false, carryoverIntervalCount: false };
const CLEARED = Symbol("cleared"); // the promises of what was cancelled with it stay pending

export default class PQueue extends EventEmitter {
  timeout: number | undefined;
  readonly #executor = new LocalExecutor({ onPanic: () => {} });
  readonly #limiter: Limiter;
  readonly #waiting = new Map<string, TaskHandle<unknown, Job>>();
  #lastId = 0;
  #hasStarted = false; // whether the end of a task has let another one start
  #wasRateLimited = false;

  constructor(options: Partial<typeof defaults & typeof unlimited & { timeout: number }> = {}) {
    super();
    const { autoStart, concurrency, timeout, ...others } = { ...defaults, ...unlimited, ...options };
    const rate = rateOf(others);
    this.timeout = checkTimeout(timeout);
    checkFrom1(concurrency, "concurrency");
    this.#limiter = limit(this.#executor, { concurrency, rate, isPaused: !autoStart, ageing: Infinity });
    if (rate !== undefined) this.#tellRate();
  }

  async add<R>(fn: Fn<R>, options: AddOptions = {}): Promise<R> {
    const { id = String(++this.#lastId), priority = 0, timeout = this.timeout, signal } = options;
    const job: Job = { id, priority, timeout: checkTimeout(timeout), startTime: 0 };
    const task = this.#limiter.spawn<R, Job>(() => this.#run(fn, job, signal), job, { ...options, timeout });
    this.#waiting.set(id, task);
    this.emit("add");
    this.#runNow();
    const told = task.then((output) => (this.emit("completed", output), output));
    return await told.catch((error) => this.#fail(job, error)).finally(() => this.#tellEnd(id));
  }
  addAll = <R>(fns: Fn<R>[], options?: AddOptions) => Promise.all(fns.map((fn) => this.add(fn, options)));
  start = (): this => (this.#limiter.resume(), this.#runNow(), this);
  pause = (): void => this.#limiter.pause();
  clear = (): void => (this.#limiter.clear(CLEARED), this.#runNow(), this.#tellEnd());
  #until = async (condition: (limiter: Limiter) => boolean) => await this.#limiter.until(condition);
  onEmpty = (): Promise<void> => this.#until(({ waiting }) => waiting === 0);
  onIdle = (): Promise<void> => this.#until(({ size }) => size === 0);
  onPendingZero = (): Promise<void> => this.#until(({ active }) => active === 0);
  onRateLimit = (): Promise<void> => this.#until(({ isRateLimited }) => isRateLimited);
  onRateLimitCleared = (): Promise<void> => this.#until(({ isRateLimited }) => !isRateLimited);
  onSizeLessThan = (n: number): Promise<void> => this.#until(({ waiting }) => waiting < n);
  onError = (): Promise<never> => new Promise((_resolve, reject) => this.once("error", reject));
  setPriority(id: string, priority: number): void {
    const task = this.#waiting.get(id);
    check(Number.isFinite(priority), "priority", "a finite number", priority);
    if (!task) throw new ReferenceError(`No promise function with the id "${id}" exists in the queue.`);
    this.#limiter.setPriority(task, task.tag.priority = priority);
  }
  sizeBy(wanted: AddOptions): number {
    const fits = (job: object) => Object.entries({ ...job, ...wanted }).join() === Object.entries(job).join();
    return this.#limiter.waitingTasks().filter(({ tag }) => fits(tag as Job)).length;
  }
  get concurrency(): number {
    return this.#limiter.concurrency;
  }
  set concurrency(concurrency: number) {
    this.#limiter.resize(checkFrom1(concurrency, "concurrency"));
    this.#runNow();
  }
  get size(): number {
    return this.#limiter.waiting;
  }
  get pending(): number {
    return this.#limiter.active;
  }
  get isPaused(): boolean {
    return this.#limiter.isPaused;
  }
  get isRateLimited(): boolean {
    return this.#limiter.isRateLimited;
  }
  get isSaturated(): boolean {
    return this.size > 0 && (this.pending === this.concurrency || this.isRateLimited);
  }
  get runningTasks(): object[] {
    const left = ({ startTime, timeout }: Job) => timeout && Math.max(startTime + timeout - Date.now(), 0);
    const jobs = this.#limiter.activeTasks().map(({ tag }) => tag as Job);
    return jobs.map((job) => ({ ...job, timeoutRemaining: left(job) }));
  }
  /** What has its turn starts in the call that has given it. */
  #runNow = (): void => void (this.#executor.runUntilStalled(), this.#hasStarted = false);
  /** What a task does. It does not wait for a function that is late, or was aborted. */
  *#run<R>(fn: Fn<R>, job: Job, signal?: AbortSignal): TaskGenerator<R> {
    this.#waiting.delete(job.id);
    this.#hasStarted = true;
    job.startTime = Date.now();
    this.emit("active");
    const [end] = yield* fromPromise(Promise.allSettled([(async () => await fn({ signal }))()]));
    if (end.status === "rejected") throw end.reason;
    return end.value;
  }
  #fail({ startTime, timeout }: Job, error: unknown): Promise<never> {
    if (error === CLEARED) return new Promise(() => {});
    if (startTime > 0 && this.listenerCount("error") > 0) this.emit("error", error);
    if ((error as Error)?.name !== "TimeoutError") throw error;
    const queue = `queue has ${this.pending} running, ${this.size} waiting`;
    throw new DOMException(`Task timed out after ${timeout}ms (${queue})`, "TimeoutError");
  }
  #tellEnd(id = ""): void {
    const isEmpty = this.size === 0 && !this.#hasStarted;
    this.#hasStarted = false;
    this.#waiting.delete(id);
    if (this.pending === 0) this.emit("pendingZero");
    if (isEmpty) this.emit("empty");
    if (isEmpty && this.pending === 0) this.emit("idle");
    this.emit("next");
    this.#tellRateIfNew();
  }
  #tellRateIfNew(): void {
    if (this.isRateLimited === this.#wasRateLimited) return;
    this.#wasRateLimited = this.isRateLimited;
    this.emit(this.#wasRateLimited ? "rateLimit" : "rateLimitCleared");
  }
  async #tellRate(): Promise<void> {
    for (;; this.#tellRateIfNew()) await this.#until(() => this.isRateLimited !== this.#wasRateLimited);
  }
}

function rateOf({ interval, intervalCap: max, strict, ...others }: typeof unlimited): Rate | undefined {
  checkFrom1(max, "intervalCap");
  check(Number.isFinite(interval) && interval >= 0, "interval", "a finite number >= 0", interval);
  if (strict && interval === 0) throw new TypeError("The `strict` option requires a non-zero `interval`");
  if (strict && max === Infinity) throw new TypeError("The `strict` option requires a finite `intervalCap`");
  if (max === Infinity || interval === 0) return undefined;
  return { max, per: interval, window: strict ? "sliding" : "fixed", carry: others.carryoverIntervalCount };
}
const checkFrom1 = (n: number, name: string) => check(n >= 1, name, "a number from 1 and up", n);
const isTimeout = (ms: unknown) => ms === undefined || Number.isFinite(ms) && (ms as number) > 0;
const checkTimeout = (ms?: number) => check(isTimeout(ms), "timeout", "a positive finite number", ms);
function check<V>(isRight: boolean, name: string, expected: string, got: V): V {
  if (isRight) return got;
  throw new TypeError(`Expected \`${name}\` to be ${expected}, got \`${got}\` (${typeof got})`);
}

/** What keeps tasks back until it is their turn. */
import { intoFuture } from "../adapt/friend.ts";
import type { IntoFuture } from "../adapt/mod.ts";
import { cellOf, CLOSED, contextOf, currentFrame, taskName, taskOf } from "../core/friend.ts";
import type { Awaitable, Future, TaskContext, TaskHandle } from "../core/mod.ts";
import { capture, within } from "../internal/async_context.ts";
import { Inspectable } from "../internal/inspect.ts";
import { show } from "../internal/show.ts";
import type { Clock } from "../time/mod.ts";
import { bound } from "./bounded.ts";
import { checkCloseOptions, Closing } from "./closing.ts";
import { cancelAll, PriorityEntry } from "./entry.ts";
import { checkSpawnOptions, type CloseOptions, type SpawnOptions } from "./options.ts";
import type { PriorityExecutor } from "./priority_executor.ts";
import { checkPriority } from "./priority_queue.ts";
import type { Rate } from "./rate.ts";
import type { Spawner } from "./spawner.ts";
import { LimitedBody, limitedBodyOf, reprioritize, type Turns } from "./turns.ts";

/**
 * What {@linkcode limit} can be told.
 *
 * @example
 * ```ts
 * import { limit, type LimiterOptions, LocalExecutor } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const options: LimiterOptions = { concurrency: 3, isPaused: true };
 * const limiter = limit(new LocalExecutor(), options);
 * assertEquals({ concurrency: limiter.concurrency, isPaused: limiter.isPaused }, options);
 * ```
 */
export interface LimiterOptions {
  /** How many tasks may have started and not ended: 1 or more. Default: `Infinity`. */
  concurrency?: number;
  /** How many may be started in a time. Default: any number. */
  rate?: Rate;
  /** The clock of `rate`. Default: `systemClock`. */
  clock?: Clock;
  /**
   * Every how many turns it is that of the task which has waited for the longest, whatever its priority.
   * `Infinity`: never, so that low priorities may starve. Default: 64.
   */
  ageing?: number;
  /** Whether it starts nothing until `resume()`. Default: `false`. */
  isPaused?: boolean;
  /** What the limiter is called in views of it. */
  name?: string;
}

/**
 * A limiter in `console.log` and in JSON.
 *
 * @example
 * ```ts
 * import { limit, type LimiterView, LocalExecutor } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const view: LimiterView = limit(new LocalExecutor(), { concurrency: 2, name: "requests" }).toJSON();
 * const counts = { concurrency: 2, active: 0, waiting: 0 };
 * assertEquals(view, { name: "requests", ...counts, isPaused: false, isClosed: false });
 * ```
 */
export interface LimiterView {
  /** What it is called, where it has a name. */
  readonly name?: string;
  /** How many tasks may have started and not ended. */
  readonly concurrency: number;
  /** How many have started and not ended. */
  readonly active: number;
  /** How many wait to start. */
  readonly waiting: number;
  /** Whether it starts nothing until `resume()`. */
  readonly isPaused: boolean;
  /** Whether it takes nothing from outside any more. */
  readonly isClosed: boolean;
}

/**
 * Keeps tasks back until it is their turn: what {@linkcode limit} returns. A queue that can be looked into,
 * and steered.
 *
 * @example
 * ```ts
 * import { limit, type Limiter, LocalExecutor } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const limiter: Limiter = limit(new LocalExecutor(), 1);
 * const order: string[] = [];
 * for (const tag of ["a", "b"]) limiter.spawn(() => order.push(tag), tag);
 * limiter.spawn(() => order.push("urgent"), "urgent", { priority: 1 });
 * assertEquals({ active: limiter.active, waiting: limiter.waiting, size: limiter.size }, { active: 1, waiting: 2, size: 3 });
 * await limiter.onIdle();
 * assertEquals(order, ["a", "urgent", "b"]);
 * ```
 */
export class Limiter extends Inspectable implements Spawner, AsyncDisposable {
  /** What the limiter is called in views of it. */
  readonly name: string | undefined;
  readonly #executor: Spawner;
  readonly #turns: Turns;
  /** Set once it is closed. */
  #closing: Closing | undefined = undefined;

  /** @ignore */
  constructor(executor: Spawner, turns: Turns, name: string | undefined) {
    super();
    this.#executor = executor;
    this.#turns = turns;
    this.name = name;
  }

  /**
   * Whether async bodies are followed across their awaits, where a spawn does not say: as the executor does.
   */
  get follow(): boolean {
    return this.#executor.follow ?? true;
  }

  /** How many tasks may have started and not ended. */
  get concurrency(): number {
    return this.#turns.concurrency;
  }

  /** How many have their turn: they have started, or are about to, and have not ended. */
  get active(): number {
    return this.#turns.active;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#turns.waiting;
  }

  /** How many have not ended: those that wait, and those that are active. */
  get size(): number {
    return this.#turns.active + this.#turns.waiting;
  }

  /** Whether it starts nothing until `resume()`. */
  get isPaused(): boolean {
    return this.#turns.isPaused;
  }

  /** Whether tasks wait, and the rate lets none of them start now. */
  get isRateLimited(): boolean {
    return this.#turns.isRateLimited;
  }

  /** Whether it was closed, and takes nothing from outside any more. */
  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Makes a task of `body` that starts when it is its turn. A `timeout` counts from then on.
   *
   * @param body What the task does: a future, a generator (function), an async function, a promise.
   * @param tag Any value to store with the task; `task.tag`, and `currentTag()` inside.
   * @param options What ends it early, its priority, and its name.
   * @throws {TypeError} If `body` can't be a task, an option is of the wrong kind, or the limiter or its
   * executor is closed.
   * @throws {RangeError} If a time or the priority is `NaN`.
   *
   * @example
   * ```ts
   * import { limit, LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const limiter = limit(new LocalExecutor(), 8);
   * assertEquals(await limiter.spawn(async ({ tag }) => `page ${tag}`, 7), "page 7");
   * ```
   */
  spawn<R, T>(body: IntoFuture<R, T>, tag: T, options?: SpawnOptions): TaskHandle<R, T>;
  /** The same without a tag. */
  spawn<R>(body: IntoFuture<R, undefined>): TaskHandle<R, undefined>;
  spawn<R, T>(body: IntoFuture<R, T>, tag?: T, options?: SpawnOptions): TaskHandle<R, T> {
    this.#checkOpen();
    const future = intoFuture<R, T>(body, false, options?.follow ?? this.follow);
    const task = options === undefined
      ? this.#add<R, T>(future, tag as T, undefined)
      : this.#addWith<R, T>(future, tag as T, options);
    if (this.#closing?.isGraceOver) cellOf(task).cancel(undefined);
    return task;
  }

  /**
   * Changes how many may be active. If it is fewer than are, they go on, and no others start for now.
   *
   * @throws {RangeError} If it is no whole number from 1, nor `Infinity`.
   *
   * @example
   * ```ts
   * import { pending } from "@tagged/async-task";
   * import { limit, LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const limiter = limit(new LocalExecutor(), 1);
   * for (let i = 0; i < 5; i++) limiter.spawn(pending());
   * limiter.resize(3);
   * assertEquals({ active: limiter.active, waiting: limiter.waiting }, { active: 3, waiting: 2 });
   * ```
   */
  resize(concurrency: number): void {
    this.#turns.concurrency = checkConcurrency(concurrency, "resize the limiter");
  }

  /**
   * Starts nothing from now on. What has started goes on.
   *
   * @example
   * ```ts
   * import { limit, LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const limiter = limit(new LocalExecutor(), 1);
   * limiter.pause();
   * const task = limiter.spawn(() => 1);
   * assertEquals(limiter.waiting, 1);
   * limiter.resume();
   * assertEquals(await task, 1);
   * ```
   */
  pause(): void {
    this.#turns.isPaused = true;
  }

  /** Starts tasks again. */
  resume(): void {
    this.#turns.isPaused = false;
  }

  /**
   * Changes the priority of a task, for the turn that it waits for, and on a `PriorityExecutor` as well.
   *
   * @throws {RangeError} If `priority` is `NaN` or no number.
   * @throws {TypeError} If the task has not ended, and is none of this limiter's.
   *
   * @example
   * ```ts
   * import { limit, LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const limiter = limit(new LocalExecutor(), 1);
   * const order: string[] = [];
   * const [, , c] = ["a", "b", "c"].map((tag) => limiter.spawn(() => order.push(tag), tag));
   * limiter.setPriority(c, 1);
   * await limiter.onIdle();
   * assertEquals(order, ["a", "c", "b"]);
   * ```
   */
  setPriority(task: TaskHandle<unknown>, priority: number): void {
    checkPriority(priority, "set the priority");
    if (task.isFinished) return;
    this.#bodyOf(task, "set the priority");
    const { facade } = cellOf(task);
    // It sees to the turn, too.
    if (facade instanceof PriorityEntry) (facade.owner as PriorityExecutor).setPriority(task, priority);
    else reprioritize(cellOf(task), priority);
  }

  /**
   * The priority of a task that has not ended.
   *
   * @throws {TypeError} If the task has ended, or is none of this limiter's.
   *
   * @example
   * ```ts
   * import { limit, LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const limiter = limit(new LocalExecutor(), 1);
   * assertEquals(limiter.priorityOf(limiter.spawn(() => 1, "a", { priority: 3 })), 3);
   * ```
   */
  priorityOf(task: TaskHandle<unknown>): number {
    return this.#bodyOf(task, "tell the priority").priority;
  }

  /** The tasks that wait for their turn, in the order in which they were spawned. */
  waitingTasks(): TaskContext[] {
    return this.#turns.waitingBodies().map(({ cell }) => contextOf(cell));
  }

  /** The tasks that have their turn and have not ended, in the order in which it came. */
  activeTasks(): TaskContext[] {
    return this.#turns.activeBodies().map(({ cell }) => contextOf(cell));
  }

  /**
   * Cancels the tasks that wait for their turn.
   *
   * @param reason Why. Default: a `CancelledError` for each task.
   * @returns How many there were.
   *
   * @example
   * ```ts
   * import { limit, LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const limiter = limit(new LocalExecutor(), 1);
   * const tasks = ["a", "b", "c"].map((tag) => limiter.spawn(() => tag, tag));
   * assertEquals(limiter.clear("enough"), 2);
   * assertEquals(await tasks[0], "a");
   * assertEquals(await tasks[1].outcome(), { status: "cancelled", reason: "enough" });
   * ```
   */
  clear(reason?: unknown): number {
    const bodies = this.#turns.clear();
    cancelAll(bodies, reason);
    return bodies.length;
  }

  /**
   * Cancels every task that there is, at once. The limiter goes on to take others.
   *
   * @param reason Why. Default: a `CancelledError` for each task.
   * @returns A future that is ready when they have cleaned up.
   *
   * @example
   * ```ts
   * import { pending } from "@tagged/async-task";
   * import { limit, LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const limiter = limit(new LocalExecutor(), 1);
   * const tasks = [limiter.spawn(pending()), limiter.spawn(pending())];
   * await limiter.cancel("enough");
   * assertEquals(tasks.map(({ isFinished }) => isFinished), [true, true]);
   * ```
   */
  cancel(reason?: unknown): Awaitable<void> & Disposable {
    const bodies = [...this.#turns.clear(), ...this.#turns.activeBodies()];
    cancelAll(bodies, reason);
    let gone = 0;
    return this.#turns.when(() => {
      while (gone < bodies.length && bodies[gone].isGone) gone++;
      return gone === bodies.length;
    });
  }

  /**
   * Takes nothing from outside any more, and lets what there is come to its turn and to its end: tasks of the
   * limiter itself may still spawn. What is left when the grace is over is cancelled, and so is what is
   * spawned from then on.
   *
   * A limiter that is paused stays so. `await using` closes at the end of the block, without a limit to the
   * grace. The executor stays open.
   *
   * @returns A future that is ready when no task is left; the limiter closes also if nobody waits for it.
   * @throws {TypeError} If `grace` is no number.
   * @throws {RangeError} If `grace` is `NaN`.
   *
   * @example
   * ```ts
   * import { limit, LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals, assertThrows } from "@std/assert";
   *
   * const limiter = limit(new LocalExecutor(), 1);
   * const tasks = [1, 2, 3].map((n) => limiter.spawn(() => n));
   * await limiter.close({ grace: 10_000 });
   * assertEquals(await Promise.all(tasks), [1, 2, 3]);
   * assertThrows(() => limiter.spawn(() => 4), TypeError, "the limiter is closed");
   * ```
   */
  close(options: CloseOptions = {}): Awaitable<void> & Disposable {
    checkCloseOptions(options, "close the limiter");
    this.#closing ??= new Closing(() => void this.cancel());
    if (this.size > 0) this.#limitGrace(this.#closing, options);
    return this.onIdle();
  }

  /** A future that is ready once no task is there that has not ended. */
  onIdle(): Awaitable<void> & Disposable {
    return this.until(() => this.size === 0);
  }

  /** A future that is ready once no task waits for its turn. */
  onEmpty(): Awaitable<void> & Disposable {
    return this.until(() => this.waiting === 0);
  }

  /**
   * A future that is ready once fewer than `n` tasks are there that have not ended: how a producer waits
   * until it is worth to spawn more.
   *
   * @throws {RangeError} If `n` is no number above 0.
   *
   * @example
   * ```ts
   * import { limit, LocalExecutor } from "@tagged/async-task/executor";
   * import { sleep } from "@tagged/async-task/time";
   * import { assertEquals } from "@std/assert";
   *
   * const limiter = limit(new LocalExecutor(), 2);
   * let most = 0;
   * for (let i = 0; i < 20; i++) {
   *   await limiter.onSizeBelow(5);
   *   limiter.spawn(() => sleep(0));
   *   most = Math.max(most, limiter.size);
   * }
   * await limiter.onIdle();
   * assertEquals(most, 5);
   * ```
   */
  onSizeBelow(n: number): Awaitable<void> & Disposable {
    if (!(n > 0)) throw new RangeError(`Cannot wait for a size below ${show(n)}: expected a number above 0`);
    return this.until(() => this.size < n);
  }

  /**
   * A future that is ready once `condition` is true of the limiter: it is asked whenever a task is spawned,
   * starts or ends, and when the limiter is steered.
   *
   * @throws What `condition` throws.
   *
   * @example
   * ```ts
   * import { limit, LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const limiter = limit(new LocalExecutor(), 1);
   * limiter.spawn(() => 1);
   * await limiter.until(({ active }) => active === 0);
   * assertEquals(limiter.active, 0);
   * ```
   */
  until(condition: (limiter: Limiter) => boolean): Awaitable<void> & Disposable {
    const context = capture();
    return this.#turns.when(() => within(context, condition, this));
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  override toJSON(): LimiterView {
    const { name, concurrency, active, waiting, isPaused, isClosed } = this;
    return {
      ...(name === undefined ? undefined : { name }),
      concurrency,
      active,
      waiting,
      isPaused,
      isClosed,
    };
  }

  /** Waits until no task is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #add<R, T>(future: Future<R>, tag: T, options: SpawnOptions | undefined): TaskHandle<R, T> {
    const body = new LimitedBody<R>(future, this.#turns);
    const task = this.#executor.spawn<R, T>(body, tag, options);
    const cell = body.cell = cellOf(task);
    body.priority = options?.priority ?? (cell.facade instanceof PriorityEntry ? cell.facade.priority : 0);
    if ((cell.state & CLOSED) !== 0) return task;
    if (options?.delay === undefined) this.#turns.ask(body as LimitedBody<unknown>);
    else this.#turns.delay(body as LimitedBody<unknown>);
    return task;
  }

  #addWith<R, T>(future: Future<R>, tag: T, options: SpawnOptions): TaskHandle<R, T> {
    checkSpawnOptions(options);
    const { timeout, clock, ...others } = options;
    const bounded = timeout === undefined ? undefined : bound(future, { timeout, clock });
    const task = this.#add<R, T>(bounded ?? future, tag, { clock, ...others });
    bounded?.attach(cellOf(task));
    return task;
  }

  /** Until nothing is left. */
  #limitGrace(closing: Closing, options: CloseOptions): void {
    this.onIdle().poll({ waker: { wake: () => closing.stop() } });
    closing.limit(options);
  }

  /** Throws if it takes no more tasks: closed, it takes only those of its own tasks. */
  #checkOpen(): void {
    if (this.#closing === undefined) return;
    const cell = taskOf(currentFrame());
    if (cell !== undefined && limitedBodyOf(cell, this.#turns) !== undefined) return;
    throw new TypeError("Cannot spawn: the limiter is closed");
  }

  #bodyOf(task: TaskHandle<unknown>, action: string): LimitedBody<unknown> {
    const cell = cellOf(task);
    const body = limitedBodyOf(cell, this.#turns);
    if (body !== undefined) return body;
    const why = task.isFinished ? "it has ended" : "it is not one of this limiter's";
    throw new TypeError(`Cannot ${action} of ${taskName(cell.id, cell.tag)}: ${why}`);
  }
}

/** Returns `concurrency` if it can be one; `action` is what can't be done else. */
export function checkConcurrency(concurrency: number, action: string): number {
  if (concurrency === Infinity || Number.isInteger(concurrency) && concurrency >= 1) return concurrency;
  throw new RangeError(
    `Cannot ${action}: expected concurrency to be a whole number from 1, or Infinity, got ${
      show(concurrency)
    }`,
  );
}

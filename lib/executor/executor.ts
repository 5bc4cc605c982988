/** What all executors have in common. */
import { intoFuture } from "../adapt/friend.ts";
import type { IntoFuture } from "../adapt/mod.ts";
import {
  Cell,
  cellOf,
  currentFrame,
  nameTask,
  Panics,
  PROPAGATE,
  propagating,
  reportOf,
  reportPanic,
  routePanics,
  taskOf,
} from "../core/friend.ts";
import { type Awaitable, type Future, type ScheduleInfo, type TaskContext, TaskHandle } from "../core/mod.ts";
import { endBudget, startBudget } from "../internal/coop.ts";
import { Inspectable } from "../internal/inspect.ts";
import { bound } from "./bounded.ts";
import { checkCloseOptions, Closing } from "./closing.ts";
import { Conditions } from "./conditions.ts";
import { delayed } from "./delayed.ts";
import { Driven } from "./driven.ts";
import { Alive, cancelAll, type Entry, PlainEntry } from "./entry.ts";
import { type ExecutorView, viewOf } from "./executor_view.ts";
import {
  checkExecutorOptions,
  checkSpawnOptions,
  type CloseOptions,
  type ExecutorOptions,
  type SpawnOptions,
} from "./options.ts";
import { Pump } from "./pump.ts";
import { checkQueue, type ReadyQueue, tellEnded } from "./ready_queue.ts";
import type { Spawner } from "./spawner.ts";
import { Tick } from "./tick.ts";

/**
 * What all executors of this package have in common: everything but the order in which they run what is
 * ready. That is the queue's, so that another queue makes another executor.
 *
 * Tasks run by themselves on the event loop, in slices that leave it free for timers and I/O, or, with `pump:
 * "manual"`, when somebody drives them. A task that never lets go would keep everything else waiting, so the
 * futures of this package are pending now and then although they are ready (tokio's cooperative budget).
 *
 * @example
 * ```ts
 * import { type Executor, LocalExecutor, PriorityExecutor } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const executors: Executor[] = [new LocalExecutor(), new PriorityExecutor()];
 * for (const executor of executors) assertEquals(await executor.spawn(() => 1), 1);
 * ```
 */
export class Executor extends Inspectable implements Spawner, AsyncDisposable {
  /** What the executor is called in views of it. */
  readonly name: string | undefined;
  /** Whether async bodies are followed across their awaits, where a spawn does not say. */
  readonly follow: boolean;
  readonly #ready: ReadyQueue;
  readonly #alive: Alive;
  readonly #schedule: (entry: Entry, info: ScheduleInfo) => void;
  readonly #pump: Pump;
  readonly #panics: Panics;
  readonly #conditions: Conditions;
  /**
   * Whether the event loop runs what is ready; also while it doesn't by itself, but `run` or `close` wait.
   */
  #isPumped: boolean;
  /** How many `run`s wait. */
  #runs: number;
  /** Who waits in `tick` for something to run. */
  readonly #ticks: Set<Tick>;
  /** Set once it is closed. */
  #closing: Closing | undefined;
  readonly #isManual: boolean;

  /**
   * An executor without tasks.
   *
   * @param ready The order in which it runs tasks; for its use alone.
   * @throws {TypeError} If `ready` is no queue, `onPanic` no function, `name` no string, or `pump` none of
   * the two.
   * @throws {RangeError} If `budget` or `maxPolls` is out of range.
   */
  constructor(ready: ReadyQueue, options: ExecutorOptions = {}) {
    super();
    const { onPanic = reportPanic, pump = "auto", budget = 4, maxPolls = 10_000, name, follow = true } =
      options;
    checkQueue(ready);
    checkExecutorOptions({ onPanic, pump, budget, maxPolls, follow }, name);
    propagating();
    this.name = name;
    this.follow = follow;
    this.#ready = ready;
    this.#alive = new Alive();
    this.#schedule = (entry) => this.#push(entry);
    this.#pump = new Pump(() => this.#slice(), budget, maxPolls);
    this.#panics = new Panics(onPanic);
    this.#conditions = new Conditions();
    this.#isManual = pump === "manual";
    this.#isPumped = !this.#isManual;
    this.#runs = 0;
    this.#ticks = new Set();
    this.#closing = undefined;
    routePanics(this.#schedule, this.#panics);
    ready.attach?.({ wake: () => this.#resume() });
  }

  /** How many tasks there are that have not ended. */
  get size(): number {
    return this.#alive.size;
  }

  /** Whether all tasks have ended. `Executor::is_empty` in Rust. */
  get isEmpty(): boolean {
    return this.#alive.size === 0;
  }

  /** How many tasks are ready to run. */
  get readyCount(): number {
    return this.#ready.size;
  }

  /** Whether it was closed, and takes nothing from outside any more. */
  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** The tasks that have not ended, in the order in which they were spawned. */
  tasks(): TaskContext[] {
    return this.#alive.contexts();
  }

  /**
   * Makes a task of `body` that runs by itself. `Executor::spawn` of async-executor in Rust.
   *
   * Its panics reach whoever awaits the task; one that nobody awaits goes to `onPanic`. Disposing the task
   * cancels it, detaching lets it go on; a handle that is forgotten does neither.
   *
   * @param body What the task does: a future, a generator (function), an async function, a promise.
   * @param tag Any value to store with the task; `task.tag`, and `currentTag()` inside.
   * @param options What ends it early, its priority where there are priorities, and its name.
   * @throws {TypeError} If `body` can't be a task, an option is of the wrong kind, or the executor is closed.
   * @throws {RangeError} If a time or the priority is `NaN`.
   *
   * @example
   * ```ts
   * import { currentTag } from "@tagged/async-task";
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const executor = new LocalExecutor();
   * const task = executor.spawn(async () => {
   *   await null;
   *   return `I am ${currentTag()}`;
   * }, "task 7");
   * assertEquals(await task, "I am task 7");
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
   * Spawns many at once: all of them, or, if one can't be a task, none. `Executor::spawn_many` in Rust.
   *
   * @param bodies What the tasks do.
   * @param tagOf The tag of a task, given its index.
   * @param options As of `spawn`, for each of them.
   * @throws {TypeError} As `spawn`.
   *
   * @example
   * ```ts
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const executor = new LocalExecutor();
   * const tasks = executor.spawnMany([1, 2, 3].map((n) => () => n * n), (index) => `square ${index}`);
   * assertEquals(await Promise.all(tasks), [1, 4, 9]);
   * assertEquals(tasks[2].tag, "square 2");
   * ```
   */
  spawnMany<R, T>(
    bodies: Iterable<IntoFuture<R, T>>,
    tagOf: (index: number) => T,
    options?: SpawnOptions,
  ): TaskHandle<R, T>[];
  /** The same without tags. */
  spawnMany<R>(bodies: Iterable<IntoFuture<R, undefined>>): TaskHandle<R, undefined>[];
  spawnMany<R, T>(
    bodies: Iterable<IntoFuture<R, T>>,
    tagOf?: (index: number) => T,
    options?: SpawnOptions,
  ): TaskHandle<R, T>[] {
    this.#checkOpen();
    if (options !== undefined) checkSpawnOptions(options);
    const futures = Array.from(
      bodies,
      (body) => intoFuture<R, T>(body, false, options?.follow ?? this.follow),
    );
    const tags = futures.map((_, index) => tagOf?.(index) as T);
    return futures.map((future, index) => this.spawn<R, T>(future, tags[index], options));
  }

  /**
   * Runs one task that is ready, as far as it gets. `Executor::try_tick` in Rust.
   *
   * @returns Whether there was one.
   *
   * @example
   * ```ts
   * import { yieldNow } from "@tagged/async-task";
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const executor = new LocalExecutor({ pump: "manual" });
   * executor.spawn(function* () {
   *   yield* yieldNow();
   * });
   * assertEquals([executor.tryTick(), executor.tryTick(), executor.tryTick()], [true, true, false]);
   * ```
   */
  tryTick(): boolean {
    const entry = this.#ready.pop() as Entry | undefined;
    if (entry === undefined) return false;
    const outer = startBudget();
    this.#step(entry);
    endBudget(outer);
    return true;
  }

  /**
   * Runs one task, as soon as one is ready: a future. `Executor::tick` in Rust.
   *
   * @example
   * ```ts
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const executor = new LocalExecutor({ pump: "manual" });
   * const ticked = Promise.resolve(executor.tick());
   * const task = executor.spawn(() => 1);
   * await ticked;
   * assertEquals(task.isFinished, true);
   * ```
   */
  tick(): Awaitable<void> & Disposable {
    return new Tick(() => this.tryTick(), this.#ticks);
  }

  /**
   * Runs tasks until none is ready. `runUntilStalled` of a `LocalPool` in Rust.
   *
   * With tasks that are always ready it doesn't return. Async functions and promises go on in microtasks, and
   * so not before it has returned.
   *
   * @returns How many steps were run.
   *
   * @example
   * ```ts
   * import { yieldNow } from "@tagged/async-task";
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const executor = new LocalExecutor({ pump: "manual" });
   * executor.spawn(function* () {
   *   yield* yieldNow();
   * });
   * assertEquals(executor.runUntilStalled(), 2);
   * assertEquals(executor.isEmpty, true);
   * ```
   */
  runUntilStalled(): number {
    let steps = 0;
    while (this.tryTick()) steps++;
    return steps;
  }

  /**
   * Runs the executor on the event loop until `body` is done: what drives a manual one.
   * `Executor::run` in Rust.
   *
   * @returns The task made of `body`: awaiting it gives the output, or throws the panic.
   * @throws {TypeError} As `spawn`.
   *
   * @example
   * ```ts
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const executor = new LocalExecutor({ pump: "manual" });
   * const task = executor.spawn(() => 1);
   * assertEquals(await executor.run(async () => 1 + await task), 2);
   * ```
   */
  run<R>(body: IntoFuture<R, undefined>): TaskHandle<R, undefined> {
    const future = intoFuture(body, false, this.follow);
    this.#checkOpen();
    this.#runs++;
    this.#startPump();
    return this.spawn<R>(new Driven(future, () => this.#endRun()));
  }

  /**
   * Cancels every task that there is, at once. The executor goes on to take others.
   *
   * @param reason Why. Default: a `CancelledError` for each task.
   * @returns A future that is ready when they have cleaned up.
   *
   * @example
   * ```ts
   * import { pending } from "@tagged/async-task";
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const executor = new LocalExecutor();
   * const task = executor.spawn(pending());
   * await executor.cancel(new Error("enough"));
   * assertEquals(executor.size, 0);
   * await assertRejects(() => task, Error, "enough");
   * assertEquals(await executor.spawn(() => 1), 1);
   * ```
   */
  cancel(reason?: unknown): Awaitable<void> & Disposable {
    const entries = this.#alive.entries();
    const last = entries.at(-1)?.id ?? 0;
    cancelAll(entries, reason);
    // They are in the order of their ids, the oldest first.
    return this.#conditions.when(() => (this.#alive.first?.id ?? Infinity) > last);
  }

  /**
   * Takes nothing from outside any more, and lets what there is go on to its end: tasks of the executor
   * itself may still spawn. What is left when the grace is over is cancelled, and so is what is spawned from
   * then on.
   *
   * Closing a manual executor has it run on the event loop. `await using` closes at the end of the block,
   * without a limit to the grace. Closing once more can only shorten the grace.
   *
   * @returns A future that is ready when no task is left; the executor closes also if nobody waits for it.
   * @throws {TypeError} If `grace` is no number.
   * @throws {RangeError} If `grace` is `NaN`.
   *
   * @example A second to finish in
   * ```ts
   * import { pending } from "@tagged/async-task";
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { sleep, VirtualClock } from "@tagged/async-task/time";
   * import { assertEquals } from "@std/assert";
   *
   * const clock = new VirtualClock({ autoAdvance: true });
   * const executor = new LocalExecutor();
   * const soon = executor.spawn(() => sleep(500, { clock }));
   * const never = executor.spawn(pending());
   * await executor.close({ grace: 1000, clock });
   * assertEquals((await soon.outcome()).status, "completed");
   * assertEquals((await never.outcome()).status, "cancelled");
   * assertEquals(clock.now(), 1000);
   * ```
   */
  close(options: CloseOptions = {}): Awaitable<void> & Disposable {
    checkCloseOptions(options, "close the executor");
    this.#closing ??= new Closing(() => void this.cancel());
    this.#startPump();
    if (this.size > 0) this.#closing.limit(options);
    return this.#conditions.when(() => this.#alive.size === 0);
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  override toJSON(): ExecutorView {
    return viewOf(this, this.#alive);
  }

  /** Waits until no task is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @ignore */
  protected enter(cell: Cell, _options: SpawnOptions | undefined): Entry {
    return new PlainEntry(cell, this);
  }

  /** Throws if it takes no more tasks: closed, it takes only those of its own tasks. */
  #checkOpen(): void {
    if (this.#closing === undefined) return;
    const cell = taskOf(currentFrame());
    const isInside = cell?.join !== undefined && (cell.facade as Partial<Entry>).owner === this;
    if (!isInside) throw new TypeError("Cannot spawn: the executor is closed");
  }

  #add<R, T>(future: Future<R>, tag: T, options: SpawnOptions | undefined): TaskHandle<R, T> {
    const cell = new Cell(future, this.#schedule as never, tag, PROPAGATE);
    const task = new TaskHandle<R, T>(cell);
    const entry = this.enter(cell, options);
    cell.connect(entry, task);
    this.#alive.add(entry);
    this.#push(entry);
    return task;
  }

  #addWith<R, T>(future: Future<R>, tag: T, options: SpawnOptions): TaskHandle<R, T> {
    checkSpawnOptions(options);
    const bounded = bound(future, options);
    const task = this.#add<R, T>(delayed(bounded ?? future, options), tag, options);
    const cell = cellOf(task);
    if (options.name !== undefined) nameTask(cell, options.name);
    bounded?.attach(cell);
    return task;
  }

  /** The schedule function of every task. */
  #push(entry: Entry): void {
    this.#ready.push(entry);
    this.#resume();
  }

  /** There is something to run, it seems. */
  #resume(): void {
    if (this.#isPumped) {
      if (!this.#pump.isArmed) this.#pump.arm();
    } else if (this.#ticks.size > 0) this.#wakeTick();
  }

  /** The one that waits the longest is woken, and takes what there is. */
  #wakeTick(): void {
    for (const tick of this.#ticks) return tick.wake();
  }

  /** What the pump calls: runs tasks; whether there are more. */
  #slice(): boolean {
    const ready = this.#ready;
    const pump = this.#pump;
    const outer = startBudget();
    let isOver = false;
    for (let entry; !isOver && this.#isPumped && (entry = ready.pop() as Entry | undefined) !== undefined;) {
      startBudget();
      this.#step(entry);
      isOver = pump.isOver();
    }
    endBudget(outer);
    return isOver && this.#isPumped && ready.size > 0;
  }

  /** Runs a task, as far as it gets. */
  #step(entry: Entry): void {
    const cell = entry.cell;
    try {
      cell.run();
    } catch (error) {
      // Not the task's: its panics propagate. Somebody's who waited for it, and threw when woken.
      reportOf(cell.id, cell.tag, "ran, and whoever it woke has thrown", error);
    }
    if (cell.join === undefined) this.#leave(entry);
  }

  /** The task has ended. */
  #leave(entry: Entry): void {
    this.#alive.remove(entry);
    if (this.#ready.ended !== undefined) tellEnded(this.#ready, entry);
    this.#conditions.check();
    if (this.#alive.size > 0) return;
    this.#closing?.stop();
    this.#panics.loseSoon(() => this.#alive.size === 0);
  }

  /** From now on, the event loop runs what is ready. */
  #startPump(): void {
    this.#isPumped = true;
    if (this.#ready.size > 0 && !this.#pump.isArmed) this.#pump.arm();
  }

  /** A `run` is over. */
  #endRun(): void {
    this.#runs--;
    if (this.#isManual && this.#runs === 0 && this.#closing === undefined) this.#isPumped = false;
  }
}

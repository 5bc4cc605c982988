import { intoFuture } from "../adapt/friend.ts";
import type { IntoFuture } from "../adapt/mod.ts";
import { Cell, PROPAGATE, propagating, report, routePanics } from "../core/friend.ts";
import { type Awaitable, type ScheduleInfo, type TaskContext, TaskHandle } from "../core/mod.ts";
import { endBudget, startBudget } from "../internal/coop.ts";
import { Driven } from "./driven.ts";
import { Alive, type Entry, PlainEntry } from "./entry.ts";
import type { ExecutorOptions } from "./options.ts";
import { Panics } from "./panics.ts";
import { Pump } from "./pump.ts";
import type { ReadyQueue } from "./ready_queue.ts";
import type { Spawner } from "./spawner.ts";
import { Tick } from "./tick.ts";

/**
 * What all executors of this package have in common: everything but the order in which they run what is ready. That is
 * the queue's, so that another queue makes another executor.
 *
 * Tasks run by themselves on the event loop, in slices that leave it free for timers and I/O, or, with
 * `pump: "manual"`, when somebody drives them. A task that never lets go would keep everything else waiting, so
 * the futures of this package are pending now and then although they are ready (tokio's cooperative budget).
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
export class Executor implements Spawner, AsyncDisposable {
  // Declared only, and set in the constructor, as in `join.ts`.
  declare private readonly ready: ReadyQueue;
  declare private readonly alive: Alive;
  declare private readonly schedule: (entry: Entry, info: ScheduleInfo) => void;
  declare private readonly pump: Pump;
  declare private readonly panics: Panics;
  /** Whether the event loop runs what is ready; also while it doesn't by itself, but `run` or `close` wait. */
  declare private isPumped: boolean;
  /** How many `run`s wait. */
  declare private runs: number;
  /** Who waits in `tick` for something to run. */
  declare private readonly ticks: Set<Tick>;
  /** Set once the executor is closed: settles when no task is left. */
  declare private closed: Promise<void> | undefined;
  declare private onEmpty: (() => void) | undefined;
  declare private readonly isManual: boolean;

  /**
   * An executor without tasks.
   *
   * @param ready The order in which it runs tasks; for its use alone.
   * @throws {TypeError} If `ready` is no queue, `onPanic` no function, or `pump` none of the two.
   * @throws {RangeError} If `budget` or `maxPolls` is out of range.
   */
  constructor(ready: ReadyQueue, options: ExecutorOptions = {}) {
    const { onPanic = report, pump = "auto", budget = 4, maxPolls = 10_000 } = options;
    if (typeof ready?.push !== "function" || typeof ready.pop !== "function") {
      throw new TypeError("Cannot make an executor: it needs a queue with push and pop");
    }
    checkOptions(onPanic, pump, budget, maxPolls);
    this.ready = ready;
    this.alive = new Alive();
    this.schedule = (entry) => this.push(entry);
    this.pump = new Pump(() => this.slice(), budget, maxPolls);
    this.panics = new Panics(onPanic);
    this.isManual = pump === "manual";
    propagating();
    this.isPumped = !this.isManual;
    this.runs = 0;
    this.ticks = new Set();
    this.closed = undefined;
    this.onEmpty = undefined;
    routePanics(this.schedule, this.panics);
  }

  /** How many tasks there are that have not ended. */
  get size(): number {
    return this.alive.size;
  }

  /** Whether all tasks have ended. `Executor::is_empty` in Rust. */
  get isEmpty(): boolean {
    return this.alive.size === 0;
  }

  /** How many tasks are ready to run. */
  get readyCount(): number {
    return this.ready.size;
  }

  /** Whether it was closed, and takes no more tasks. */
  get isClosed(): boolean {
    return this.closed !== undefined;
  }

  /** The tasks that have not ended, in the order in which they were spawned. */
  tasks(): TaskContext[] {
    return this.alive.contexts();
  }

  /**
   * Makes a task of `body` that runs by itself. `Executor::spawn` of async-executor in Rust.
   *
   * Its panics reach whoever awaits the task; one that nobody awaits goes to `onPanic`. Disposing the task
   * cancels it, detaching lets it go on; a handle that is forgotten does neither.
   *
   * @param body What the task does: a future, a generator (function), an async function, a promise.
   * @param tag Any value to store with the task; `task.tag`, and `currentTag()` inside.
   * @throws {TypeError} If `body` can't be a task, or the executor is closed.
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
  spawn<R, T>(body: IntoFuture<R, T>, tag: T): TaskHandle<R, T>;
  /** The same without a tag. */
  spawn<R>(body: IntoFuture<R, undefined>): TaskHandle<R, undefined>;
  spawn<R, T>(body: IntoFuture<R, T>, tag?: T): TaskHandle<R, T> {
    this.checkOpen();
    const cell = new Cell(intoFuture(body), this.schedule as never, tag, PROPAGATE);
    const task = new TaskHandle<R, T>(cell);
    cell.join = task;
    const entry = this.enter(cell);
    cell.face = entry;
    this.alive.add(entry);
    this.push(entry);
    return task;
  }

  /**
   * Spawns many at once: all of them, or, if one can't be a task, none. `Executor::spawn_many` in Rust.
   *
   * @param bodies What the tasks do.
   * @param tagOf The tag of a task, given its index.
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
  spawnMany<R, T>(bodies: Iterable<IntoFuture<R, T>>, tagOf: (index: number) => T): TaskHandle<R, T>[];
  /** The same without tags. */
  spawnMany<R>(bodies: Iterable<IntoFuture<R, undefined>>): TaskHandle<R, undefined>[];
  spawnMany<R, T>(bodies: Iterable<IntoFuture<R, T>>, tagOf?: (index: number) => T): TaskHandle<R, T>[] {
    this.checkOpen();
    const futures = Array.from(bodies, (body) => intoFuture<R, T>(body));
    const tags = futures.map((_, index) => tagOf?.(index) as T);
    return futures.map((future, index) => this.spawn<R, T>(future, tags[index]));
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
    const entry = this.ready.pop() as Entry | undefined;
    if (entry === undefined) return false;
    const outer = startBudget();
    this.step(entry);
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
    return new Tick(() => this.tryTick(), this.ticks);
  }

  /**
   * Runs tasks until none is ready. `runUntilStalled` of a `LocalPool` in Rust.
   *
   * With tasks that are always ready it doesn't return. Async functions and promises go on in microtasks, and so
   * not before it has returned.
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
    const future = intoFuture(body);
    this.checkOpen();
    this.runs++;
    this.startPump();
    return this.spawn<R>(new Driven(future, () => this.endRun()));
  }

  /**
   * Cancels every task and takes no more. `await using` does the same.
   *
   * @param reason Why. Default: a `CancelledError` for each task.
   * @returns A promise that is fulfilled when all have cleaned up.
   *
   * @example
   * ```ts
   * import { pending } from "@tagged/async-task";
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const executor = new LocalExecutor();
   * const task = executor.spawn(pending());
   * await executor.close(new Error("closing time"));
   * assertEquals(executor.isEmpty, true);
   * await assertRejects(async () => await task, Error, "closing time");
   * ```
   */
  close(reason?: unknown): Promise<void> {
    if (this.closed !== undefined) return this.closed;
    const { promise, resolve } = withResolvers();
    this.closed = promise.then(() => this.panics.lose());
    this.onEmpty = resolve;
    if (this.alive.size === 0) resolve();
    this.startPump();
    for (const { cell } of this.alive.entries()) cell.cancel(reason);
    return this.closed;
  }

  /** Cancels every task, and waits for their clean-up. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @ignore */
  protected enter(cell: Cell): Entry {
    return new PlainEntry(cell, this);
  }

  /** Throws if it takes no more tasks. */
  private checkOpen(): void {
    if (this.closed !== undefined) throw new TypeError("Cannot spawn: the executor is closed");
  }

  /** The schedule function of every task. */
  private push(entry: Entry): void {
    this.ready.push(entry);
    if (this.isPumped) {
      if (!this.pump.isArmed) this.pump.arm();
    } else if (this.ticks.size > 0) this.wakeTick();
  }

  /** One waits the longest; it is woken, and looks for itself. */
  private wakeTick(): void {
    for (const tick of this.ticks) return tick.wake();
  }

  /** What the pump calls: runs tasks; whether there are more. */
  private slice(): boolean {
    const { ready, pump } = this;
    const outer = startBudget();
    for (let entry; this.isPumped && (entry = ready.pop() as Entry | undefined) !== undefined;) {
      startBudget();
      this.step(entry);
      if (pump.isOver()) break;
    }
    endBudget(outer);
    return this.isPumped && ready.size > 0;
  }

  /** Runs a task, as far as it gets. */
  private step(entry: Entry): void {
    const cell = entry.cell;
    try {
      cell.run();
    } catch (error) {
      // Not the task's: its panics are carried. Somebody's who waited for it, and threw when woken.
      report(error);
    }
    if (cell.join === undefined) this.leave(entry);
  }

  /** The task has ended. */
  private leave(entry: Entry): void {
    this.alive.remove(entry);
    if (this.alive.size > 0) return;
    this.onEmpty?.();
    this.panics.loseSoon(() => this.alive.size === 0);
  }

  /** From now on, the event loop runs what is ready. */
  private startPump(): void {
    this.isPumped = true;
    if (this.ready.size > 0 && !this.pump.isArmed) this.pump.arm();
  }

  /** A `run` is over. */
  private endRun(): void {
    this.runs--;
    if (this.isManual && this.runs === 0 && this.closed === undefined) this.isPumped = false;
  }
}

function checkOptions(onPanic: unknown, pump: unknown, budget: number, maxPolls: number): void {
  if (typeof onPanic !== "function") {
    throw new TypeError(`Cannot make an executor: onPanic is ${typeof onPanic}, not a function`);
  }
  if (pump !== "auto" && pump !== "manual") {
    throw new TypeError(`Cannot make an executor: pump is ${JSON.stringify(pump)}, not "auto" or "manual"`);
  }
  if (!(budget >= 0)) throw new RangeError(`Cannot make an executor: budget is ${budget}, not some ms`);
  if (!(maxPolls >= 1)) {
    throw new RangeError(`Cannot make an executor: maxPolls is ${maxPolls}, not 1 or more`);
  }
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((fulfil) => resolve = fulfil);
  return { promise, resolve };
}

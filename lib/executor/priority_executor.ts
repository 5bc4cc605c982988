import type { IntoFuture } from "../adapt/mod.ts";
import { type Cell, cellOf } from "../core/friend.ts";
import type { TaskHandle } from "../core/mod.ts";
import { type Entry, PriorityEntry } from "./entry.ts";
import { Executor } from "./executor.ts";
import type { ExecutorOptions } from "./options.ts";
import type { Spawner } from "./spawner.ts";
import { PriorityQueue } from "./priority_queue.ts";

/**
 * What a {@linkcode PriorityExecutor} can be told besides.
 *
 * @example
 * ```ts
 * import { PriorityExecutor, type PriorityOptions } from "@tagged/async-task/executor";
 *
 * const options: PriorityOptions = { ageing: 16 };
 * new PriorityExecutor(options);
 * ```
 */
export interface PriorityOptions extends ExecutorOptions {
  /**
   * Every how many steps the task runs that has been ready for the longest, whatever its priority. `Infinity`:
   * never, so that low priorities may starve. Default: 64.
   */
  ageing?: number;
}

/**
 * What a single task of a {@linkcode PriorityExecutor} can be told.
 *
 * @example
 * ```ts
 * import { PriorityExecutor, type SpawnOptions } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const urgent: SpawnOptions = { priority: 10 };
 * assertEquals(await new PriorityExecutor().spawn(() => 1, "now", urgent), 1);
 * ```
 */
export interface SpawnOptions {
  /** Any number but `NaN`; higher ones run first. Default: 0. */
  priority?: number;
}

/**
 * Runs tasks on this thread, those of a higher priority first, and first come, first served within one.
 *
 * A priority is any number but `NaN`, 0 by default. No task starves: one that is ready, while `n` others have
 * been ready for longer, runs within the next `ageing * (n + 1)` steps.
 *
 * @example
 * ```ts
 * import { PriorityExecutor } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const executor = new PriorityExecutor();
 * const log: number[] = [];
 * const tasks = [0, -1, 10].map((priority) =>
 *   executor.spawn(() => log.push(priority), "logs its priority", { priority })
 * );
 * await Promise.all(tasks);
 * assertEquals(log, [10, 0, -1]);
 * ```
 */
export class PriorityExecutor extends Executor {
  readonly #queue: PriorityQueue;
  /** Of the task that is being spawned. */
  #priority = 0;

  /**
   * An executor without tasks.
   *
   * @throws {TypeError} If `onPanic` is no function, or `pump` none of the two.
   * @throws {RangeError} If `ageing` is less than 1 or `NaN`, or `budget` or `maxPolls` is out of range.
   */
  constructor(options: PriorityOptions = {}) {
    const { ageing = 64 } = options;
    if (!(ageing >= 1)) throw new RangeError(`Cannot make an executor: ageing is ${ageing}, not 1 or more`);
    const queue = new PriorityQueue(ageing);
    super(queue, options);
    this.#queue = queue;
  }

  /**
   * Makes a task of `body` that runs by itself, as {@linkcode Executor.spawn}.
   *
   * @throws {TypeError} If `body` can't be a task, or the executor is closed.
   * @throws {RangeError} If the priority is `NaN` or no number.
   *
   * @example
   * ```ts
   * import { PriorityExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const executor = new PriorityExecutor();
   * const task = executor.spawn(() => 1, "important", { priority: 5 });
   * assertEquals([executor.priorityOf(task), await task], [5, 1]);
   * ```
   */
  override spawn<R, T>(body: IntoFuture<R, T>, tag: T, options?: SpawnOptions): TaskHandle<R, T>;
  /** The same without a tag. */
  override spawn<R>(body: IntoFuture<R, undefined>): TaskHandle<R, undefined>;
  override spawn<R, T>(body: IntoFuture<R, T>, tag?: T, options: SpawnOptions = {}): TaskHandle<R, T> {
    this.#priority = checkPriority(options.priority ?? 0);
    return super.spawn<R, T>(body, tag as T);
  }

  /**
   * The same executor for tasks of another priority, for a `Scope` or a `limit`.
   *
   * @throws {RangeError} If `priority` is `NaN` or no number.
   *
   * @example
   * ```ts
   * import { limit, PriorityExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const executor = new PriorityExecutor();
   * const background = limit(executor.withPriority(-5), 2);
   * const task = background.spawn(() => 1);
   * assertEquals([executor.priorityOf(task), await task], [-5, 1]);
   * ```
   */
  withPriority(priority: number): Spawner {
    const options = { priority: checkPriority(priority) };
    return { spawn: <R, T>(body: IntoFuture<R, T>, tag?: T) => this.spawn<R, T>(body, tag as T, options) };
  }

  /**
   * Changes the priority of a task, as long as it lives. If it is ready, it is now behind those of its new
   * priority that are ready; for ageing, it has been ready for as long as before.
   *
   * @throws {RangeError} If `priority` is `NaN` or no number.
   * @throws {TypeError} If the task is none of this executor's.
   *
   * @example
   * ```ts
   * import { PriorityExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const executor = new PriorityExecutor({ pump: "manual" });
   * const log: string[] = [];
   * executor.spawn(() => void log.push("one"));
   * const two = executor.spawn(() => void log.push("two"));
   * executor.setPriority(two, 1);
   * executor.runUntilStalled();
   * assertEquals(log, ["two", "one"]);
   * ```
   */
  setPriority(task: TaskHandle<unknown>, priority: number): void {
    this.#queue.reprioritize(this.#entryOf(task, "set the priority"), checkPriority(priority));
  }

  /**
   * The priority of a task.
   *
   * @throws {TypeError} If the task is none of this executor's.
   *
   * @example
   * ```ts
   * import { PriorityExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const executor = new PriorityExecutor();
   * assertEquals(executor.priorityOf(executor.spawn(() => 1)), 0);
   * ```
   */
  priorityOf(task: TaskHandle<unknown>): number {
    return this.#entryOf(task, "tell the priority").priority;
  }

  /** @ignore */
  protected override enter(cell: Cell): Entry {
    return new PriorityEntry(cell, this, this.#priority);
  }

  #entryOf(task: TaskHandle<unknown>, action: string): PriorityEntry {
    const entry = cellOf(task).face;
    if (entry instanceof PriorityEntry && entry.owner === this) return entry;
    throw new TypeError(`Cannot ${action} of task ${task.id}: it is not one of this executor's`);
  }
}

function checkPriority(priority: number): number {
  if (typeof priority === "number" && !Number.isNaN(priority)) return priority;
  throw new RangeError(`Cannot set a priority: ${String(priority)} is none`);
}

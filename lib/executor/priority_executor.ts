/** The executor that knows priorities. */
import type { IntoFuture } from "../adapt/mod.ts";
import { type Cell, cellOf, currentFrame, taskName, taskOf } from "../core/friend.ts";
import type { TaskHandle } from "../core/mod.ts";
import { type Entry, PriorityEntry } from "./entry.ts";
import { Executor } from "./executor.ts";
import { checkSpawnOptions, type ExecutorOptions, type SpawnOptions } from "./options.ts";
import { checkAgeing, checkPriority, PriorityQueue } from "./priority_queue.ts";
import type { Spawner } from "./spawner.ts";
import { reprioritize } from "./turns.ts";

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
   * Every how many steps the task runs that has been ready for the longest, whatever its priority.
   * `Infinity`: never, so that low priorities may starve. Default: 64.
   */
  ageing?: number;
}

/**
 * Runs tasks on this thread, those of a higher priority first, and first come, first served within one.
 *
 * A priority is any number but `NaN`; by default that of the task which spawns it, outside of tasks 0. No
 * task starves: one that is ready, while `n` others have been ready for longer, runs within the next `ageing
 * * (n + 1)` steps.
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
  readonly #queue: PriorityQueue<PriorityEntry>;

  /**
   * An executor without tasks.
   *
   * @throws {TypeError} If `onPanic` is no function, or `pump` none of the two.
   * @throws {RangeError} If `ageing` is less than 1 or `NaN`, or `budget` or `maxPolls` is out of range.
   */
  constructor(options: PriorityOptions = {}) {
    const { ageing = 64 } = options;
    const queue = new PriorityQueue<PriorityEntry>(checkAgeing(ageing, "make an executor"));
    super(queue, options);
    this.#queue = queue;
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
    checkPriority(priority, "set a priority");
    return {
      follow: this.follow,
      spawn: <R, T>(body: IntoFuture<R, T>, tag?: T, options: SpawnOptions = {}) => {
        checkSpawnOptions(options);
        return this.spawn<R, T>(body, tag as T, { ...options, priority: options.priority ?? priority });
      },
    };
  }

  /**
   * Changes the priority of a task, as long as it lives, also where it waits for its turn in a limiter. It is
   * then where it would be if it had had this priority when it became ready, or was spawned.
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
    const entry = this.#entryOf(task, "set the priority");
    this.#queue.reprioritize(entry, checkPriority(priority, "set the priority"));
    reprioritize(entry.cell, priority);
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
  protected override enter(cell: Cell, options: SpawnOptions | undefined): Entry {
    return new PriorityEntry(cell, this, options?.priority ?? this.#inherited());
  }

  /** The priority of the running task, if it is one of this executor's. */
  #inherited(): number {
    const entry = taskOf(currentFrame())?.facade;
    return this.#isOwn(entry) ? entry.priority : 0;
  }

  #isOwn(entry: unknown): entry is PriorityEntry {
    return entry instanceof PriorityEntry && entry.owner === this;
  }

  #entryOf(task: TaskHandle<unknown>, action: string): PriorityEntry {
    const { id, tag, facade } = cellOf(task);
    if (this.#isOwn(facade)) return facade;
    throw new TypeError(`Cannot ${action} of ${taskName(id, tag)}: it is not one of this executor's`);
  }
}

/** Executors that are written in C, driven from the event loop. */
import { intoFuture } from "../adapt/friend.ts";
import type { IntoFuture } from "../adapt/mod.ts";
import { Cell, outside, propagating, report, reportPanic, routePanics } from "../core/friend.ts";
import { type Task, TaskHandle } from "../core/mod.ts";
import { capture } from "../internal/async_context.ts";
import { Inspectable } from "../internal/inspect.ts";
import { macrotask } from "../internal/macrotask.ts";
import { show } from "../internal/show.ts";
import { bigintOf } from "./handles.ts";
import { PropagatingTask } from "./task_functions.ts";
import type { TaskTable } from "./task_table.ts";

/** How many tasks C runs until the clock is looked at. */
const SLICE = 256;

/**
 * A queue of tasks that is written in C, and the loop that runs them: what a {@linkcode ForeignExecutor}
 * drives.
 *
 * @example
 * ```ts
 * import type { ForeignQueue } from "@tagged/async-task/ffi";
 *
 * type Symbols = { executor_push(task: bigint): number; executor_run(limit: number): number };
 *
 * const queueOf = (symbols: Symbols): ForeignQueue => ({
 *   push(task) {
 *     if (symbols.executor_push(task) !== 0) throw new RangeError("Cannot queue a task: no memory left");
 *   },
 *   run: (limit) => symbols.executor_run(limit),
 * });
 * ```
 */
export interface ForeignQueue {
  /**
   * Queues a task, given its handle as Deno passes a `uint64_t`. What it throws reaches whoever scheduled the
   * task, which is not lost.
   */
  push(task: bigint): void;
  /** Runs tasks, `limit` at most; how many are left in the queue. A negative number is an error. */
  run(limit: number): number;
}

/**
 * Runs tasks on an executor that is written in C: hands them to its queue, and has it run them on the event
 * loop, in slices, so that promises, timers and I/O get their turn. Once the table was closed, its queue
 * isn't called any more, and the library may be closed.
 *
 * @example
 * ```ts
 * import { currentTag, yieldNow } from "@tagged/async-task";
 * import { ForeignExecutor, TaskTable } from "@tagged/async-task/ffi";
 * import { assertEquals } from "@std/assert";
 *
 * const table = new TaskTable();
 * const queue: bigint[] = []; // in place of C's
 * const executor = new ForeignExecutor(table, {
 *   push: (task) => queue.push(task),
 *   run(limit) {
 *     while (limit-- > 0 && queue.length > 0) table.fromRaw(queue.shift()!).run();
 *     return queue.length;
 *   },
 * });
 *
 * const handle = executor.spawn(function* () {
 *   yield* yieldNow();
 *   return `I am ${currentTag()}`;
 * }, "seven");
 * assertEquals(await handle, "I am seven");
 * table.free();
 * ```
 */
export class ForeignExecutor extends Inspectable {
  readonly #table: TaskTable;
  readonly #queue: ForeignQueue;
  readonly #budget: number;
  readonly #turn: () => void;
  /** Whether a turn of the event loop is on its way, or there. */
  #isArmed: boolean;
  /** What is said of its tasks' state: panics go to their handles. */
  readonly #bits: number;
  /** The schedule function of its tasks, and for `spawn` of the package root. */
  readonly schedule: <T>(task: Task<T>) => void;

  /**
   * An executor without tasks.
   *
   * @param table Whose functions C was given.
   * @param queue The queue in C.
   * @param options.budget For how long tasks are run until the event loop gets a turn, in ms. Default: 4.
   * @throws {TypeError} If `queue` is none.
   * @throws {RangeError} If `budget` is negative or `NaN`.
   */
  constructor(table: TaskTable, queue: ForeignQueue, { budget = 4 }: { budget?: number } = {}) {
    if (typeof queue?.push !== "function" || typeof queue.run !== "function") {
      throw new TypeError(`Cannot make an executor: it needs a queue with push and run, got ${show(queue)}`);
    }
    if (!(budget >= 0)) {
      throw new RangeError(`Cannot make an executor: budget is ${show(budget)}, expected some ms, 0 or more`);
    }
    super();
    this.#table = table;
    this.#queue = queue;
    this.#budget = budget;
    const drain = (): void => this.#drain();
    const context = capture();
    this.#turn = () => outside(context, drain);
    this.#isArmed = false;
    this.schedule = (task) => this.#push(task);
    this.#bits = propagating();
    routePanics(this.schedule, { lost: table.onPanic ?? reportPanic, unseen: () => {} });
  }

  /**
   * Makes a task of `body`, and has C run it. A panic is an error for C, is told to the table's `onPanic`,
   * and goes to whoever awaits the task.
   *
   * @param body What the task does: a future, a generator (function), an async function, a promise.
   * @param tag Any value to store with the task; C is told of it by `async_task_tag`.
   * @throws {TypeError} If `body` can't be a task, or the table was closed.
   * @throws What the queue's `push` throws.
   */
  spawn<R, T>(body: IntoFuture<R, T>, tag: T): TaskHandle<R, T>;
  /** The same without a tag. */
  spawn<R>(body: IntoFuture<R, undefined>): TaskHandle<R, undefined>;
  spawn<R, T>(body: IntoFuture<R, T>, tag?: T): TaskHandle<R, T> {
    const cell = new Cell(intoFuture<R, T>(body), this.schedule as never, tag, this.#bits);
    const task = new PropagatingTask<T>(cell);
    const handle = new TaskHandle<R, T>(cell);
    cell.connect(task, handle);
    task.schedule();
    return handle;
  }

  /** What `JSON.stringify` makes of it: how many handles C has, and whether the table is closed. */
  override toJSON(): object {
    return { size: this.#table.size, isClosed: this.#table.isClosed };
  }

  /** The schedule function of every task. */
  #push<T>(task: Task<T>): void {
    const raw = this.#table.intoRaw(task);
    try {
      this.#queue.push(bigintOf(raw));
    } catch (error) {
      this.#table.fromRaw(raw);
      throw error;
    }
    if (this.#isArmed) return;
    this.#isArmed = true;
    macrotask(this.#turn);
  }

  /** One turn of the event loop. */
  #drain(): void {
    // The library may be closed as well: a call would end the process.
    if (this.#table.isClosed) return;
    let left = 0;
    try {
      const end = performance.now() + this.#budget;
      do left = this.#queue.run(SLICE); while (left > 0 && performance.now() < end);
      if (!(left >= 0)) throw new Error(`Cannot run tasks: the executor in C returned ${left}`);
    } catch (error) {
      report(error);
      left = 0;
    }
    this.#isArmed = left > 0;
    if (this.#isArmed) macrotask(this.#turn);
  }
}

/** Tables for executors that are written in C: tasks as handles, and what is done with them. */
import { suppress } from "../core/friend.ts";
import type { PanicHook, Task, Waker } from "../core/mod.ts";
import { FunctionTable } from "./function_table.ts";
import { HandleTable, numberOf } from "./handles.ts";
import { functionHeader } from "./header.ts";
import { BATCH, RawWaker, type Target, TaskFunctions } from "./task_functions.ts";

const NAME = "async_task";

const TYPES = `
/* A task that is ready to run, and a waker; 0 is none. Both are used up by what takes them, but for
   async_task_wake, async_task_tag, async_task_tag_utf8 and async_task_waker. What fails returns -1 or 0, and sets
   the last error. */
typedef uint64_t async_task;
typedef uint64_t async_waker;

/* How many tasks async_task_run_batch runs at most, out of the room that async_task_batch gives. */
#define ASYNC_TASK_BATCH ${BATCH}
`;

/**
 * The C header of a {@linkcode TaskTable}: `async_task.h`, the same for every table.
 *
 * @example
 * ```ts
 * import { taskTableHeader } from "@tagged/async-task/ffi";
 * import { assertStringIncludes } from "@std/assert";
 *
 * assertStringIncludes(taskTableHeader(), "int32_t async_task_run(async_task task);");
 * ```
 */
export function taskTableHeader(): string {
  return functionHeader(NAME, new TaskFunctions(new HandleTable("handle")).all(), { before: TYPES });
}

/**
 * What a {@linkcode TaskTable} can be told.
 *
 * @example
 * ```ts
 * import { TaskTable, type TaskTableOptions } from "@tagged/async-task/ffi";
 *
 * const options: TaskTableOptions = {
 *   tag: (tag) => (tag as { priority: number }).priority,
 *   onPanic: (error, id) => console.error(`task ${id}`, error),
 * };
 * new TaskTable(options).free();
 * ```
 */
export interface TaskTableOptions {
  /** What C is told of a tag, as an `int64_t`. Default: the tag, which has to be an integer then. */
  tag?: (tag: unknown) => number | bigint;
  /**
   * Told of every panic of a task that C runs, besides C, which reads it as the last error, and the task's
   * handle: the error, the task's id and its tag. Default: nothing; but a panic of a `ForeignExecutor`'s task
   * that nobody has asked for, and nobody can any more, goes to `reportError`.
   */
  onPanic?: PanicHook;
}

/**
 * What an executor that is written in C needs: the functions that run, schedule, drop and wake tasks and tell
 * their tags, and the handles that stand for tasks in C. `Task::into_raw` and its vtable in Rust.
 *
 * C receives `pointers` through the `async_task_load` of its header, and tasks as the numbers that
 * {@linkcode TaskTable.intoRaw} gives. Such a number is used up by
 *
 * - `async_task_run(task)`, which polls it once: 1 if the task was woken meanwhile, and so was handed over
 *   again; 0 if it wasn't; -1 if it panicked;
 * - `async_task_schedule(task)`, which hands it to its schedule function, and `async_task_drop(task)`: 0, or
 *   -1.
 *
 * These take what `Task.intoRaw()` gives as well. What uses nothing up is `async_task_tag(task)`,
 * `async_task_tag_utf8(task, buffer, length)`, `async_task_waker(task)`, which gives a waker to keep, and
 * `async_task_wake(waker)`; a waker is let go of with `async_task_drop(waker)`. `async_task_run_batch(count)`
 * runs so many tasks that C has put into `async_task_batch()`, and tells how many of them failed: calling
 * JavaScript costs more than running a small task.
 *
 * A number that was used up, or never was one, is an error that C hears of; it does no harm. See {@linkcode
 * FunctionTable} for what holds of all tables, and {@linkcode ForeignExecutor} for what drives a queue of C
 * from the event loop.
 *
 * @example
 * ```ts
 * import { ready, spawn } from "@tagged/async-task";
 * import { TaskTable } from "@tagged/async-task/ffi";
 * import { assertEquals } from "@std/assert";
 *
 * const table = new TaskTable();
 * // lib.symbols.async_task_load(table.pointers)
 * const queue: number[] = []; // is C's
 * const [task, handle] = spawn(ready(1), (task) => queue.push(table.intoRaw(task)), 7);
 * task.schedule();
 * assertEquals(table.size, 1);
 *
 * table.close(); // drops what C has
 * assertEquals((await handle.outcome()).status, "cancelled");
 * table.free();
 * ```
 */
export class TaskTable extends FunctionTable {
  /** @ignore What it was told of panics. */
  readonly onPanic: PanicHook | undefined;
  readonly #handles: HandleTable<Target>;

  /**
   * Makes the functions.
   *
   * @throws {TypeError} If this runtime has no `Deno.UnsafeCallback`.
   * @throws {Deno.errors.NotCapable} Without `--allow-ffi`.
   */
  constructor({ tag, onPanic }: TaskTableOptions = {}) {
    const handles = new HandleTable<Target>("handle");
    super(NAME, new TaskFunctions(handles, tag, onPanic).all(), { before: TYPES, ownName: NAME });
    this.onPanic = onPanic;
    this.#handles = handles;
  }

  /** How many handles C has. */
  get size(): number {
    return this.#handles.size;
  }

  /** The text of the C header: what {@linkcode taskTableHeader} gives. */
  override header(): string {
    return taskTableHeader();
  }

  /**
   * Hands a task to C, as a number: what a schedule function does.
   *
   * @throws {TypeError} If the table was closed.
   * @throws {RangeError} If a million handles are out.
   */
  intoRaw<T>(task: Task<T>): number {
    return this.#insert(task as Task);
  }

  /**
   * Takes a task back that C was not able to take, or gives back.
   *
   * @throws {TypeError} If `raw` is no handle of a task that C has.
   */
  fromRaw<T>(raw: number | bigint): Task<T> {
    const handle = typeof raw === "bigint" ? numberOf(raw) : raw;
    const value = this.#handles.get(handle, "take back");
    if (value instanceof RawWaker) throw new TypeError(`Cannot take back handle ${raw}: it is a waker's`);
    this.#handles.remove(handle, "take back");
    return value as Task<T>;
  }

  /**
   * Hands a waker to C, as a number: for `async_task_wake`, any number of times, and `async_task_drop`.
   *
   * @throws {TypeError} If the table was closed.
   * @throws {RangeError} If a million handles are out.
   */
  wakerIntoRaw(waker: Waker): number {
    return this.#insert(new RawWaker(waker));
  }

  /**
   * Drops every task that C has, as `Task[Symbol.dispose]()` does, and has every function but those of the
   * last error answer with an error.
   *
   * @throws What the tasks' clean-up throws, when all are dropped.
   */
  override close(): void {
    super.close();
    const errors: unknown[] = [];
    for (const value of this.#handles.clear()) {
      try {
        if (!(value instanceof RawWaker)) value[Symbol.dispose]();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors.reduce((first, later) => suppress(later, first));
  }

  /** What `JSON.stringify` makes of it: what that makes of a table, and how many handles C has. */
  override toJSON(): object {
    return { ...super.toJSON(), size: this.size };
  }

  /** A handle for C. */
  #insert(value: Target): number {
    if (this.isClosed) throw new TypeError("Cannot hand anything to C: the table was closed");
    return this.#handles.insert(value);
  }
}

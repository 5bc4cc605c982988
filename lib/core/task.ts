/** The side of a task that an executor holds. */
import type { Cell } from "./cell.ts";
import type { Waker } from "./future.ts";
import { fromRaw, toRaw } from "./raw.ts";
import { LOCAL, RAW } from "./state.ts";
import { jsonOfTask, type TaskView } from "./view.ts";
import { Inspectable } from "../internal/inspect.ts";

/**
 * The side of a task that an executor holds: it runs the future, one poll at a time.
 *
 * A `Task` is what `spawn` returns and what the schedule function receives, each time the same object. It is
 * good for one use: `run()`, `schedule()`, `intoRaw()` or dropping it. After that, it is dead until the task
 * is woken and its schedule function receives it again. `async_task::Task` 3.0 in Rust.
 *
 * @example A queue is an executor
 * ```ts
 * import { spawn, type Task } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const queue: Task<string>[] = [];
 * const [task, handle] = spawn(function* () {
 *   return 1;
 * }, (task) => queue.push(task), "a tag");
 *
 * task.schedule();
 * assertEquals(queue.length, 1);
 * assertEquals(queue.pop()!.run(), false);
 * assertEquals(await handle, 1);
 * ```
 */
export class Task<T = unknown> extends Inspectable {
  readonly #cell: Cell;

  /** @ignore */
  constructor(cell: Cell) {
    super();
    this.#cell = cell;
  }

  /** The id of the task: a number that rises from task to task and is never used again. */
  get id(): number {
    return this.#cell.id;
  }

  /** The tag that was given to `spawn`. */
  get tag(): T {
    return this.#cell.tag as T;
  }

  /**
   * Polls the future once; if the task was cancelled, lets go of it instead. `Task::run` in Rust.
   *
   * @returns Whether the task was woken while it was running, and so was handed to its schedule function
   * again.
   * @throws What the future throws (its panic), and what the schedule function or a waker throws meanwhile.
   * @throws {TypeError} If the task is running, or was not woken since it was run.
   *
   * @example
   * ```ts
   * import { ready, spawn } from "@tagged/async-task";
   * import { assertEquals, assertThrows } from "@std/assert";
   *
   * const [task] = spawn(ready(1), () => {}, "t");
   * assertEquals(task.run(), false);
   * assertThrows(() => task.run(), TypeError, "it has completed");
   * ```
   */
  run(): boolean {
    return this.#cell.run();
  }

  /**
   * Hands the task to its schedule function. `Task::schedule` in Rust.
   *
   * @throws What the schedule function throws; the task can then still be run, woken or cancelled.
   * @throws {TypeError} If the task is running, or was not woken since it was run.
   *
   * @example
   * ```ts
   * import { ready, spawn, type Task } from "@tagged/async-task";
   * import { assertEquals } from "@std/assert";
   *
   * const queue: Task<string>[] = [];
   * const [task] = spawn(ready(1), (task) => queue.push(task), "t");
   * task.schedule();
   * assertEquals(queue, [task]);
   * ```
   */
  schedule(): void {
    this.#cell.schedule();
  }

  /**
   * Cancels the task: its next run lets go of the future instead of polling it. `Task::cancel` in Rust.
   *
   * @throws {TypeError} If the task is running, or was not woken since it was run; cancel through its handle.
   *
   * @example
   * ```ts
   * import { ready, spawn } from "@tagged/async-task";
   * import { assertEquals } from "@std/assert";
   *
   * const [task, handle] = spawn(ready(1), () => {}, "t");
   * task.cancel();
   * task.run();
   * assertEquals(await handle, undefined);
   * ```
   */
  cancel(): void {
    this.#cell.cancelUnrun();
  }

  /**
   * What wakes the task, the same object every time. It may be kept for longer than the task lives.
   *
   * @example
   * ```ts
   * import { pending, spawn, type Task } from "@tagged/async-task";
   * import { assertEquals } from "@std/assert";
   *
   * const queue: Task<string>[] = [];
   * const [task] = spawn(pending(), (task) => queue.push(task), "t");
   * task.run();
   * task.waker().wake();
   * assertEquals(queue, [task]);
   * ```
   */
  waker(): Waker {
    return this.#cell;
  }

  /**
   * Turns the task into a number, to be kept where objects can't be; {@linkcode Task.fromRaw} turns it back.
   * `Task::into_raw` in Rust.
   *
   * @returns A positive safe integer, which fits C's `uint64_t`.
   * @throws {TypeError} If the task is running, or was not woken since it was run.
   * @throws {RangeError} If four million raw handles are out.
   *
   * @example
   * ```ts
   * import { ready, spawn, Task } from "@tagged/async-task";
   * import { assertEquals, assertThrows } from "@std/assert";
   *
   * const [task, handle] = spawn(ready(1), () => {}, "t");
   * const raw = task.intoRaw();
   * assertThrows(() => task.run(), TypeError, "it was turned into a raw handle");
   * Task.fromRaw(raw).run();
   * assertEquals(await handle, 1);
   * ```
   */
  intoRaw(): number {
    const cell = this.#cell;
    cell.claim("make a raw handle of");
    const raw = toRaw("Task", this, (cell.state & LOCAL) !== 0);
    cell.state |= RAW;
    return raw;
  }

  /**
   * Turns a raw handle back into the task. `Task::from_raw` in Rust.
   *
   * @param raw What `intoRaw` has given, or the same as a bigint, as which C gives it back.
   * @throws {TypeError} If `raw` is no handle of a `Task`, was turned back already, or is another thread's.
   *
   * @example
   * ```ts
   * import { ready, spawn, Task } from "@tagged/async-task";
   * import { assertThrows } from "@std/assert";
   *
   * const [task] = spawn(ready(1), () => {}, "t");
   * const raw = task.intoRaw();
   * Task.fromRaw<string>(raw);
   * assertThrows(() => Task.fromRaw(raw), TypeError, "it was taken already");
   * ```
   */
  static fromRaw<T>(raw: number | bigint): Task<T> {
    const task = fromRaw("Task", raw) as Task<T>;
    task.#cell.state &= ~RAW;
    return task;
  }

  /** What `JSON.stringify` makes of it: id, tag and state. */
  override toJSON(): TaskView {
    return jsonOfTask(this.#cell);
  }

  /**
   * Drops the task unrun: cancels it and lets go of its future at once. Does nothing where the task is dead
   * already. `Drop for Task` in Rust.
   *
   * @throws What an asynchronous clean-up throws, and what a waker throws.
   *
   * @example
   * ```ts
   * import { ready, spawn } from "@tagged/async-task";
   * import { assertEquals } from "@std/assert";
   *
   * const [task, handle] = spawn(ready(1), () => {}, "t");
   * task[Symbol.dispose]();
   * assertEquals((await handle.outcome()).status, "cancelled");
   * ```
   */
  [Symbol.dispose](): void {
    this.#cell.drop();
  }
}

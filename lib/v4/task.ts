/** The side of a v4 task that awaits its output. */
import {
  type Cell,
  cellOf,
  CLOSED,
  COMPLETED,
  fromRaw,
  Join,
  jsonOfTask,
  LOCAL,
  RAW_JOIN,
  toRaw,
} from "../core/friend.ts";
import type { Awaitable, Context, Poll, TaskView } from "../core/mod.ts";
import { FallibleTask } from "./fallible_task.ts";
import { claim, isClaimable, missing, noOutput, output, release, take } from "./output.ts";

/**
 * The side of a task that awaits its output.
 *
 * `await task`, and `yield* task` in a generator task, give the output, as often as they are asked. They
 * reject with the cancel reason if the task was cancelled, and with the error if it panicked, which has come
 * out of `run()` as well unless the task was built with `propagatePanic(true)`. Nothing rejects before
 * somebody asks. `poll(cx)` keeps Rust's rules: the last one who polled is woken, and the output is given
 * once.
 *
 * Dropping the task cancels it: `using task` does not wait for its clean-up, `await using task` does. A task
 * that shall go on by itself is detached. `async_task::Task` 4.x in Rust.
 *
 * @example
 * ```ts
 * import { Builder } from "@tagged/async-task/v4";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const build = () => new Builder().metadata("page 7").propagatePanic(true);
 * const [runnable, task] = build().spawn((name) => `${name} loaded`, () => {});
 * runnable.run();
 * assertEquals(await task, "page 7 loaded");
 *
 * const [failing, failed] = build().spawn(() => { throw new Error("boom"); }, () => {});
 * failing.run();
 * await assertRejects(() => failed, Error, "boom");
 * ```
 */
export class Task<R, M = unknown> extends Join<R> {
  /** @ignore */
  constructor(cell: Cell) {
    super(cell);
  }

  /** The id of the task: a number that rises from task to task and is never used again. */
  get id(): number {
    return cellOf(this).id;
  }

  /** The metadata of the task. `Task::metadata` in Rust. */
  get metadata(): M {
    return cellOf(this).tag as M;
  }

  /**
   * Whether the task has an output, was cancelled, or panicked; its clean-up may still be under way.
   * `Task::is_finished` in Rust.
   */
  isFinished(): boolean {
    return (cellOf(this).state & (COMPLETED | CLOSED)) !== 0;
  }

  /**
   * Asks for the output, as in Rust: it is given once. While the task is alive, `PENDING`; `cx.waker` is then
   * woken when it is cancelled or ends, unless someone else polls in the meantime.
   *
   * @throws The error of a panic, every time; the cancel reason.
   * @throws {TypeError} If the output was taken, if `cx.waker` can't be woken, or if the task was dropped or
   * detached.
   *
   * @example
   * ```ts
   * import { PENDING } from "@tagged/async-task";
   * import { spawn } from "@tagged/async-task/v4";
   * import { assertEquals } from "@std/assert";
   *
   * const cx = { waker: { wake() {} } };
   * const [runnable, task] = spawn(() => 1, () => {});
   * assertEquals(task.poll(cx), PENDING);
   * runnable.run();
   * assertEquals(task.poll(cx), 1);
   * ```
   */
  override poll(cx: Context): Poll<R> {
    return take(this, cx, missing) as Poll<R>;
  }

  /**
   * Cancels the task, at once, unless it has completed; the future that is returned ends when the clean-up is
   * over, with the output if it was just too late, else with `undefined`. `Task::cancel` in Rust.
   *
   * @param reason Why: what the task's `signal` is aborted with, and what `await task` rejects with. Default:
   * a {@linkcode CancelledError} with the task's id and metadata.
   * @throws What the schedule function throws; the task is then closed all the same.
   * @throws {TypeError} If the task was dropped or detached.
   *
   * @example
   * ```ts
   * import { type Runnable, spawn } from "@tagged/async-task/v4";
   * import { assertEquals } from "@std/assert";
   *
   * const queue: Runnable[] = [];
   * const [runnable, task] = spawn(function* () {
   *   return 1;
   * }, (runnable) => queue.push(runnable));
   * const cancelled = task.cancel("enough");
   * runnable.run();
   * assertEquals(await cancelled, undefined);
   * ```
   */
  cancel(reason?: unknown): Awaitable<R | undefined> {
    claim(this, "cancel").cancel(reason);
    return new FallibleTask<R, M>(this);
  }

  /**
   * Lets the task go on by itself: nobody will ask for its output. `Task::detach` in Rust.
   *
   * A panic of a detached task comes out of `run()`, or goes to the panic hook if it was built with
   * `propagatePanic(true)`.
   *
   * @throws {TypeError} If the task was dropped or detached before.
   */
  detach(): void {
    claim(this, "detach");
    release(this);
  }

  /**
   * The same task, of which it is no error to be cancelled. `Task::fallible` in Rust.
   *
   * @throws {TypeError} If the task was dropped or detached.
   *
   * @example
   * ```ts
   * import { spawn } from "@tagged/async-task/v4";
   * import { assertEquals } from "@std/assert";
   *
   * const [runnable, task] = spawn(() => 1, () => {});
   * task.cancel();
   * runnable.run();
   * assertEquals(await task.fallible(), undefined);
   * ```
   */
  fallible(): FallibleTask<R, M> {
    claim(this, "join");
    return new FallibleTask<R, M>(this);
  }

  /**
   * Turns the task into a number, to be kept where objects can't be; {@linkcode Task.fromRaw} turns it back.
   * `Task::into_raw` of async-task-ffi in Rust.
   *
   * @returns A positive safe integer, which fits C's `uint64_t`.
   * @throws {TypeError} If the task was dropped or detached, or turned into a raw handle.
   * @throws {RangeError} If four million raw handles are out.
   *
   * @example
   * ```ts
   * import { spawn, Task } from "@tagged/async-task/v4";
   * import { assertEquals } from "@std/assert";
   *
   * const [runnable, task] = spawn(() => 1, () => {});
   * const raw = task.intoRaw();
   * runnable.run();
   * assertEquals(await Task.fromRaw<number>(raw), 1);
   * ```
   */
  intoRaw(): number {
    const cell = claim(this, "make a raw handle of");
    const raw = toRaw("v4 Task", this, (cell.state & LOCAL) !== 0);
    cell.state |= RAW_JOIN;
    return raw;
  }

  /**
   * Turns a raw handle back into the task. `Task::from_raw` of async-task-ffi in Rust.
   *
   * @throws {TypeError} If `raw` is no handle of a `Task`, was turned back already, or is another thread's.
   *
   * @example
   * ```ts
   * import { spawn, Task } from "@tagged/async-task/v4";
   * import { assertThrows } from "@std/assert";
   *
   * const [runnable] = spawn(() => 1, () => {});
   * assertThrows(() => Task.fromRaw(runnable.intoRaw()), TypeError, "it is one of a Runnable");
   * ```
   */
  static fromRaw<R, M = unknown>(raw: number | bigint): Task<R, M> {
    const task = fromRaw("v4 Task", raw) as Task<R, M>;
    cellOf(task).state &= ~RAW_JOIN;
    return task;
  }

  /** What `JSON.stringify` makes of it: id, tag and state. */
  override toJSON(): TaskView {
    return jsonOfTask(cellOf(this));
  }

  // Before `[Symbol.dispose]`: where the runtime has neither symbol (Firefox 140), both methods have the same
  // name, and the last one is it.

  /**
   * Cancels the task, waits for its clean-up, and drops it. Does nothing where `[Symbol.dispose]` doesn't.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!isClaimable(cellOf(this))) return;
    try {
      await this.cancel();
    } finally {
      this[Symbol.dispose]();
    }
  }

  /**
   * What the owner of a task does who is cancelled himself: cancels the task, and waits for its clean-up. So
   * a task that is the body of another one, or that a `timeout` gives up, is not left behind.
   *
   * @throws What the clean-up throws.
   *
   * @example
   * ```ts
   * import { pending } from "@tagged/async-task";
   * import { spawn } from "@tagged/async-task/v4";
   * import { assertEquals } from "@std/assert";
   *
   * const [inner, innerTask] = spawn(pending(), (runnable) => void runnable.run());
   * inner.run();
   * const [outer, outerTask] = spawn(innerTask, (runnable) => void runnable.run());
   * outer.run();
   * outerTask.cancel();
   * assertEquals(innerTask.isFinished(), true);
   * ```
   */
  pollClose(cx: Context): Poll<unknown> {
    const cell = cellOf(this);
    if (!isClaimable(cell)) return;
    cell.cancel(cx.reason);
    return take(this, cx, noOutput);
  }

  /**
   * Drops the task: cancels it, and does not wait for its clean-up. Does nothing where it was dropped or
   * detached before, or is a raw handle. `Drop for Task` in Rust.
   *
   * @throws What the schedule function throws; the task is then closed all the same.
   *
   * @example
   * ```ts
   * import { spawn } from "@tagged/async-task/v4";
   * import { assertThrows } from "@std/assert";
   *
   * const [runnable, task] = spawn(() => 1, () => {});
   * task[Symbol.dispose]();
   * assertThrows(() => task.cancel(), TypeError, "it was dropped or detached");
   * runnable.run();
   * ```
   */
  [Symbol.dispose](): void {
    const cell = cellOf(this);
    if (!isClaimable(cell)) return;
    try {
      cell.cancel(undefined);
    } finally {
      release(this);
    }
  }

  /** @ignore */
  protected override output(): R {
    return output<R>(this);
  }

  /** @ignore */
  protected override check(): void {
    claim(this, "join");
  }
}

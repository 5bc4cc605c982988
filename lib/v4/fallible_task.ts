/** A task of which it is no error to be cancelled. */
import { cellOf, FutureIterator, jsonOfTask, Settled } from "../core/friend.ts";
import { Awaitable, type Context, type Future, type Poll, type TaskView } from "../core/mod.ts";
import { noOutput, outputIfAny, take } from "./output.ts";
import type { Task } from "./task.ts";

/**
 * A {@linkcode Task} of which it is no error to be cancelled: its output, or `undefined`.
 * `async_task::FallibleTask` in Rust.
 *
 * @example
 * ```ts
 * import { type FallibleTask, spawn } from "@tagged/async-task/v4";
 * import { assertEquals } from "@std/assert";
 *
 * const [runnable, task] = spawn(() => 1, () => {});
 * const fallible: FallibleTask<number> = task.fallible();
 * runnable.run();
 * assertEquals(await fallible, 1);
 * ```
 */
export class FallibleTask<R, M = unknown> extends Awaitable<R | undefined> {
  declare private readonly task: Task<R, M>;
  /** What those who await are told by; made for the first of them. */
  declare private end: Settled<R | undefined> | undefined;
  /** @ignore */
  constructor(task: Task<R, M>) {
    super();
    this.task = task;
    this.end = undefined;
  }

  /** The id of the task: a number that rises from task to task and is never used again. */
  get id(): number {
    return this.task.id;
  }

  /** The metadata of the task. */
  get metadata(): M {
    return this.task.metadata;
  }

  /** Whether the task has an output, was cancelled, or panicked. `FallibleTask::is_finished` in Rust. */
  isFinished(): boolean {
    return this.task.isFinished();
  }

  /** Asks for the output, as {@linkcode Task.poll}; `undefined` if there is none to be had (any more). */
  override poll(cx: Context): Poll<R | undefined> {
    return take(this.task, cx, noOutput) as Poll<R | undefined>;
  }

  /** Cancels the task, as {@linkcode Task.cancel}. `FallibleTask::cancel` in Rust. */
  cancel(reason?: unknown): Awaitable<R | undefined> {
    return this.task.cancel(reason);
  }

  /** Lets the task go on by itself, as {@linkcode Task.detach}. `FallibleTask::detach` in Rust. */
  detach(): void {
    this.task.detach();
  }

  /** What `JSON.stringify` makes of it: id, tag and state. */
  override toJSON(): TaskView {
    return jsonOfTask(cellOf(this.task));
  }

  // Before `[Symbol.dispose]`, as in `task.ts`.

  /** Cancels the task, waits for its clean-up, and drops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.task[Symbol.asyncDispose]();
  }

  /** Drops the task, as `Task`'s: cancels it. */
  [Symbol.dispose](): void {
    this.task[Symbol.dispose]();
  }

  /** What `yield*` calls: everybody who waits watches the end. */
  override [Symbol.iterator](): Iterator<Future<unknown>, R | undefined, unknown> {
    return new FutureIterator<R | undefined>(new Settled(this.task, outputIfAny<R>));
  }

  /** @ignore */
  protected override beginAwait(driver: Context): Poll<R | undefined> {
    this.end = new Settled(this.task, outputIfAny<R>);
    return this.end.poll(driver);
  }

  /** @ignore */
  protected override finishAwait(driver: Context): Poll<R | undefined> {
    return this.end!.poll(driver);
  }

  /** @ignore */
  protected override leaveAwait(): void {
    this.end![Symbol.dispose]();
  }
}

/** The executor that is there without being made. */
import type { IntoFuture } from "../adapt/mod.ts";
import type { TaskHandle } from "../core/mod.ts";
import { LocalExecutor } from "./local_executor.ts";
import type { SpawnOptions } from "./options.ts";

let executor: LocalExecutor | undefined;

/**
 * Makes a task of `body` that runs by itself, on a `LocalExecutor` which all who call this on a thread share.
 * It is never closed. `tokio::spawn` in Rust.
 *
 * A program that wants to wait for its tasks, or to cancel them, has an executor or a `Scope` of its own.
 *
 * @param body What the task does: a future, a generator (function), an async function, a promise.
 * @param tag Any value to store with the task; `task.tag`, and `currentTag()` inside.
 * @param options What ends it early, its delay, and its name.
 * @throws {TypeError} If `body` can't be a task, or an option is of the wrong kind.
 * @throws {RangeError} If a time is `NaN`.
 *
 * @example
 * ```ts
 * import { spawn } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const task = spawn(async ({ tag }) => `hello from ${tag}`, "task 1");
 * assertEquals(await task, "hello from task 1");
 * ```
 */
export function spawn<R, T>(body: IntoFuture<R, T>, tag: T, options?: SpawnOptions): TaskHandle<R, T>;
/** The same without a tag. */
export function spawn<R>(body: IntoFuture<R, undefined>): TaskHandle<R, undefined>;
export function spawn<R, T>(body: IntoFuture<R, T>, tag?: T, options?: SpawnOptions): TaskHandle<R, T> {
  executor ??= new LocalExecutor({ name: "default" });
  return executor.spawn<R, T>(body, tag as T, options);
}

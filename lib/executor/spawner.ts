/** What tasks are spawned on. */
import type { IntoFuture } from "../adapt/mod.ts";
import type { TaskHandle } from "../core/mod.ts";
import type { SpawnOptions } from "./options.ts";

/**
 * What takes bodies and makes tasks of them that run by themselves: an executor, a limiter, a scope. All that
 * a `Scope` needs.
 *
 * @example
 * ```ts
 * import { limit, LocalExecutor, type Spawner } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const answer = (spawner: Spawner) => spawner.spawn(() => 42, "answer");
 * const executor = new LocalExecutor();
 * assertEquals(await answer(executor), 42);
 * assertEquals(await answer(limit(executor, 2)), 42);
 * ```
 */
export interface Spawner {
  /** Whether async bodies are followed across their awaits, where a spawn does not say. Default: `true`. */
  readonly follow?: boolean;
  /**
   * Makes a task of `body` that runs by itself. Its panics reach whoever awaits it.
   *
   * @param body What the task does: a future, a generator (function), an async function, a promise.
   * @param tag Any value to store with the task; `task.tag`, and `currentTag()` inside.
   * @param options What ends it early, its priority, and its name.
   * @throws {TypeError} If `body` can't be a task, or the executor is closed.
   */
  spawn<R, T>(body: IntoFuture<R, T>, tag: T, options?: SpawnOptions): TaskHandle<R, T>;
  /** The same without a tag. */
  spawn<R>(body: IntoFuture<R, undefined>): TaskHandle<R, undefined>;
}

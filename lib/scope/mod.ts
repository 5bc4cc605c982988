/**
 * Structured concurrency: groups of tasks, and of futures, that leave nothing behind.
 *
 * @example
 * ```ts
 * import { LocalExecutor } from "@tagged/async-task/executor";
 * import { Scope } from "@tagged/async-task/scope";
 * import { assertEquals } from "@std/assert";
 *
 * const results: number[] = [];
 * {
 *   await using scope = new Scope(new LocalExecutor());
 *   for (const n of [1, 2, 3]) scope.spawn(async () => void results.push(n * n));
 * }
 * assertEquals(results, [1, 4, 9]);
 * ```
 *
 * @module
 */
export type { Waitable } from "./child.ts";
export * from "./combinators.ts";
export type { Finished, KeyedOptions, ScopeOptions } from "./options.ts";
export type { Outcomes } from "./outcomes.ts";
export { Scope, type ScopeView } from "./scope.ts";
export type { IntoFuture, TaskGenerator } from "../adapt/mod.ts";
export {
  Awaitable,
  type Context,
  type Future,
  type Inspectable,
  type Outcome,
  PENDING,
  type Poll,
  type TaskContext,
  type TaskHandle,
  type TaskState,
  type TaskView,
  type Wait,
  WAITS,
  type Waker,
} from "../core/mod.ts";
export type { CloseOptions, Spawner, SpawnOptions } from "../executor/mod.ts";
export { type Clock, type ClockEntry, currentDeadline, type Deadline } from "../time/mod.ts";

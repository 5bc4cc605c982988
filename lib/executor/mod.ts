/**
 * Executors: what runs tasks, so that nobody has to write the queue.
 *
 * @example
 * ```ts
 * import { LocalExecutor } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const executor = new LocalExecutor();
 * const tasks = executor.spawnMany([1, 2, 3].map((n) => async () => n * n));
 * assertEquals(await Promise.all(tasks), [1, 4, 9]);
 * ```
 *
 * @module
 */
export * from "./block_on.ts";
export * from "./deadlock_error.ts";
export * from "./executor.ts";
export type { ExecutorView } from "./executor_view.ts";
export * from "./limit.ts";
export { Limiter, type LimiterOptions, type LimiterView } from "./limiter.ts";
export * from "./local_executor.ts";
export type { CloseOptions, ExecutorOptions, SpawnOptions } from "./options.ts";
export { type ConcurrentMap, mapConcurrent, type MapFunction, type MapOptions } from "./map_concurrent.ts";
export * from "./priority_executor.ts";
export type { Rate } from "./rate.ts";
export type { ReadyQueue, ReadyTask } from "./ready_queue.ts";
export * from "./spawn.ts";
export * from "./spawner.ts";
export type { IntoFuture, TaskGenerator } from "../adapt/mod.ts";
export {
  Awaitable,
  type Context,
  type Future,
  type Inspectable,
  type PanicHook,
  PENDING,
  type Poll,
  TaskContext,
  TaskHandle,
  type TaskState,
  type TaskView,
  type Wait,
  WAITS,
  type Waker,
} from "../core/mod.ts";

/**
 * The newer facade of a task, that of async-task 4.x, with the data and raw handles of async-task-ffi.
 *
 * @example
 * ```ts
 * import { Builder, type Runnable } from "@tagged/async-task/v4";
 * import { assertEquals } from "@std/assert";
 *
 * const queue: Runnable<string>[] = [];
 * const [runnable, task] = new Builder()
 *   .metadata("answer")
 *   .propagatePanic(true)
 *   .spawn((name) => `${name}: 42`, (runnable) => queue.push(runnable));
 *
 * runnable.schedule();
 * queue.pop()!.run();
 * assertEquals(await task, "answer: 42");
 * ```
 *
 * @module
 */
export * from "./builder.ts";
export * from "./fallible_task.ts";
export * from "./runnable.ts";
export {
  type Schedule,
  spawn,
  spawnLocal,
  spawnLocalWith,
  spawnUnchecked,
  spawnUncheckedWith,
  spawnWith,
} from "./spawn.ts";
export * from "./task.ts";
export {
  Awaitable,
  CancelledError,
  type Context,
  currentTag,
  currentTask,
  type Future,
  type Inspectable,
  type Join,
  type PanicHook,
  PENDING,
  type Poll,
  type ScheduleInfo,
  setPanicHook,
  type TaskContext,
  TaskLocal,
  type TaskLocalConstructor,
  type TaskLocalOptions,
  type TaskState,
  type TaskView,
  type Wait,
  WAITS,
  type Waker,
} from "../core/mod.ts";
export {
  awaitable,
  fromPromise,
  type IntoFuture,
  pending,
  pollFn,
  ready,
  type TaskGenerator,
  uncancellable,
  yieldNow,
} from "../adapt/mod.ts";

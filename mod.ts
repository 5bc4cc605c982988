/**
 * Tagged tasks.
 *
 * @module
 */
export {
  type Awaitable,
  CancelledError,
  type Context,
  currentTag,
  currentTask,
  type Future,
  type Join,
  type JoinHandle,
  observe,
  type Observer,
  type Outcome,
  PENDING,
  type Poll,
  type ScheduleInfo,
  Task,
  type TaskContext,
  TaskLocal,
  type TaskLocalOptions,
  type Waker,
  wakerFn,
  wakerFn as waker_fn,
} from "./lib/core/mod.ts";
export {
  fromPromise,
  type IntoFuture,
  pending,
  pollFn,
  ready,
  spawn,
  spawnLocal,
  type TaskGenerator,
  yieldNow,
} from "./lib/adapt/mod.ts";

/**
 * Tasks: the state machine, the root's facades of it, and what is around them. Users' door; `friend.ts` is
 * the other.
 */
export { Awaitable } from "./awaitable.ts";
export type { Inspectable } from "../internal/inspect.ts";
export { currentTag, currentTask, TaskContext } from "./context.ts";
export { CancelledError } from "./errors.ts";
export { type Context, type Future, PENDING, type Poll, type Wait, WAITS, type Waker } from "./future.ts";
export { type Join, type Outcome } from "./join.ts";
export { JoinHandle } from "./join_handle.ts";
export { observe, type Observer } from "./observe.ts";
export { type PanicHook, setPanicHook } from "./panic_hook.ts";
export type { ScheduleInfo } from "./schedule.ts";
export { Task } from "./task.ts";
export { TaskHandle } from "./task_handle.ts";
export { TaskLocal, type TaskLocalConstructor, type TaskLocalOptions } from "./task_local.ts";
export type { TaskState, TaskView } from "./view.ts";
export { wakerFn } from "./waker.ts";

/** The state machine of a task, the root's faces of it, and what is around them. */
export * from "./awaitable.ts";
export * from "./carry.ts";
export { Cell, type Schedule } from "./cell.ts";
export * from "./context.ts";
export * from "./errors.ts";
export * from "./frame.ts";
export * from "./future.ts";
export * from "./join.ts";
export * from "./join_handle.ts";
export * from "./observe.ts";
export * from "./panic_hook.ts";
export * from "./raw.ts";
export * from "./schedule.ts";
export { CLOSED, COMPLETED, HANDLE, LOCAL, PANICKED, PROPAGATE, RAW, RAW_JOIN, SEEN } from "./state.ts";
export * from "./task.ts";
export * from "./task_local.ts";
export * from "./wake_all.ts";
export * from "./waker.ts";

/** The state machine of a task, the root's faces of it, and what is around them. */
export * from "./awaitable.ts";
export * from "./cell.ts";
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
export * as state from "./state.ts";
export * from "./task.ts";
export * from "./task_local.ts";
export * from "./wake_all.ts";
export * from "./waker.ts";

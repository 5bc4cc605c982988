/** What a task can be made of, as futures, and `spawn`, which takes any of it. */
export * from "./body.ts";
export * from "./from_promise.ts";
export * from "./into_future.ts";
export * from "./pending.ts";
export * from "./poll_fn.ts";
export * from "./promise_future.ts";
export * from "./ready.ts";
export * from "./shared.ts";
export * from "./spawn.ts";
export * from "./yield_now.ts";

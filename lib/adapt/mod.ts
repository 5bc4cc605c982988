/** What a task can be made of, and `spawn`, which takes any of it. Users' door; `friend.ts` is the other. */
export type { IntoFuture, TaskGenerator } from "./body.ts";
export { fromPromise } from "./from_promise.ts";
export { pending } from "./pending.ts";
export { pollFn } from "./poll_fn.ts";
export { ready } from "./ready.ts";
export { spawn, spawnLocal } from "./spawn.ts";
export { yieldNow } from "./yield_now.ts";

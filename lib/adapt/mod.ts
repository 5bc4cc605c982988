/** What a task can be made of, and `spawn`, which takes any of it. Users' door; `friend.ts` is the other. */
export type { IntoFuture, TaskGenerator } from "./body.ts";
export { awaitable } from "./adapted.ts";
export { fromPromise } from "./from_promise.ts";
export type { CallContext } from "./owned_call.ts";
export { pending } from "./pending.ts";
export { pollFn, type PollFnOptions } from "./poll_fn.ts";
export { ready } from "./ready.ts";
export { spawn, spawnLocal } from "./spawn.ts";
export { uncancellable } from "./uncancellable.ts";
export { withTag } from "./with_tag.ts";
export { yieldNow } from "./yield_now.ts";

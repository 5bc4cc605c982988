/** What other parts may use of bodies, and users may not. */
export { intoFuture } from "./into_future.ts";
export { PromiseFuture } from "./promise_future.ts";

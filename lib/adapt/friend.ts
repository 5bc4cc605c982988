/** What other parts may use of bodies, and users may not. */
export { asBody } from "./async_body.ts";
export { isBecauseOf } from "./because.ts";
export { intoFuture } from "./into_future.ts";
export { closeReason, isLost, owned, see } from "./owned.ts";
export { OwnedCall } from "./owned_call.ts";
export { PromiseFuture } from "./promise_future.ts";

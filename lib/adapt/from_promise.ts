/** Promises, and async functions, as futures. */
import type { Awaitable } from "../core/mod.ts";
import { Adapted } from "./adapted.ts";
import { show } from "../internal/show.ts";
import { type CallContext, OwnedCall } from "./owned_call.ts";
import { PromiseFuture } from "./promise_future.ts";

/**
 * A future for the output of a promise, or of an async function: how a generator task waits for one. A
 * rejection is thrown where the future is waited for.
 *
 * A *promise* stays its owner's. It is listened to while somebody waits, so that a rejection that nobody ever
 * waits for is reported by the runtime, as without this function; what a promise comes to that is waited for
 * no more is ignored, as by `Promise.race`.
 *
 * A *function* is called when it is first waited for, and is this future's: it is followed across its awaits
 * (`currentTag()` answers there). When the wait is given up, its signal is aborted, its awaits of futures of
 * this package throw the reason, and its end is waited for; what it throws is thrown then, unless that is the
 * reason.
 *
 * @param promise A promise, or a function that returns one (or a future, or a generator).
 * @throws {TypeError} If it is neither a promise nor a function.
 *
 * @example
 * ```ts
 * import { fromPromise, spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const [task, handle] = spawn(function* () {
 *   const data = yield* fromPromise(crypto.subtle.digest("SHA-1", new Uint8Array()));
 *   return data.byteLength;
 * }, (task) => void task.run(), "t");
 * task.run();
 * assertEquals(await handle, 20);
 * ```
 *
 * @example An async helper that knows whose it is, and can be cancelled
 * ```ts
 * import { currentTag, fromPromise, spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * async function load(signal: AbortSignal): Promise<string> {
 *   await null; // fetch(url, { signal }), say
 *   return `page ${currentTag()}, ${signal.aborted ? "too late" : "in time"}`;
 * }
 * const [task, handle] = spawn(function* () {
 *   return yield* fromPromise(({ signal }) => load(signal));
 * }, (task) => void task.run(), 7);
 * task.run();
 * assertEquals(await handle, "page 7, in time");
 * ```
 */
export function fromPromise<R>(
  promise: PromiseLike<R> | ((context: CallContext) => PromiseLike<R>),
): Awaitable<R> {
  if (typeof promise === "function") return new Adapted<R>(new OwnedCall<R>(promise, false));
  if (typeof promise?.then === "function") return new Adapted<R>(new PromiseFuture<R>(promise));
  throw new TypeError(`Cannot make a future: expected a promise or a function, got ${show(promise)}`);
}

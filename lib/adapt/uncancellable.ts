/** Critical sections. */
import type { Awaitable, Future } from "../core/mod.ts";
import { Adapted } from "./adapted.ts";
import type { TaskGenerator } from "./body.ts";
import { type CallContext, OwnedCall } from "./owned_call.ts";

/**
 * A shield: once begun, `body` goes on to its end, also if the task is cancelled that waits for it. The
 * cancellation is delivered when it has ended, where it was waited for.
 *
 * So what must not be cut in two is not: a transfer, or clean-up that an error has begun. JavaScript can't
 * see that a generator or an async function is in its `finally`; a wait there is interrupted by a
 * cancellation that comes later, unless it is shielded. And the reason takes the place of an error that is
 * under way there, as any error does that is thrown in a `finally`: an error that must not be lost goes
 * through the shield.
 *
 * ```ts ignore
 * try {
 *   await work();
 * } catch (error) {
 *   await uncancellable(async () => {
 *     await cleanUp();
 *     throw error;
 *   });
 * }
 * ```
 *
 * @param body What goes on to its end: an async function or a generator function, which is called when this
 * is first waited for, a generator, a future or a promise. A promise is waited for to its end, but what it is
 * of has begun outside, where its own awaits are interrupted: give `() => save()`, not `save()`.
 * @returns A future: its output is that of `body`.
 * @throws What `body` throws.
 *
 * @example
 * ```ts
 * import { uncancellable } from "@tagged/async-task";
 * import { LocalExecutor } from "@tagged/async-task/executor";
 * import { sleep } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const log: string[] = [];
 * const task = new LocalExecutor().spawn(async () => {
 *   try {
 *     log.push("work");
 *     await sleep(60_000);
 *   } finally {
 *     await uncancellable(async () => {
 *       await sleep(1);
 *       log.push("cleaned up");
 *     });
 *   }
 * });
 * await sleep(1);
 * await task.cancel();
 * assertEquals(log, ["work", "cleaned up"]);
 * ```
 */
export function uncancellable<R>(
  body:
    | Future<R>
    | TaskGenerator<R>
    | PromiseLike<R>
    | ((context: CallContext) => Future<R> | TaskGenerator<R> | PromiseLike<R> | R),
): Awaitable<R> {
  return new Adapted<R>(new OwnedCall<R>(typeof body === "function" ? body : () => body, true));
}

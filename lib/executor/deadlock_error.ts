/** What a thread throws that would wait for ever. */
import { taskName } from "../core/friend.ts";

/**
 * A wait that can never end: `blockOn` has run everything that was ready, and nothing can wake what is left.
 * An async function or a promise is such a thing, too: it can't go on while its thread is blocked.
 *
 * @example
 * ```ts
 * import { pending } from "@tagged/async-task";
 * import { blockOn, DeadlockError, LocalExecutor } from "@tagged/async-task/executor";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const executor = new LocalExecutor();
 * const stuck = executor.spawn(pending(), "stuck");
 * const error = assertThrows(() => blockOn(stuck, { executor }), DeadlockError);
 * assertEquals(error.tasks, [{ id: stuck.id, tag: "stuck" }]);
 * ```
 */
export class DeadlockError extends Error {
  /** The tasks of the executor that have not ended. */
  readonly tasks: readonly { readonly id: number; readonly tag: unknown }[];

  /** Makes the error that names these tasks. */
  constructor(tasks: readonly { readonly id: number; readonly tag: unknown }[]) {
    const names = tasks.map(({ id, tag }) => taskName(id, tag));
    super(`Cannot go on: nothing can wake ${["the future", ...names].join(", ")}`);
    this.name = "DeadlockError";
    this.tasks = tasks;
  }
}

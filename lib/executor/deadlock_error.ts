/** What a thread throws that would wait for ever. */
import { taskName } from "../core/friend.ts";
import { showWait, type Wait } from "../internal/waits.ts";

/**
 * A task that nothing can wake any more.
 *
 * @example
 * ```ts
 * import { unbounded } from "@tagged/async-task/channel";
 * import { blockOn, DeadlockError, LocalExecutor, type StuckTask } from "@tagged/async-task/executor";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const executor = new LocalExecutor();
 * const [_tx, rx] = unbounded<number>();
 * const reader = executor.spawn(function* () {
 *   return yield* rx.recv();
 * }, "reader");
 * const [stuck]: readonly StuckTask[] = assertThrows(() => blockOn(reader, { executor }), DeadlockError).tasks;
 * assertEquals({ tag: stuck.tag, kind: stuck.waitsFor?.kind }, { tag: "reader", kind: "receive" });
 * ```
 */
export interface StuckTask {
  /** The id of the task. */
  readonly id: number;
  /** The tag that was given to `spawn`. */
  readonly tag: unknown;
  /** What it waits for, as far as that is known. */
  readonly waitsFor?: Wait;
}

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
  readonly tasks: readonly StuckTask[];

  /** Makes the error that names these tasks. */
  constructor(tasks: readonly StuckTask[]) {
    const names = tasks.map(({ id, tag, waitsFor }) =>
      taskName(id, tag) + (waitsFor === undefined ? "" : `, which waits for ${showWait(waitsFor)}`)
    );
    super(`Cannot go on: nothing can wake ${["the future", ...names].join(", ")}`);
    this.name = "DeadlockError";
    this.tasks = tasks;
  }
}

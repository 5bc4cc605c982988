/** A tag for everything behind a call. */
import { Cell, checkFunction, propagating } from "../core/friend.ts";
import { type TaskContext, TaskHandle } from "../core/mod.ts";
import { intoFuture } from "./into_future.ts";

/** The schedule function: whoever wakes the task runs it. */
const runAtOnce = (cell: Cell): void => void cell.run();

/**
 * Calls `fn` right here, as a task of its own with this tag: so everything behind it, across its awaits,
 * finds the tag with `currentTag()`, and can be told apart by observers. For programs that are no executors:
 * a middleware that is handed a `next`, an event handler, a main function.
 *
 * @param tag Any value: a request id, say.
 * @param fn Called at once, with the context of the task; its end is the end of the task.
 * @returns The task: `await` gives what `fn` returns or resolves to, or throws what it throws.
 * @throws {TypeError} If `fn` is no function.
 *
 * @example Request ids in the logs of an existing program
 * ```ts
 * import { currentTag, withTag } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const log = (text: string) => lines.push(`[${currentTag()}] ${text}`);
 *
 * async function handler() { // knows nothing of request ids
 *   log("begins");
 *   await new Promise((resolve) => setTimeout(resolve, 1));
 *   log("ends");
 * }
 * // app.use((context, next) => withTag(context.req.header("x-request-id"), next)), in Hono
 * await Promise.all([withTag("a", handler), withTag("b", handler)]);
 * assertEquals(lines.sort(), ["[a] begins", "[a] ends", "[b] begins", "[b] ends"]);
 * ```
 */
export function withTag<R, T>(
  tag: T,
  fn: (context: TaskContext<T>) => R | PromiseLike<R>,
): TaskHandle<R, T> {
  const body = intoFuture<R, T>(checkFunction(fn, "call with a tag"));
  const cell = new Cell(body, runAtOnce as never, tag, propagating());
  const handle = new TaskHandle<R, T>(cell);
  cell.connect(cell, handle);
  cell.run();
  return handle;
}

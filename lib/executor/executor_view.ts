/** Executors in views of them. */
import { jsonOfTask } from "../core/friend.ts";
import type { TaskView } from "../core/mod.ts";
import type { Alive } from "./entry.ts";
import type { Executor } from "./executor.ts";

/** How many tasks a view of an executor shows. */
const TASKS_IN_VIEW = 10;

/**
 * An executor in `console.log` and in JSON.
 *
 * @example
 * ```ts
 * import { type ExecutorView, LocalExecutor } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const executor = new LocalExecutor({ name: "pages" });
 * const { id } = executor.spawn(() => 1, "page 7");
 * const view: ExecutorView = executor.toJSON();
 * assertEquals(view, {
 *   name: "pages",
 *   size: 1,
 *   ready: 1,
 *   isClosed: false,
 *   tasks: [{ id, tag: "page 7", state: "scheduled" }],
 * });
 * ```
 */
export interface ExecutorView {
  /** What it is called, where it has a name. */
  readonly name?: string;
  /** How many tasks have not ended. */
  readonly size: number;
  /** How many of them are ready to run. */
  readonly ready: number;
  /** Whether it takes nothing from outside any more. */
  readonly isClosed: boolean;
  /** The first ten of them. */
  readonly tasks: readonly TaskView[];
}

/** What an executor shows of itself. */
export function viewOf({ name, size, readyCount, isClosed }: Executor, alive: Alive): ExecutorView {
  const tasks = alive.entries(TASKS_IN_VIEW).map(({ cell }) => jsonOfTask(cell));
  return { ...(name === undefined ? undefined : { name }), size, ready: readyCount, isClosed, tasks };
}

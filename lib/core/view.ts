/** Tasks as `console.log` and `JSON.stringify` show them: who it is, and how far it has got. */
import type { Cell } from "./cell.ts";
import { showWait } from "../internal/waits.ts";
import { jsonOf } from "../internal/inspect.ts";
import { CANCELLED, CLOSED, COMPLETED, isEnded, PANICKED, RUNNING, SCHEDULED } from "./state.ts";

/**
 * How far a task has got, in a word: `"scheduled"`, it is in a queue or in the hands of an executor;
 * `"running"`; `"waiting"`, for a wake-up; `"cancelling"`, its clean-up is still to come, or under way; and
 * how it ended.
 *
 * @example
 * ```ts
 * import { ready, spawn, type TaskState } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const [task, handle] = spawn(ready(1), () => {}, "t");
 * const before: TaskState = handle.toJSON().state;
 * task.run();
 * assertEquals({ before, after: handle.toJSON().state }, { before: "scheduled", after: "completed" });
 * ```
 */
export type TaskState =
  | "scheduled"
  | "running"
  | "waiting"
  | "cancelling"
  | "completed"
  | "cancelled"
  | "panicked";

/**
 * A task in `console.log` and in JSON.
 *
 * @example
 * ```ts
 * import { ready, spawn, type TaskView } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const [, handle] = spawn(ready(1), () => {}, "page 7");
 * const view: TaskView = handle.toJSON();
 * assertEquals(view, { id: handle.id, tag: "page 7", state: "scheduled" });
 * ```
 */
export interface TaskView {
  /** The id of the task. */
  readonly id: number;
  /** What it is called, where it has a name. */
  readonly name?: string;
  /** Its tag (in `./v4`: its metadata); in JSON, what JSON doesn't know is shown as text. */
  readonly tag?: unknown;
  /** How far it has got. */
  readonly state: TaskState;
  /** What it waits for: `"receive"`, `"sleep until 120 ms"`, `"join of task 7"`. */
  readonly waitsFor?: string;
}

/** How far the task has got. */
export function taskState({ state }: Cell): TaskState {
  if (isEnded(state)) {
    if ((state & PANICKED) !== 0) return "panicked";
    return (state & CANCELLED) !== 0 ? "cancelled" : "completed";
  }
  if ((state & (COMPLETED | CLOSED)) !== 0) return "cancelling";
  if ((state & RUNNING) !== 0) return "running";
  return (state & SCHEDULED) !== 0 ? "scheduled" : "waiting";
}

/** What `JSON.stringify` makes of the task. */
export function jsonOfTask(cell: Cell): TaskView {
  const { id, tag } = cell;
  const name = cell.context?.name;
  const wait = cell.waitsFor();
  return {
    id,
    ...(name === undefined ? undefined : { name }),
    ...(tag === undefined ? undefined : { tag: jsonOf(tag) }),
    state: taskState(cell),
    ...(wait === undefined ? undefined : { waitsFor: showWait(wait) }),
  };
}

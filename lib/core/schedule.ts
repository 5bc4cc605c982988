/** What a schedule function is, and learns. */
import { checkFunction } from "./errors.ts";

/**
 * What a schedule function learns about why it is called. `async_task::ScheduleInfo` in Rust.
 *
 * @example
 * ```ts
 * import { type ScheduleInfo, spawn, yieldNow } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const seen: ScheduleInfo[] = [];
 * const [task] = spawn(yieldNow(), (_task, info) => void seen.push(info), "t");
 * task.run();
 * assertEquals(seen, [{ wokenWhileRunning: true }]);
 * ```
 */
export interface ScheduleInfo {
  /** Whether the task was woken while it was running, as by `yieldNow()`: others may deserve to go first. */
  readonly wokenWhileRunning: boolean;
}

/** Returns `schedule` if it can be called. */
export function checkSchedule<F>(schedule: F): F {
  return checkFunction(schedule, "spawn", "a schedule function such as (task) => queue.push(task)");
}

/** What other parts may use of threads, and users may not. */
import type { TaskHandle } from "./owner/task_handle.ts";
import { workOf } from "./owner/task_handle.ts";
import { deliver } from "../internal/park.ts";

/** Takes in what is done, and gives the job to a thread now, if there is one for it. */
export function send(handle: TaskHandle<unknown>): void {
  deliver();
  workOf(handle).home.flush();
}

/**
 * Tells a job that it is cancelled; one with `startCancelled` begins all the same, though it is in the queue
 * yet.
 */
export function raise(handle: TaskHandle<unknown>): void {
  workOf(handle).raise(undefined);
}

/** A thread for every job that is under way. */
import type { Job } from "../wire/job.ts";
import { type JobOptions, NO_OPTIONS } from "./job_options.ts";
import { TaskHandle } from "./task_handle.ts";

/**
 * Runs a job on a thread that does nothing else meanwhile, so that jobs may wait for each other: as many at a
 * time as
 * 512. A thread that is idle is used again; another is started when none is, one at a time, so that many quick jobs
 * need few. `ffi_helpers::Task::spawn` in Rust, `tokio::task::spawn_blocking`.
 *
 * @param job What `defineTask` returns.
 * @param args Its arguments, but for the token.
 * @throws {TypeError} If `job` is none.
 *
 * @example
 * ```ts ignore
 * import { spawnBlocking } from "@tagged/async-task/thread";
 * import { countPrimes } from "../../../examples/jobs.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const handle = spawnBlocking(countPrimes, [0, 1000], { tag: "counter" });
 * assertEquals(handle.wait(), 168);
 * ```
 */
export function spawnBlocking<Args extends readonly unknown[], R, T = undefined>(
  job: Job<Args, R>,
  args: Args,
  options: JobOptions<T> = NO_OPTIONS,
): TaskHandle<R, T> {
  return TaskHandle.spawn(job, args, options);
}

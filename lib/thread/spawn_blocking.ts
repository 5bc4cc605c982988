import type { Job } from "./job.ts";
import type { JobOptions, TaskHandle } from "./task_handle.ts";
import { ThreadPool } from "./thread_pool.ts";

/** A thread for every job that is under way; those that are idle are used again. */
let threads: ThreadPool | undefined;

/**
 * Runs a job on a thread that does nothing else meanwhile, so that jobs may wait for each other.
 * `ffi_helpers::Task::spawn` in Rust, `tokio::task::spawn_blocking` without a limit.
 *
 * @param job What `defineTask` returns.
 * @param args Its arguments, but for the token.
 * @throws {TypeError} If `job` is none.
 *
 * @example
 * ```ts ignore
 * import { spawnBlocking } from "@tagged/async-task/thread";
 * import { countPrimes } from "../../examples/jobs.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const handle = spawnBlocking(countPrimes, [0, 1000], { tag: "counter" });
 * assertEquals(handle.wait(), 168);
 * ```
 */
export function spawnBlocking<Args extends readonly unknown[], R, T = undefined>(
  job: Job<Args, R>,
  args: Args,
  options: JobOptions<T> = {},
): TaskHandle<R, T> {
  threads ??= new ThreadPool({ maxThreads: Infinity });
  return threads.spawn(job, args, options);
}

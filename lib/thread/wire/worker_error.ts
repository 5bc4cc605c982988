/**
 * A job's thread has failed, and the job with it: it could not be started, or loaded, it was terminated, or
 * it ended by itself.
 *
 * @example
 * ```ts
 * import { defineTask, ThreadPool, WorkerError } from "@tagged/async-task/thread";
 * import { assertRejects } from "@std/assert";
 *
 * const missing = defineTask("data:text/javascript,", "missing", () => {});
 * await using pool = new ThreadPool({ maxThreads: 1 });
 * await assertRejects(async () => await pool.spawn(missing, []), WorkerError, "has no task missing");
 * ```
 */
export class WorkerError extends Error {
  /** Makes the error; `options.cause` is what the thread threw, where that is known. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "WorkerError";
  }
}

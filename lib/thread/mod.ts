/**
 * Jobs on other threads: functions that run in Workers, and can be polled, waited for, cancelled and
 * terminated from here.
 *
 * A job is found by the URL of its module, so an application that is bundled keeps its jobs apart from what
 * it does by itself: as a second entry point of the same build (esbuild: `--bundle --format=esm --splitting
 * main.ts jobs.ts`; minified, too), or as a bundle of their own that they are told the URL of, with
 * `defineTask(new URL("./jobs.js", import.meta.url), …)`. A thread imports the file that a job was defined
 * in, and finds in it the code of threads and the job by its name, whatever the bundler calls its export. In
 * one file with its jobs, an application would run in each thread once more; jobs that it starts there while
 * it is loaded are errors.
 *
 * @module
 */
export { defineTask } from "./define_task.ts";
export { type Calls, owner, progress } from "./in_job.ts";
export {
  type ChannelEnd,
  openReceiver,
  openSender,
  type ReceiverEnd,
  type SenderEnd,
  sharedChannel,
} from "./channel/shared_channel.ts";
export { type PostedWaker, SharedWaker } from "./channel/shared_waker.ts";
export type { JobOptions } from "./owner/job_options.ts";
export type { Exposed, ThreadPoolOptions } from "./owner/pool_options.ts";
export { spawnBlocking } from "./owner/spawn_blocking.ts";
export type { Durations, PoolStatistics } from "./owner/statistics.ts";
export type { JobStream, Streamed } from "./owner/stream.ts";
export { type JobPoll, TaskHandle } from "./owner/task_handle.ts";
export { ThreadPool } from "./owner/thread_pool.ts";
export { CancellationToken, type PostedToken } from "./wire/cancellation_token.ts";
export type { Job } from "./wire/job.ts";
export { transfer, type Transferred, transferred } from "./wire/transferred.ts";
export { WorkerError } from "./wire/worker_error.ts";

/**
 * Jobs on other threads: functions that run in Workers, and can be polled, waited for, cancelled and terminated
 * from here.
 *
 * A job is found by the URL of its module, so an application that is bundled keeps its jobs apart from what it does
 * by itself: as a second entry point of the same build (esbuild: `--bundle --format=esm --splitting main.ts jobs.ts`;
 * minified, too), or as a bundle of their own that they are told the URL of, with
 * `defineTask(new URL("./jobs.js", import.meta.url), …)`. A thread imports the file that a job was defined in, and
 * finds in it the code of threads and the job by its name, whatever the bundler calls its export. In one file with its
 * jobs, an application would run in each thread once more; jobs that it starts there while it is loaded are errors.
 *
 * @module
 */
export { CancellationToken, type PostedToken } from "./cancellation_token.ts";
export type { Job, Transferred } from "./job.ts";
export { defineTask, transferred } from "./job.ts";
export * from "./spawn_blocking.ts";
export type { JobOptions, JobPoll } from "./task_handle.ts";
export { TaskHandle } from "./task_handle.ts";
export * from "./shared_channel.ts";
export * from "./shared_waker.ts";
export * from "./thread_pool.ts";
export * from "./worker_error.ts";

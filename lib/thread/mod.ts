/**
 * Jobs on other threads: functions that run in Workers, and can be polled, waited for, cancelled and terminated
 * from here.
 *
 * @module
 */
export * from "./cancellation_token.ts";
export * from "./cancelled.ts";
export type { Job, Transferred } from "./job.ts";
export { defineTask, transferred } from "./job.ts";
export * from "./spawn_blocking.ts";
export type { JobOptions, JobPoll } from "./task_handle.ts";
export { TaskHandle } from "./task_handle.ts";
export * from "./shared_channel.ts";
export * from "./shared_waker.ts";
export * from "./thread_pool.ts";
export * from "./worker_error.ts";

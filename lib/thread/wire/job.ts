/** What a job is, and what says that some of a value is moved and not copied. */
import type { CancellationToken } from "./cancellation_token.ts";
import type { Transferred } from "./transferred.ts";

/**
 * A function that can be run on another thread, found there by the URL of its module and its name.
 *
 * @example
 * ```ts
 * import { defineTask, type Job } from "@tagged/async-task/thread";
 * import { assertEquals } from "@std/assert";
 *
 * const job: Job<[number, number], number> = defineTask(import.meta.url, "add", (_token, a, b) => a + b);
 * assertEquals(job.name, "add");
 * ```
 */
export interface Job<Args extends readonly unknown[], R> {
  /** The URL of the module that exports it. */
  readonly url: string;
  /** The name under which the module exports it. */
  readonly name: string;
  /** The function. */
  readonly run: (token: CancellationToken, ...args: Args) => R | PromiseLike<R> | Transferred<R>;
}

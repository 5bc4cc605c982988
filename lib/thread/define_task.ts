/** Makes jobs. */
import { checkFunction } from "../core/friend.ts";
import type { CancellationToken } from "./wire/cancellation_token.ts";
import type { Job } from "./wire/job.ts";
import { keyOf, threadContext } from "./wire/thread_context.ts";
import type { Transferred } from "./wire/transferred.ts";
import { startWorker } from "./worker/worker_main.ts";

/**
 * Makes a function one that can be run on another thread. The module must export the result under `name`, and
 * is loaded once more in each thread; its top level runs there, too.
 *
 * @param url The module's own URL: `import.meta.url`. If it is bundled both with the application and on its
 * own, that of its own bundle.
 * @param name The name under which the module exports the result.
 * @param run The function. It is given a token that says whether it is cancelled, and then its arguments,
 * which are copied by structured clone, as its result is.
 * @throws {TypeError} If `url` is none, `name` is empty, or `run` is no function.
 *
 * @example
 * ```ts
 * import { defineTask } from "@tagged/async-task/thread";
 * import { assertEquals } from "@std/assert";
 *
 * // In a module of its own, whose top level does nothing else:
 * export const count = defineTask(import.meta.url, "count", (token, to: number) => {
 *   let n = 0;
 *   while (n < to && !token.cancelled) n++;
 *   return n;
 * });
 * assertEquals(count.name, "count");
 * ```
 */
export function defineTask<Args extends unknown[], R>(
  url: string | URL,
  name: string,
  run: (token: CancellationToken, ...args: Args) => R | PromiseLike<R> | Transferred<R>,
): Job<Args, R> {
  if (typeof name !== "string" || name === "") {
    throw new TypeError("Cannot define a task: it needs the name under which its module exports it");
  }
  checkFunction(run, `define task ${name}`);
  const job = { url: absolute(url, name), name, run };
  defined(job);
  return job;
}

function absolute(url: string | URL, name: string): string {
  try {
    return new URL(url).href;
  } catch (cause) {
    throw new TypeError(`Cannot define task ${name}: expected the URL of its module`, { cause });
  }
}

/**
 * In a thread, the job can be found by its name, also where a bundler has given another one to the export.
 */
function defined(job: Job<never, unknown>): void {
  const thread = threadContext();
  if (thread === undefined) return;
  thread.start ??= startWorker;
  const key = keyOf(job);
  thread.defined.set(key, thread.defined.has(key) ? undefined : job);
}

import { checkFunction } from "../core/friend.ts";
import type { CancellationToken } from "./cancellation_token.ts";
import { here, keyOf } from "./here.ts";
import { startWorker } from "./worker_main.ts";

/** The same in every copy of this module: a job's module may have been given another one than its thread. */
const BRAND = Symbol.for("async-task.transferred");

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

/** A result with what of it is transferred, not copied. Made by {@linkcode transferred}. */
export interface Transferred<R> {
  /** The result. */
  readonly value: R;
  /** What is transferred. */
  readonly transfer: Transferable[];
}

/**
 * The result of a job, of which some is transferred to the owner's thread, and not copied.
 *
 * @param transfer The buffers, ports and so on; they can't be used in the job's thread any more.
 *
 * @example
 * ```ts
 * import { transferred } from "@tagged/async-task/thread";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new Uint8Array(1000);
 * assertEquals(transferred(bytes, [bytes.buffer]).transfer.length, 1);
 * ```
 */
export function transferred<R>(value: R, transfer: Transferable[]): Transferred<R> {
  return { [BRAND]: true, value, transfer } as Transferred<R>;
}

/** Whether a job has returned `transferred(…)`. */
export function isTransferred(value: unknown): value is Transferred<unknown> {
  return typeof value === "object" && value !== null && BRAND in value;
}

/**
 * Makes a function one that can be run on another thread. The module must export the result under `name`, and is
 * loaded once more in each thread; its top level runs there, too.
 *
 * @param url The module's own URL: `import.meta.url`. If it is bundled both with the application and on its own,
 * that of its own bundle.
 * @param name The name under which the module exports the result.
 * @param run The function. It is given a token that says whether it is cancelled, and then its arguments, which
 * are copied by structured clone, as its result is.
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

/** In a thread, the job can be found by its name, also where a bundler has given another one to the export. */
function defined(job: Job<never, unknown>): void {
  const thread = here();
  if (thread === undefined) return;
  thread.start ??= startWorker;
  const key = keyOf(job);
  thread.defined.set(key, thread.defined.has(key) ? undefined : job);
}

/** What a job can do besides its work: tell how far it is, and call whoever has spawned it. */
import { threadContext } from "./wire/thread_context.ts";
import type { Exposed } from "./owner/pool_options.ts";

/**
 * Tells how far the running job is, to the `onProgress` that it was spawned with. What can't be posted is
 * refused.
 *
 * @throws {TypeError} If no job is running.
 *
 * @example
 * ```ts
 * import { progress, ThreadPool } from "@tagged/async-task/thread";
 * import { countTo } from "../../examples/jobs.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const seen: unknown[] = [];
 * await using pool = new ThreadPool({ maxThreads: 1 });
 * await pool.spawn(countTo, [3], { onProgress: (n) => seen.push(n) });
 * assertEquals(seen, [1, 2, 3]);
 * assertThrows(() => progress(1), TypeError, "no job is running"); // not here
 * ```
 */
export function progress(value: unknown): void {
  const { owner } = threadContext() ?? {};
  if (owner === undefined) throw new TypeError("Cannot tell progress: no job is running");
  owner.progress(value);
}

/** The functions that a pool exposes, as a job sees them: each gives a promise. */
export type Calls<E extends Exposed> = {
  readonly [Name in keyof E]: (...args: Parameters<E[Name]>) => Promise<Awaited<ReturnType<E[Name]>>>;
};

/**
 * The functions that the pool of the running job exposes. Their arguments and results are copied; what they
 * throw comes back. While the owner's thread is blocked, a function that waits itself does not come to its
 * end.
 *
 * @throws {TypeError} If no job is running. A function that the pool does not have is a promise that rejects
 * with one.
 *
 * @example
 * ```ts
 * import { owner, ThreadPool } from "@tagged/async-task/thread";
 * import { ask } from "../../examples/jobs.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const expose = { twice: (n: number) => 2 * n };
 * await using pool = new ThreadPool({ maxThreads: 1, expose });
 * // The job: async (_token, n: number) => await owner<typeof expose>().twice(n)
 * assertEquals(await pool.spawn(ask, [21]), 42);
 * ```
 */
export function owner<E extends Exposed>(): Calls<E> {
  const { owner } = threadContext() ?? {};
  if (owner === undefined) throw new TypeError("Cannot call the owner: no job is running");
  return new Proxy({}, {
    get: (_target, name) =>
      typeof name === "string" && name !== "then"
        ? (...args: unknown[]) => owner.call(name, args)
        : undefined,
  }) as Calls<E>;
}

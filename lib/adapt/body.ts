/** What a task can be made of. */
import type { Future, TaskContext } from "../core/mod.ts";

/**
 * A generator that can be a task: what it yields is a future, which `yield*` does for it.
 *
 * @example
 * ```ts
 * import { ready, spawn, type TaskGenerator } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * function* add(a: number, b: number): TaskGenerator<number> {
 *   return (yield* ready(a)) + (yield* ready(b));
 * }
 * const [task, handle] = spawn(add(1, 2), () => {}, "t");
 * task.run();
 * assertEquals(await handle, 3);
 * ```
 */
export type TaskGenerator<R> = Generator<Future<unknown>, R, unknown>;

/**
 * What a task can be made of, with output `R`, in a task with tag `T`: `IntoFuture<Output = R>` in Rust.
 *
 * - a {@linkcode Future}: polled;
 * - a generator, or a generator function: stepped synchronously. Cancelled, its `finally` blocks run, and may
 *   themselves wait; one that was never started runs nothing;
 * - an async function: called at the first poll. Cancelled, its `signal` is aborted, and the end waits until
 *   its promise has settled: a value is then dropped, an error other than the reason (or an `AbortError`
 *   caused by it) is a panic;
 * - a promise: its end wakes the task. Cancelled, the task lets go of it at once;
 * - a function that returns any of these, or a plain value.
 *
 * Declare generator functions once, at the top level, and spawn calls of them (`spawn(work(7), …)`): an
 * engine spends about a microsecond on the first generator of every new function object.
 *
 * @example
 * ```ts
 * import { type IntoFuture, ready, spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const bodies: IntoFuture<number>[] = [ready(1), async () => 1, function* () { return 1; }, () => 1];
 * for (const body of bodies) {
 *   const [task, handle] = spawn(body, (task) => void task.run(), "t");
 *   task.run();
 *   assertEquals(await handle, 1);
 * }
 * ```
 */
export type IntoFuture<R, T = unknown> =
  | Future<R>
  | TaskGenerator<R>
  | PromiseLike<R>
  | ((context: TaskContext<T>) => Future<R> | TaskGenerator<R> | PromiseLike<R> | R);

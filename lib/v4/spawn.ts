/** How v4 tasks are made, with and without data. */
import { intoFuture } from "../adapt/friend.ts";
import type { IntoFuture } from "../adapt/mod.ts";
import { Cell, checkSchedule, LOCAL } from "../core/friend.ts";
import type { Future, ScheduleInfo } from "../core/mod.ts";
import { Runnable } from "./runnable.ts";
import { Task } from "./task.ts";

/**
 * Called synchronously whenever a task is to be run, by whoever woke it; usually pushes it onto a queue. If
 * it throws, the error reaches whoever woke, ran or cancelled the task, and the task is not lost.
 * `async_task::Schedule` and `WithInfo` in Rust.
 *
 * @example
 * ```ts
 * import { type Runnable, type Schedule, spawn } from "@tagged/async-task/v4";
 * import { assertEquals } from "@std/assert";
 *
 * const soon: Runnable[] = [];
 * const later: Runnable[] = [];
 * const schedule: Schedule = (runnable, info) => (info.wokenWhileRunning ? later : soon).push(runnable);
 * spawn(() => 1, schedule)[0].schedule();
 * assertEquals([soon.length, later.length], [1, 0]);
 * ```
 */
export type Schedule<M = undefined> = (runnable: Runnable<M>, info: ScheduleInfo) => void;

/** Makes both sides of a task; `bits` are those of its state that are chosen at spawn. */
export function make<R, M>(
  future: Future<R>,
  schedule: Schedule<M>,
  metadata: M,
  bits: number,
): [Runnable<M>, Task<R, M>] {
  const cell = new Cell(future, checkSchedule(schedule), metadata, bits);
  const runnable = new Runnable<M>(cell);
  const task = new Task<R, M>(cell);
  cell.connect(runnable, task);
  return [runnable, task];
}

/**
 * Makes a task of `body`, which runs when its `Runnable` is run, or scheduled and then run by the executor
 * that `schedule` hands it to. `async_task::spawn` 4.x in Rust.
 *
 * @param body What the task does: a future, a generator, an async function, … (see `IntoFuture`).
 * @throws {TypeError} If `body` can't be a task, or `schedule` is no function.
 *
 * @example
 * ```ts
 * import { spawn } from "@tagged/async-task/v4";
 * import { assertEquals } from "@std/assert";
 *
 * const [runnable, task] = spawn(function* () {
 *   return 1;
 * }, () => {});
 * runnable.run();
 * assertEquals(await task, 1);
 * ```
 */
export function spawn<R>(
  body: IntoFuture<R, undefined>,
  schedule: Schedule,
): [Runnable<undefined>, Task<R, undefined>] {
  return make(intoFuture(body), schedule, undefined, 0);
}

/**
 * Like {@linkcode spawn}, for what can't leave its thread: taking a raw handle of the task in another Worker
 * says so. `async_task::spawn_local` 4.x in Rust.
 *
 * @throws {TypeError} If `body` can't be a task, or `schedule` is no function.
 *
 * @example
 * ```ts
 * import { spawnLocal } from "@tagged/async-task/v4";
 * import { assertEquals } from "@std/assert";
 *
 * const [runnable, task] = spawnLocal(() => 1, () => {});
 * runnable.run();
 * assertEquals(await task, 1);
 * ```
 */
export function spawnLocal<R>(
  body: IntoFuture<R, undefined>,
  schedule: Schedule,
): [Runnable<undefined>, Task<R, undefined>] {
  return make(intoFuture(body), schedule, undefined, LOCAL);
}

/**
 * The same as {@linkcode spawn}: what Rust leaves unchecked here, JavaScript can't get wrong.
 * `async_task::spawn_unchecked` 4.x in Rust.
 *
 * @throws {TypeError} If `body` can't be a task, or `schedule` is no function.
 *
 * @example
 * ```ts
 * import { spawnUnchecked } from "@tagged/async-task/v4";
 * import { assertEquals } from "@std/assert";
 *
 * const [runnable, task] = spawnUnchecked(() => 1, () => {});
 * runnable.run();
 * assertEquals(await task, 1);
 * ```
 */
export function spawnUnchecked<R>(
  body: IntoFuture<R, undefined>,
  schedule: Schedule,
): [Runnable<undefined>, Task<R, undefined>] {
  return spawn(body, schedule);
}

/**
 * Like {@linkcode spawn}, with data stored in the task: its metadata. `spawn_with` of async-task-ffi in Rust.
 *
 * @throws {TypeError} If `body` can't be a task, or `schedule` is no function.
 *
 * @example
 * ```ts
 * import { spawnWith } from "@tagged/async-task/v4";
 * import { assertEquals } from "@std/assert";
 *
 * const [runnable, task] = spawnWith(({ tag }) => tag.runs, (runnable) => runnable.data.runs++, { runs: 0 });
 * runnable.schedule();
 * runnable.run();
 * assertEquals(await task, 1);
 * ```
 */
export function spawnWith<R, M>(
  body: IntoFuture<R, M>,
  schedule: Schedule<M>,
  data: M,
): [Runnable<M>, Task<R, M>] {
  return make(intoFuture(body), schedule, data, 0);
}

/**
 * Like {@linkcode spawnLocal}, with data stored in the task. `spawn_local_with` of async-task-ffi in Rust.
 *
 * @throws {TypeError} If `body` can't be a task, or `schedule` is no function.
 *
 * @example
 * ```ts
 * import { spawnLocalWith } from "@tagged/async-task/v4";
 * import { assertEquals } from "@std/assert";
 *
 * const [runnable] = spawnLocalWith(() => 1, () => {}, "data");
 * assertEquals(runnable.data, "data");
 * ```
 */
export function spawnLocalWith<R, M>(
  body: IntoFuture<R, M>,
  schedule: Schedule<M>,
  data: M,
): [Runnable<M>, Task<R, M>] {
  return make(intoFuture(body), schedule, data, LOCAL);
}

/**
 * The same as {@linkcode spawnWith}. `spawn_unchecked_with` of async-task-ffi in Rust.
 *
 * @throws {TypeError} If `body` can't be a task, or `schedule` is no function.
 *
 * @example
 * ```ts
 * import { spawnUncheckedWith } from "@tagged/async-task/v4";
 * import { assertEquals } from "@std/assert";
 *
 * const [runnable] = spawnUncheckedWith(() => 1, () => {}, "data");
 * assertEquals(runnable.data, "data");
 * ```
 */
export function spawnUncheckedWith<R, M>(
  body: IntoFuture<R, M>,
  schedule: Schedule<M>,
  data: M,
): [Runnable<M>, Task<R, M>] {
  return spawnWith(body, schedule, data);
}

/** How tasks of the root are made. */
import { Cell, checkSchedule, LOCAL } from "../core/friend.ts";
import { JoinHandle, type ScheduleInfo, Task } from "../core/mod.ts";
import type { IntoFuture } from "./body.ts";
import { intoFuture } from "./into_future.ts";

/**
 * Makes a task of `body`, and hands nothing to anybody: the task runs when its `Task` is run, or scheduled
 * and then run by the executor that `schedule` hands it to. `async_task::spawn` 3.0 in Rust.
 *
 * @param body What the task does: see {@linkcode IntoFuture}.
 * @param schedule Called synchronously whenever the task is to be run, by whoever woke it, with the `Task`
 * and why. It usually pushes the task onto a queue. If it throws, the error reaches whoever woke, ran or
 * cancelled the task, and the task is not lost: an open one can be woken or cancelled again, a cancelled one
 * is closed.
 * @param tag Any value to store with the task: an id for tracing, or task-local storage.
 * @returns The side that runs the task, and the side that awaits its output.
 * @throws {TypeError} If `body` can't be a task, or `schedule` is no function.
 *
 * @example
 * ```ts
 * import { currentTag, spawn, type Task } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const queue: Task<{ id: number }>[] = [];
 * const [task, handle] = spawn(
 *   async () => {
 *     await new Promise((resolve) => setTimeout(resolve, 1));
 *     return `task ${currentTag<{ id: number }>()!.id}`;
 *   },
 *   (task) => queue.push(task),
 *   { id: 7 },
 * );
 *
 * task.schedule();
 * queue.shift()!.run(); // runs up to the first await
 * await new Promise((resolve) => setTimeout(resolve, 10));
 * queue.shift()!.run(); // was woken by the promise
 * assertEquals(await handle, "task 7");
 * ```
 */
export function spawn<R, T>(
  body: IntoFuture<R, T>,
  schedule: (task: Task<T>, info: ScheduleInfo) => void,
  tag: T,
): [Task<T>, JoinHandle<R, T>];
/** The same without a tag. */
export function spawn<R>(
  body: IntoFuture<R, undefined>,
  schedule: (task: Task<undefined>, info: ScheduleInfo) => void,
): [Task<undefined>, JoinHandle<R, undefined>];
export function spawn<R, T>(
  body: IntoFuture<R, T>,
  schedule: (task: Task<T>, info: ScheduleInfo) => void,
  tag?: T,
): [Task<T>, JoinHandle<R, T>] {
  return make(body, schedule, tag, 0);
}

/**
 * Like {@linkcode spawn}, for what can't leave its thread. As JavaScript objects never do, the difference is
 * in raw handles: taking the one of a local task in another Worker says so. `async_task::spawn_local` 3.0 in
 * Rust.
 *
 * @throws {TypeError} If `body` can't be a task, or `schedule` is no function.
 *
 * @example
 * ```ts
 * import { ready, spawnLocal } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const [task, handle] = spawnLocal(ready(1), () => {}, "t");
 * task.run();
 * assertEquals(await handle, 1);
 * ```
 */
export function spawnLocal<R, T>(
  body: IntoFuture<R, T>,
  schedule: (task: Task<T>, info: ScheduleInfo) => void,
  tag: T,
): [Task<T>, JoinHandle<R, T>];
/** The same without a tag. */
export function spawnLocal<R>(
  body: IntoFuture<R, undefined>,
  schedule: (task: Task<undefined>, info: ScheduleInfo) => void,
): [Task<undefined>, JoinHandle<R, undefined>];
export function spawnLocal<R, T>(
  body: IntoFuture<R, T>,
  schedule: (task: Task<T>, info: ScheduleInfo) => void,
  tag?: T,
): [Task<T>, JoinHandle<R, T>] {
  return make(body, schedule, tag, LOCAL);
}

function make<R, T>(
  body: IntoFuture<R, T>,
  schedule: (task: Task<T>, info: ScheduleInfo) => void,
  tag: T | undefined,
  bits: number,
): [Task<T>, JoinHandle<R, T>] {
  const cell = new Cell(intoFuture(body), checkSchedule(schedule), tag, bits);
  const task = new Task<T>(cell);
  const handle = new JoinHandle<R, T>(cell);
  cell.connect(task, handle);
  return [task, handle];
}

/**
 * The task abstraction of Rust's async-task: a future with a tag, run by the executor that you write.
 *
 * A *task* is a body (a future, a generator, an async function, a promise) plus its state, its schedule
 * function and a tag. Nothing runs until an executor, which is a queue of tasks and a loop, runs it.
 *
 * ```ts
 * import { currentTag, spawn, type Task, type TaskGenerator, yieldNow } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const queue: Task<string>[] = [];
 * const schedule = (task: Task<string>) => queue.push(task);
 * const log: string[] = [];
 *
 * function* sum(to: number): TaskGenerator<number> {
 *   let total = 0;
 *   for (let i = 1; i <= to; i++) {
 *     total += i;
 *     log.push(`${currentTag()} adds ${i}`);
 *     yield* yieldNow(); // the others may go on
 *   }
 *   return total;
 * }
 *
 * const [red, redSum] = spawn(sum(2), schedule, "red");
 * const [blue, blueSum] = spawn(sum(1), schedule, "blue");
 * red.schedule();
 * blue.schedule();
 * assertEquals(log, []);
 *
 * for (const task of queue) task.run(); // those that are queued meanwhile, too
 * assertEquals(log, ["red adds 1", "blue adds 1", "red adds 2"]);
 * assertEquals([await redSum, await blueSum], [3, 1]);
 * ```
 *
 * ## Schedule, run, wake
 *
 * {@linkcode spawn} returns two sides. The {@linkcode Task} is for the executor: `run()` polls the body once.
 * A body that can't go on keeps its {@linkcode Waker}, and the task is in nobody's queue until it is woken:
 * then the schedule function receives it again.
 *
 * ```ts
 * import { PENDING, pollFn, spawn, type Task, type Waker } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * let waker: Waker | undefined;
 * let isOpen = false;
 * const gate = pollFn((cx) => {
 *   if (isOpen) return "through";
 *   waker = cx.waker;
 *   return PENDING;
 * });
 *
 * const queue: Task<string>[] = [];
 * const [task, handle] = spawn(gate, (task) => queue.push(task), "visitor");
 * task.run();
 * assertEquals(queue.length, 0);
 *
 * isOpen = true;
 * waker!.wake();
 * queue.shift()!.run();
 * assertEquals(await handle, "through");
 * ```
 *
 * ## Join, cancel
 *
 * The {@linkcode JoinHandle} is for whoever waits: `await` it, `yield*` it in a generator task, or `poll` it.
 * It gives the output, or `undefined` if the task was cancelled or panicked (its body threw); `outcome()` says
 * which. `cancel(reason)` has the executor let go of the body; clean-up may wait, and the handle waits for it.
 *
 * ```ts
 * import { pending, spawn, type Task, yieldNow } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * let isClean = false;
 * function* visit() {
 *   try {
 *     yield* pending(); // stays for ever
 *   } finally {
 *     yield* yieldNow();
 *     isClean = true;
 *   }
 * }
 *
 * const queue: Task<string>[] = [];
 * const [task, handle] = spawn(visit(), (task) => queue.push(task), "guest");
 * task.run();
 * handle.cancel("it is late");
 * for (const task of queue) task.run(); // those that are queued meanwhile, too
 * assertEquals(await handle.outcome(), { status: "cancelled", reason: "it is late" });
 * assertEquals(isClean, true);
 * ```
 *
 * ## Bodies and the running task
 *
 * {@linkcode IntoFuture} lists what a task can be made of, and what cancelling does to each. An async function
 * wakes its task when the event loop gets to it, so its executor starts a loop whenever a task is scheduled.
 * Inside, {@linkcode currentTag}, {@linkcode currentTask} and {@linkcode TaskLocal} answer, also after an await.
 *
 * ```ts
 * import { currentTag, spawn, type Task } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const queue: Task<number>[] = [];
 * function schedule(task: Task<number>) {
 *   if (queue.push(task) === 1) queueMicrotask(drain);
 * }
 * function drain() {
 *   for (const task of queue) task.run();
 *   queue.length = 0;
 * }
 *
 * const [task, handle] = spawn(
 *   async () => {
 *     await new Promise((resolve) => setTimeout(resolve, 1));
 *     return `page ${currentTag()}`;
 *   },
 *   schedule,
 *   7,
 * );
 * task.schedule();
 * assertEquals(await handle, "page 7");
 * ```
 *
 * The README goes through all of this step by step, and lists the differences from Rust.
 *
 * @module
 */
export {
  Awaitable,
  CancelledError,
  type Context,
  currentTag,
  currentTask,
  type Future,
  type Inspectable,
  type Join,
  type JoinHandle,
  observe,
  type Observer,
  type Outcome,
  PENDING,
  type Poll,
  type ScheduleInfo,
  Task,
  type TaskContext,
  type TaskHandle,
  TaskLocal,
  type TaskLocalConstructor,
  type TaskLocalOptions,
  type TaskState,
  type TaskView,
  type Wait,
  WAITS,
  type Waker,
  wakerFn,
  wakerFn as waker_fn,
} from "./lib/core/mod.ts";
export {
  awaitable,
  type CallContext,
  fromPromise,
  type IntoFuture,
  pending,
  pollFn,
  type PollFnOptions,
  ready,
  spawn,
  spawnLocal,
  type TaskGenerator,
  uncancellable,
  withTag,
  yieldNow,
} from "./lib/adapt/mod.ts";

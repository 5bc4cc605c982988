/** Running futures on a thread that does nothing else meanwhile. */
import type { IntoFuture } from "../adapt/mod.ts";
import { hasEnded, isFuture, waitOfContext } from "../core/friend.ts";
import type { Future } from "../core/mod.ts";
import { deliver, isWakeExpected, sleep, ticket } from "../internal/park.ts";
import { systemClock } from "../time/mod.ts";
import type { TaskContext, TaskHandle } from "../core/mod.ts";
import { DeadlockError, type StuckTask } from "./deadlock_error.ts";
import type { Executor } from "./executor.ts";
import { LocalExecutor } from "./local_executor.ts";

/** The clock is read after so many steps at the latest. */
const STEPS_PER_READING = 64;

/**
 * What {@linkcode blockOn} can be told.
 *
 * @example
 * ```ts
 * import { blockOn, type BlockOptions } from "@tagged/async-task/executor";
 * import { sleep, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const options: BlockOptions = { clock };
 * blockOn(sleep(60_000, { clock }), options);
 * assertEquals(clock.now(), 60_000);
 * ```
 */
export interface BlockOptions {
  /** The executor whose tasks the future needs. Default: a new one for the future alone. */
  executor?: Executor;
  /** The clock whose wake-ups the future needs. Default: `systemClock`. */
  clock?: BlockingClock;
}

/**
 * A clock that can be told to wake whoever is due: `SystemClock`, or `VirtualClock`, for which waiting takes
 * no time.
 *
 * @example
 * ```ts
 * import type { BlockingClock } from "@tagged/async-task/executor";
 * import { SystemClock, VirtualClock } from "@tagged/async-task/time";
 *
 * const clocks: BlockingClock[] = [new SystemClock(), new VirtualClock()];
 * for (const clock of clocks) if (clock.nextDeadline !== Infinity) throw new Error("unreachable");
 * ```
 */
export interface BlockingClock {
  /** The time in ms. */
  now(): number;
  /** When the first wake-up is due; `Infinity` if there is none. */
  readonly nextDeadline: number;
  /** Wakes whoever is due. */
  fire?(): unknown;
  /** Lets time pass, and wakes whoever is due then. */
  advanceToNext?(): unknown;
}

let isBlocking = false;

/**
 * Runs a future, and an executor, on this thread until the future is done: nothing else runs meanwhile,
 * neither microtasks nor timers nor I/O. `async_io::block_on` in Rust.
 *
 * So it is for futures and generators. Sleeps end, as it wakes whoever is due at the clock; an async function
 * does not go on after its first `await`. While there is nothing to run, the thread sleeps, until the next
 * deadline, or until another thread wakes one of the tasks; where neither can happen, it is a deadlock. On a
 * page's main thread, which must not sleep, it is kept busy.
 *
 * @param future A future, a generator (function), or a function; a future is not let go of in the end, so
 * that a task may be awaited again.
 * @returns Its output.
 * @throws What it throws.
 * @throws {DeadlockError} If nothing can wake it any more; it is cancelled then.
 * @throws {TypeError} If it is called inside of another `blockOn`, or `future` is none.
 *
 * @example
 * ```ts
 * import { blockOn } from "@tagged/async-task/executor";
 * import { sleep } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const answer = blockOn(function* () {
 *   yield* sleep(2);
 *   return 42;
 * });
 * assertEquals(answer, 42);
 * ```
 */
export function blockOn<R>(future: IntoFuture<R, undefined>, options: BlockOptions = {}): R {
  if (isBlocking) throw new TypeError("Cannot block: this thread is in blockOn already");
  const { executor = new LocalExecutor({ pump: "manual" }), clock = systemClock } = options;
  isBlocking = true;
  try {
    const task = executor.spawn<R>(borrowed(future));
    if (!runToEnd(task, executor, clock)) throw deadlock(task, executor);
    return task.poll({ waker: { wake() {} } }) as R;
  } finally {
    isBlocking = false;
  }
}

/** A future without its dispose: it stays its owner's. */
function borrowed<R>(future: IntoFuture<R, undefined>): IntoFuture<R, undefined> {
  return isFuture(future) ? { poll: (cx) => (future as Future<R>).poll(cx) } : future;
}

/** Whether it came to an end. */
function runToEnd(task: TaskHandle<unknown>, executor: Executor, clock: BlockingClock): boolean {
  for (let steps = 1; !hasEnded(task); steps++) {
    const seen = ticket();
    if (steps % STEPS_PER_READING === 0) fire(clock);
    deliver();
    if (!executor.tryTick() && !park(clock, seen)) return false;
  }
  return true;
}

/** Waits for whatever comes first; whether something can. */
function park(clock: BlockingClock, seen: number): boolean {
  const next = clock.nextDeadline;
  if (next === Infinity && !isWakeExpected()) return false;
  if (next !== Infinity && clock.advanceToNext !== undefined) clock.advanceToNext();
  else {
    sleep(seen, Math.max(next - clock.now(), 0));
    fire(clock);
  }
  return true;
}

function fire(clock: BlockingClock): void {
  if (clock.nextDeadline <= clock.now()) clock.fire?.();
}

function stuck(context: TaskContext): StuckTask {
  const { id, tag } = context;
  const waitsFor = waitOfContext(context);
  return waitsFor === undefined ? { id, tag } : { id, tag, waitsFor };
}

/** Cancels what can't end, and names it, and all that it may have waited for. */
function deadlock(task: TaskHandle<unknown>, executor: Executor): DeadlockError {
  const tasks = executor.tasks().filter(({ id }) => id !== task.id);
  const error = new DeadlockError(tasks.map(stuck));
  task[Symbol.dispose]();
  executor.runUntilStalled();
  return error;
}

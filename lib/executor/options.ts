/** What executors, and spawns on whatever spawns, can be told. */
import { checkFunction } from "../core/friend.ts";
import type { PanicHook } from "../core/mod.ts";
import { checkMs } from "../internal/check_ms.ts";
import { show } from "../internal/show.ts";
import type { Clock } from "../time/mod.ts";
import { checkPriority } from "./priority_queue.ts";

/**
 * What every executor can be told.
 *
 * @example
 * ```ts
 * import { type ExecutorOptions, LocalExecutor } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const errors: unknown[] = [];
 * const options: ExecutorOptions = { pump: "manual", onPanic: (error) => errors.push(error) };
 * const executor = new LocalExecutor(options);
 * executor.spawn(() => {
 *   throw "boom";
 * }).detach();
 * executor.runUntilStalled();
 * assertEquals(errors, ["boom"]);
 * ```
 */
export interface ExecutorOptions {
  /**
   * Told of every panic that nobody has awaited, exactly once: when its task is detached or dropped, when the
   * executor has no task left or is closed, or when the task's handle is garbage. Called with the error, the
   * task's id and its tag; what it throws goes to `reportError`. Default: `reportError`.
   */
  onPanic?: PanicHook;
  /**
   * Who runs what is ready: the event loop, in slices, or whoever calls `tick`, `tryTick`, `run` or
   * `runUntilStalled`. Default: `"auto"`.
   */
  pump?: "auto" | "manual";
  /** What the executor is called in views of it. */
  name?: string;
  /**
   * Whether async bodies are followed across their awaits, so that `currentTask()` answers there, and awaits
   * of futures of this package are interrupted by a cancellation. Without it, an async function costs half as
   * much: it has its `signal`, and the async context of others is kept all the same. Default: `true`.
   */
  follow?: boolean;
  /** For how long tasks are run until the event loop gets a turn, in ms. Default: 4. */
  budget?: number;
  /** How many steps are run until the event loop gets a turn. Default: 10,000. */
  maxPolls?: number;
}

/**
 * What every `spawn` can be told, of executors, limiters and scopes alike.
 *
 * @example
 * ```ts
 * import { pending } from "@tagged/async-task";
 * import { LocalExecutor, type SpawnOptions } from "@tagged/async-task/executor";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const options: SpawnOptions = { timeout: 1, name: "search" };
 * const task = new LocalExecutor().spawn(pending(), undefined, options);
 * const error = await assertRejects(async () => await task, DOMException);
 * assertEquals({ error: error.name, task: task.name }, { error: "TimeoutError", task: "search" });
 * ```
 */
export interface SpawnOptions {
  /**
   * Cancels the task when it is aborted, with `signal.reason`; if it is aborted already, the task never
   * starts.
   */
  signal?: AbortSignal;
  /**
   * For how long the task may run, in ms, counted from its first step: so that one which waits for its turn
   * has all of its time yet. It is then cancelled with a `DOMException` named `TimeoutError`.
   */
  timeout?: number;
  /** When the task is cancelled in the same way, in ms of the clock; at once if that has passed. */
  deadline?: number;
  /** For how many ms the task waits before its first step, and in a limiter before its turn. Default: 0. */
  delay?: number;
  /** The clock of `timeout`, `deadline` and `delay`. Default: `systemClock`. */
  clock?: Clock;
  /**
   * Any number but `NaN`; higher ones go first where there are priorities: on a `PriorityExecutor`, and in a
   * limiter's queue. Default: on a `PriorityExecutor`, that of the task of its own which spawns it; else 0.
   */
  priority?: number;
  /** What the task is called in views of it. */
  name?: string;
  /** Whether an async body is followed across its awaits. Default: as the executor was told, `true`. */
  follow?: boolean;
}

/**
 * What `close` of executors and limiters can be told.
 *
 * @example A server that gives its last requests ten seconds
 * ```ts
 * import { type CloseOptions, LocalExecutor } from "@tagged/async-task/executor";
 *
 * const requests = new LocalExecutor();
 * const gently: CloseOptions = { grace: 10_000 };
 * await requests.close(gently);
 * ```
 */
export interface CloseOptions {
  /** For how many ms tasks may still go on; what is left then is cancelled. Default: `Infinity`. */
  grace?: number;
  /** The clock of `grace`. Default: `systemClock`. */
  clock?: Clock;
}

/** Throws unless they are options of an executor. */
export function checkExecutorOptions(
  options: Required<Omit<ExecutorOptions, "name">>,
  name: unknown,
): void {
  const action = "make an executor";
  const { onPanic, pump, budget, maxPolls, follow } = options;
  checkFollow(follow, action);
  checkFunction(onPanic, action, "onPanic to be a function");
  if (pump !== "auto" && pump !== "manual") {
    throw new TypeError(`Cannot ${action}: expected pump to be "auto" or "manual", got ${show(pump)}`);
  }
  if (!(budget >= 0)) throw new RangeError(`Cannot ${action}: expected budget in ms, got ${show(budget)}`);
  if (!(maxPolls >= 1)) {
    throw new RangeError(`Cannot ${action}: expected maxPolls to be 1 or more, got ${show(maxPolls)}`);
  }
  checkName(name, action);
}

/** Throws unless `follow` says whether. */
export function checkFollow(follow: unknown, action: string): void {
  if (typeof follow === "boolean") return;
  throw new TypeError(`Cannot ${action}: expected follow to be a boolean, got ${show(follow)}`);
}

/** Throws unless `name` is a name, or left out. */
export function checkName(name: unknown, action: string): void {
  if (name === undefined || typeof name === "string") return;
  throw new TypeError(`Cannot ${action}: expected name to be a string, got ${show(name)}`);
}

/** Throws unless they are options of a spawn. */
export function checkSpawnOptions(options: SpawnOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot spawn: expected options, got ${show(options)}`);
  }
  const { signal, timeout, deadline, priority, name, follow } = options;
  if (follow !== undefined) checkFollow(follow, "spawn");
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw new TypeError(`Cannot spawn: expected signal to be an AbortSignal, got ${show(signal)}`);
  }
  checkTime(timeout, "timeout", "spawn");
  checkTime(deadline, "deadline", "spawn");
  checkTime(options.delay, "delay", "spawn");
  if (priority !== undefined) checkPriority(priority, "spawn");
  checkName(name, "spawn");
}

/** Throws unless it is a number of ms, or left out. */
export function checkTime(ms: number | undefined, name: string, action: string): void {
  if (ms !== undefined) checkMs(ms, action, `${name} in ms`);
}

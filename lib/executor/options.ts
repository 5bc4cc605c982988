import type { PanicHook } from "../core/mod.ts";

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
  /** For how long tasks are run until the event loop gets a turn, in ms. Default: 4. */
  budget?: number;
  /** How many steps are run until the event loop gets a turn. Default: 10,000. */
  maxPolls?: number;
}

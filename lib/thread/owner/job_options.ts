/** What a job can be told when it is spawned. */
import { show } from "../../internal/show.ts";
import type { Job } from "../wire/job.ts";
import { checkOptions, checkTime } from "./check.ts";

/**
 * What a job can be told.
 *
 * @example
 * ```ts
 * import type { JobOptions } from "@tagged/async-task/thread";
 *
 * const options: JobOptions<string> = { tag: "nightly", signal: AbortSignal.timeout(60_000) };
 * if (options.tag !== "nightly") throw new Error("unreachable");
 * ```
 */
export interface JobOptions<T> {
  /** Any value that can be posted: what `currentTag()` gives in the job, and `tag` on the handle. */
  tag?: T;
  /** What of the arguments is moved, not copied; `transfer(value)` says so in place. */
  transfer?: Transferable[];
  /** Cancels the job when it is aborted, with its reason. */
  signal?: AbortSignal;
  /**
   * For how long the job may run, in ms, from when a thread is given it: so that one which waits for its turn
   * has all of its time yet. It is then cancelled with a `DOMException` named `TimeoutError`. Default: for
   * ever.
   */
  timeout?: number;
  /** When the job is cancelled in the same way, as a time of `performance.now()`. Default: never. */
  deadline?: number;
  /**
   * What becomes of a job that was cancelled, and has not ended `grace` ms later: its thread is ended, or it
   * goes on. Default: `"ignore"`.
   */
  onDeaf?: "ignore" | "terminate";
  /**
   * How long a cancelled job may take to end, in ms, before `onDeaf` says what becomes of it. Default: 100.
   */
  grace?: number;
  /** Whether a job that was sent to a thread starts though it was cancelled on the way. Default: `false`. */
  startCancelled?: boolean;
  /** In a pool: any number; higher ones start first. Default: 0. */
  priority?: number;
  /** What it is called in messages and views. Default: the job's name. */
  name?: string;
  /** Told of what the job says with `progress(value)`, in that order, before its end. */
  onProgress?: (value: unknown) => void;
}

/** Throws if it is not a valid handle. */
export function checkJob(job: { run: unknown; url: unknown; name: unknown }): void {
  const isJob = typeof job?.run === "function" && typeof job.url === "string" && typeof job.name === "string";
  if (!isJob) throw new TypeError(`Cannot start a job: expected what defineTask returns, got ${show(job)}`);
}

/** Throws if the job, the arguments or one of the options is none. */
export function checkStart(job: Job<never, unknown>, args: unknown, options: JobOptions<unknown>): void {
  checkJob(job);
  if (!Array.isArray(args)) {
    throw new TypeError(`Cannot start ${job.name}: arguments must be an array, got ${show(args)}`);
  }
  checkJobOptions(job.name, options);
}

/** What a job is told that is told nothing. */
export const NO_OPTIONS: JobOptions<never> = /* @__PURE__ */ Object.freeze({});

/** Throws if one of them is none. */
export function checkJobOptions(name: string, options: JobOptions<unknown>): void {
  if (options === NO_OPTIONS) return;
  checkOptions(`start ${name}`, options);
  const { priority = 0, timeout = 0, deadline = 0, grace = 0 } = options;
  if (typeof priority !== "number" || Number.isNaN(priority)) {
    throw new RangeError(`Cannot start ${name}: priority must be a number, got ${show(priority)}`);
  }
  checkTime(`start ${name}`, "timeout", timeout);
  checkTime(`start ${name}`, "deadline", deadline);
  checkTime(`start ${name}`, "grace", grace);
  for (const [option, isIt, expected] of CHECKS) {
    const value = options[option];
    if (value === undefined || isIt(value)) continue;
    throw new TypeError(`Cannot start ${name}: ${option} must be ${expected}, got ${show(value)}`);
  }
}

const CHECKS: [keyof JobOptions<unknown>, (value: unknown) => boolean, string][] = [
  ["transfer", Array.isArray, "an array"],
  ["signal", (value) => value instanceof AbortSignal, "an AbortSignal"],
  ["startCancelled", (value) => typeof value === "boolean", "a boolean"],
  ["onDeaf", (value) => value === "ignore" || value === "terminate", '"ignore" or "terminate"'],
  ["name", (value) => typeof value === "string", "a text"],
  ["onProgress", (value) => typeof value === "function", "a function"],
];

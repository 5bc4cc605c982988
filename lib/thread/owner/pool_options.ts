/** What a pool, and each of its threads, can be told. */
import { checkFunction } from "../../core/friend.ts";
import { show } from "../../internal/show.ts";
import { hardwareThreads } from "../../internal/runtime.ts";
import type { Job } from "../wire/job.ts";
import type { JobName } from "../wire/messages.ts";
import { checkCount, checkOptions, checkTime } from "./check.ts";
import { checkJob } from "./job_options.ts";

/** Functions of the owner's thread that jobs can call. */
// deno-lint-ignore no-explicit-any
export type Exposed = Record<string, (...args: any[]) => unknown>;

/**
 * What a {@linkcode ThreadPool} can be told.
 *
 * @example
 * ```ts
 * import { ThreadPool, type ThreadPoolOptions } from "@tagged/async-task/thread";
 *
 * const options: ThreadPoolOptions = { maxThreads: 2, idleTimeout: 1000 };
 * await using _pool = new ThreadPool(options);
 * ```
 */
export interface ThreadPoolOptions {
  /** How many threads there may be at a time. Default: as many as the hardware has. */
  maxThreads?: number;
  /**
   * So many threads are kept though they have nothing to do; they are started as jobs come, or by `warmUp()`.
   * Default: 0.
   */
  minThreads?: number;
  /** How long a thread without work is kept, in ms. Default: 10,000. */
  idleTimeout?: number;
  /** How many jobs a thread may be at, at a time: for jobs that wait. Default: 1. */
  concurrency?: number;
  /** After so many jobs a thread is replaced. Default: `Infinity`. */
  maxJobs?: number;
  /**
   * How many jobs may wait for a thread before `trySpawn` refuses, and `ready()` waits. Default: `Infinity`.
   */
  maxQueue?: number;
  /** How much memory a thread may have, in Node, and in Deno the first of them. Default: the runtime's. */
  limits?: { maxOldGenerationSizeMb?: number; maxYoungGenerationSizeMb?: number; stackSizeMb?: number };
  /** The environment variables of the threads, in Node. Default: the process's. */
  env?: Record<string, string>;
  /** What the threads are called in the tools of the runtime. */
  name?: string;
  /**
   * Runs on each thread before its first job. If it fails, so does the job that the thread was started for.
   */
  setUp?: Job<[], unknown>;
  /** Runs on each thread before it ends, unless it is terminated. */
  tearDown?: Job<[], unknown>;
  /** Functions of this thread that jobs can call, through `owner()`. */
  expose?: Exposed;
  /**
   * Told of what jobs print; with the task's id, where that is known. Default: it goes to that of the
   * process.
   */
  onOutput?: (text: string, stream: "stdout" | "stderr", taskId: number | undefined) => void;
  /** Told when a thread takes jobs. What becomes of jobs, the core's `observe` tells: they are tasks. */
  onThreadStart?: () => void;
  /** Told when a thread has ended, and why. */
  onThreadEnd?: (why: string) => void;
  /** Told when all jobs are done. */
  onEmpty?: () => void;
  /**
   * Told of errors that nobody else can see: of a job whose handle nobody has asked and nobody can any more,
   * as it was disposed, or is garbage, or the pool is closed, or the process is done, with the task's id and
   * tag; and of an exception that something on a thread has thrown when its job was over. Once each. Default:
   * `reportError`.
   */
  onError?: (error: unknown, taskId: number | undefined, tag: unknown) => void;
}

/** What is for each thread. */
export type ThreadOptions = Pick<
  ThreadPoolOptions,
  "env" | "limits" | "name" | "setUp" | "tearDown" | "concurrency" | "onOutput"
>;

/** What a pool goes by. */
export interface Limits {
  readonly maxThreads: number;
  readonly minThreads: number;
  readonly idleTimeout: number;
  readonly concurrency: number;
  readonly maxJobs: number;
  readonly maxQueue: number;
}

/** More words than this a thread does not get. */
const MAX_CONCURRENCY = 10_000;

const CALLBACKS = ["onError", "onOutput", "onThreadStart", "onThreadEnd", "onEmpty"] as const;

/** The options, or what they are by default; throws if one is none. */
export function limitsOf(options: ThreadPoolOptions): Limits {
  const action = "make a pool";
  checkOptions(action, options);
  const { maxThreads = hardwareThreads(), minThreads = 0, idleTimeout = 10_000 } = options;
  const { concurrency = 1, maxJobs = Infinity, maxQueue = Infinity } = options;
  checkCount(action, "maxThreads", maxThreads, 1);
  checkCount(action, "minThreads", minThreads, 0);
  checkCount(action, "concurrency", concurrency, 1);
  checkCount(action, "maxJobs", maxJobs, 1);
  checkCount(action, "maxQueue", maxQueue, 0);
  checkTime(action, "idleTimeout", idleTimeout);
  if (minThreads > maxThreads) {
    throw new RangeError(`Cannot make a pool: minThreads must be at most maxThreads, got ${minThreads}`);
  }
  if (concurrency > MAX_CONCURRENCY) {
    throw new RangeError(
      `Cannot make a pool: concurrency must be at most ${MAX_CONCURRENCY}, got ${concurrency}`,
    );
  }
  const { setUp, tearDown, expose } = options;
  for (const job of [setUp, tearDown]) if (job !== undefined) checkJob(job);
  for (const name of CALLBACKS) if (options[name] !== undefined) checkFunction(options[name], action);
  if (expose !== undefined && (typeof expose !== "object" || expose === null)) {
    throw new TypeError(`Cannot make a pool: expose must be an object of functions, got ${show(expose)}`);
  }
  return { maxThreads, minThreads, idleTimeout, concurrency, maxJobs, maxQueue };
}

/** Calls one of the functions that are exposed. */
export function callExposed(exposed: Exposed = {}, name: string, args: readonly unknown[]): unknown {
  const fn = Object.hasOwn(exposed, name) ? exposed[name] : undefined;
  if (typeof fn !== "function") throw new TypeError(`Cannot call ${name}: the pool does not expose it`);
  return fn(...args);
}

/** Where a job is found. */
export function nameOf(job: JobName | undefined): JobName | undefined {
  return job === undefined ? undefined : { url: job.url, name: job.name };
}

/** What the threads say to each other. */
import type { Encoded } from "./codec.ts";

/** To a thread: jobs, as `packOrders` makes them. */
export const ORDERS = 0;
/** To a thread: what a function of the owner has returned. */
export const ANSWER = 1;
/** To a thread: it is to end by itself, when it is done. */
export const FINISH = 2;

/** To a thread: a job that it is at was cancelled. Its token says so, too; this is for what waits. */
export const CANCEL = 11;

/** From a thread: it takes orders. */
export const BOOTED = 3;
/**
 * From a thread: what has become of jobs: for each its id, one of the kinds below, the value, and the ms it
 * took.
 */
export const RESULTS = 4;
/** From a thread: it ends, and why; whatever it has not reported by now will never be. */
export const ENDS = 5;
/** From a thread: an error that nothing has caught, and the job that has left it behind, if that is known. */
export const STRAY = 6;
/** From a thread: values of a job that streams. */
export const VALUES = 7;
/** From a thread: how far a job is. */
export const PROGRESS = 8;
/** From a thread: a call of a function of the owner. */
export const CALL = 9;
/** From a thread: what a job has printed. */
export const OUTPUT = 10;

/** A job's value. */
export const OK = 0;
/** What a job has thrown, encoded. */
export const FAILED = 1;
/** The same, where it is its thread's fault, and not the job's. */
export const PANICKED = 2;
/** The job has heeded its token, or was not begun because of it. */
export const CANCELLED = 3;

/** What a word of `current` says of a thread that has said that it ends. */
export const ENDED = -1;

/** What has become of a job. */
export interface Result {
  readonly id: number;
  readonly kind: number;
  /** The value, or `Encoded`. */
  readonly value: unknown;
  /** How long it took, in ms. */
  readonly ms: number;
}

/** An error on its way. */
export type { Encoded };

/** What a thread is started with. */
export interface Boot {
  /** Which thread it is. */
  id: number;
  /** The module of its first job, if it was started for one. */
  url: string | undefined;
  /** The module that makes it a thread; `undefined` if that comes with the jobs. */
  main: string | undefined;
  /** How many threads there are above it, and itself. */
  depth: number;
  port: MessagePort;
  /** Changed whenever something was posted: what the owner sleeps on. */
  word: Int32Array<SharedArrayBuffer> | undefined;
  /** Changed whenever something was posted to it: what it reads for a moment, before it rests. */
  bell: Int32Array<SharedArrayBuffer>;
  /** By turns, the ids of the jobs that it is at, 0 for none, `ENDED` once it does nothing any more. */
  current: Int32Array<SharedArrayBuffer>;
  /** Where threads count, for their raw handles. */
  counter: Int32Array<SharedArrayBuffer> | undefined;
  /** What it does before its first job, and before it ends: URLs and names of jobs. */
  setUp: JobName | undefined;
  tearDown: JobName | undefined;
  /** Whether what is printed goes to the owner. */
  isCaptured: boolean;
}

/** Where a job is found. */
export interface JobName {
  readonly url: string;
  readonly name: string;
}

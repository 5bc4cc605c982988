/**
 * What a thread knows of itself. It is global, as there may be several copies of this package in a thread: the one
 * that has started it, and the one that its jobs came with.
 */
import type { Job } from "./job.ts";
import type { Boot } from "./protocol.ts";

const KEY = Symbol.for("async-task.thread");

/** A thread, from the inside. */
export interface Here {
  /** Its own among all threads of the program; never 0. */
  readonly id: number;
  /** 1 if whoever has started it is no thread of this package, and so on. */
  readonly depth: number;
  /** The jobs that were defined here, by {@linkcode keyOf}; `undefined` if several are alike. */
  readonly defined: Map<string, Job<never, unknown> | undefined>;
  /** The module that is being loaded for its jobs. */
  loading: string | undefined;
  /** `startWorker`, of a copy that has defined a job here. */
  start: ((boot: Boot) => void) | undefined;
}

/** This thread; `undefined` if it was not started by this package. */
export function here(): Here | undefined {
  return (globalThis as { [KEY]?: Here })[KEY];
}

/** What makes `here` of a `boot`, in the script that a thread is started with. */
export function makeHere(): string {
  return `const here = globalThis[Symbol.for(${JSON.stringify(KEY.description)})] =
    { id: boot.id, depth: boot.depth, defined: new Map(), loading: boot.url, start: undefined };`;
}

/** Says which job it is. */
export function keyOf({ url, name }: { url: string; name: string }): string {
  return JSON.stringify([url, name]);
}

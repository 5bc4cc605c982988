/**
 * What a thread knows of itself. It is global, as there may be several copies of this package in a thread:
 * the one that has started it, and the one that its jobs came with.
 */
import { COUNTER } from "../../core/friend.ts";
import type { Job } from "./job.ts";
import type { Boot } from "./messages.ts";

const KEY = Symbol.for("async-task.thread");

/** A thread, from the inside. */
export interface ThreadContext {
  /** Its own among all threads of the program; never 0. */
  readonly id: number;
  /** 1 if whoever has started it is no thread of this package, and so on. */
  readonly depth: number;
  /** The jobs that were defined in this thread, by {@linkcode keyOf}; `undefined` if several are alike. */
  readonly defined: Map<string, Job<never, unknown> | undefined>;
  /** The module that is being loaded for its jobs. */
  loading: string | undefined;
  /** `startWorker`, of a copy that has defined a job in this thread. */
  start: ((boot: Boot) => void) | undefined;
  /** What the running jobs may ask of their owner. */
  owner: Owner | undefined;
}

/** The way from a job to whoever has spawned it. */
export interface Owner {
  /** Tells how far the running job is. */
  progress(value: unknown): void;
  /** Calls a function that the pool exposes. */
  call(name: string, args: readonly unknown[]): Promise<unknown>;
}

/** What this thread knows of itself; `undefined` if it was not started by this package. */
export function threadContext(): ThreadContext | undefined {
  return (globalThis as { [KEY]?: ThreadContext })[KEY];
}

/** What makes the context of a `boot`, in the script that a thread is started with. */
export function makeContext(): string {
  return `globalThis[Symbol.for(${JSON.stringify(KEY.description)})] =
    { id: boot.id, depth: boot.depth, defined: new Map(), loading: boot.url, start: undefined, owner: undefined };
    globalThis[${JSON.stringify(COUNTER)}] = boot.counter;
    const context = globalThis[Symbol.for(${JSON.stringify(KEY.description)})];`;
}

/** Says which job it is. */
export function keyOf({ url, name }: { url: string; name: string }): string {
  return JSON.stringify([url, name]);
}

import { newStorage, type Storage } from "../internal/runtime.ts";
/**
 * Which task is running, and which values its task-locals have right now.
 *
 * The current *frame* is a task, or an {@linkcode Override} on top of another frame. While a future is polled
 * or a generator stepped, it is a plain variable: that costs nothing. An async function leaves the poll at its
 * first `await`; its continuations find their frame through `AsyncLocalStorage`, where the runtime has it.
 */
import type { Cell } from "./cell.ts";
import { observer } from "./observe.ts";
import type { TaskLocal } from "./task_local.ts";

/** A value of one task-local, in force while `TaskLocal.run` runs its function. */
export class Override {
  declare readonly outer: Frame | undefined;
  declare readonly local: TaskLocal<unknown>;
  declare value: unknown;

  constructor(outer: Frame | undefined, local: TaskLocal<unknown>, value: unknown) {
    this.outer = outer;
    this.local = local;
    this.value = value;
  }
}

/** What code runs in: a task, or a task-local's value on top of an outer frame. */
export type Frame = Cell | Override;

/** The frame of the poll in progress; `undefined` between polls. */
let polled: Frame | undefined;

/** The storage that follows async functions, once the first of them was started in it. */
let storage: Storage<Frame> | undefined;

/** Whether a task-local was ever made: from then on, every async function may have something to look up. */
let hasLocals = false;

/** Enters `frame` for a synchronous stretch of code; the caller enters the returned one again afterwards. */
export function enter(frame: Frame | undefined): Frame | undefined {
  const outer = polled;
  polled = frame;
  return outer;
}

/** The frame of the code that is running, if it runs in one. */
export function currentFrame(): Frame | undefined {
  return polled ?? (storage === undefined ? undefined : storage.getStore());
}

/** The task under `frame`. */
export function taskOf(frame: Frame | undefined): Cell | undefined {
  while (frame instanceof Override) frame = frame.outer;
  return frame;
}

/** Told by the first task-local: untagged async functions have to be followed, too. */
export function expectLocals(): void {
  hasLocals = true;
}

/** Calls `fn` outside of all frames: an executor that was woken inside of a task is not part of it. */
export function outside(fn: () => void): void {
  const outer = enter(undefined);
  try {
    if (storage === undefined || storage.getStore() === undefined) fn();
    else storage.run(undefined, fn);
  } finally {
    enter(outer);
  }
}

/**
 * Calls `fn(first, second)` such that code after its awaits still finds the current frame.
 *
 * `AsyncLocalStorage.run` costs several times what an async function costs; it is left out where nothing could
 * be looked up afterwards: the task has no tag, nobody has made a task-local, nobody observes, and there is no
 * frame around that would shine through.
 */
export function follow<A, B, R>(fn: (first: A, second: B) => R, first: A, second: B): R {
  const frame = polled;
  if (frame === undefined) return fn(first, second);
  const isAnonymous = !hasLocals && observer === undefined && !(frame instanceof Override) &&
    frame.tag === undefined;
  if (isAnonymous && (storage === undefined || storage.getStore() === undefined)) return fn(first, second);
  storage ??= newStorage<Frame>();
  return storage.run(frame, fn, first, second);
}

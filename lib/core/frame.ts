/**
 * Which task is running, and which values its task-locals have right now.
 *
 * The current *frame* is a task, or something on top of another frame: a value of a task-local, the body of a
 * scope, a shield. While a future is polled or a generator stepped, it is a plain variable: that costs
 * nothing. A function body leaves the poll at its first `await`; its continuations find their frame in the
 * async context, where the runtime has one.
 */
import type { Cell } from "./cell.ts";
import { carried, carry, within } from "../internal/async_context.ts";
import type { Links } from "./links.ts";
import type { Waits } from "./waits.ts";

/** What is on top of another frame. */
export abstract class Layer {
  readonly outer: Frame | undefined;
  /**
   * The awaits in it that can be interrupted; `null` if none can be; `undefined` if those are the outer
   * frame's.
   */
  readonly waits?: Waits | null;
  /** The scopes that were made in it; `undefined` if those belong to the outer frame. */
  readonly links?: Links;
  /** Until when what is in it may take; what that is, `lib/time` knows. */
  readonly deadline?: object;

  constructor(outer: Frame | undefined) {
    this.outer = outer;
  }
}

/** What code runs in: a task, or a layer on top of an outer frame. */
export type Frame = Cell | Layer;

/** The frame of the poll in progress; `undefined` between polls. */
let polled: Frame | undefined;

/** Enters `frame` for a synchronous stretch of code; the caller enters the returned one again afterwards. */
export function enter(frame: Frame | undefined): Frame | undefined {
  const outer = polled;
  polled = frame;
  return outer;
}

/** The frame of the code that is running, if it runs in one. */
export function currentFrame(): Frame | undefined {
  return polled ?? carried() as Frame | undefined;
}

/** The task under `frame`. */
export function taskOf(frame: Frame | undefined): Cell | undefined {
  while (frame instanceof Layer) frame = frame.outer;
  return frame;
}

/** Calls `fn(first, second)` in `frame`: code after its awaits finds it, too. */
export function follow<A, B, R>(frame: Frame, fn: (first: A, second: B) => R, first: A, second: B): R {
  const outer = enter(frame);
  try {
    return carry(frame, fn, first, second);
  } finally {
    enter(outer);
  }
}

/** Calls `fn(argument)` in a frame, and in a context that was captured. */
export function inFrame<A, R>(
  frame: Frame | undefined,
  context: object | undefined,
  fn: (argument: A) => R,
  argument: A,
): R {
  const outer = enter(frame);
  try {
    return within(context, fn, argument);
  } finally {
    enter(outer);
  }
}

/**
 * Calls `fn` outside of all frames, in a context that was captured: executors are part of nobody who wakes
 * them.
 */
export function outside(context: object | undefined, fn: () => void): void {
  inFrame(undefined, context, call, fn);
}

function call(fn: () => void): void {
  fn();
}

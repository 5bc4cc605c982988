/** How a task ends: with an output, with a panic, or closed. */
import type { Cell } from "./cell.ts";
import { forget, openLinks } from "./context.ts";
import { alongside, CancelledError, reportOf } from "./errors.ts";
import { enter } from "./frame.ts";
import type { Future } from "./future.ts";
import { isAwaited, type Join, settle, statusOf, store } from "./join.ts";
import { Ending } from "./links.ts";
import { observer, tell } from "./observe.ts";
import * as state from "./state.ts";
import { within } from "../internal/async_context.ts";

// Local copies, see `lib/README.md`.
const ALIVE = state.ALIVE;
const CLOSED = state.CLOSED;
const COMPLETED = state.COMPLETED;
const HANDLE = state.HANDLE;
const PANICKED = state.PANICKED;
const PROPAGATE = state.PROPAGATE;

/** What ends a task that has `PROPAGATE` and whose future threw; set before the first of them is made. */
let propagate: ((cell: Cell, join: Join<unknown>, error: unknown) => void) | undefined;

/** Sets it. So a program whose panics all come out of `run()` does without the rest. */
export function propagateWith(fn: typeof propagate): void {
  propagate = fn;
}

/**
 * The body has thrown, or returned; whether scopes that belong to it are open, for whose end the task goes
 * on.
 */
export function hold(cell: Cell, isThrown: boolean, result: unknown): boolean {
  const links = openLinks(cell.context!);
  if (links === undefined) return false;
  if (isThrown) links.cancel(new CancelledError(cell.id, cell.tag, { cause: result }));
  cell.future = new Ending(cell.future!, links, isThrown, result);
  return true;
}

/** The future returned its output. */
export function complete(cell: Cell, output: unknown): void {
  release(cell);
  const state = cell.state & ~ALIVE;
  if ((state & CLOSED) === 0 && ((state & HANDLE) !== 0 || isAwaited(cell.join!))) {
    store(cell.join!, output);
    cell.state = state | COMPLETED;
  } else {
    cell.state = state | COMPLETED | CLOSED;
  }
  end(cell);
}

/** The future threw: the error goes to the join side, or out of the run. */
export function panic(cell: Cell, error: unknown): void {
  if ((cell.state & PROPAGATE) !== 0) return propagate!(cell, cell.join!, error);
  if ((cell.state & CLOSED) === 0) cell.state = (cell.state & ~ALIVE) | CLOSED;
  const both = disposeAlongside(cell, error);
  cell.state = (cell.state & ~ALIVE) | PANICKED;
  store(cell.join!, both);
  throw alongside(both, () => end(cell));
}

/** Lets go of the future after a panic: the error, with what that throws. */
export function disposeAlongside(cell: Cell, error: unknown): unknown {
  const future = cell.future!;
  cell.future = undefined;
  return alongside(error, () => dispose(cell, future));
}

/** Lets go of the future; nobody could handle what that throws. */
export function release(cell: Cell): void {
  const future = cell.future!;
  cell.future = undefined;
  if (future[Symbol.dispose] === undefined) return;
  try {
    dispose(cell, future);
  } catch (error) {
    reportOf(cell.id, cell.tag, "threw when its future was let go of", error);
  }
}

function dispose(cell: Cell, future: Future<unknown>): void {
  const outer = enter(cell);
  try {
    if (future[Symbol.dispose] !== undefined) within(cell.asyncContext, disposeOf, future);
  } finally {
    enter(outer);
  }
}

function disposeOf(future: Future<unknown>): void {
  future[Symbol.dispose]!();
}

/** The task has ended: lets go of everything else, and tells who waits. */
export function end(cell: Cell): void {
  const join = cell.join!;
  cell.join = undefined;
  cell.onSchedule = undefined;
  if (cell.context !== undefined) forget(cell);
  cell.asyncContext = undefined;
  if (observer !== undefined) tell("close", cell, statusOf(cell));
  settle(join);
}

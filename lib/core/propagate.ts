/** How a panic gets to the join side, instead of coming out of `run()`. */
import type { Cell } from "./cell.ts";
import { disposeAlongside, end, propagateWith } from "./end.ts";
import { isAsked, type Join, store } from "./join.ts";
import { keepPanic, losePanic } from "./panic_hook.ts";
import { ALIVE, CLOSED, CLOSING, COMPLETED, DETACHED, HANDLE, PANICKED, PROPAGATE } from "./state.ts";

/** The bit for tasks whose panics go to the join side; to be asked for before the first of them is made. */
export function propagating(): number {
  propagateWith(propagate);
  return PROPAGATE;
}

/**
 * Ends a task whose future threw `error`: that is an output like any other, for the join side to throw.
 * Without one, or if the task cancelled itself in the poll that threw, nobody will ask for it: it goes to the
 * panic hook.
 */
function propagate(cell: Cell, join: Join<unknown>, error: unknown): void {
  const both = disposeAlongside(cell, error);
  const state = cell.state & ~ALIVE;
  const isClosing = (cell.state & CLOSING) !== 0;
  const isKept = (state & HANDLE) !== 0 && ((state & CLOSED) === 0 || isClosing);
  cell.state = state | (isClosing ? 0 : COMPLETED) | (isKept ? PANICKED : CLOSED);
  if (isKept) store(join, both);
  // Who waits already asks for it, be it later; whether somebody has is found out as of any other task.
  if (isKept && ((state & DETACHED) === 0 || isAsked(join))) keepPanic(both, cell, join);
  else losePanic(both, cell);
  end(cell);
}

import { type Cell, disposeAlongside, end } from "./cell.ts";
import { type Join, store } from "./join.ts";
import { carryPanic, losePanic } from "./panic_hook.ts";
import { ALIVE, CLOSED, CLOSING, COMPLETED, HANDLE, PANICKED } from "./state.ts";

/**
 * Ends a task whose future threw `error`: that is an output like any other, for the join side to throw. Without one,
 * or if the task cancelled itself in the poll that threw, nobody will ask for it: it goes to the panic hook.
 */
export function carry(cell: Cell, join: Join<unknown>, error: unknown): void {
  const both = disposeAlongside(cell, error);
  const state = cell.state & ~ALIVE;
  const isClosing = (cell.state & CLOSING) !== 0;
  const isWanted = (state & HANDLE) !== 0 && ((state & CLOSED) === 0 || isClosing);
  cell.state = state | (isClosing ? 0 : COMPLETED) | (isWanted ? PANICKED : CLOSED);
  if (isWanted) {
    store(join, both);
    carryPanic(both, cell, join);
  } else losePanic(both, cell);
  end(cell);
}

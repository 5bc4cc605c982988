/** What a task that has ended gives to whom, and who may ask. */
import {
  type Cell,
  cellOf,
  detach,
  HANDLE,
  losePanicOf,
  markSeen,
  NONE,
  outcomeOf,
  PANICKED,
  pollJoin,
  PROPAGATE,
  RAW_JOIN,
  taskName,
  valueOf,
} from "../core/friend.ts";
import { type Context, type Join, PENDING } from "../core/mod.ts";

/** The task, unless it was dropped, detached, or turned into a raw handle. */
export function claim(task: Join<unknown>, action: string): Cell {
  const cell = cellOf(task);
  if (isClaimable(cell)) return cell;
  const why = (cell.state & HANDLE) === 0 ? "it was dropped or detached" : "it was turned into a raw handle";
  throw new TypeError(`Cannot ${action} ${taskName(cell.id, cell.tag)}: ${why}`);
}

/** Whether the join side exists and is in somebody's hands. */
export function isClaimable(cell: Cell): boolean {
  return (cell.state & (HANDLE | RAW_JOIN)) === HANDLE;
}

/** Polls as Rust does: the output or the panic once; after that, or without one, what `none` gives. */
export function take(task: Join<unknown>, cx: Context, none: (task: Join<unknown>) => unknown): unknown {
  const cell = claim(task, "poll");
  const output = pollJoin(task, cx);
  if (output === NONE) return none(task);
  if (output !== PENDING && (cell.state & PANICKED) !== 0) throw seePanic(task);
  return output;
}

/** A task that was cancelled has no output; if its clean-up threw, that is thrown. */
export function noOutput(task: Join<unknown>): undefined {
  if (hasPanic(task)) throw seePanic(task);
}

/** Nobody polls a task for an output that it doesn't have. */
export function missing(task: Join<unknown>): never {
  const { id, tag, state } = cellOf(task);
  if ((state & (PANICKED | PROPAGATE)) === PANICKED) {
    throw new TypeError(`Cannot poll ${taskName(id, tag)}: it has panicked, and the error came out of run()`);
  }
  output(task);
  throw new TypeError(`Cannot poll ${taskName(id, tag)}: its output was taken already`);
}

/** The output of a task that has ended, or the reason why there is none. */
export function output<R>(task: Join<unknown>): R {
  noOutput(task);
  const outcome = outcomeOf<R>(task);
  if (outcome.status === "completed") return outcome.value;
  throw outcome.status === "cancelled" ? outcome.reason : outcome.error;
}

/** The output of a task that has ended, if it has one. */
export function outputIfAny<R>(task: Join<unknown>): R | undefined {
  noOutput(task);
  const outcome = outcomeOf<R>(task);
  return outcome.status === "completed" ? outcome.value : undefined;
}

function hasPanic(task: Join<unknown>): boolean {
  const carried = PROPAGATE | PANICKED;
  return (cellOf(task).state & carried) === carried;
}

/** The error of a panic, which somebody has now seen. */
function seePanic(task: Join<unknown>): unknown {
  markSeen(cellOf(task));
  return valueOf(task);
}

/** The join side goes away. A panic that nobody has seen goes to the hook. */
export function release(task: Join<unknown>): void {
  if (hasPanic(task)) losePanicOf(task);
  detach(task);
}

/** A task: the state machine. How it ends is in `end.ts`. */
import { abort, adoptLocals, type TaskContext, waitOfTask } from "./context.ts";
import { complete, end, hold, panic, release } from "./end.ts";
import { alongside, taskName } from "./errors.ts";
import { currentFrame, enter, type Frame, taskOf } from "./frame.ts";
import { type Context, type Future, PENDING, type Waker } from "./future.ts";
import { type Join, notify, reasonOf, store } from "./join.ts";
import { observer, tell } from "./observe.ts";
import type { ScheduleInfo } from "./schedule.ts";
import * as state from "./state.ts";
import { inheritLocals } from "./task_local.ts";
import type { Wait } from "../internal/waits.ts";
import { capture, within } from "../internal/async_context.ts";

/** What hands a task to its executor: the user's function, called with the task side of either facade. */
export type Schedule = (task: never, info: ScheduleInfo) => void;

const WOKEN: ScheduleInfo = /* @__PURE__ */ Object.freeze({ wokenWhileRunning: false });
const WOKEN_WHILE_RUNNING: ScheduleInfo = /* @__PURE__ */ Object.freeze({ wokenWhileRunning: true });

// Local copies, see `lib/README.md`: a third of what a task costs.
const ABORTED = state.ABORTED;
const ALIVE = state.ALIVE;
const CANCELLED = state.CANCELLED;
const CLOSED = state.CLOSED;
const CLOSING = state.CLOSING;
const COMPLETED = state.COMPLETED;
const HANDLE = state.HANDLE;
const RAW = state.RAW;
const RUNNING = state.RUNNING;
const SCHEDULED = state.SCHEDULED;
const STRANDED = state.STRANDED;
const pending: typeof PENDING = PENDING;

/** What a step gives when the future threw. */
const THROWN: unique symbol = Symbol("async-task.THROWN");

/** The error of a step that gave `THROWN`, until it is taken. */
let thrown: unknown;

let lastId = 0;

/** So many tasks may run inside of one another, each having woken the next: more would overflow the stack. */
const MAX_DEPTH = 256;

/** How many do: in so many schedule functions are we right now. */
let depth = 0;

/**
 * A task: the whole state machine, on which the facades stand. It is its own waker and context, so that
 * polling allocates nothing.
 */
export class Cell implements Context, Waker {
  // Declared only, and set in the constructor, as in `join.ts`.
  /** The bits of `state.ts`. */
  declare state: number;
  declare readonly id: number;
  /** The task that was running when this one was spawned. */
  declare parentId: number | undefined;
  /** Set until the task lets go of it, exactly once, when it ends. */
  declare future: Future<unknown> | undefined;
  /** Set until the task has ended. */
  declare onSchedule: Schedule | undefined;
  declare tag: unknown;
  /** What the schedule function receives: the task side of a facade. Set right after construction. */
  declare facade: unknown;
  /** What the output is handed to. Set right after construction, and until the task has ended. */
  declare join: Join<unknown> | undefined;
  /** Made when someone asks for it, or when there are task-locals to inherit. */
  declare context: TaskContext | undefined;
  /** The async context of whoever spawned it, in which its future is called. Set until it has ended. */
  declare asyncContext: object | undefined;

  /** A task that is scheduled, with both sides existing; `bits` may add `PROPAGATE` and `LOCAL`. */
  constructor(future: Future<unknown>, onSchedule: Schedule, tag: unknown, bits: number) {
    this.state = SCHEDULED | HANDLE | bits;
    this.id = ++lastId;
    this.parentId = undefined;
    this.future = future;
    this.onSchedule = onSchedule;
    this.tag = tag;
    this.facade = undefined;
    this.join = undefined;
    this.context = undefined;
    this.asyncContext = capture();
    const frame = currentFrame();
    if (frame !== undefined || observer !== undefined) introduce(this, frame);
  }

  /** Joins the cell with its facade, what the schedule function receives, and its join side; right after it is made. */
  connect(facade: unknown, join: Join<unknown>): void {
    this.facade = facade;
    this.join = join;
  }

  get waker(): Waker {
    return this;
  }

  /** Why the future is to close, for its `pollClose`; `undefined` until it is, and after the end. */
  get reason(): unknown {
    return (this.state & ABORTED) === 0 || this.join === undefined ? undefined : reasonOf(this.join);
  }

  /** What it waits for, while it is in nobody's hands. */
  waitsFor(): Wait | undefined {
    return waitOfTask(this);
  }

  /** Makes the task ready to run; does nothing if it is ready already, or has ended. */
  wake(): void {
    const state = this.state;
    if ((state & (SCHEDULED | COMPLETED | CLOSED)) !== 0 && !isWakeable(this)) return;
    this.state = state | SCHEDULED;
    if (observer !== undefined) tell("wake", this);
    if ((state & RUNNING) === 0) submit(this, WOKEN);
  }

  /**
   * One step: a poll, or a step of the clean-up. Whether the task was woken meanwhile and handed over again.
   */
  run(): boolean {
    this.claim("run");
    if (depth >= MAX_DEPTH) refuseDepth(this);
    const state = this.state;
    if ((state & CLOSED) !== 0) return close(this);
    this.state = (state & ~(SCHEDULED | STRANDED)) | RUNNING;
    const output = step(this);
    if (output === pending) return (this.state & CLOSED) !== 0 ? close(this) : suspend(this);
    if (output === THROWN) panic(this, takeThrown());
    else complete(this, output);
    return false;
  }

  /** The task side hands itself to the schedule function. */
  schedule(): void {
    this.claim("schedule");
    submit(this, WOKEN);
  }

  /** The task side cancels: the next run lets go of the future. */
  cancelUnrun(): void {
    this.claim("cancel");
    if ((this.state & CLOSED) === 0) markCancelled(this, undefined);
  }

  /**
   * The task side is dropped: cancels, and lets go of the future at once. Does nothing if it is gone already.
   */
  drop(): void {
    if (!isClaimable(this)) return;
    if ((this.state & CLOSED) === 0) markCancelled(this, undefined);
    close(this);
  }

  /**
   * The join side cancels; a task that rests is handed over once more, for its executor to close it. Whether
   * it is this call that has cancelled it.
   */
  cancel(reason: unknown): boolean {
    const state = this.state;
    if ((state & (COMPLETED | CLOSED)) !== 0) return false;
    markCancelled(this, reason);
    const join = this.join!;
    try {
      if ((state & (SCHEDULED | RUNNING)) === 0 || (state & (STRANDED | RAW)) === STRANDED) {
        submit(this, WOKEN);
      }
    } catch (error) {
      throw alongside(error, () => notify(join));
    }
    notify(join);
    return true;
  }

  /** Throws unless the task side exists and is in somebody's hands. */
  claim(action: string): void {
    if (!isClaimable(this)) refuse(this, action);
  }
}

function isClaimable(cell: Cell): boolean {
  return (cell.state & (SCHEDULED | RUNNING | RAW)) === SCHEDULED;
}

/** Whether a task that is scheduled or closed can be woken all the same. */
function isWakeable(cell: Cell): boolean {
  const state = cell.state;
  return (state & (STRANDED | RAW)) === STRANDED || (state & (CLOSING | SCHEDULED)) === CLOSING;
}

function refuse(cell: Cell, action: string): never {
  throw new TypeError(`Cannot ${action} ${taskName(cell.id, cell.tag)}: ${state.describe(cell.state)}`);
}

/** Nothing has happened to the task: it can be run, woken or cancelled as before. */
function refuseDepth({ id, tag }: Cell): never {
  throw new RangeError(
    `Cannot run ${taskName(id, tag)}: ${MAX_DEPTH} tasks run inside of one another already, ` +
      "queue tasks in their schedule function instead of running them there",
  );
}

/** What is different for a task that is spawned inside of another, or observed. */
function introduce(cell: Cell, frame: Frame | undefined): void {
  cell.parentId = taskOf(frame)?.id;
  const locals = inheritLocals(frame);
  if (locals !== undefined) adoptLocals(cell, locals);
  tell("spawn", cell, cell.parentId);
}

function markCancelled(cell: Cell, reason: unknown): void {
  store(cell.join!, reason);
  cell.state |= CLOSED | CANCELLED;
  if (observer !== undefined) tell("cancel", cell, reason);
}

/**
 * Calls the schedule function. If it throws, the caller learns of it and the task is not lost: an open one
 * can be woken or cancelled again, a closed one is closed here and now, as its executor won't do it.
 */
function submit(cell: Cell, info: ScheduleInfo): void {
  const schedule = cell.onSchedule as (task: unknown, info: ScheduleInfo) => void;
  cell.state = (cell.state & ~STRANDED) | SCHEDULED;
  depth++;
  try {
    schedule(cell.facade, info);
  } catch (error) {
    depth--;
    throw strand(cell, error);
  }
  depth--;
}

/** The schedule function threw `error`, which is returned for the caller to throw. */
function strand(cell: Cell, error: unknown): unknown {
  if (!isClaimable(cell)) return error;
  if ((cell.state & CLOSED) !== 0) return alongside(error, () => close(cell));
  cell.state |= STRANDED;
  return error;
}

/** Calls into the future, as the running task. What it throws is in `thrown`, when `THROWN` is returned. */
function step(cell: Cell): unknown {
  if (observer !== undefined) tell("pollStart", cell);
  const outer = enter(cell);
  let output = attempt(cell);
  if (output !== pending && cell.context !== undefined && isHeld(cell, output)) output = attempt(cell);
  enter(outer);
  if (observer !== undefined) tellEnd(cell);
  return output;
}

function attempt(cell: Cell): unknown {
  try {
    return within(cell.asyncContext, (cell.state & CLOSED) === 0 ? stepPoll : stepClose, cell);
  } catch (error) {
    thrown = error;
    return THROWN;
  }
}

/** The body is over; whether the task is not, as scopes that belong to it are open. */
function isHeld(cell: Cell, output: unknown): boolean {
  return output === THROWN ? hold(cell, true, thrown) : hold(cell, false, output);
}

function stepPoll(cell: Cell): unknown {
  return cell.future!.poll(cell);
}

function stepClose(cell: Cell): unknown {
  if ((cell.state & ABORTED) === 0) abort(cell);
  const future = cell.future!;
  if (future.pollClose === undefined) return undefined;
  cell.state |= CLOSING;
  return future.pollClose(cell);
}

/** Leaves a run without an end; whether the task goes back to its schedule function at once. */
function suspend(cell: Cell): boolean {
  const state = cell.state;
  cell.state = state & ~RUNNING;
  if ((state & SCHEDULED) === 0) return false;
  submit(cell, WOKEN_WHILE_RUNNING);
  return true;
}

/** The clean-up after a cancellation: one step, and the end if it was the last. */
function close(cell: Cell): boolean {
  cell.state = (cell.state & ~(SCHEDULED | STRANDED)) | RUNNING;
  const output = step(cell);
  if (output === pending) return suspend(cell);
  if (output === THROWN) {
    panic(cell, takeThrown());
    return false;
  }
  release(cell);
  cell.state &= ~ALIVE;
  end(cell);
  return false;
}

function takeThrown(): unknown {
  const error = thrown;
  thrown = undefined;
  return error;
}

/** The observer may run tasks that throw in their turn. */
function tellEnd(cell: Cell): void {
  const error = thrown;
  tell("pollEnd", cell);
  thrown = error;
}

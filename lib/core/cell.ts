import { abortContext, adoptLocals, type TaskContext } from "./context.ts";
import { report, suppress } from "./errors.ts";
import { currentFrame, enter, type Frame, taskOf } from "./frame.ts";
import { type Context, type Future, PENDING, type Waker } from "./future.ts";
import { type Join, notify, outcomeOf, reasonOf, settle, store, valueOf } from "./join.ts";
import { observer } from "./observe.ts";
import type { ScheduleInfo } from "./schedule.ts";
import * as bit from "./state.ts";
import { inheritLocals } from "./task_local.ts";

/** What hands a task to its executor: the user's function, called with the task side of either face. */
export type Schedule = (task: never, info: ScheduleInfo) => void;

const WOKEN: ScheduleInfo = Object.freeze({ wokenWhileRunning: false });
const WOKEN_WHILE_RUNNING: ScheduleInfo = Object.freeze({ wokenWhileRunning: true });

/** What a step gives when the future threw. */
const THROWN: unique symbol = Symbol("async-task.THROWN");

/** The bits that no ended task has. */
const ALIVE = bit.SCHEDULED | bit.RUNNING | bit.CLOSING | bit.STRANDED;

let lastId = 0;

/**
 * A task: the whole state machine, on which the faces stand. It is its own waker and context, so that polling
 * allocates nothing.
 */
export class Cell implements Context, Waker {
  /** The bits of `state.ts`. */
  state: number;
  readonly id: number;
  readonly parentId: number | undefined;
  /** Set until the task lets go of it, exactly once, when it ends. */
  future: Future<unknown> | undefined;
  /** Set until the task has ended. */
  onSchedule: Schedule | undefined;
  tag: unknown;
  /** What the schedule function receives: the task side of a face. Set right after construction. */
  face: unknown;
  /** What the output is handed to. Set right after construction, and until the task has ended. */
  join: Join<unknown> | undefined;
  /** Made when someone asks for it, or when there are task-locals to inherit. */
  context: TaskContext | undefined;

  /** A task that is scheduled, with both sides existing; `bits` may add `PROPAGATE` and `LOCAL`. */
  constructor(future: Future<unknown>, onSchedule: Schedule, tag: unknown, bits: number) {
    const frame = currentFrame();
    this.state = bit.SCHEDULED | bit.HANDLE | bits;
    this.id = ++lastId;
    this.parentId = frame === undefined ? undefined : taskOf(frame)?.id;
    this.future = future;
    this.onSchedule = onSchedule;
    this.tag = tag;
    this.face = undefined;
    this.join = undefined;
    this.context = undefined;
    if (frame !== undefined) this.inherit(frame);
    if (observer !== undefined) observer.spawn(this.id, tag, this.parentId);
  }

  get waker(): Waker {
    return this;
  }

  /** Makes the task ready to run; does nothing if it is ready already, or has ended. */
  wake(): void {
    const state = this.state;
    if ((state & (bit.SCHEDULED | bit.COMPLETED | bit.CLOSED)) !== 0 && !this.isWakeable()) return;
    if (observer !== undefined) observer.wake(this.id, this.tag);
    this.state = state | bit.SCHEDULED;
    if ((state & bit.RUNNING) === 0) this.submit(WOKEN);
  }

  /** One step: a poll, or a step of the clean-up. Whether the task was woken meanwhile and handed over again. */
  run(): boolean {
    this.claim("run");
    const state = this.state;
    if ((state & bit.CLOSED) !== 0) return this.close();
    this.state = (state & ~(bit.SCHEDULED | bit.STRANDED)) | bit.RUNNING;
    const output = this.step();
    if (output === PENDING) return (this.state & bit.CLOSED) !== 0 ? this.close() : this.suspend();
    if (output === THROWN) this.panic();
    else this.complete(output);
    return false;
  }

  /** The task side hands itself to the schedule function. */
  schedule(): void {
    this.claim("schedule");
    this.submit(WOKEN);
  }

  /** The task side cancels: the next run lets go of the future. */
  cancelUnrun(): void {
    this.claim("cancel");
    if ((this.state & bit.CLOSED) === 0) this.markCancelled(undefined);
  }

  /** The task side is dropped: cancels, and lets go of the future at once. Does nothing if it is gone already. */
  drop(): void {
    if (!this.isClaimable()) return;
    if ((this.state & bit.CLOSED) === 0) this.markCancelled(undefined);
    this.close();
  }

  /** The join side cancels; a task that rests is handed over once more, for its executor to close it. */
  cancel(reason: unknown): void {
    const state = this.state;
    if ((state & (bit.COMPLETED | bit.CLOSED)) !== 0) return;
    this.markCancelled(reason);
    const join = this.join!;
    try {
      if ((state & (bit.SCHEDULED | bit.RUNNING)) === 0 || (state & bit.STRANDED) !== 0) this.submit(WOKEN);
    } finally {
      notify(join);
    }
  }

  /** Throws unless the task side exists and is in somebody's hands. */
  claim(action: string): void {
    if (!this.isClaimable()) throw new TypeError(`Cannot ${action} task ${this.id}: ${this.describe()}`);
  }

  private isClaimable(): boolean {
    return (this.state & (bit.SCHEDULED | bit.RUNNING | bit.RAW)) === bit.SCHEDULED;
  }

  /** Whether a task that is scheduled or closed can be woken all the same. */
  private isWakeable(): boolean {
    const state = this.state;
    return (state & bit.STRANDED) !== 0 || (state & (bit.CLOSING | bit.SCHEDULED)) === bit.CLOSING;
  }

  private describe(): string {
    const state = this.state;
    if ((state & bit.RUNNING) !== 0) return "it is running right now";
    if ((state & bit.RAW) !== 0) return "it was turned into a raw handle";
    if ((state & bit.COMPLETED) !== 0) return "it has completed";
    if ((state & bit.CLOSED) !== 0) return "it has ended";
    return "it was run already and has not been woken since";
  }

  private inherit(frame: Frame): void {
    const locals = inheritLocals(frame);
    if (locals !== undefined) adoptLocals(this, locals);
  }

  private markCancelled(reason: unknown): void {
    store(this.join!, reason);
    this.state |= bit.CLOSED | bit.CANCELLED;
    if (observer !== undefined) observer.cancel(this.id, this.tag, reason);
  }

  /**
   * Calls the schedule function. If it throws, the caller learns of it and the task is not lost: an open one
   * can be woken or cancelled again, a closed one is closed here and now, as its executor won't do it.
   */
  private submit(info: ScheduleInfo): void {
    const schedule = this.onSchedule as (task: unknown, info: ScheduleInfo) => void;
    this.state = (this.state & ~bit.STRANDED) | bit.SCHEDULED;
    try {
      schedule(this.face, info);
    } catch (error) {
      if (!this.isClaimable()) throw error;
      if ((this.state & bit.CLOSED) !== 0) throw alongside(error, () => this.close());
      this.state |= bit.STRANDED;
      throw error;
    }
  }

  /** Calls into the future, as the running task. What it throws is stored, and `THROWN` returned. */
  private step(): unknown {
    if (observer !== undefined) observer.pollStart(this.id, this.tag);
    const outer = enter(this);
    try {
      return (this.state & bit.CLOSED) === 0 ? this.future!.poll(this) : this.stepClose();
    } catch (error) {
      store(this.join!, error);
      return THROWN;
    } finally {
      enter(outer);
      if (observer !== undefined) observer.pollEnd(this.id, this.tag);
    }
  }

  private stepClose(): unknown {
    const isFirst = (this.state & bit.CLOSING) === 0;
    if (isFirst && this.context !== undefined) abortContext(this.context, reasonOf(this.join!));
    const future = this.future!;
    if (future.pollClose === undefined) return undefined;
    this.state |= bit.CLOSING;
    return future.pollClose(this);
  }

  /** Leaves a run without an end; whether the task goes back to its schedule function at once. */
  private suspend(): boolean {
    const state = this.state;
    this.state = state & ~bit.RUNNING;
    if ((state & bit.SCHEDULED) === 0) return false;
    this.submit(WOKEN_WHILE_RUNNING);
    return true;
  }

  /** The clean-up after a cancellation: one step, and the end if it was the last. */
  private close(): boolean {
    this.state = (this.state & ~(bit.SCHEDULED | bit.STRANDED)) | bit.RUNNING;
    const output = this.step();
    if (output === PENDING) return this.suspend();
    if (output === THROWN) {
      this.panic();
      return false;
    }
    this.release();
    this.state &= ~ALIVE;
    this.end();
    return false;
  }

  /** The future returned its output. */
  private complete(output: unknown): void {
    this.release();
    const state = this.state & ~ALIVE;
    if ((state & (bit.CLOSED | bit.HANDLE)) === bit.HANDLE) {
      store(this.join!, output);
      this.state = state | bit.COMPLETED;
    } else {
      this.state = state | bit.COMPLETED | bit.CLOSED;
    }
    this.end();
  }

  /** The future threw, and the error is stored: it goes to the join side, or out of the run. */
  private panic(): void {
    const error = valueOf(this.join!);
    if ((this.state & bit.CLOSED) === 0) {
      this.state = (this.state & ~ALIVE) | bit.CLOSED;
    }
    const thrown = alongside(error, () => this.letGo());
    this.state = (this.state & ~ALIVE) | bit.PANICKED;
    store(this.join!, thrown);
    throw alongside(thrown, () => this.end());
  }

  /** Lets go of the future; nobody could handle what that throws. */
  private release(): void {
    try {
      this.letGo();
    } catch (error) {
      report(error);
    }
  }

  private letGo(): void {
    const future = this.future!;
    this.future = undefined;
    if (future[Symbol.dispose] === undefined) return;
    const outer = enter(this);
    try {
      future[Symbol.dispose]!();
    } finally {
      enter(outer);
    }
  }

  /** The task has ended: lets go of everything else, and tells who waits. */
  private end(): void {
    const join = this.join!;
    this.join = undefined;
    this.onSchedule = undefined;
    if (observer !== undefined) observer.close(this.id, this.tag, outcomeOf(join).status);
    settle(join);
  }
}

/** `error`, and what `fn` throws if it does. */
function alongside(error: unknown, fn: () => void): unknown {
  try {
    fn();
    return error;
  } catch (another) {
    return suppress(another, error);
  }
}

import { abortContext, adoptLocals, contextOf, type TaskContext } from "./context.ts";
import { alongside, report } from "./errors.ts";
import { currentFrame, enter, type Frame, taskOf } from "./frame.ts";
import { type Context, type Future, PENDING, type Waker } from "./future.ts";
import { type Join, notify, reasonOf, settle, store } from "./join.ts";
import { observer } from "./observe.ts";
import type { ScheduleInfo } from "./schedule.ts";
import { carryPanic, losePanic } from "./panic_hook.ts";
import * as state from "./state.ts";
import { inheritLocals } from "./task_local.ts";

/** What hands a task to its executor: the user's function, called with the task side of either face. */
export type Schedule = (task: never, info: ScheduleInfo) => void;

const WOKEN: ScheduleInfo = /* @__PURE__ */ Object.freeze({ wokenWhileRunning: false });
const WOKEN_WHILE_RUNNING: ScheduleInfo = /* @__PURE__ */ Object.freeze({ wokenWhileRunning: true });

// Copies, because an engine loads an imported constant at every use, but knows one of the module itself: a third
// of what a task costs.
const ALIVE = state.ALIVE;
const CANCELLED = state.CANCELLED;
const CLOSED = state.CLOSED;
const CLOSING = state.CLOSING;
const COMPLETED = state.COMPLETED;
const HANDLE = state.HANDLE;
const PANICKED = state.PANICKED;
const PROPAGATE = state.PROPAGATE;
const RAW = state.RAW;
const RUNNING = state.RUNNING;
const SCHEDULED = state.SCHEDULED;
const STRANDED = state.STRANDED;
const pending: typeof PENDING = PENDING;

/** What a step gives when the future threw. */
const THROWN: unique symbol = Symbol("async-task.THROWN");

/** The error of a step that gave `THROWN`, until it is taken by `panic`. */
let thrown: unknown;

let lastId = 0;

/**
 * A task: the whole state machine, on which the faces stand. It is its own waker and context, so that polling
 * allocates nothing.
 */
export class Cell implements Context, Waker {
  /** The bits of `state.ts`. */
  state: number;
  readonly id: number;
  /** The task that was running when this one was spawned. */
  parentId: number | undefined;
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
    this.state = SCHEDULED | HANDLE | bits;
    this.id = ++lastId;
    this.parentId = undefined;
    this.future = future;
    this.onSchedule = onSchedule;
    this.tag = tag;
    this.face = undefined;
    this.join = undefined;
    this.context = undefined;
    const frame = currentFrame();
    if (frame !== undefined || observer !== undefined) this.introduce(frame);
  }

  get waker(): Waker {
    return this;
  }

  /** Makes the task ready to run; does nothing if it is ready already, or has ended. */
  wake(): void {
    const state = this.state;
    if ((state & (SCHEDULED | COMPLETED | CLOSED)) !== 0 && !this.isWakeable()) return;
    this.state = state | SCHEDULED;
    if (observer !== undefined) observer.wake(this);
    if ((state & RUNNING) === 0) this.submit(WOKEN);
  }

  /** One step: a poll, or a step of the clean-up. Whether the task was woken meanwhile and handed over again. */
  run(): boolean {
    this.claim("run");
    const state = this.state;
    if ((state & CLOSED) !== 0) return this.close();
    this.state = (state & ~(SCHEDULED | STRANDED)) | RUNNING;
    const output = this.step();
    if (output === pending) return (this.state & CLOSED) !== 0 ? this.close() : this.suspend();
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
    if ((this.state & CLOSED) === 0) this.markCancelled(undefined);
  }

  /** The task side is dropped: cancels, and lets go of the future at once. Does nothing if it is gone already. */
  drop(): void {
    if (!this.isClaimable()) return;
    if ((this.state & CLOSED) === 0) this.markCancelled(undefined);
    this.close();
  }

  /** The join side cancels; a task that rests is handed over once more, for its executor to close it. */
  cancel(reason: unknown): void {
    const state = this.state;
    if ((state & (COMPLETED | CLOSED)) !== 0) return;
    this.markCancelled(reason);
    const join = this.join!;
    try {
      if ((state & (SCHEDULED | RUNNING)) === 0 || (state & (STRANDED | RAW)) === STRANDED) {
        this.submit(WOKEN);
      }
    } finally {
      notify(join);
    }
  }

  /** Throws unless the task side exists and is in somebody's hands. */
  claim(action: string): void {
    if (!this.isClaimable()) this.refuse(action);
  }

  private isClaimable(): boolean {
    return (this.state & (SCHEDULED | RUNNING | RAW)) === SCHEDULED;
  }

  /** Whether a task that is scheduled or closed can be woken all the same. */
  private isWakeable(): boolean {
    const state = this.state;
    return (state & (STRANDED | RAW)) === STRANDED || (state & (CLOSING | SCHEDULED)) === CLOSING;
  }

  private refuse(action: string): never {
    throw new TypeError(`Cannot ${action} task ${this.id}: ${state.describe(this.state)}`);
  }

  /** What is different for a task that is spawned inside of another, or observed. */
  private introduce(frame: Frame | undefined): void {
    this.parentId = taskOf(frame)?.id;
    const locals = inheritLocals(frame);
    if (locals !== undefined) adoptLocals(this, locals);
    observer?.spawn(this);
  }

  private markCancelled(reason: unknown): void {
    store(this.join!, reason);
    this.state |= CLOSED | CANCELLED;
    if (observer !== undefined) observer.cancel(this, reason);
  }

  /**
   * Calls the schedule function. If it throws, the caller learns of it and the task is not lost: an open one
   * can be woken or cancelled again, a closed one is closed here and now, as its executor won't do it.
   */
  private submit(info: ScheduleInfo): void {
    const schedule = this.onSchedule as (task: unknown, info: ScheduleInfo) => void;
    this.state = (this.state & ~STRANDED) | SCHEDULED;
    try {
      schedule(this.face, info);
    } catch (error) {
      throw this.strand(error);
    }
  }

  /** The schedule function threw `error`, which is returned for the caller to throw. */
  private strand(error: unknown): unknown {
    if (!this.isClaimable()) return error;
    if ((this.state & CLOSED) !== 0) return alongside(error, () => this.close());
    this.state |= STRANDED;
    return error;
  }

  /** Calls into the future, as the running task. What it throws is in `thrown`, when `THROWN` is returned. */
  private step(): unknown {
    if (observer !== undefined) observer.pollStart(this);
    const outer = enter(this);
    let output;
    try {
      output = (this.state & CLOSED) === 0 ? this.future!.poll(this) : this.stepClose();
    } catch (error) {
      thrown = error;
      output = THROWN;
    }
    enter(outer);
    if (observer !== undefined) this.tellEnd();
    return output;
  }

  private stepClose(): unknown {
    const isFirst = (this.state & CLOSING) === 0;
    if (isFirst) abortContext(contextOf(this), reasonOf(this.join!));
    const future = this.future!;
    if (future.pollClose === undefined) return undefined;
    this.state |= CLOSING;
    return future.pollClose(this);
  }

  /** Leaves a run without an end; whether the task goes back to its schedule function at once. */
  private suspend(): boolean {
    const state = this.state;
    this.state = state & ~RUNNING;
    if ((state & SCHEDULED) === 0) return false;
    this.submit(WOKEN_WHILE_RUNNING);
    return true;
  }

  /** The clean-up after a cancellation: one step, and the end if it was the last. */
  private close(): boolean {
    this.state = (this.state & ~(SCHEDULED | STRANDED)) | RUNNING;
    const output = this.step();
    if (output === pending) return this.suspend();
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
    if ((state & (CLOSED | HANDLE)) === HANDLE) {
      store(this.join!, output);
      this.state = state | COMPLETED;
    } else {
      this.state = state | COMPLETED | CLOSED;
    }
    this.end();
  }

  /** The future threw: the error goes to the join side, or out of the run. */
  private panic(): void {
    const error = thrown;
    thrown = undefined;
    if ((this.state & PROPAGATE) !== 0) return this.carry(error);
    if ((this.state & CLOSED) === 0) this.state = (this.state & ~ALIVE) | CLOSED;
    const both = this.disposeAlongside(error);
    this.state = (this.state & ~ALIVE) | PANICKED;
    store(this.join!, both);
    throw alongside(both, () => this.end());
  }

  /**
   * The panic is an output like any other, for the join side to throw. Without one, or if the task cancelled
   * itself in the poll that threw, nobody will ask for it: it goes to the panic hook.
   */
  private carry(error: unknown): void {
    const both = this.disposeAlongside(error);
    const state = this.state & ~ALIVE;
    const isClosing = (this.state & CLOSING) !== 0;
    const isWanted = (state & HANDLE) !== 0 && ((state & CLOSED) === 0 || isClosing);
    this.state = state | (isClosing ? 0 : COMPLETED) | (isWanted ? PANICKED : CLOSED);
    if (isWanted) {
      store(this.join!, both);
      carryPanic(both, this, this.join!);
    } else losePanic(both, this);
    this.end();
  }

  private disposeAlongside(error: unknown): unknown {
    const future = this.future!;
    this.future = undefined;
    return alongside(error, () => this.dispose(future));
  }

  /** Lets go of the future; nobody could handle what that throws. */
  private release(): void {
    const future = this.future!;
    this.future = undefined;
    if (future[Symbol.dispose] === undefined) return;
    try {
      this.dispose(future);
    } catch (error) {
      report(error);
    }
  }

  private dispose(future: Future<unknown>): void {
    const outer = enter(this);
    try {
      future[Symbol.dispose]?.();
    } finally {
      enter(outer);
    }
  }

  /** The task has ended: lets go of everything else, and tells who waits. */
  private end(): void {
    const join = this.join!;
    this.join = undefined;
    this.onSchedule = undefined;
    if (observer !== undefined) observer.close(this, join);
    settle(join);
  }

  /** The observer may run tasks that throw in their turn. */
  private tellEnd(): void {
    const error = thrown;
    observer?.pollEnd(this);
    thrown = error;
  }
}

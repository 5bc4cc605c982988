/** Several futures as one: what the combinators have in common. */
import { checkWaker, suppress } from "../core/friend.ts";
import { Awaitable, CancelledError, type Context, PENDING, type Poll, type Waker } from "../core/mod.ts";
import { together as waitTogether, type Wait } from "../internal/waits.ts";
import { Child, type Waitable } from "./child.ts";

/** The children are polled. */
const RUNNING = 0;
/** It is decided, and the losers clean up. */
const CLOSING = 1;
/** It is decided, and nothing is left. */
const FULFILLED = 2;
const REJECTED = 3;
/** It was let go of before. */
const DROPPED = 4;

/**
 * Several futures as one, which owns them. When it is decided, those that have not ended are cancelled: they
 * are asked to close, and let go of when they have; only then is there an output. Errors of the clean-up are
 * told with the error that was decided; an output is not lost for them: then they are reported. Flat, see
 * `lib/README.md`.
 */
export abstract class Group<In, Out> extends Awaitable<Out> implements Disposable {
  declare private readonly children: Child<In>[];
  /** Those that were woken, and have not been polled since. */
  declare private woken: Child<In>[];
  declare private waker: Waker | undefined;
  declare private state: number;
  /** Once it is decided: the output, or the error. */
  declare private decision: unknown;
  declare private isFulfilled: boolean;
  /** Whether the decision was its owner's, who need not be told of it. */
  declare private isGivenUp: boolean;
  /** How many have not ended. */
  declare protected open: number;

  constructor(waitables: Iterable<Waitable<In>>) {
    super();
    const onWake = (child: Child<In>): void => this.onWake(child);
    this.children = Array.from(waitables, (waitable, index) => new Child<In>(waitable, index, onWake));
    this.woken = [...this.children];
    this.waker = undefined;
    this.state = RUNNING;
    this.decision = undefined;
    this.isFulfilled = false;
    this.isGivenUp = false;
    this.open = this.children.length;
  }

  override poll(cx: Context): Poll<Out> {
    switch (this.state) {
      case FULFILLED:
        return this.decision as Out;
      case REJECTED:
        throw this.decision;
      case DROPPED:
        throw new TypeError("Cannot poll the future: it was dropped before it had an output");
    }
    this.waker = checkWaker(cx.waker);
    if (this.state === RUNNING) this.run();
    if (this.state === CLOSING) this.close();
    return this.state === CLOSING || this.state === RUNNING ? PENDING : this.poll(cx);
  }

  /** The owner gives it up: all that have not ended are closed, with the owner's reason. */
  pollClose(cx: Context): Poll<unknown> {
    if (this.state === RUNNING) {
      this.isGivenUp = true;
      this.decision = cx.reason ?? new CancelledError();
      this.decide(this.decision, undefined);
    }
    if (this.state !== CLOSING) return;
    this.waker = checkWaker(cx.waker);
    const errors = this.close();
    if ((this.state as number) === CLOSING) return PENDING;
    if ((this.state as number) === REJECTED && !this.isGivenUp) throw this.decision;
    if (errors.length > 0) throw errors.length === 1 ? errors[0] : together(errors);
  }

  /** Lets go of all that have not ended. */
  [Symbol.dispose](): void {
    if (this.state >= FULFILLED) return;
    this.state = DROPPED;
    this.waker = undefined;
    for (const child of this.children) if (child.isOpen) child.drop();
    const errors = this.children.flatMap((child) => child.see());
    if (errors.length > 0) throw errors.reduce((first, later) => suppress(later, first));
  }

  override waitsFor(): Wait | undefined {
    const open = this.children.filter(({ isOpen }) => isOpen);
    return waitTogether(this.kind, open.map((child) => child.waitsFor()));
  }

  /** What kind of wait it is. */
  protected abstract get kind(): "all" | "race";

  /** A child has an output. */
  protected abstract onOutput(output: In, index: number): void;

  /** A child threw. */
  protected abstract onError(error: unknown, index: number): void;

  /** It is decided what comes out of it. */
  protected fulfill(output: Out): void {
    this.decision = output;
    this.isFulfilled = true;
    this.decide(undefined, "Another future was first");
  }

  /** It is decided that it throws. */
  protected reject(error: unknown): void {
    this.decision = error;
    this.decide(undefined, error);
  }

  /** Polls those that were woken; what is woken meanwhile wakes the task, and comes next time. */
  private run(): void {
    for (const child of this.takeWoken()) {
      if (this.state === RUNNING) this.step(child);
    }
  }

  private takeWoken(): Child<In>[] {
    const woken = this.woken;
    this.woken = [];
    return woken;
  }

  private step(child: Child<In>): void {
    let output;
    try {
      output = child.poll();
    } catch (error) {
      this.end(child);
      return this.onError(error, child.index);
    }
    if (output === PENDING) return;
    this.end(child);
    this.onOutput(output as In, child.index);
  }

  private end(child: Child<In>): void {
    this.open--;
    child.drop();
  }

  /** From now on, whatever has not ended is closed: for a reason, or because of something. */
  private decide(reason: unknown, cause: unknown): void {
    this.state = CLOSING;
    this.woken = this.children.filter(({ isOpen }) => isOpen);
    for (const child of this.woken) child.giveUp(reason, cause);
  }

  /** Goes on with the clean-up; at its end, the errors of all of it. */
  private close(): unknown[] {
    for (const child of this.takeWoken()) if (child.close()) this.end(child);
    return this.open > 0 ? [] : this.settle();
  }

  private settle(): unknown[] {
    this.waker = undefined;
    if (this.isFulfilled) {
      this.state = FULFILLED;
      for (const child of this.children) child.lose();
      return [];
    }
    this.state = REJECTED;
    const errors = this.children.flatMap((child) => child.see());
    if (errors.length > 0) this.decision = together([this.decision, ...errors]);
    return errors;
  }

  private onWake(child: Child<In>): void {
    if (!child.isOpen) return;
    this.woken.push(child);
    this.waker?.wake();
  }
}

/** The errors of a clean-up, with what came before it. */
function together(errors: unknown[]): AggregateError {
  return new AggregateError(errors, `${errors.length} errors, of which the last came in the clean-up`);
}

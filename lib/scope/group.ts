import { checkWaker, suppress } from "../core/friend.ts";
import { Awaitable, type Context, PENDING, type Poll, type Waker } from "../core/mod.ts";
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
 * Several futures as one. When it is decided, those that have not ended are cancelled: they are asked to close,
 * and let go of when they have; only then is there an output.
 */
export abstract class Group<In, Out> extends Awaitable<Out> implements Disposable {
  // Declared only, and set in the constructor, as in `join.ts`.
  declare private readonly children: Child<In>[];
  /** Those that were woken, and have not been polled since. */
  declare private woken: Child<In>[];
  declare private waker: Waker | undefined;
  declare private state: number;
  /** Once it is decided: the output, or the errors. */
  declare private output: Out | undefined;
  declare private errors: unknown[];
  /** How many have not ended. */
  declare protected open: number;

  constructor(waitables: Iterable<Waitable<In>>) {
    super();
    const onWake = (child: Child<In>): void => this.onWake(child);
    this.children = Array.from(waitables, (waitable, index) => new Child<In>(waitable, index, onWake));
    this.woken = [...this.children];
    this.waker = undefined;
    this.state = RUNNING;
    this.output = undefined;
    this.errors = [];
    this.open = this.children.length;
  }

  override poll(cx: Context): Poll<Out> {
    switch (this.state) {
      case FULFILLED:
        return this.output as Out;
      case REJECTED:
        throw this.error();
      case DROPPED:
        throw new TypeError("Cannot poll the future: it was dropped before it had an output");
    }
    this.waker = checkWaker(cx.waker);
    if (this.state === RUNNING) this.run();
    if (this.state === CLOSING) this.close();
    return this.state === CLOSING || this.state === RUNNING ? PENDING : this.poll(cx);
  }

  /** The clean-up, when the task is cancelled that this is the future of. */
  pollClose(cx: Context): Poll<unknown> {
    if (this.state === RUNNING) this.decide();
    if (this.state !== CLOSING) return;
    this.waker = checkWaker(cx.waker);
    this.close();
    if ((this.state as number) === CLOSING) return PENDING;
    if (this.errors.length > 0) throw this.error();
  }

  /** Lets go of all that have not ended. */
  [Symbol.dispose](): void {
    if (this.state >= FULFILLED) return;
    this.state = DROPPED;
    this.waker = undefined;
    const errors: unknown[] = [];
    for (const child of this.children) attempt(() => child.drop(), errors);
    if (errors.length > 0) throw errors.reduce((first, later) => suppress(later, first));
  }

  /** A child has an output. */
  protected abstract onOutput(output: In, index: number): void;

  /** A child threw. */
  protected abstract onError(error: unknown, index: number): void;

  /** It is decided what comes out of it. */
  protected fulfill(output: Out): void {
    this.output = output;
    this.decide();
  }

  /** It is decided that it throws. */
  protected reject(error: unknown): void {
    this.errors.push(error);
    this.decide();
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
    attempt(() => child.drop(), this.errors);
  }

  private decide(): void {
    this.state = CLOSING;
    this.woken = this.children.filter(({ isOpen }) => isOpen);
  }

  /** Goes on with the clean-up; the end, if that was the last of it. */
  private close(): void {
    for (const child of this.takeWoken()) this.stepClose(child);
    if (this.open > 0) return;
    this.waker = undefined;
    this.state = this.errors.length > 0 ? REJECTED : FULFILLED;
  }

  private stepClose(child: Child<In>): void {
    let isClosed = true;
    attempt(() => {
      isClosed = child.close();
    }, this.errors);
    if (isClosed) this.end(child);
  }

  private onWake(child: Child<In>): void {
    if (!child.isOpen) return;
    this.woken.push(child);
    this.waker?.wake();
  }

  /** The first error as it is; with those of the clean-up, an `AggregateError`. */
  private error(): unknown {
    const { errors } = this;
    if (errors.length === 1) return errors[0];
    const all = new AggregateError(errors, `${errors.length} errors, of which the last came in the clean-up`);
    this.errors = [all];
    return all;
  }
}

function attempt(fn: () => void, errors: unknown[]): void {
  try {
    fn();
  } catch (error) {
    errors.push(error);
  }
}

/** `Scope.run`: a body, and the scope that it is given, as one future. */
import { asBody, isBecauseOf, PromiseFuture } from "../adapt/friend.ts";
import {
  both,
  checkWaker,
  currentFrame,
  follow,
  type Frame,
  inFrame,
  Layer,
  type Links,
  prepareToFollow,
  Waits,
} from "../core/friend.ts";
import {
  Awaitable,
  CancelledError,
  type Context,
  type Future,
  PENDING,
  type Poll,
  type Waker,
} from "../core/mod.ts";
import { capture } from "../internal/async_context.ts";
import { type Wait, waitOf } from "../internal/waits.ts";
import type { Body, Life } from "./life.ts";

/**
 * The frame of the body: its awaits are interrupted with the scope, and scopes that are made in it are its
 * own.
 */
class ScopeFrame extends Layer {
  override readonly waits: Waits = new Waits();
  override readonly links: Links;
  override readonly deadline: object | undefined;

  constructor(outer: Frame | undefined, life: Life) {
    super(outer);
    this.links = life.links;
    this.deadline = life.deadline;
  }
}

/** The body is under way. */
const RUNNING = 0;
/** It is over; the scope's tasks may not be. */
const OVER = 1;
/** All is over: `result` is the output, or the error. */
const FULFILLED = 2;
const REJECTED = 3;

/**
 * It begins at once, and goes on by itself. If the scope is cancelled, the awaits of an async body are
 * interrupted, and a generator is closed. Given up, it cancels the scope, and is over when that is.
 */
export class ScopeRun<R> extends Awaitable<R> implements Body, Context, Waker, Disposable {
  readonly #life: Life;
  readonly #frame: ScopeFrame;
  /** The async context of whoever has called it. */
  readonly #context: object | undefined;
  /** What the body has returned, while it is polled. */
  #inner: Future<R> | undefined;
  #state = RUNNING;
  #isThrown = false;
  #result: unknown;
  /** Why the body is closed, if it is a generator. */
  #closeReason: { reason: unknown } | undefined;
  #isWoken = false;
  #waiting: Waker | undefined;
  /** Why it was given up: nobody need be told that. */
  #givenUp: { reason: unknown } | undefined;
  /** What was thrown in the end while nobody waited: for the runtime to report, unless somebody asks soon. */
  #unheard: Promise<never> | undefined;

  constructor(life: Life, fn: () => unknown) {
    super();
    this.#life = life;
    this.#frame = new ScopeFrame(currentFrame(), life);
    this.#context = capture();
    life.begin(this);
    this.#begin(fn);
  }

  get waker(): Waker {
    return this;
  }

  /** For the `pollClose` of the body. */
  get reason(): unknown {
    return this.#closeReason?.reason;
  }

  get isOpen(): boolean {
    return this.#state === RUNNING;
  }

  override poll(cx: Context): Poll<R> {
    if (this.#state === FULFILLED) return this.#result as R;
    if (this.#state === REJECTED) {
      this.#unheard?.catch(() => {});
      throw this.#result;
    }
    this.#waiting = checkWaker(cx.waker);
    return PENDING;
  }

  /** Cancels the scope, body included, and waits for its end. */
  pollClose(cx: Context): Poll<unknown> {
    this.#giveUp(cx.reason ?? new CancelledError());
    const { reason } = this.#givenUp!;
    try {
      return this.poll(cx);
    } catch (error) {
      if (!isBecauseOf(reason, error)) throw error;
    }
  }

  /** Cancels the scope, if it has not ended. */
  [Symbol.dispose](): void {
    this.#waiting = undefined;
    if (this.#state < FULFILLED) this.#giveUp(new CancelledError());
  }

  override waitsFor(): Wait | undefined {
    if (this.#state >= FULFILLED) return undefined;
    const inner = this.#inner === undefined ? undefined : waitOf(this.#inner);
    return this.#frame.waits.waitsFor() ?? inner ?? { kind: "scope" };
  }

  /** Called by what the body waits for. */
  wake(): void {
    if (this.#isWoken || this.#state !== RUNNING) return;
    this.#isWoken = true;
    queueMicrotask(() => {
      this.#isWoken = false;
      this.#step();
    });
  }

  /** Called by the scope, when it is cancelled. */
  interrupt(reason: unknown, controller: AbortController | undefined): void {
    this.#frame.waits.close(reason, controller);
    if (this.#inner === undefined || this.#inner instanceof PromiseFuture) return;
    this.#closeReason = { reason };
    this.wake();
  }

  /** Called by the scope, when it has ended. */
  settle(): void {
    if (this.#state === OVER && this.#life.isClosed) this.#end();
  }

  #giveUp(reason: unknown): void {
    this.#givenUp ??= { reason };
    this.#life.cancelFor(reason);
  }

  #begin(fn: () => unknown): void {
    try {
      prepareToFollow();
      const result = follow(this.#frame, fn, undefined, undefined);
      this.#inner = asBody<R>(result);
      if (this.#inner === undefined) return this.#over(false, result);
    } catch (error) {
      return this.#over(true, error);
    }
    // A generator, in a scope that was cancelled from the start.
    if (this.#life.isCancelled) this.interrupt(this.#life.reason, undefined);
    this.#step();
  }

  #step(): void {
    if (this.#state !== RUNNING) return;
    let output: Poll<unknown>;
    try {
      output = inFrame(this.#frame, this.#context, stepOf<R>, this);
    } catch (error) {
      return this.#over(true, error);
    }
    if (output === PENDING) return;
    if (this.#closeReason === undefined) this.#over(false, output);
    else this.#over(true, this.#closeReason.reason);
  }

  /** A step of the body, or of its clean-up. */
  stepInner(): Poll<unknown> {
    return this.#closeReason === undefined ? this.#inner!.poll(this) : this.#inner!.pollClose?.(this);
  }

  #over(isThrown: boolean, result: unknown): void {
    this.#state = OVER;
    this.#isThrown = isThrown;
    this.#result = result;
    this.#release();
    if (this.#isThrown && !this.#life.isCancelled) this.#life.cancelBy(this.#result);
    this.#life.close();
    this.settle();
  }

  /** Lets go of the body; what that throws, the body has thrown. */
  #release(): void {
    const inner = this.#inner;
    this.#inner = undefined;
    try {
      inner?.[Symbol.dispose]?.();
    } catch (error) {
      this.#result = this.#isThrown ? both(this.#result, error) : error;
      this.#isThrown = true;
    }
  }

  #end(): void {
    if (this.#state >= FULFILLED) return;
    const error = this.#takeError();
    this.#state = error === undefined ? FULFILLED : REJECTED;
    if (error !== undefined) this.#result = error.error;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) waiting.wake();
    else if (error !== undefined && !this.#isExpected(error.error)) {
      this.#unheard = Promise.reject(error.error);
    }
  }

  #isExpected(error: unknown): boolean {
    const given = this.#givenUp ?? this.#life.givenUp;
    return given !== undefined && isBecauseOf(given.reason, error);
  }

  /**
   * What the body has thrown, and what the scope throws; what is the same, or follows from the other, is told
   * once.
   */
  #takeError(): { error: unknown } | undefined {
    const verdict = this.#life.failures.tell();
    if (!this.#isThrown || verdict !== undefined && this.#isConsequence()) return verdict;
    return { error: verdict === undefined ? this.#result : both(verdict.error, this.#result) };
  }

  /** Whether the body has thrown because the scope was cancelled. */
  #isConsequence(): boolean {
    return this.#life.isCancelled && isBecauseOf(this.#life.reason, this.#result);
  }
}

function stepOf<R>(run: ScopeRun<R>): Poll<unknown> {
  return run.stepInner();
}

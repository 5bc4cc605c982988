import { checkWaker } from "../core/friend.ts";
import { type Context, type Future, PENDING, type Poll, type Waker } from "../core/mod.ts";
import { PromiseFuture } from "../adapt/friend.ts";
import { mayProceed } from "../internal/coop.ts";
import { disposedError } from "./endpoint.ts";
import { Paced } from "./paced.ts";
import { Settler } from "./settler.ts";
import { type Handle, wake } from "./wait_list.ts";

// A copy: an engine loads an imported constant at every use.
const pending: typeof PENDING = PENDING;

/** Nobody has waited yet, or nobody has to wait: in no list. */
export const IDLE = 0;
/** In the list of those who wait, with a waker; the signal is listened to. */
export const WAITING = 1;
/** Out of the list with what it was waiting for, which nobody has seen yet. */
export const HANDED = 2;
/** It has given that out. */
export const DONE = 3;
/** Out of the list with an error, which every poll throws. */
export const FAILED = 4;

/** In place of the error: it was let go of. */
const DROPPED = Symbol("async-task.DROPPED");

/** Of those that are awaited, and polled as well, which is rare. */
const followers = new WeakMap<object, PromiseFuture<unknown>>();

/**
 * A wait at a channel: a future that is itself what stands in the list of those who wait, and its own listener at
 * the signal, so that waiting allocates nothing else.
 *
 * The subclass says what it waits for. It leaves `WAITING` through `leave()`, before it is notified.
 */
export abstract class Operation<R> extends Paced<R> implements Disposable, EventListenerObject {
  declare protected state: number;
  declare protected error: unknown;
  declare protected waker: Waker | undefined;
  declare protected readonly signal: AbortSignal | undefined;
  declare private isYielded: boolean;

  constructor(signal: AbortSignal | undefined) {
    super();
    this.state = IDLE;
    this.error = undefined;
    this.waker = undefined;
    this.signal = signal;
    this.isYielded = false;
  }

  /** Whether there is nothing to wait for, be it that it will throw; asked in `IDLE`. */
  abstract isReady(): boolean;
  /** Gives out what is there, for good. Not to be called while it is `WAITING`, or `IDLE` and not ready. */
  abstract finish(): R;
  /** Enters the list of those who wait. */
  protected abstract enter(): void;
  /** Leaves it. */
  protected abstract leave(): void;
  /** Lets go of what was handed to it. */
  protected abstract giveBack(): void;
  /** What is done, for the message of an error. */
  protected abstract get action(): string;

  override poll(cx: Context): Poll<R> {
    if (this.promise !== undefined) return this.follow(this.promise, cx);
    if (this.state === IDLE && !this.isReady()) {
      this.wait(checkWaker(cx.waker));
      return pending;
    }
    if (this.state === WAITING) {
      this.waker = checkWaker(cx.waker);
      return pending;
    }
    return mayProceed(cx.waker) ? this.finish() : pending;
  }

  /** Begins to wait; for who is not ready, and `IDLE`. */
  wait(waker: Waker): void {
    // First, as it throws if that is no signal.
    if (this.signal !== undefined) this.signal.addEventListener("abort", this);
    this.state = WAITING;
    this.waker = waker;
    this.enter();
  }

  fail(error: unknown): void {
    if (this.state === WAITING) this.stop(FAILED);
    this.state = FAILED;
    this.error = error;
  }

  notify(): void {
    const waker = this.waker;
    this.waker = undefined;
    wake(waker);
  }

  /** Called by the signal. */
  handleEvent(): void {
    this.fail(this.signal!.reason);
    this.notify();
  }

  /** Whoever awaits it is told; whoever polls it, and lets go of it, is not woken once more. */
  [Symbol.dispose](): void {
    const state = this.state;
    if (state === DONE || state === FAILED) return;
    if (state !== WAITING || this.promise === undefined) this.waker = undefined;
    this.fail(DROPPED);
    if (state === HANDED) this.giveBack();
    else this.notify();
  }

  /** The iterator behind `yield*` is the future itself, as `yield*` is for one. */
  override [Symbol.iterator](): Iterator<Future<unknown>, R, unknown> {
    if (this.promise !== undefined) return super[Symbol.iterator]();
    this.isYielded = false;
    return this as unknown as Iterator<Future<unknown>, R, unknown>;
  }

  /** Gives itself away once, and what it is sent in exchange, its output, then. */
  next(sent: unknown): IteratorResult<Future<unknown>, R> {
    if (this.isYielded) return { done: true, value: sent as R };
    this.isYielded = true;
    return { done: false, value: this };
  }

  throw(error: unknown): never {
    throw error;
  }

  /** The generator is closed instead. */
  return(value: R): IteratorReturnResult<R> {
    this[Symbol.dispose]();
    return { done: true, value };
  }

  /** What the promise is settled with that {@linkcode begin} gives. */
  commit(): unknown {
    return this.finish();
  }

  /** Skips the driver that polls: who waits is told directly. */
  protected override begin(): Promise<R> {
    if (this.state === IDLE ? this.isReady() : this.state !== WAITING) return this.startReady();
    // Whoever polled it before is woken as well, and then waits for the promise.
    const settler = new Settler<R>(this, this.waker);
    if (this.state === IDLE) this.wait(settler);
    else this.waker = settler;
    return settler.promise;
  }

  private startReady(): Promise<R> {
    try {
      return Promise.resolve(this.commit() as R);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private follow(promise: Promise<R>, cx: Context): Poll<R> {
    let follower = followers.get(this) as PromiseFuture<R> | undefined;
    if (follower === undefined) followers.set(this, follower = new PromiseFuture(promise));
    return follower.poll(cx);
  }

  /** Throws if there is nothing to begin with any more: the signal is asked before the channel. */
  protected checkStart(handle: Handle): void {
    if (this.signal?.aborted) this.failWith(this.signal.reason);
    if (handle.isDisposed) this.failWith(disposedError(this.action));
  }

  /** Throws the error once it has `FAILED`. */
  protected rethrow(): never {
    const error = this.error;
    // Made as late as this, as hardly anybody will see it, and its stack takes long.
    throw error === DROPPED
      ? new DOMException(`Cannot ${this.action}: the future was dropped`, "AbortError")
      : error;
  }

  protected failWith(error: unknown): never {
    this.fail(error);
    throw error;
  }

  /** Leaves `WAITING` for `state`, and leaves nothing registered. */
  protected stop(state: number): void {
    this.leave();
    this.state = state;
    if (this.signal !== undefined) this.signal.removeEventListener("abort", this);
  }
}

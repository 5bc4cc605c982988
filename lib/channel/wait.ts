/** One wait at a channel: the state machine that sends, receives and selects have in common. */
import {
  checkWaker,
  type Driver,
  existingDriver,
  FutureIterator,
  type Pace,
  PACED,
  partsOf,
} from "../core/friend.ts";
import { Awaitable, type Context, type Future, PENDING, type Poll, type Waker } from "../core/mod.ts";
import { mayProceed, tryProceed } from "../internal/coop.ts";

import type { Wait } from "../internal/waits.ts";
import { show } from "../internal/show.ts";
import { disposedError } from "./errors.ts";
import { type Handle, wake } from "./wait_list.ts";

// A local copy, see lib/README.md.
const pending: typeof PENDING = PENDING;

/** Nobody has waited yet, or nobody has to wait: in no list. */
export const IDLE = 0;
/** In the lists of those who wait; the signal is listened to. */
export const WAITING = 1;
/** Out of the lists with what it was waiting for, which nobody has seen yet. */
export const DELIVERED = 2;
/** It has given that out. */
export const DONE = 3;
/** Out of the lists with an error, which every poll throws. */
export const FAILED = 4;
/** Of a send: done, but its message was dropped. */
export const UNSENT = 5;

/** The names of the states, in their order. */
const NAMES = ["idle", "waiting", "delivered", "done", "failed", "unsent"];

/**
 * In place of an error, which is made when it is thrown: hardly anybody sees it, and its stack takes long.
 */
const DROPPED = Symbol("async-task.DROPPED");

/**
 * A wait at a channel: a future that is itself what stands in the lists of those who wait, and its own
 * listener at the signal, so that waiting allocates nothing else.
 *
 *     IDLE ─── poll ───▶ WAITING ─── aborted, disconnected, abandoned, dropped ──────▶ FAILED
 *      │                    │                                                             ▲
 *      │ poll, and          │ a message, room                                             │
 *      │ canFinish          ▼                                                             │
 *      │                DELIVERED ─── dropped: what was delivered is put back ────────────┘
 *      │                    │
 *      └──────────▶ DONE ◀──┘ poll
 *
 * A send whose message was taken while it waited is `DONE` at once: there is nothing that it could put back.
 * A wait that nothing is delivered to, as everybody sees the same, is roused instead: it is `IDLE` again.
 *
 * The subclass says what is waited for. It calls `stop` when it leaves `WAITING`, and is notified after that.
 *
 * Flat, see lib/README.md.
 */
export abstract class ChannelWait<R> extends Awaitable<R> implements Disposable, EventListenerObject {
  declare protected state: number;
  /**
   * While it is `DELIVERED`, what was; while it has `FAILED`, what every poll throws, or what stands for
   * that.
   */
  declare protected held: unknown;
  /** Who polled last, while it is `WAITING`, and until they are woken. */
  declare private waker: Waker | undefined;
  declare protected readonly signal: AbortSignal | undefined;

  constructor(signal: AbortSignal | undefined) {
    super();
    this.state = IDLE;
    this.held = undefined;
    this.waker = undefined;
    this.signal = signal;
  }

  /** What is done, for messages. */
  protected abstract get action(): string;
  /** Whether there is nothing to wait for, be it that it will throw; asked in `IDLE`. */
  protected abstract isReady(): boolean;
  /** Enters the lists of those who wait. */
  protected abstract enter(): void;
  /** Leaves them. */
  protected abstract leave(): void;
  /** Gives out what is there, for good. Only for who `canFinish`. */
  abstract finish(): R;
  /** Puts back what was delivered. */
  protected abstract putBack(delivered: unknown): void;

  override poll(cx: Context): Poll<R> {
    if (partsOf(this).awaitedBy !== undefined) {
      const driver = existingDriver(this);
      if (driver !== undefined) return driver.follow(cx.waker) as Poll<R>;
    }
    if (this.canFinish) return mayProceed(cx.waker) ? this.finish() : pending;
    this.watchWith(checkWaker(cx.waker));
    return pending;
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`: the state. */
  override toJSON(): object {
    return { state: NAMES[this.state] };
  }

  /** What is there at once is given out at once: the generator's task is not asked to poll it. */
  override [Symbol.iterator](): Iterator<Future<unknown>, R, unknown> {
    const isFirst = partsOf(this).awaitedBy === undefined;
    if (isFirst && this.canFinish && tryProceed()) return new Finished(this.finish());
    return new FutureIterator<R>(this);
  }

  /** Whether there is something to give out, be it an error. */
  get canFinish(): boolean {
    return this.state === IDLE ? this.isReady() : this.state !== WAITING;
  }

  /** Has `waker` woken, and nobody else. For who can't finish. */
  watchWith(waker: Waker): void {
    if (this.state === IDLE) this.beginWait();
    this.waker = waker;
  }

  /** The same; whoever polled it before is woken as well, to ask the driver from then on. */
  watchWithDriver(driver: Waker): void {
    const other = this.waker;
    this.watchWith(other === undefined ? driver : new TwoWakers(driver, other));
  }

  /** Takes its place among those who wait; for who is `IDLE`, and not ready. */
  beginWait(): void {
    if (this.signal !== undefined) listen(this.signal, this, this.action);
    this.state = WAITING;
    this.enter();
  }

  notify(): void {
    const waker = this.waker;
    this.waker = undefined;
    wake(waker);
  }

  /**
   * What it waits for may be there: it leaves the lists, and looks again when it is polled. To be notified.
   */
  rouse(): void {
    this.stop(IDLE);
  }

  fail(error: unknown): void {
    if (this.state === WAITING) this.stop(FAILED);
    this.state = FAILED;
    this.held = error;
  }

  /** Called by the signal. */
  handleEvent(): void {
    this.fail(this.signal!.reason);
    this.notify();
  }

  [Symbol.dispose](): void {
    this.drop(partsOf(this).awaitedBy !== undefined);
  }

  /** Lets go. Whoever awaits it is told; whoever polls it, and lets go of it, is not woken once more. */
  drop(isAwaited: boolean): void {
    const { state, held } = this;
    if (state >= DONE) return;
    if (state !== WAITING || !isAwaited) this.waker = undefined;
    this.fail(DROPPED);
    if (state === DELIVERED) this.putBack(held);
    else this.notify();
  }

  protected override get awaitPace(): Pace {
    return PACED;
  }

  protected override beginAwait(driver: Driver): Poll<R> {
    if (this.canFinish) return this.finish();
    this.watchWithDriver(driver);
    return pending;
  }

  protected override finishAwait(driver: Driver): Poll<R> {
    if (this.canFinish) return this.finish();
    this.watchWith(driver);
    return pending;
  }

  /** What it waits for, as others are told. */
  override waitsFor(): Wait | undefined {
    return this.state === WAITING ? { kind: this.action, on: this.place } : undefined;
  }

  /** The channel; a select has several. */
  protected get place(): object | undefined {
    return undefined;
  }

  /** Leaves `WAITING` for `state`, and leaves nothing registered. */
  protected stop(state: number): void {
    this.leave();
    this.state = state;
    if (this.signal !== undefined) this.signal.removeEventListener("abort", this);
  }

  /** Throws if there is nothing to begin with any more: the signal is asked before the channel. */
  protected checkStart(handle: Handle): void {
    if (this.signal?.aborted) this.failWith(this.signal.reason);
    if (handle.isDisposed) this.failWith(disposedError(this.action, handle.side));
  }

  /** Fails, and says so. */
  protected failWith(error: unknown): never {
    this.fail(error);
    throw error;
  }

  /** Throws the error once it has `FAILED`. */
  protected rethrow(): never {
    if (this.held === DROPPED) this.held = droppedError(this.action);
    throw this.held;
  }
}

/** Wakes two. */
class TwoWakers implements Waker {
  readonly #first: Waker;
  readonly #second: Waker;

  constructor(first: Waker, second: Waker) {
    this.#first = first;
    this.#second = second;
  }

  wake(): void {
    this.#first.wake();
    this.#second.wake();
  }
}

/** The iterator behind a `yield*` that need not yield. Flat, see lib/README.md. */
export class Finished<R> implements Iterator<Future<unknown>, R, unknown> {
  declare private readonly output: R;

  constructor(output: R) {
    this.output = output;
  }

  next(): IteratorResult<Future<unknown>, R> {
    return { done: true, value: this.output };
  }
}

function listen(signal: AbortSignal, listener: EventListenerObject, action: string): void {
  if (typeof signal.addEventListener !== "function") {
    throw new TypeError(`Cannot ${action}: signal must be an AbortSignal, got ${show(signal)}`);
  }
  signal.addEventListener("abort", listener);
}

function droppedError(action: string): DOMException {
  return new DOMException(`Cannot ${action}: the future was dropped`, "AbortError");
}

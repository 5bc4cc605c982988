/** A scope from its beginning to its end: what `Scope` and `Scope.run` stand on. */
import {
  type Cell,
  cellOf,
  deadlines,
  isDetached,
  link,
  type Linked,
  Links,
  setDeadline,
} from "../core/friend.ts";
import {
  type Awaitable,
  CancelledError,
  type Context,
  type Outcome,
  PENDING,
  type Poll,
  type TaskHandle,
  type Waker,
} from "../core/mod.ts";
import { Closing } from "../executor/friend.ts";
import type { CloseOptions } from "../executor/mod.ts";
import { type KnownDeadline, nearest } from "../time/friend.ts";
import { Failures } from "./failures.ts";
import { Finalizers } from "./finalizers.ts";
import { FinishedQueue } from "./finished_queue.ts";
import { contains, isInside } from "./inside.ts";
import { Interrupts } from "./interrupts.ts";
import { Member } from "./member.ts";
import { Members, type Predicate } from "./members.ts";
import { Waiting } from "./waiting.ts";

/** The body of `Scope.run`. */
export interface Body {
  /** Whether it has not ended. */
  readonly isOpen: boolean;
  /** The scope is cancelled: so is this, and its signal, if it has asked for that, is aborted. */
  interrupt(reason: unknown, controller: AbortController | undefined): void;
  /** The scope has ended. */
  settle(): void;
}

/** What a scope is told, all of it checked. */
export interface LifeOptions {
  readonly isCollecting: boolean;
  readonly keepsOutcomes: boolean;
  readonly isLinked: boolean;
  readonly signal: AbortSignal | undefined;
  /** Its own; the nearer one of what is around counts as well. */
  readonly deadline: KnownDeadline | undefined;
}

/** Why a scope is cancelled: for each task, and for its body. */
interface Cancellation {
  readonly of: (task: TaskHandle<unknown>) => unknown;
  readonly reason: unknown;
}

/** It takes tasks; closed, those from inside. */
const OPEN = 0;
/** No task is left, and what was deferred is called. */
const RELEASING = 1;
const CLOSED = 2;

/**
 * The state machine of a scope.
 *
 *     OPEN ──close(), or its body is over; no task, no scope of its body is left──▶ RELEASING ──▶ CLOSED
 */
export class Life implements Linked, Context, Waker {
  readonly members: Members = new Members();
  readonly finished: FinishedQueue;
  readonly failures: Failures;
  /** The scopes that were made in its body. */
  readonly links: Links = new Links();
  readonly deadline: KnownDeadline | undefined;
  readonly #isCollecting: boolean;
  readonly #finalizers: Finalizers = new Finalizers();
  readonly #waiting: Waiting = new Waiting();
  readonly #interrupts: Interrupts | undefined;
  /** Those that belong to the same task or body; left at the end. */
  readonly #owner: Links | undefined;
  /** Set once the owner waits for the end. */
  #ownerWaker: Waker | undefined;
  #controller: AbortController | undefined;
  #body: Body | undefined;
  #cancellation: Cancellation | undefined;
  #givenUp: { readonly reason: unknown } | undefined;
  #closing: Closing | undefined;
  #state = OPEN;
  #isAdvancing = false;
  #isWoken = false;
  /** What was thrown in the end while nobody waited: for the runtime to report, unless somebody asks soon. */
  #unheard: Promise<never> | undefined;

  constructor({ isCollecting, keepsOutcomes, isLinked, signal, deadline }: LifeOptions) {
    this.#isCollecting = isCollecting;
    this.failures = new Failures(isCollecting);
    this.finished = new FinishedQueue(keepsOutcomes, () => this.members.size === 0);
    const around = isLinked ? deadlines() as KnownDeadline[] : [];
    this.deadline = nearest(deadline === undefined ? around : [deadline, ...around]);
    this.#owner = isLinked ? link(this) : undefined;
    if (signal === undefined && deadline === undefined) return;
    this.#interrupts = new Interrupts(signal, deadline, (reason) => this.#interrupt(reason));
    this.#interrupts.begin();
  }

  get waker(): Waker {
    return this;
  }

  get isCancelled(): boolean {
    return this.#cancellation !== undefined;
  }

  get isClosed(): boolean {
    return this.#state === CLOSED;
  }

  /** Why it is cancelled; `undefined` if it is not. */
  get reason(): unknown {
    return this.#cancellation?.reason;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#cancellation !== undefined) this.#controller.abort(this.#cancellation.reason);
    }
    return this.#controller.signal;
  }

  /** The scope is that of a body, which is cancelled with it. */
  begin(body: Body): void {
    this.#body = body;
    if (this.#cancellation !== undefined) body.interrupt(this.#cancellation.reason, undefined);
  }

  /** Throws unless it takes what the running code has for it. */
  check(action: string): void {
    if (this.#state === OPEN && (this.#closing === undefined || isInside(this))) return;
    throw new TypeError(`Cannot ${action}: the scope is closed`);
  }

  /** A task is part of it from now on. */
  add(task: TaskHandle<unknown>, keyed: { readonly key: unknown } | undefined): void {
    const cell = cellOf(task);
    const member = new Member(task, keyed, this.#onEnd);
    this.members.add(member);
    if (this.deadline !== undefined && cell.join !== undefined) setDeadline(cell, this.deadline);
    member.watch();
    if (this.#cancellation !== undefined) cell.cancel(this.#cancellation.of(task));
    else if (this.#closing?.isGraceOver) cell.cancel(undefined);
  }

  /** Called in the end, in reverse order. */
  defer(fn: () => unknown): void {
    if (this.#state === CLOSED) throw new TypeError("Cannot defer: the scope is closed");
    this.#finalizers.add(fn);
  }

  /** Whether a task, or a task of a scope in it, is one of this scope. */
  contains(cell: Cell): boolean {
    return contains(this, cell);
  }

  /** Cancels what is left, and what comes; the tasks that were not cancelled before. */
  cancel(reason: unknown): TaskHandle<unknown>[] {
    return this.#cancelAll({ of: () => reason, reason: reason ?? new CancelledError() });
  }

  /** Because of an error, which is told as well: everybody is told that it was not their own. */
  cancelBy(cause: unknown): void {
    this.#cancelAll({
      of: ({ id, tag }) => new CancelledError(id, tag, { cause }),
      reason: new CancelledError(undefined, undefined, { cause }),
    });
  }

  cancelSome(which: Predicate): TaskHandle<unknown>[] {
    return this.members.cancel(() => undefined, which);
  }

  /** Called by the owner, whose reason is no failure of the scope. */
  cancelFor(reason: unknown): void {
    if (this.#cancellation !== undefined || this.#state !== OPEN) return;
    this.#givenUp = { reason };
    this.cancel(reason);
  }

  /** Why the owner has cancelled it, if that was who. */
  get givenUp(): { readonly reason: unknown } | undefined {
    return this.#givenUp;
  }

  /** Called by the owner, which is over: the end of this, and what nobody else was told. */
  pollEnd(cx: Context): Poll<unknown> {
    this.#ownerWaker = cx.waker;
    if (this.#closing === undefined && !this.#body?.isOpen) this.close();
    if (this.#state !== CLOSED) return PENDING;
    if (this.#body === undefined && !this.failures.isTold) this.tell();
  }

  /** Takes nothing from outside any more, and ends when nothing is left. */
  close(options: CloseOptions = {}): void {
    this.#closing ??= new Closing(() => void this.members.cancel(() => undefined));
    if (this.members.size > 0) this.#closing.limit(options);
    this.#advance();
  }

  /** Ready at the end; throws what the scope throws. */
  ended(): Awaitable<void> & Disposable {
    return this.#waiting.ended(() => {
      if (this.#state === CLOSED) this.tell();
      return this.#state === CLOSED;
    });
  }

  /** Ready when no task is left; throws what they threw so far. */
  joined(): Awaitable<void> & Disposable {
    return this.#waiting.joined(() => {
      if (this.members.size === 0) this.failures.tellSoFar();
      return this.members.size === 0;
    });
  }

  /** Ready when these tasks have ended. */
  haveEnded(tasks: TaskHandle<unknown>[]): Awaitable<void> & Disposable {
    return this.#waiting.haveEnded(tasks);
  }

  /** Throws what the scope throws in the end. */
  tell(): void {
    const verdict = this.failures.tell();
    this.#unheard?.catch(() => {});
    if (verdict !== undefined) throw verdict.error;
  }

  /** What its end waits for has made a step. */
  wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    queueMicrotask(() => {
      this.#isWoken = false;
      this.#advance();
    });
  }

  readonly #onEnd = (member: Member, outcome: Outcome<unknown>): void => {
    const { task } = member;
    this.members.delete(member);
    if (outcome.status === "panicked" && !isDetached(task)) this.#fail(outcome.error, cellOf(task));
    this.finished.push({ id: task.id, tag: task.tag, outcome }, cellOf(task));
    const isLast = this.members.size === 0;
    if (isLast) this.finished.end();
    this.#waiting.taskEnded(isLast);
    this.#advance();
  };

  #fail(error: unknown, cell: Cell | undefined): void {
    this.failures.add(error, cell, this);
    if (!this.#isCollecting && this.#cancellation === undefined) this.cancelBy(error);
  }

  /** The signal was aborted, or the time is up: that is told in the end. */
  #interrupt(reason: unknown): void {
    if (this.#cancellation !== undefined || this.#state !== OPEN) return;
    this.failures.add(reason, undefined, this);
    this.cancel(reason);
  }

  #cancelAll(cancellation: Cancellation): TaskHandle<unknown>[] {
    if (this.#state !== OPEN) return [];
    const isFirst = this.#cancellation === undefined;
    this.#cancellation ??= cancellation;
    const cancelled = this.members.cancel(cancellation.of);
    if (!isFirst) return cancelled;
    const { reason } = cancellation;
    // Before the listeners of the signal are called: scopes that they make are clean-up.
    this.links.cancel(reason);
    if (this.#body?.isOpen) this.#body.interrupt(reason, this.#controller);
    else this.#controller?.abort(reason);
    return cancelled;
  }

  /** Goes on towards the end, if it has been asked to. */
  #advance(): void {
    if (this.#isAdvancing || this.#closing === undefined || this.#state === CLOSED) return;
    this.#isAdvancing = true;
    if (this.#isEmpty() && this.#isReleased()) this.#end();
    this.#isAdvancing = false;
  }

  #isEmpty(): boolean {
    if (this.#state === RELEASING) return true;
    if (this.members.size > 0) return false;
    try {
      if (this.links.pollEnd(this) === PENDING) return false;
    } catch (error) {
      this.#fail(error, undefined);
    }
    return this.members.size === 0;
  }

  #isReleased(): boolean {
    this.#state = RELEASING;
    return this.#finalizers.poll(this, (error) => this.failures.add(error, undefined, this)) !== PENDING;
  }

  #end(): void {
    this.#state = CLOSED;
    this.#closing!.stop();
    this.#interrupts?.stop();
    this.#body?.settle();
    this.#waiting.end();
    if (this.#ownerWaker !== undefined) return this.#ownerWaker.wake();
    this.#owner?.delete(this);
    if (this.#body === undefined && !this.failures.isTold) this.#raise();
  }

  /** Nobody waits, and there is something to tell. */
  #raise(): void {
    const verdict = this.failures.tell();
    if (verdict !== undefined) this.#unheard = Promise.reject(verdict.error);
  }
}

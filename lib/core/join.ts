/** The join side of a task: what comes out of it, and who waits for that. */
import { Awaitable } from "./awaitable.ts";
import { type Pace, PROMPT } from "./awaited_by.ts";
import { existingDriver } from "./driver.ts";
import type { Wait } from "../internal/waits.ts";
import { FutureIterator } from "./future_iterator.ts";
import type { Cell } from "./cell.ts";
import { CancelledError } from "./errors.ts";
import { type Context, type Future, PENDING, type Poll, type Waker } from "./future.ts";
import { CANCELLED, CLOSED, DETACHED, isEnded, PANICKED } from "./state.ts";
import { wakeAll } from "./wake_all.ts";
import { checkWaker } from "./waker.ts";

/**
 * How a task ended: with an output, cancelled, or with a panic (its future threw).
 *
 * @example
 * ```ts
 * import { type Outcome, ready, spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const [task, handle] = spawn(ready(1), () => {}, "t");
 * task.run();
 * const outcome: Outcome<number> = await handle.outcome();
 * assertEquals(outcome, { status: "completed", value: 1 });
 * ```
 */
export type Outcome<R> =
  | { status: "completed"; value: R }
  | { status: "cancelled"; reason: unknown }
  | { status: "panicked"; error: unknown };

/** What {@linkcode pollJoin} gives when the output can't be had: cancelled, panicked, or taken before. */
export const NONE: unique symbol = Symbol("async-task.NONE");

/** Who watches the end of a task; made for the first of them, as many tasks are never watched. */
class Watchers {
  /** The one, where there is one alone, and everybody else. */
  first: Settled<unknown> | undefined = undefined;
  others: Set<Settled<unknown>> | undefined = undefined;
}

/**
 * The join side of a task, which `JoinHandle` and v4's `Task` are facades of: it owns what comes out.
 *
 * There are two ways to wait. A *poll* follows the Rust crate: one awaiter, the last that polled, and the
 * output is handed out once. `await`, `yield*` and `outcome()` *watch*: any number of them, and each is told
 * the same.
 *
 * The task refers to its join side only until it has ended. So what is kept alive by a waker that outlives
 * the task is neither the output nor anybody who waited for it.
 *
 * @example
 * ```ts
 * import { type Join, ready, spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const [task, handle] = spawn(ready(1), () => {}, "t");
 * const join: Join<number | undefined> = handle;
 * task.run();
 * assertEquals(await join, 1);
 * ```
 */
export abstract class Join<Out> extends Awaitable<Out> {
  // Declared only, and set in the constructor: field initializers of a base class cost as much as the object.
  declare private readonly cell: Cell;
  declare private value: unknown;
  declare private awaiter: Waker | undefined;
  declare private watchers: Watchers | undefined;

  /** @ignore */
  constructor(cell: Cell) {
    super();
    this.cell = cell;
    this.value = undefined;
    this.awaiter = undefined;
    this.watchers = undefined;
  }

  /** What `yield*` calls: everybody who waits watches the end. */
  override [Symbol.iterator](): Iterator<Future<unknown>, Out, unknown> {
    return new FutureIterator<Out>(endOf(this));
  }

  /** @ignore */
  override waitsFor(): Wait | undefined {
    return waitForEnd(this);
  }

  /** @ignore What `await` and `yield*` give, or throw; asked after the end. */
  protected abstract output(): Out;

  /** @ignore Throws unless the join side exists. */
  protected abstract check(): void;

  /** @ignore Who awaits is told in the run in which the task ends: nobody is polled a microtask later. */
  protected override get awaitPace(): Pace {
    return PROMPT;
  }

  /** @ignore */
  protected override beginAwait(): Poll<Out> {
    this.check();
    return hasLeft(this) ? this.output() : PENDING;
  }

  /** @ignore */
  protected override finishAwait(): Poll<Out> {
    return this.output();
  }

  /** @ignore Who waits for a task has only borrowed it. */
  protected override leaveAwait(): void {}
}

/** What `await` gives. */
function outputOf<Out>(join: Join<unknown>): Out {
  return (join as unknown as { output(): Out }).output();
}

function waitForEnd(join: Join<unknown>): Wait | undefined {
  return hasLeft(join) ? undefined : { kind: "join", task: cellOf(join).id };
}

/** What `await` gives, as a future that borrows the task: it is neither cancelled nor closed with it. */
export function endOf<Out>(join: Join<Out>): Settled<Out> {
  partsOf(join).check();
  return new Settled(join, outputOf<Out>);
}

/** The parts of a join side, for the state machine and the facades, and for nobody else. */
interface Parts {
  readonly cell: Cell;
  /** The cancel reason once cancelled; after the end: the output, the reason, or the error. */
  value: unknown;
  /** Who polled last; woken once, when the task is cancelled or ends. */
  awaiter: Waker | undefined;
  /** Who watches; woken when the task has ended. */
  watchers: Watchers | undefined;
  /** Throws unless the join side exists. */
  check(): void;
}

/** The parts of join sides that somebody has frozen, as some stores do with all that they are given. */
let frozen: WeakMap<object, Parts> | undefined;

function partsOf(join: Join<unknown>): Parts {
  return frozen?.get(join) ?? join as unknown as Parts;
}

/** The parts of a join side that turned out to be frozen, where they can be written. */
function thaw(join: Join<unknown>): Parts {
  const parts = Object.assign(Object.create(Object.getPrototypeOf(join)), join) as Parts;
  (frozen ??= new WeakMap()).set(join, parts);
  return parts;
}

/** The task whose join side this is. */
export function cellOf(join: Join<unknown>): Cell {
  return partsOf(join).cell;
}

/** Whether the task has ended and its future is gone. */
export function hasEnded(join: Join<unknown>): boolean {
  return isEnded(cellOf(join).state);
}

/** Whether the end has been told, so that nothing about it changes any more: a panic's outcome comes late. */
export function hasLeft(join: Join<unknown>): boolean {
  return cellOf(join).join === undefined;
}

/** Wakes `cx.waker` when the task is cancelled or ends, and nobody else who polled. */
export function awaitEnd(join: Join<unknown>, cx: Context): void {
  setAwaiter(join, checkWaker(cx.waker));
}

/** Whether the join side has said that it won't ask. */
export function isDetached(join: Join<unknown>): boolean {
  return (cellOf(join).state & DETACHED) !== 0;
}

/** Polls as the Rust crates do: the output once, {@linkcode NONE} when there is none to be had (any more). */
export function pollJoin(join: Join<unknown>, cx: Context): unknown {
  const cell = cellOf(join);
  const state = cell.state;
  if (!hasEnded(join)) {
    awaitEnd(join, cx);
    return PENDING;
  }
  cell.state = state | CLOSED;
  notify(join, cx.waker);
  return (state & CLOSED) === 0 ? valueOf(join) : NONE;
}

/** How the task ended, in a word; to be asked only after its end. */
export function statusOf({ state }: Cell): Outcome<unknown>["status"] {
  return (state & PANICKED) !== 0 ? "panicked" : (state & CANCELLED) !== 0 ? "cancelled" : "completed";
}

/** How the task ended; to be asked only after its end. */
export function outcomeOf<R>(join: Join<unknown>): Outcome<R> {
  const status = statusOf(cellOf(join));
  if (status === "cancelled") return { status, reason: reasonOf(join) };
  const value = valueOf(join);
  return status === "panicked" ? { status, error: value } : { status, value: value as R };
}

/** Why the task was cancelled: the reason given, or one error made for the task. */
export function reasonOf(join: Join<unknown>): unknown {
  const reason = valueOf(join);
  if (reason !== undefined) return reason;
  const cell = cellOf(join);
  const error = new CancelledError(cell.id, cell.tag);
  store(join, error);
  return error;
}

/** What is stored: the output, the cancel reason or the error. */
export function valueOf(join: Join<unknown>): unknown {
  return partsOf(join).value;
}

/** Stores what comes out of the task, or why it was cancelled. */
export function store(join: Join<unknown>, value: unknown): void {
  try {
    partsOf(join).value = value;
  } catch {
    thaw(join).value = value;
  }
}

function setAwaiter(join: Join<unknown>, awaiter: Waker | undefined): void {
  try {
    partsOf(join).awaiter = awaiter;
  } catch {
    thaw(join).awaiter = awaiter;
  }
}

function setWatchers(join: Join<unknown>, watchers: Watchers): Watchers {
  try {
    partsOf(join).watchers = watchers;
  } catch {
    thaw(join).watchers = watchers;
  }
  return watchers;
}

/** Wakes whoever polled last, unless that is `current`. */
export function notify(join: Join<unknown>, current?: Waker): void {
  const awaiter = partsOf(join).awaiter;
  if (awaiter === undefined) return;
  setAwaiter(join, undefined);
  if (awaiter !== current) awaiter.wake();
}

/** Tells everybody that the task has ended. A waker that throws keeps nobody else from being woken. */
export function settle(join: Join<unknown>): void {
  const { watchers } = partsOf(join);
  const driver = existingDriver(join);
  if (driver !== undefined) driver.wake();
  if (watchers === undefined) notify(join);
  else settleAll(join, watchers);
}

function settleAll(join: Join<unknown>, watchers: Watchers): void {
  const { first, others } = watchers;
  const wakers: (Waker | undefined)[] = [...others ?? [], partsOf(join).awaiter];
  if (first !== undefined) wakers.unshift(first);
  watchers.first = watchers.others = undefined;
  setAwaiter(join, undefined);
  let next = 0;
  wakeAll(() => wakers[next++]);
}

/** Whether anybody waits, other than by polling. */
export function isAwaited(join: Join<unknown>): boolean {
  return existingDriver(join) !== undefined || partsOf(join).watchers !== undefined;
}

/** Whether somebody waits who will ask what the task has come to. */
export function isAsked(join: Join<unknown>): boolean {
  if (existingDriver(join) !== undefined) return true;
  const { first, others } = partsOf(join).watchers ?? {};
  return first?.isAsking === true || [...others ?? []].some(({ isAsking }) => isAsking);
}

/**
 * The end of a task as a future: what `read` makes of it, as often as it is asked.
 */
export class Settled<Out> extends Awaitable<Out> implements Waker {
  readonly #join: Join<unknown>;
  readonly #read: (join: Join<unknown>) => Out;
  /** Whether who waits wants to know what the task comes to, and not only that it is over. */
  readonly isAsking: boolean;
  /** Set while it watches. */
  #waker: Waker | undefined;

  /** `read` is called after the end of the task, once per poll; what it throws is thrown by the poll. */
  constructor(join: Join<unknown>, read: (join: Join<unknown>) => Out, isAsking = true) {
    super();
    this.#join = join;
    this.#read = read;
    this.isAsking = isAsking;
  }

  override poll(cx: Context): Poll<Out> {
    // Not before the future is gone, a panic's too: until then the outcome may still change.
    if (hasLeft(this.#join)) return this.#read(this.#join);
    const isWatching = this.#waker !== undefined;
    this.#waker = checkWaker(cx.waker);
    if (!isWatching) watch(this.#join, this);
    return PENDING;
  }

  /** @ignore */
  override waitsFor(): Wait | undefined {
    return waitForEnd(this.#join);
  }

  /** @ignore Who awaits is told as soon as the task has ended. */
  protected override get awaitPace(): Pace {
    return PROMPT;
  }

  /** Called by the task when it has ended. */
  wake(): void {
    this.#waker?.wake();
  }

  /** Stops watching. */
  [Symbol.dispose](): void {
    if (this.#waker === undefined) return;
    this.#waker = undefined;
    unwatch(this.#join, this);
  }
}

function watch(join: Join<unknown>, watcher: Settled<unknown>): void {
  const watchers = partsOf(join).watchers ?? setWatchers(join, new Watchers());
  if (watchers.first === undefined) watchers.first = watcher;
  else (watchers.others ??= new Set()).add(watcher);
}

function unwatch(join: Join<unknown>, watcher: Settled<unknown>): void {
  const watchers = partsOf(join).watchers;
  if (watchers?.first === watcher) watchers.first = undefined;
  else watchers?.others?.delete(watcher);
}

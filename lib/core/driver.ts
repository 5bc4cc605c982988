/** What is behind an `await` of a future: one driver polls it for all who wait, and settles their promises. */
import type { Awaitable } from "./awaitable.ts";
import { alongside } from "./errors.ts";
import { currentFrame, type Frame, inFrame } from "./frame.ts";
import { type Context, PENDING, type Poll, type Waker } from "./future.ts";
import type { Waits } from "./waits.ts";
import { wakeAll } from "./wake_all.ts";
import { capture } from "../internal/async_context.ts";
import { afterTurn, mayPass } from "../internal/coop.ts";
import { type Wait, waitOf } from "../internal/waits.ts";

/** The future is polled. */
const DRIVING = 0;
/** It has an output, or has thrown, and that is `result`. */
const FULFILLED = 1;
const REJECTED = 2;
/** The output was taken, and is held back until the event loop has had a turn. */
const HELD = 3;
/** Nobody waits any more: the future has been let go of. */
const LEFT = 4;

/**
 * What a wake-up of an awaited future means, and who has to be careful with it.
 *
 * - `POLLED`: it is worth polling. That is done in a microtask, once for all wake-ups until then.
 * - `PROMPT`: the output is there, and is taken at once.
 * - `PACED`: the same. But async functions might hand one another outputs for ever, so now and then one is held back
 *   until the event loop has had a turn.
 */
export type Pace = 0 | 1 | 2;
export const POLLED = 0;
export const PROMPT = 1;
export const PACED = 2;

/** The parts of a future that are for its driver alone. */
interface Parts {
  /** Who waits, or has waited: the driver of all who await it, or the one generator that polls it directly. */
  awaitedBy: Driver | Follower | undefined;
  readonly awaitPace: Pace;
  beginAwait(driver: Context & Waker): unknown;
  finishAwait(driver: Context & Waker): unknown;
  leaveAwait(cx: Context): Poll<unknown>;
}

function partsOf(future: Awaitable<unknown>): Parts {
  return future as unknown as Parts;
}

/** A generator that polls a future directly. */
interface Follower {
  /** Others wait for the same future: from now on, it is told by their driver. */
  follow(driver: Driver): void;
}

let resolveTaken: (output: unknown) => void;
let rejectTaken: (error: unknown) => void;

/** One function for all promises, instead of a closure for each. */
function take(resolve: typeof resolveTaken, reject: typeof rejectTaken): void {
  resolveTaken = resolve;
  rejectTaken = reject;
}

/** One `await`: its promise, and whose it is. Flat, see `lib/README.md`. */
export class Await {
  declare readonly driver: Driver;
  declare readonly promise: Promise<unknown>;
  declare readonly resolve: (output: unknown) => void;
  declare readonly reject: (error: unknown) => void;
  /** The list in which it stands while it can be interrupted, and its neighbours there. */
  declare waits: Waits | undefined;
  declare before: Await | undefined;
  declare after: Await | undefined;
  /** The next await of the same future. */
  declare next: Await | undefined;

  constructor(driver: Driver, waits: Waits | undefined) {
    this.driver = driver;
    this.promise = new Promise<unknown>(take);
    this.resolve = resolveTaken;
    this.reject = rejectTaken;
    this.waits = waits;
    this.before = undefined;
    this.after = undefined;
    this.next = undefined;
    if (waits !== undefined) waits.add(this);
  }

  /** It has ended, or is interrupted: nobody can interrupt it from now on. */
  release(): void {
    const waits = this.waits;
    if (waits === undefined) return;
    this.waits = undefined;
    waits.remove(this);
  }

  /** Whoever awaits goes on with `reason`; if nobody else waits for the future, when that has been let go of. */
  interrupt(reason: unknown): void {
    this.release();
    this.driver.drop(this, reason);
  }
}

/**
 * Polls a future for all who await it. Flat, see `lib/README.md`. They are a list, in the order in which they came:
 *
 *     Driver.first → Await.next → … → Driver.last
 */
export class Driver implements Context, Waker {
  declare private readonly future: Awaitable<unknown>;
  /** The async context and the frame of who came first: the future is polled in them. Set while it is `POLLED`. */
  declare private context: object | undefined;
  declare private frame: Frame | undefined;
  declare private state: number;
  declare private result: unknown;
  declare private first: Await | undefined;
  declare private last: Await | undefined;
  /** Generators that wait for the same future, in the order in which they came. */
  declare private followers: Set<Waker> | undefined;
  /** Whether the future is being polled; if it wakes itself then, the event loop may starve. */
  declare private isPolling: boolean;
  /** Whether a step is on its way, so that two wakes are one poll. */
  declare private isWoken: boolean;

  /** Begins at once. */
  constructor(future: Awaitable<unknown>) {
    this.future = future;
    this.context = undefined;
    this.frame = undefined;
    this.state = DRIVING;
    this.result = undefined;
    this.first = undefined;
    this.last = undefined;
    this.followers = undefined;
    this.isPolling = true;
    this.isWoken = false;
    const parts = partsOf(future);
    setAwaitedBy(future, this);
    try {
      const output = parts.beginAwait(this);
      if (output !== PENDING) this.succeed(output, parts.awaitPace);
      else if (parts.awaitPace === POLLED) {
        this.context = capture();
        this.frame = currentFrame();
      }
    } catch (error) {
      this.settle(REJECTED, error);
    }
    this.isPolling = false;
  }

  get waker(): Waker {
    return this;
  }

  /** A promise for one more who awaits; those whom nobody can interrupt share one. */
  promise(waits: Waits | undefined): Promise<unknown> {
    if (this.state === FULFILLED) return Promise.resolve(this.result);
    if (this.state === REJECTED) return Promise.reject(this.result);
    const last = this.last;
    if (waits === undefined && last !== undefined && last.waits === undefined) return last.promise;
    // What is held back has ended: it can't be interrupted.
    const added = new Await(this, this.state === HELD ? undefined : waits);
    if (last === undefined) this.first = added;
    else last.next = added;
    this.last = added;
    return added.promise;
  }

  /** For a generator that waits for the same future: the output; or `PENDING`, and `follower` is woken then. */
  follow(follower: Waker): unknown {
    if (this.state === REJECTED) throw this.result;
    if (this.state === FULFILLED) return this.result;
    (this.followers ??= new Set()).add(follower);
    return PENDING;
  }

  /** Whether there is an output, or an error. */
  get isOver(): boolean {
    return this.state === FULFILLED || this.state === REJECTED;
  }

  /** A generator does not wait any more. If nobody else does, the future is let go of: the first step of that. */
  unfollow(follower: Waker, cx: Context): Poll<unknown> {
    this.followers?.delete(follower);
    return this.leave() ? this.close(cx) : undefined;
  }

  /** A step of letting go of the future. */
  close(cx: Context): Poll<unknown> {
    return partsOf(this.future).leaveAwait(cx);
  }

  /** What those wait for who wait for the future. */
  waitsFor(): Wait | undefined {
    return waitOf(this.future);
  }

  /** Called by the future. */
  wake(): void {
    if (this.isWoken || this.state !== DRIVING) return;
    if (partsOf(this.future).awaitPace !== POLLED) return this.step();
    this.isWoken = true;
    if (!this.isPolling || mayPass()) queueMicrotask(() => this.flush());
    else afterTurn(() => this.flush());
  }

  /** Takes the step that is on its way, if one is. */
  flush(): void {
    if (!this.isWoken) return;
    this.isWoken = false;
    if (this.state === DRIVING) inFrame(this.frame, this.context, stepOf, this);
  }

  /** Called by an await that is interrupted. */
  drop(await_: Await, reason: unknown): void {
    const { frame, context } = this;
    this.remove(await_);
    if (!this.leave()) return await_.reject(reason);
    const parts = partsOf(this.future);
    const isPolled = parts.awaitPace === POLLED;
    new Leaving(parts, await_.reject, reason, frame, isPolled ? context : capture()).step();
  }

  /** Asks the future for its output. */
  step(): void {
    const parts = partsOf(this.future);
    this.isPolling = true;
    try {
      const output = parts.finishAwait(this);
      if (output !== PENDING) this.succeed(output, parts.awaitPace);
    } catch (error) {
      this.settle(REJECTED, error);
    }
    this.isPolling = false;
  }

  private succeed(output: unknown, pace: Pace): void {
    if (pace !== PACED || mayPass()) return this.settle(FULFILLED, output);
    this.state = HELD;
    for (let await_ = this.first; await_ !== undefined; await_ = await_.next) await_.release();
    afterTurn(() => this.settle(FULFILLED, output));
  }

  private settle(state: number, result: unknown): void {
    this.state = state;
    this.result = result;
    this.context = this.frame = undefined;
    let await_ = this.first;
    this.first = this.last = undefined;
    for (; await_ !== undefined; await_ = await_.next) {
      await_.release();
      if (state === FULFILLED) await_.resolve(result);
      else await_.reject(result);
    }
    if (this.followers !== undefined) this.wakeFollowers(this.followers);
  }

  private wakeFollowers(followers: Set<Waker>): void {
    this.followers = undefined;
    const wakers = followers.values();
    wakeAll(() => wakers.next().value);
  }

  private remove(await_: Await): void {
    let before: Await | undefined;
    for (let at = this.first; at !== await_; at = at!.next) before = at;
    if (before === undefined) this.first = await_.next;
    else before.next = await_.next;
    if (this.last === await_) this.last = before;
  }

  /** Whether nobody waits any more; who comes later begins anew. */
  private leave(): boolean {
    if (this.state !== DRIVING || this.first !== undefined || (this.followers?.size ?? 0) > 0) return false;
    this.state = LEFT;
    this.context = this.frame = undefined;
    setAwaitedBy(this.future, undefined);
    return true;
  }
}

/** The driver of all who await a future. */
export function driverOf(future: Awaitable<unknown>): Driver {
  const by = awaitedByOf(future);
  if (by instanceof Driver) return by;
  const driver = new Driver(future);
  by?.follow(driver);
  return driver;
}

/** The driver of those who await a future; `undefined` if none came yet. For a future that is polled meanwhile. */
export function existingDriver(future: Awaitable<unknown>): Driver | undefined {
  const by = awaitedByOf(future);
  return by !== undefined && by instanceof Driver ? by : undefined;
}

/** Who waits for futures that somebody has frozen. */
let frozen: WeakMap<object, Driver | Follower | undefined> | undefined;

function awaitedByOf(future: Awaitable<unknown>): Driver | Follower | undefined {
  return frozen?.get(future) ?? partsOf(future).awaitedBy;
}

function setAwaitedBy(future: Awaitable<unknown>, by: Driver | undefined): void {
  try {
    partsOf(future).awaitedBy = by;
  } catch {
    (frozen ??= new WeakMap()).set(future, by);
  }
}

/** Whether somebody waits for it, or has waited. */
export function isAwaited(future: Awaitable<unknown>): boolean {
  return awaitedByOf(future) !== undefined;
}

function stepOf(driver: { step(): void }): void {
  driver.step();
}

function closeOf(leaving: { close(): Poll<unknown> }): Poll<unknown> {
  return leaving.close();
}

/** Lets go of a future that nobody awaits, and rejects with `reason` when that is done. */
export function leave(future: Awaitable<unknown>, reject: (error: unknown) => void, reason: unknown): void {
  new Leaving(partsOf(future), reject, reason, currentFrame(), capture()).step();
}

/** Lets go of a future, in the frame and the context of who has awaited it. */
class Leaving implements Context, Waker {
  readonly #future: Parts;
  readonly #reject: (error: unknown) => void;
  readonly reason: unknown;
  readonly #frame: Frame | undefined;
  readonly #context: object | undefined;
  /** What it rejects with. */
  #error: unknown;
  #isOver = false;
  /** Whether a step is on its way. */
  #isWoken = false;

  constructor(
    future: Parts,
    reject: (error: unknown) => void,
    reason: unknown,
    frame: Frame | undefined,
    context: object | undefined,
  ) {
    this.#future = future;
    this.#reject = reject;
    this.reason = reason;
    this.#frame = frame;
    this.#context = context;
    this.#error = reason;
  }

  get waker(): Waker {
    return this;
  }

  /** Called by the future, perhaps in the middle of a step. */
  wake(): void {
    if (this.#isOver || this.#isWoken) return;
    this.#isWoken = true;
    queueMicrotask(() => this.step());
  }

  step(): void {
    this.#isWoken = false;
    if (this.#isOver) return;
    let isOver = true;
    this.#error = alongside(this.#error, () => {
      isOver = inFrame(this.#frame, this.#context, closeOf, this) !== PENDING;
    });
    this.#isOver = isOver;
    if (isOver) this.#reject(this.#error);
  }

  close(): Poll<unknown> {
    return this.#future.leaveAwait(this);
  }
}

/**
 * What is behind an `await` of a future: one driver polls it for all who wait, and settles their promises.
 */
import type { Awaitable } from "./awaitable.ts";
import { Await } from "./await.ts";
import { awaitedByOf, type Pace, PACED, partsOf, POLLED, setAwaitedBy } from "./awaited_by.ts";
import { currentFrame, type Frame, inFrame } from "./frame.ts";
import { type Context, PENDING, type Poll, type Waker } from "./future.ts";
import { Leaving } from "./leaving.ts";
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
 * Polls a future for all who await it. Flat, see `lib/README.md`. They are a list, in the order in which they
 * came:
 *
 *     Driver.first → Await.later → … → Driver.last       (and back through `earlier`)
 */
export class Driver implements Context, Waker {
  declare private readonly future: Awaitable<unknown>;
  /**
   * The async context and the frame of who came first: the future is polled in them. Set while it is
   * `POLLED`.
   */
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
    else last.later = added;
    added.earlier = last;
    this.last = added;
    return added.promise;
  }

  /**
   * For a generator that waits for the same future: the output; or `PENDING`, and `follower` is woken then.
   */
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

  /**
   * A generator does not wait any more. If nobody else does, the future is let go of: the first step of that.
   */
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
    for (let await_ = this.first; await_ !== undefined; await_ = await_.later) await_.release();
    afterTurn(() => this.settle(FULFILLED, output));
  }

  private settle(state: number, result: unknown): void {
    this.state = state;
    this.result = result;
    this.context = this.frame = undefined;
    let await_ = this.first;
    this.first = this.last = undefined;
    for (; await_ !== undefined; await_ = await_.later) {
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

  private remove({ earlier, later }: Await): void {
    if (earlier === undefined) this.first = later;
    else earlier.later = later;
    if (later === undefined) this.last = earlier;
    else later.earlier = earlier;
  }

  /**
   * Somebody has left. Whether nobody waits any more; who comes later begins anew. Else the future is polled
   * in no task from now on: it may have been that of who has left, and others may wait for long.
   */
  private leave(): boolean {
    this.frame = undefined;
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

/**
 * The driver of those who await a future; `undefined` if none came yet. For a future that is polled
 * meanwhile.
 */
export function existingDriver(future: Awaitable<unknown>): Driver | undefined {
  const by = awaitedByOf(future);
  return by !== undefined && by instanceof Driver ? by : undefined;
}

function stepOf(driver: { step(): void }): void {
  driver.step();
}

/** What is behind a `yield*` of a future. */
import type { Awaitable } from "./awaitable.ts";
import { type Driver, driverOf } from "./driver.ts";
import { type Wait, waitOf } from "../internal/waits.ts";
import { type Context, type Future, PENDING, type Poll, type Waker } from "./future.ts";

// A local copy, see `lib/README.md`.
const pending: typeof PENDING = PENDING;

/** The part of a future that is for whoever waits. */
interface Parts {
  awaitedBy: object | undefined;
}

/**
 * Yields a future once, and returns what it is sent in exchange, the output. What it yields is itself: the
 * first generator that waits for a future polls it directly, any other asks its driver. Flat, see
 * `lib/README.md`.
 *
 * Whoever closes the generator lets go of the future first, through `pollClose` and `[Symbol.dispose]`; a
 * generator that nobody polls, but that is stepped by hand, lets go of it through `return`.
 */
export class FutureIterator<R> implements Iterator<Future<unknown>, R, unknown>, Future<R>, Waker {
  declare private readonly future: Future<R> & Parts;
  /** Set as soon as others wait, too. */
  declare private driver: Driver | undefined;
  /** Who is woken. */
  declare private waker: Waker | undefined;
  declare private isYielded: boolean;
  /** Whether the future was let go of, or is being closed by the driver's last. */
  declare private isGone: boolean;

  constructor(future: Awaitable<R>) {
    this.future = future as unknown as Future<R> & Parts;
    this.driver = undefined;
    this.waker = undefined;
    this.isYielded = false;
    this.isGone = false;
  }

  next(sent: unknown): IteratorResult<Future<unknown>, R> {
    if (this.isYielded) return { done: true, value: sent as R };
    this.isYielded = true;
    return { done: false, value: this };
  }

  throw(error: unknown): never {
    throw error;
  }

  /** The generator is closed. */
  return(value: R): IteratorReturnResult<R> {
    this[Symbol.dispose]();
    return { done: true, value };
  }

  poll(cx: Context): Poll<R> {
    const { future } = this;
    this.waker = cx.waker;
    if (future.awaitedBy !== undefined && future.awaitedBy !== this) return this.ask();
    this.leave();
    const output = future.poll(cx);
    if (output === pending) {
      if (future.awaitedBy !== undefined) return this.ask();
      future.awaitedBy = this;
    }
    return output;
  }

  /** Others wait for the same future from now on. */
  follow(driver: Driver): void {
    this.driver = driver;
    if (driver.isOver) this.wake();
    else driver.follow(this);
  }

  /** Called by the driver. */
  wake(): void {
    this.waker?.wake();
  }

  /** The clean-up of what this generator alone waits for. */
  pollClose(cx: Context): Poll<unknown> {
    if (this.driver === undefined) return this.isOthers() ? undefined : this.future.pollClose?.(cx);
    if (this.isGone) return this.driver.close(cx);
    this.isGone = true;
    return this.driver.unfollow(this, cx);
  }

  [Symbol.dispose](): void {
    if (this.isGone) return;
    this.isGone = true;
    if (this.driver !== undefined) return void this.driver.unfollow(this, { waker: { wake() {} } });
    if (this.isOthers()) return;
    this.leave();
    this.future[Symbol.dispose]?.();
  }

  waitsFor(): Wait | undefined {
    return waitOf(this.future);
  }

  /** Asks the driver, as others wait, too. */
  private ask(): Poll<R> {
    this.driver ??= driverOf(this.future as unknown as Awaitable<R>);
    return this.driver.follow(this) as Poll<R>;
  }

  /** Whether it has never polled the future, and somebody else waits for it. */
  private isOthers(): boolean {
    const { awaitedBy } = this.future;
    return awaitedBy !== undefined && awaitedBy !== this;
  }

  private leave(): void {
    if (this.future.awaitedBy === this) this.future.awaitedBy = undefined;
  }
}

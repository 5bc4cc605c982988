/** The messages of a channel, one after the other. */
import { ready } from "../adapt/mod.ts";
import { type Driver, existingDriver, FutureIterator, isAwaited, type Pace, PACED } from "../core/friend.ts";
import { Awaitable, type Context, type Future, PENDING, type Poll } from "../core/mod.ts";
import { tryProceed } from "../internal/coop.ts";
import type { Wait } from "../internal/waits.ts";
import { RecvError } from "./errors.ts";
import { type ChannelWait, Finished } from "./wait.ts";
import type { Handle } from "./wait_list.ts";

// A local copy, see lib/README.md.
const pending: typeof PENDING = PENDING;

type Result<T> = IteratorResult<T, undefined>;

const ENDED: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * The messages of a channel, as `for await` takes them: what `iter` returns. It ends when the channel is
 * disconnected or the receiver is disposed.
 *
 * @example In a generator task
 * ```ts
 * import { spawn } from "@tagged/async-task";
 * import { type Messages, unbounded } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [tx, rx] = unbounded<number>();
 * tx.trySend(1);
 * tx[Symbol.dispose]();
 * const [task, handle] = spawn(function* () {
 *   const messages: Messages<number> = rx.iter();
 *   return [yield* messages.next(), yield* messages.next()];
 * }, () => {});
 * task.run();
 * assertEquals(await handle, [{ done: false, value: 1 }, { done: true, value: undefined }]);
 * ```
 */
export interface Messages<T> extends AsyncIterableIterator<T, undefined> {
  /**
   * The next message, as a future that takes its place among those who wait at once. Letting go of it loses
   * nothing, as with `recv`.
   */
  next(): Awaitable<IteratorResult<T, undefined>> & Disposable;
  /**
   * Ends the iterator: those `next()` that wait are told so, and get no message. The receiver is left as it
   * is.
   */
  return(): Awaitable<IteratorResult<T, undefined>>;
  /** The iterator itself. */
  [Symbol.asyncIterator](): Messages<T>;
}

/** What an iterator makes of its channel for each `next()`. */
export interface NextWait<T> extends ChannelWait<T> {
  /** That of the receiver whose iterator it is. */
  readonly handle: Handle;
  /** Takes its place at once, where there are places to be taken. */
  startEarly?(): void;
}

/** Makes the iterator, and ends it. */
export class MessageIterator<T> implements Messages<T> {
  readonly #receive: () => NextWait<T>;
  /** Those who have not given out anything, in the order in which they were made; `undefined` at the end. */
  #waiting: NextList<T> | undefined = new NextList();

  constructor(receive: () => NextWait<T>) {
    this.#receive = receive;
  }

  next(): Awaitable<Result<T>> & Disposable {
    const recv = this.#receive();
    const next = new NextMessage(recv, this.#waiting);
    if (this.#waiting === undefined) recv.fail(new RecvError());
    else recv.startEarly?.();
    return next;
  }

  return(): Awaitable<Result<T>> {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.endAll();
    return ready(ENDED);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/**
 * The `next()` of one iterator that have not given out anything:
 *
 *     first ── A ══ B ══ C ── last    before, after
 *
 * So ending the iterator finds them without a search.
 */
class NextList<T> {
  #first: NextMessage<T> | undefined = undefined;
  #last: NextMessage<T> | undefined = undefined;

  push(next: NextMessage<T>): void {
    const last = this.#last;
    next.before = last;
    if (last === undefined) this.#first = next;
    else last.after = next;
    this.#last = next;
  }

  remove(next: NextMessage<T>): void {
    const { before, after } = next;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    next.before = next.after = undefined;
  }

  /** Ends those that wait; those that have a message keep it. */
  endAll(): void {
    const ended: NextMessage<T>[] = [];
    for (let next = this.#first; next !== undefined; next = next.after) {
      if (next.end()) ended.push(next);
    }
    for (const next of ended) next.notify();
  }
}

/** A receive whose end is no error. Flat, see lib/README.md. */
class NextMessage<T> extends Awaitable<Result<T>> implements Disposable {
  declare before: NextMessage<T> | undefined;
  declare after: NextMessage<T> | undefined;
  declare private readonly recv: NextWait<T>;
  /** What it is in until it gives something out. */
  declare private list: NextList<T> | undefined;

  constructor(recv: NextWait<T>, list: NextList<T> | undefined) {
    super();
    this.before = undefined;
    this.after = undefined;
    this.recv = recv;
    this.list = list;
    if (list !== undefined) list.push(this);
  }

  override poll(cx: Context): Poll<Result<T>> {
    const driver = existingDriver(this);
    if (driver !== undefined) return driver.follow(cx.waker) as Poll<Result<T>>;
    try {
      const message = this.recv.poll(cx);
      if (message === pending) return pending;
      this.leave();
      return { done: false, value: message };
    } catch (error) {
      return this.endFor(error);
    }
  }

  /** What is there at once is given out at once, as with every wait of a channel. */
  override [Symbol.iterator](): Iterator<Future<unknown>, Result<T>, unknown> {
    const isReady = !isAwaited(this) && this.recv.canFinish && tryProceed();
    return isReady ? new Finished(this.finish()) : new FutureIterator<Result<T>>(this);
  }

  override waitsFor(): Wait | undefined {
    return this.recv.waitsFor();
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`: the state. */
  override toJSON(): object {
    return this.recv.toJSON();
  }

  /** Ends it, if it waits; whether it did, and is to be notified. */
  end(): boolean {
    if (this.recv.canFinish) return false;
    this.recv.fail(new RecvError());
    return true;
  }

  notify(): void {
    this.recv.notify();
  }

  /** Whoever awaits it is told; a message that it has is put back. */
  [Symbol.dispose](): void {
    this.leave();
    this.recv.drop(isAwaited(this));
  }

  protected override get awaitPace(): Pace {
    return PACED;
  }

  protected override beginAwait(driver: Driver): Poll<Result<T>> {
    if (this.recv.canFinish) return this.finish();
    this.recv.watchWithDriver(driver);
    return pending;
  }

  protected override finishAwait(driver: Driver): Poll<Result<T>> {
    if (!this.recv.canFinish) {
      this.recv.watchWith(driver);
      return pending;
    }
    return this.finish();
  }

  private finish(): Result<T> {
    this.leave();
    try {
      return { done: false, value: this.recv.finish() };
    } catch (error) {
      return this.endFor(error);
    }
  }

  private endFor(error: unknown): Result<T> {
    this.leave();
    if (error instanceof RecvError || this.recv.handle.isDisposed) return ENDED;
    throw error;
  }

  private leave(): void {
    if (this.list !== undefined) this.list.remove(this);
    this.list = undefined;
  }
}

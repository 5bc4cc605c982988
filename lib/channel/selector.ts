/** Waiting for the first of several sends and receives. */
import { checkFunction } from "../core/friend.ts";
import type { Awaitable } from "../core/mod.ts";
import { Inspectable } from "../internal/inspect.ts";
import type { TimeOptions } from "../time/mod.ts";
import { RecvBranch, SendBranch } from "./branch.ts";
import { channelOf, handleOf } from "./endpoint.ts";
import { type DISCONNECTED, EMPTY, type Unsent } from "./errors.ts";
import { checkSymbol } from "./message.ts";
import { NO_OPTIONS, type SelectorOptions, type WaitOptions } from "./options.ts";
import type { Receiver } from "./receiver.ts";
import { type BranchMaker, SelectFuture, selectNow } from "./select.ts";
import type { Sender } from "./sender.ts";
import { after, Timed } from "./timed.ts";

/**
 * Waits for the first of several sends and receives. `flume::Selector` in Rust.
 *
 * One of them happens, and the others don't: nothing is taken from their channels, nothing is sent to them.
 * If several can be done at once, one is chosen at random, or, by a biased selector, the one that was added
 * first. The function of the one that was done is told what `tryRecv` or `trySend` would give: so a channel
 * that is disconnected counts as done, and says so. What it returns is the output.
 *
 * A selector may be used again: each wait chooses anew, and a message to be sent is sent each time that it is
 * chosen.
 *
 * @example
 * ```ts
 * import { DISCONNECTED, Selector, unbounded } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [numbers, rx1] = unbounded<number>();
 * const [words, rx2] = unbounded<string>();
 * const next = new Selector()
 *   .recv(rx1, (n) => n === DISCONNECTED ? "no more numbers" : `number ${n}`)
 *   .recv(rx2, (w) => w === DISCONNECTED ? "no more words" : `word ${w}`);
 *
 * words.trySend("one");
 * assertEquals(await next.wait(), "word one");
 * numbers.trySend(1);
 * assertEquals(await next.wait(), "number 1");
 * words[Symbol.dispose]();
 * assertEquals(await next.wait(), "no more words");
 * ```
 */
export class Selector<R = never> extends Inspectable {
  readonly #makers: BranchMaker[] = [];
  readonly #isBiased: boolean;

  /** Makes a selector that has no branches yet. */
  constructor({ biased = false }: SelectorOptions = {}) {
    super();
    this.#isBiased = biased;
  }

  /**
   * Adds a receive.
   *
   * @param receiver Where a message may come from.
   * @param fn Told the message, or {@linkcode DISCONNECTED}; what it returns is the output.
   * @returns The selector itself.
   * @throws {TypeError} If the receiver was disposed, or `fn` is no function.
   *
   * @example
   * ```ts
   * import { Selector, unbounded } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = unbounded<number>();
   * tx.trySend(1);
   * assertEquals(await new Selector().recv(rx, (message) => message).wait(), 1);
   * ```
   */
  recv<T, S>(receiver: Receiver<T>, fn: (message: T | typeof DISCONNECTED) => S): Selector<R | S> {
    const channel = channelOf(receiver, "select");
    const handle = handleOf(receiver);
    checkFunction(fn, "select");
    this.#makers.push((owner) => new RecvBranch(owner, handle, channel, fn));
    return this as Selector<unknown> as Selector<R | S>;
  }

  /**
   * Adds a send.
   *
   * @param sender Where the message may go.
   * @param fn Told nothing when the message is sent, or that it can't be; what it returns is the output.
   * @returns The selector itself.
   * @throws {TypeError} If the sender was disposed, `fn` is no function, or `message` is none.
   *
   * @example
   * ```ts
   * import { Selector, unbounded } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = unbounded<string>();
   * const selector = new Selector().send(tx, "a", (unsent) => unsent === undefined ? "sent" : unsent.reason);
   * assertEquals([await selector.wait(), rx.tryRecv()], ["sent", "a"]);
   * rx[Symbol.dispose]();
   * assertEquals(await selector.wait(), "disconnected");
   * ```
   */
  send<T, S>(sender: Sender<T>, message: T, fn: (unsent: Unsent<T> | undefined) => S): Selector<R | S> {
    const channel = channelOf(sender, "select");
    const handle = handleOf(sender);
    checkFunction(fn, "select");
    if (typeof message === "symbol") checkSymbol(message);
    this.#makers.push((owner) => new SendBranch(owner, handle, channel, message, fn));
    return this as Selector<unknown> as Selector<R | S>;
  }

  /**
   * Does what is ready, without waiting: what the function of that returns, else {@linkcode EMPTY}.
   * `crossbeam_channel::Select::try_select` in Rust.
   *
   * @throws {TypeError} If there is nothing to choose from, or a sender or receiver was disposed.
   * @throws What the function of the chosen one throws.
   *
   * @example
   * ```ts
   * import { EMPTY, Selector, unbounded } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = unbounded<number>();
   * const selector = new Selector().recv(rx, (message) => message);
   * assertEquals(selector.tryWait(), EMPTY);
   * tx.trySend(1);
   * assertEquals(selector.tryWait(), 1);
   * ```
   */
  tryWait(): R | typeof EMPTY {
    return selectNow<R, typeof EMPTY>(this.#branches(), this.#isBiased, EMPTY);
  }

  /**
   * Waits for the first, as a future; letting go of it loses nothing. `flume::Selector::wait` in Rust.
   *
   * @throws The reason of the signal, when it is aborted; and what the function of the chosen one throws.
   * @throws {TypeError} If there is nothing to wait for, or a handle was or is disposed.
   *
   * @example
   * ```ts
   * import { bounded, Selector } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = bounded<number>(0);
   * const selector = new Selector().recv(rx, (message) => message);
   * const [message] = await Promise.all([selector.wait(), tx.send(1)]);
   * assertEquals(message, 1);
   * ```
   */
  wait(options: WaitOptions = NO_OPTIONS): Awaitable<R> & Disposable {
    return new SelectFuture<R>(this.#branches(), this.#isBiased, options.signal);
  }

  /**
   * Like {@linkcode wait}, but gives up after `ms`, counted from this call on, with a `DOMException` named
   * `TimeoutError`. `flume::Selector::wait_timeout` in Rust.
   *
   * @throws {RangeError} If `ms` is `NaN`.
   *
   * @example
   * ```ts
   * import { Selector, unbounded } from "@tagged/async-task/channel";
   * import { assertRejects } from "@std/assert";
   *
   * const [_tx, rx] = unbounded<number>();
   * const selector = new Selector().recv(rx, () => {});
   * await assertRejects(async () => await selector.waitTimeout(1), DOMException, "the time is up");
   * ```
   */
  waitTimeout(ms: number, options: TimeOptions = NO_OPTIONS): Awaitable<R> & Disposable {
    return this.waitDeadline(after(ms, options, "select"), options);
  }

  /**
   * Like {@linkcode waitTimeout}, with the time at which it gives up, in ms of the clock: with the default
   * clock, in terms of `performance.now()`. `flume::Selector::wait_deadline` in Rust.
   *
   * @example
   * ```ts
   * import { Selector, unbounded } from "@tagged/async-task/channel";
   * import { VirtualClock } from "@tagged/async-task/time";
   * import { assertRejects } from "@std/assert";
   *
   * const clock = new VirtualClock({ autoAdvance: true });
   * const [_tx, rx] = unbounded<number>();
   * const selector = new Selector().recv(rx, () => {});
   * await assertRejects(async () => await selector.waitDeadline(50, { clock }), DOMException);
   * ```
   */
  waitDeadline(time: number, options: TimeOptions = NO_OPTIONS): Awaitable<R> & Disposable {
    return new Timed(this.wait(), time, options, "select");
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  override toJSON(): object {
    return { branches: this.#makers.length, isBiased: this.#isBiased };
  }

  #branches(): readonly BranchMaker[] {
    if (this.#makers.length > 0) return this.#makers;
    throw new TypeError(
      "Cannot select: the selector has no branches, expected at least one recv() or send()",
    );
  }
}

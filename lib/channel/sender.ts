/** The end of a channel where messages go in. */
import { Inspectable } from "../internal/inspect.ts";
import type { TimeOptions } from "../time/mod.ts";
import type { Channel } from "./channel.ts";
import { channelOf, detach, Endpoint, handleOf } from "./endpoint.ts";
import type { Unsent } from "./errors.ts";
import { checkSymbol } from "./message.ts";
import { NO_OPTIONS, type WaitOptions } from "./options.ts";
import { type Send, SendFuture } from "./send.ts";
import { sinkOf } from "./sink.ts";
import { after, TimedSend } from "./timed.ts";

/**
 * The end of a channel where messages go in. `flume::Sender` in Rust.
 *
 * A message is any value, `undefined` too; but not one of the three symbols that say that there is none:
 * `PENDING`, {@linkcode EMPTY}, {@linkcode DISCONNECTED}. (A promise is a legal message, but who awaits the
 * message awaits that promise, too.)
 *
 * There may be any number of senders, made with `clone`. When the last is disposed, the channel is
 * disconnected: what was sent before can still be received. A handle that is merely forgotten is not noticed.
 *
 * @example
 * ```ts
 * import { type Sender, unbounded } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [tx, rx] = unbounded<string>();
 * const greet = (tx: Sender<string>, name: string) => {
 *   tx.trySend(`hello, ${name}`);
 *   tx[Symbol.dispose]();
 * };
 * greet(tx.clone(), "a");
 * greet(tx, "b");
 * const greetings: string[] = [];
 * for await (const greeting of rx) greetings.push(greeting);
 * assertEquals(greetings, ["hello, a", "hello, b"]);
 * ```
 */
export class Sender<T> extends Endpoint<T> {
  /** @ignore */
  constructor(channel: Channel<T>) {
    super(channel, "sender");
  }

  /**
   * Sends, if that can be done at once: there is room, or somebody waits for a message.
   * `flume::Sender::try_send` in Rust.
   *
   * @returns `undefined` when it is sent, else why not, and the message.
   * @throws {TypeError} If the sender was disposed, or the message is one of the three symbols.
   *
   * @example
   * ```ts
   * import { bounded } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = bounded<number>(1);
   * assertEquals(tx.trySend(1), undefined);
   * assertEquals(tx.trySend(2), { reason: "full", value: 2 });
   * assertEquals(rx.tryRecv(), 1);
   * ```
   */
  trySend(message: T): Unsent<T> | undefined {
    const channel = channelOf(this, "send");
    if (typeof message === "symbol") checkSymbol(message);
    return channel.push(message) ? undefined : channel.refuse(message);
  }

  /**
   * Sends when there is room, as a future: at once on an unbounded channel; with a rendezvous, when somebody
   * takes it. Those who wait are served in order. `flume::Sender::send_async` in Rust.
   *
   * On a bounded channel nothing is sent before it is polled, by `await` or `yield*`. To send without waiting
   * there is {@linkcode trySend}.
   *
   * @throws {SendError} When the last receiver is gone, or the channel was closed; it has the message.
   * @throws The reason of the signal, when it is aborted. The message is not sent then.
   * @throws {TypeError} If the sender was or is disposed, or the message is one of the three symbols.
   *
   * @example
   * ```ts
   * import { bounded } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = bounded<number>(1);
   * const count = async () => {
   *   for (let i = 0; i < 3; i++) await tx.send(i);
   *   tx[Symbol.dispose]();
   * };
   * const counted = count();
   * assertEquals([await rx.recv(), await rx.recv(), await rx.recv()], [0, 1, 2]);
   * await counted;
   * ```
   */
  send(message: T, options: WaitOptions = NO_OPTIONS): Send<T> {
    const channel = channelOf(this, "send");
    if (typeof message === "symbol") checkSymbol(message);
    const sending = new SendFuture<T>(handleOf(this), channel, message, options.signal);
    if (channel.capacity === Infinity) sending.sendEarly();
    return sending;
  }

  /**
   * Like {@linkcode send}, but gives up after `ms`, counted from this call on. `flume::Sender::send_timeout`
   * in Rust. What can be sent at once is never too late.
   *
   * @throws {SendError} With the reason `"timeout"` when the time is up; else as `send` does.
   * @throws {RangeError} If `ms` is `NaN`.
   *
   * @example
   * ```ts
   * import { bounded, SendError } from "@tagged/async-task/channel";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const [tx, _rx] = bounded<string>(0);
   * const error = await assertRejects(async () => await tx.sendTimeout("a", 1), SendError<string>);
   * assertEquals([error.name, error.reason, error.value], ["TimeoutError", "timeout", "a"]);
   * ```
   */
  sendTimeout(message: T, ms: number, options: TimeOptions = NO_OPTIONS): Send<T> {
    return this.sendDeadline(message, after(ms, options, "send"), options);
  }

  /**
   * Like {@linkcode sendTimeout}, with the time at which it gives up, in ms of the clock: with the default
   * clock, in terms of `performance.now()`. `flume::Sender::send_deadline` in Rust.
   *
   * @example
   * ```ts
   * import { bounded } from "@tagged/async-task/channel";
   * import { VirtualClock } from "@tagged/async-task/time";
   * import { assertRejects } from "@std/assert";
   *
   * const clock = new VirtualClock({ autoAdvance: true });
   * const [tx, _rx] = bounded<string>(1);
   * await tx.sendDeadline("a", 50, { clock });
   * await assertRejects(async () => await tx.sendDeadline("b", 50, { clock }), Error, "the time is up");
   * ```
   */
  sendDeadline(message: T, time: number, options: TimeOptions = NO_OPTIONS): Send<T> {
    return new TimedSend(this.send(message), time, options);
  }

  /**
   * A `WritableStream` that sends what is written to it: a write is done when the message is sent, so that a
   * full channel holds the writer back. It has a sender of its own, which goes when the stream is closed,
   * aborted, or fails because the last receiver is gone. `flume::Sender::into_sink` in Rust.
   *
   * @example
   * ```ts
   * import { bounded } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = bounded<number>(1);
   * const piped = ReadableStream.from([1, 2, 3]).pipeTo(tx.sink());
   * tx[Symbol.dispose]();
   * const all: number[] = [];
   * for await (const message of rx) all.push(message);
   * await piped;
   * assertEquals(all, [1, 2, 3]);
   * ```
   */
  sink(): WritableStream<T> {
    return sinkOf(this.clone());
  }

  /**
   * Another sender of the same channel, to be disposed for itself.
   *
   * @example
   * ```ts
   * import { unbounded } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = unbounded<number>();
   * const another = tx.clone();
   * assertEquals([rx.senderCount, another.sameChannel(tx)], [2, true]);
   * ```
   */
  clone(): Sender<T> {
    return revive(channelOf(this, "clone"));
  }

  /**
   * A handle that does not keep the channel connected. `flume::Sender::downgrade` in Rust.
   *
   * @example
   * ```ts
   * import { unbounded } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = unbounded<number>();
   * const weak = tx.downgrade();
   * assertEquals(rx.senderCount, 1);
   * weak.upgrade()?.trySend(1);
   * assertEquals(rx.tryRecv(), 1);
   * ```
   */
  downgrade(): WeakSender<T> {
    return new WeakSender(channelOf(this, "downgrade"));
  }

  /** Whether all receivers are gone, or the channel was closed: nothing can be sent any more. */
  override get isDisconnected(): boolean {
    return !channelOf(this, "ask for the receivers").hasReceivers;
  }

  /** Gives the sender up. Sends that wait through it fail with a `TypeError`, and keep their message. */
  override [Symbol.dispose](): void {
    detach(this)?.dropSender(handleOf(this));
  }
}

/**
 * A sender that does not keep the channel connected: what `downgrade` returns. `flume::WeakSender` in Rust.
 *
 * @example
 * ```ts
 * import { unbounded, type WeakSender } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [tx, _rx] = unbounded<number>();
 * const weak: WeakSender<number> = tx.downgrade();
 * assertEquals(weak.upgrade()?.sameChannel(tx), true);
 * ```
 */
export class WeakSender<T> extends Inspectable {
  readonly #channel: Channel<T>;

  /** @ignore */
  constructor(channel: Channel<T>) {
    super();
    this.#channel = channel;
  }

  /**
   * A sender of the channel, to be disposed for itself; `undefined` when the last one is gone.
   *
   * @example
   * ```ts
   * import { unbounded } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, _rx] = unbounded<number>();
   * const weak = tx.downgrade();
   * tx[Symbol.dispose]();
   * assertEquals(weak.upgrade(), undefined);
   * ```
   */
  upgrade(): Sender<T> | undefined {
    return this.#channel.senderCount === 0 ? undefined : revive(this.#channel);
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  override toJSON(): object {
    return { senders: this.#channel.senderCount };
  }
}

function revive<T>(channel: Channel<T>): Sender<T> {
  channel.addSender();
  return new Sender(channel);
}

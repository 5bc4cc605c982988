/** Channels whose every receiver sees every message. */
import { Inspectable } from "../internal/inspect.ts";
import { show } from "../internal/show.ts";
import { Cursor, MessageRing } from "./message_ring.ts";
import { type DISCONNECTED, disposedError, type EMPTY, type Unsent } from "./errors.ts";
import { checkSymbol } from "./message.ts";
import { MessageIterator, type Messages } from "./messages.ts";
import { NO_OPTIONS, type WaitOptions } from "./options.ts";
import type { Recv } from "./recv.ts";
import { SubscriptionWait } from "./subscription.ts";

/** There is memory for all of them from the start. */
const MAX_CAPACITY = 1 << 24;

/**
 * Makes a channel whose every receiver sees every message that is sent after it was made. Nobody waits to
 * send: the last `capacity` messages are kept, and a receiver that is slower than that is told how many it
 * has missed. `tokio::sync::broadcast::channel` in Rust.
 *
 * @param capacity How many messages are kept for those who have not seen them, a whole number, at least 1.
 * @returns A sender and a receiver. There may be any number of both: `tx.clone()`, `tx.subscribe()`,
 * `rx.clone()`.
 * @throws {RangeError} If `capacity` is less than 1, more than 2^24, or not a whole number.
 * @throws {TypeError} If `capacity` is not a number.
 *
 * @example
 * ```ts
 * import { broadcast } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [tx, rx] = broadcast<string>(16);
 * tx.send("before");
 * const late = tx.subscribe();
 * tx.send("after");
 * tx[Symbol.dispose]();
 * assertEquals(await Array.fromAsync(rx), ["before", "after"]);
 * assertEquals(await Array.fromAsync(late), ["after"]);
 * ```
 */
export function broadcast<T>(capacity: number): [BroadcastSender<T>, BroadcastReceiver<T>] {
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_CAPACITY) {
    const message = `Cannot make a broadcast: capacity must be an integer from 1 to 2^24, got ${
      show(capacity)
    }`;
    throw typeof capacity === "number" ? new RangeError(message) : new TypeError(message);
  }
  const channel = new MessageRing<T>(capacity);
  return [new BroadcastSender(channel), new BroadcastReceiver(new Cursor(channel, 0))];
}

/**
 * Where the messages of a broadcast go in; made by {@linkcode broadcast}. `tokio::sync::broadcast::Sender` in
 * Rust.
 *
 * @example
 * ```ts
 * import { broadcast, type BroadcastSender } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const say = (tx: BroadcastSender<string>) => tx.send("hello");
 * const [tx, rx] = broadcast<string>(1);
 * say(tx);
 * assertEquals(rx.tryRecv(), "hello");
 * ```
 */
export class BroadcastSender<T> extends Inspectable implements Disposable {
  #channel: MessageRing<T> | undefined;

  /** @ignore */
  constructor(channel: MessageRing<T>) {
    super();
    this.#channel = channel;
  }

  /**
   * Sends to all receivers that there are, at once.
   *
   * @returns `undefined` when it is sent; else why not, and the message: there is no receiver, or the channel
   * was closed.
   * @throws {TypeError} If the sender was disposed, or the message is one of the three symbols that mean that
   * there is none.
   *
   * @example
   * ```ts
   * import { broadcast } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = broadcast<number>(1);
   * assertEquals(tx.send(1), undefined);
   * rx[Symbol.dispose]();
   * assertEquals(tx.send(2), { reason: "disconnected", value: 2 });
   * ```
   */
  send(message: T): Unsent<T> | undefined {
    const channel = this.#use("send");
    if (typeof message === "symbol") checkSymbol(message);
    return channel.send(message);
  }

  /**
   * A receiver that sees what is sent from now on, to be disposed for itself.
   *
   * @throws {TypeError} If the sender was disposed.
   *
   * @example
   * ```ts
   * import { broadcast } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx] = broadcast<number>(4);
   * tx.send(1);
   * using rx = tx.subscribe();
   * tx.send(2);
   * assertEquals([rx.tryRecv(), tx.receiverCount], [2, 2]);
   * ```
   */
  subscribe(): BroadcastReceiver<T> {
    const channel = this.#use("subscribe");
    return new BroadcastReceiver(new Cursor(channel, channel.end));
  }

  /**
   * Another sender of the same channel, to be disposed for itself.
   *
   * @throws {TypeError} If the sender was disposed.
   *
   * @example
   * ```ts
   * import { broadcast } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = broadcast<number>(4);
   * const another = tx.clone();
   * tx[Symbol.dispose]();
   * assertEquals([another.send(1), rx.tryRecv(), rx.isDisconnected], [undefined, 1, false]);
   * ```
   */
  clone(): BroadcastSender<T> {
    const channel = this.#use("clone");
    channel.senderCount++;
    return new BroadcastSender(channel);
  }

  /**
   * Closes the channel for all: nothing is sent any more, what was sent can still be seen, and then receivers
   * are told so. Later calls change nothing.
   *
   * @param reason Why: the `cause` of the {@linkcode RecvError}.
   * @throws {TypeError} If the sender was disposed.
   *
   * @example
   * ```ts
   * import { broadcast, RecvError } from "@tagged/async-task/channel";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const [tx, rx] = broadcast<number>(4);
   * tx.close("no more to say");
   * const error = await assertRejects(() => rx.recv(), RecvError);
   * assertEquals(error.cause, "no more to say");
   * ```
   */
  close(reason?: unknown): void {
    this.#use("close").close(reason);
  }

  /** How many messages are kept for those who have not seen them. */
  get capacity(): number {
    return this.#use("tell the capacity").capacity;
  }

  /** How many senders there are that are not disposed. */
  get senderCount(): number {
    return this.#use("count senders").senderCount;
  }

  /** How many receivers there are that are not disposed. */
  get receiverCount(): number {
    return this.#use("count receivers").subscribers.count;
  }

  /** Whether there is no receiver now, or the channel was closed. */
  get isDisconnected(): boolean {
    return this.#use("ask for the receivers").isDisconnected;
  }

  /** Whether the channel was closed. */
  get isClosed(): boolean {
    return this.#use("ask whether it is closed").isClosed;
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  override toJSON(): object {
    return this.#channel === undefined ? { isDisposed: true } : this.#channel.view();
  }

  /** Gives the sender up, once; the channel ends with the last. */
  [Symbol.dispose](): void {
    this.#channel?.dropSender();
    this.#channel = undefined;
  }

  #use(action: string): MessageRing<T> {
    if (this.#channel === undefined) throw disposedError(action, "sender");
    return this.#channel;
  }
}

/**
 * Where the messages of a broadcast come out; made by {@linkcode broadcast}, `subscribe` and `clone`.
 * `tokio::sync::broadcast::Receiver` in Rust.
 *
 * `for await` gives the messages until the last sender is gone, the channel was closed, or the receiver
 * disposed. If some were missed it throws a {@linkcode LaggedError}; another loop goes on with the oldest
 * that is left.
 *
 * @example
 * ```ts
 * import { broadcast, LaggedError } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [tx, rx] = broadcast<number>(2);
 * for (const i of [1, 2, 3, 4]) tx.send(i);
 * tx[Symbol.dispose]();
 * const seen: unknown[] = [];
 * for (let isOver = false; !isOver;) {
 *   try {
 *     for await (const message of rx) seen.push(message);
 *     isOver = true;
 *   } catch (error) {
 *     if (!(error instanceof LaggedError)) throw error;
 *     seen.push(`${error.missed} missed`);
 *   }
 * }
 * assertEquals(seen, ["2 missed", 3, 4]);
 * ```
 */
export class BroadcastReceiver<T> extends Inspectable implements AsyncIterable<T>, Disposable {
  readonly #cursor: Cursor<T>;

  /** @ignore */
  constructor(cursor: Cursor<T>) {
    super();
    this.#cursor = cursor;
  }

  /**
   * The next message, as a future. Letting go of it loses nothing: a message counts as seen when it was given
   * out.
   *
   * @throws {LaggedError} When messages were missed.
   * @throws {RecvError} When there is no message, and the last sender is gone or the channel was closed.
   * @throws The reason of the signal, when it is aborted.
   * @throws {TypeError} If the receiver was or is disposed.
   *
   * @example
   * ```ts
   * import { broadcast } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = broadcast<number>(1);
   * const another = rx.clone();
   * const both = Promise.all([rx.recv(), another.recv()]);
   * tx.send(1);
   * assertEquals(await both, [1, 1]);
   * ```
   */
  recv(options: WaitOptions = NO_OPTIONS): Recv<T> {
    const cursor = this.#use("receive");
    return new SubscriptionWait(cursor.subscriber, cursor, options.signal);
  }

  /**
   * The next message if there is one, else {@linkcode EMPTY}, or {@linkcode DISCONNECTED} if there can be
   * none any more.
   *
   * @throws {LaggedError} When messages were missed.
   * @throws {TypeError} If the receiver was disposed.
   *
   * @example
   * ```ts
   * import { broadcast, EMPTY } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = broadcast<number>(1);
   * assertEquals(rx.tryRecv(), EMPTY);
   * tx.send(1);
   * assertEquals(rx.tryRecv(), 1);
   * ```
   */
  tryRecv(): T | typeof EMPTY | typeof DISCONNECTED {
    return this.#use("receive").tryTake();
  }

  /**
   * The messages as they come: what `for await` uses, with a signal if one is given.
   *
   * @throws {TypeError} If the receiver was disposed.
   *
   * @example
   * ```ts
   * import { broadcast } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = broadcast<number>(1);
   * tx.send(1);
   * for await (const message of rx.iter({ signal: AbortSignal.timeout(1000) })) {
   *   assertEquals(message, 1);
   *   break;
   * }
   * ```
   */
  iter(options: WaitOptions = NO_OPTIONS): Messages<T> {
    const cursor = this.#use("receive");
    return new MessageIterator(() => new SubscriptionWait(cursor.subscriber, cursor, options.signal));
  }

  /** What `for await` calls: {@linkcode iter}. */
  [Symbol.asyncIterator](): Messages<T> {
    return this.iter();
  }

  /**
   * Another receiver, which sees the same from here on, to be disposed for itself.
   *
   * @throws {TypeError} If the receiver was disposed.
   *
   * @example
   * ```ts
   * import { broadcast } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = broadcast<number>(4);
   * tx.send(1);
   * const another = rx.clone();
   * assertEquals([rx.tryRecv(), another.tryRecv()], [1, 1]);
   * ```
   */
  clone(): BroadcastReceiver<T> {
    return new BroadcastReceiver(this.#use("clone").clone());
  }

  /** How many messages there are that it has not seen, and can still see. */
  get length(): number {
    return this.#use("count messages").length;
  }

  /** How many receivers there are that are not disposed. */
  get receiverCount(): number {
    return this.#use("count receivers").channel.subscribers.count;
  }

  /** Whether all senders are gone, or the channel was closed: nothing comes any more but what is there. */
  get isDisconnected(): boolean {
    return !this.#use("ask for the senders").channel.hasSenders;
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  override toJSON(): object {
    const { subscriber, channel, length } = this.#cursor;
    return subscriber.isDisposed ? { isDisposed: true } : { length, ...channel.view() };
  }

  /**
   * Gives the receiver up, once. Receives that wait through it fail with a `TypeError`; its `for await` loops
   * end.
   */
  [Symbol.dispose](): void {
    if (!this.#cursor.subscriber.isDisposed) this.#cursor.drop();
  }

  #use(action: string): Cursor<T> {
    if (this.#cursor.subscriber.isDisposed) throw disposedError(action, "receiver");
    return this.#cursor;
  }
}

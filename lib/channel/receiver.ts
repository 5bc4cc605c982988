/** The end of a channel where messages come out. */
import type { TimeOptions } from "../time/mod.ts";
import type { Channel } from "./channel.ts";
import { channelOf, detach, Endpoint, handleOf } from "./endpoint.ts";
import { DISCONNECTED, EMPTY } from "./errors.ts";
import { MessageIterator, type Messages } from "./messages.ts";
import { NO_OPTIONS, type WaitOptions } from "./options.ts";
import { type Recv, RecvFuture } from "./recv.ts";
import { streamOf } from "./stream.ts";
import { after, Timed } from "./timed.ts";

/**
 * The end of a channel where messages come out. `flume::Receiver` in Rust.
 *
 * There may be any number of receivers, made with `clone`; each message goes to one of them. When the last is
 * disposed, the channel is disconnected, and what is still in it is dropped. A handle that is merely
 * forgotten is not noticed.
 *
 * `for await` gives the messages until the channel is disconnected or the receiver disposed; leaving the loop
 * leaves the receiver as it is.
 *
 * @example
 * ```ts
 * import { type Receiver, unbounded } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [tx, rx] = unbounded<number>();
 * const work = async (rx: Receiver<number>) => {
 *   let sum = 0;
 *   for await (const message of rx) sum += message;
 *   return sum;
 * };
 * const workers = [work(rx), work(rx.clone())];
 * for (let i = 1; i <= 10; i++) tx.trySend(i);
 * tx[Symbol.dispose]();
 * const [a, b] = await Promise.all(workers);
 * assertEquals(a + b, 55);
 * ```
 */
export class Receiver<T> extends Endpoint<T> implements AsyncIterable<T> {
  /** @ignore */
  constructor(channel: Channel<T>) {
    super(channel, "receiver");
  }

  /**
   * The next message if there is one, else {@linkcode EMPTY}, or {@linkcode DISCONNECTED} if there can be
   * none any more. `flume::Receiver::try_recv` in Rust.
   *
   * @throws {TypeError} If the receiver was disposed.
   *
   * @example
   * ```ts
   * import { DISCONNECTED, EMPTY, unbounded } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = unbounded<number | undefined>();
   * tx.trySend(undefined);
   * tx.trySend(1);
   * let sum = 0;
   * for (let message; (message = rx.tryRecv()) !== EMPTY && message !== DISCONNECTED;) sum += message ?? 10;
   * assertEquals(sum, 11);
   * ```
   */
  tryRecv(): T | typeof EMPTY | typeof DISCONNECTED {
    const channel = channelOf(this, "receive");
    if (channel.hasMessage) return channel.take();
    return channel.hasSenders ? EMPTY : DISCONNECTED;
  }

  /**
   * The next message, as a future. Those who wait are served in order. `flume::Receiver::recv_async` in Rust.
   *
   * @throws {RecvError} When there is no message, and the last sender is gone or the channel was closed.
   * @throws The reason of the signal, when it is aborted. No message is taken then.
   * @throws {TypeError} If the receiver was or is disposed.
   *
   * @example In a generator task
   * ```ts
   * import { spawn } from "@tagged/async-task";
   * import { unbounded } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = unbounded<number>();
   * const [task, handle] = spawn(function* () {
   *   return (yield* rx.recv()) + (yield* rx.recv());
   * }, (task) => void task.run());
   * task.run();
   * tx.trySend(1);
   * tx.trySend(2);
   * assertEquals(await handle, 3);
   * ```
   */
  recv(options: WaitOptions = NO_OPTIONS): Recv<T> {
    return new RecvFuture<T>(handleOf(this), channelOf(this, "receive"), options.signal);
  }

  /**
   * Like {@linkcode recv}, but gives up after `ms`, counted from this call on, with a `DOMException` named
   * `TimeoutError`. A message that is there is never too late. `flume::Receiver::recv_timeout` in Rust.
   *
   * @throws {RangeError} If `ms` is `NaN`.
   *
   * @example
   * ```ts
   * import { unbounded } from "@tagged/async-task/channel";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const [_tx, rx] = unbounded<number>();
   * const error = await assertRejects(async () => await rx.recvTimeout(1), DOMException);
   * assertEquals(error.name, "TimeoutError");
   * ```
   */
  recvTimeout(ms: number, options: TimeOptions = NO_OPTIONS): Recv<T> {
    return this.recvDeadline(after(ms, options, "receive"), options);
  }

  /**
   * Like {@linkcode recvTimeout}, with the time at which it gives up, in ms of the clock: with the default
   * clock, in terms of `performance.now()`. `flume::Receiver::recv_deadline` in Rust.
   *
   * @example
   * ```ts
   * import { unbounded } from "@tagged/async-task/channel";
   * import { VirtualClock } from "@tagged/async-task/time";
   * import { assertRejects } from "@std/assert";
   *
   * const clock = new VirtualClock({ autoAdvance: true });
   * const [_tx, rx] = unbounded<number>();
   * await assertRejects(async () => await rx.recvDeadline(50, { clock }), DOMException, "the time is up");
   * ```
   */
  recvDeadline(time: number, options: TimeOptions = NO_OPTIONS): Recv<T> {
    return new Timed(this.recv(), time, options, "receive");
  }

  /**
   * The messages as they come, until the channel is disconnected, or the receiver disposed: what `for await`
   * uses, with a signal if one is given. `flume::Receiver::iter` in Rust.
   *
   * @throws The reason of the signal, when it is aborted.
   * @throws {TypeError} If the receiver was disposed.
   *
   * @example
   * ```ts
   * import { unbounded } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = unbounded<number>();
   * tx.trySend(1);
   * for await (const message of rx.iter({ signal: AbortSignal.timeout(1000) })) {
   *   assertEquals(message, 1);
   *   break;
   * }
   * ```
   */
  iter(options: WaitOptions = NO_OPTIONS): Messages<T> {
    const [handle, channel] = [handleOf(this), channelOf(this, "receive")];
    return new MessageIterator(() => new RecvFuture(handle, channel, options.signal));
  }

  /** What `for await` calls: {@linkcode iter}. */
  [Symbol.asyncIterator](): Messages<T> {
    return this.iter();
  }

  /**
   * The messages that are there, and that come while they are looked at; ends when there is none.
   * `flume::Receiver::try_iter` in Rust.
   *
   * @throws {TypeError} If the receiver was or is disposed.
   *
   * @example
   * ```ts
   * import { unbounded } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = unbounded<number>();
   * tx.trySend(1);
   * tx.trySend(2);
   * assertEquals([...rx.tryIter()], [1, 2]);
   * ```
   */
  tryIter(): IterableIterator<T, undefined> {
    channelOf(this, "receive");
    return tryAll(this);
  }

  /**
   * Takes all messages that are there, those of senders that wait for room, too; none if there are none.
   * `flume::Receiver::drain` in Rust.
   *
   * @throws {TypeError} If the receiver was disposed.
   *
   * @example
   * ```ts
   * import { bounded } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = bounded<number>(1);
   * tx.trySend(1);
   * const sent = tx.send(2).then();
   * assertEquals(rx.drain(), [1, 2]);
   * await sent;
   * ```
   */
  drain(): T[] {
    return channelOf(this, "receive").drain();
  }

  /**
   * A `ReadableStream` of the messages: each is received when it is asked for, so that none is lost when the
   * stream is cancelled. It has a receiver of its own, which goes when the stream is closed or cancelled.
   * `flume::Receiver::into_stream` in Rust.
   *
   * @throws {TypeError} If the receiver was disposed.
   *
   * @example
   * ```ts
   * import { unbounded } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = unbounded<string>();
   * tx.trySend("a");
   * tx.trySend("b");
   * tx[Symbol.dispose]();
   * assertEquals(await Array.fromAsync(rx.stream()), ["a", "b"]);
   * ```
   */
  stream(): ReadableStream<T> {
    return streamOf(this.clone(), channelOf(this, "receive"));
  }

  /**
   * Another receiver of the same channel, to be disposed for itself. A message goes to one of the two.
   *
   * @example
   * ```ts
   * import { unbounded } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = unbounded<number>();
   * const another = rx.clone();
   * tx.trySend(1);
   * tx.trySend(2);
   * assertEquals([rx.tryRecv(), another.tryRecv(), tx.receiverCount], [1, 2, 2]);
   * ```
   */
  clone(): Receiver<T> {
    const channel = channelOf(this, "clone");
    channel.addReceiver();
    return new Receiver(channel);
  }

  /** Whether all senders are gone, or the channel was closed: nothing comes any more but what is there. */
  override get isDisconnected(): boolean {
    return !channelOf(this, "ask for the senders").hasSenders;
  }

  /**
   * Gives the receiver up. Receives that wait through it fail with a `TypeError`; its `for await` loops end.
   */
  override [Symbol.dispose](): void {
    detach(this)?.dropReceiver(handleOf(this));
  }
}

function* tryAll<T>(receiver: Receiver<T>): IterableIterator<T, undefined> {
  for (let message; (message = receiver.tryRecv()) !== EMPTY && message !== DISCONNECTED;) {
    yield message;
  }
  return undefined;
}

/** What senders and receivers have in common. */
import { Inspectable } from "../internal/inspect.ts";
import type { Channel } from "./channel.ts";
import { disposedError } from "./errors.ts";
import { Handle } from "./wait_list.ts";

/**
 * What a {@linkcode Sender} and a {@linkcode Receiver} have in common: what can be asked about their channel.
 *
 * All of it throws a `TypeError` on one that was disposed.
 *
 * @example
 * ```ts
 * import { bounded, type Endpoint } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const room = (end: Endpoint<unknown>): number => end.capacity - end.length;
 * const [tx, rx] = bounded<string>(3);
 * tx.trySend("a");
 * assertEquals([room(tx), room(rx)], [2, 2]);
 * ```
 */
export abstract class Endpoint<T> extends Inspectable implements Disposable {
  // Flat, see lib/README.md.
  /** Until it is disposed. */
  declare private channel: Channel<T> | undefined;
  declare private readonly handle: Handle;

  /** @ignore */
  constructor(channel: Channel<T>, side: "sender" | "receiver") {
    super();
    this.channel = channel;
    this.handle = new Handle(side);
  }

  /** How many messages are in the queue. Those of senders that wait don't count. */
  get length(): number {
    return channelOf(this, "count messages").length;
  }

  /** How many messages there is room for: `Infinity` if unbounded, 0 for a rendezvous. */
  get capacity(): number {
    return channelOf(this, "tell the capacity").capacity;
  }

  /** Whether no message is in the queue. */
  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** Whether the queue has no room. That of a rendezvous never has. */
  get isFull(): boolean {
    return this.length >= this.capacity;
  }

  /** How many messages were dropped because there was no room, in a channel that does so. */
  get droppedCount(): number {
    return channelOf(this, "count messages").droppedCount;
  }

  /** How many senders there are that are not disposed. */
  get senderCount(): number {
    return channelOf(this, "count senders").senderCount;
  }

  /** How many receivers there are that are not disposed. */
  get receiverCount(): number {
    return channelOf(this, "count receivers").receiverCount;
  }

  /** Whether all handles of the other side are gone, or the channel was closed. It never comes back. */
  abstract get isDisconnected(): boolean;

  /** Whether the channel was closed, by whichever side. */
  get isClosed(): boolean {
    return channelOf(this, "ask whether it is closed").isClosed;
  }

  /**
   * Closes the channel for all, from either side: nothing is sent any more, what is queued still arrives.
   * Sends that wait fail with a {@linkcode SendError}, and keep their message; receives fail with a
   * {@linkcode RecvError} when the queue is empty, and `for await` ends. Later calls change nothing.
   * `tokio::sync::mpsc::Receiver::close` and `async_channel::Sender::close` in Rust.
   *
   * Between threads, the other thread sees that this side is gone, and not the reason.
   *
   * @param reason Why: the `cause` of those errors.
   * @throws {TypeError} If the sender or receiver was disposed.
   *
   * @example
   * ```ts
   * import { RecvError, unbounded } from "@tagged/async-task/channel";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const [tx, rx] = unbounded<number>();
   * tx.trySend(1);
   * tx.close("no more to do");
   * assertEquals(tx.trySend(2), { reason: "closed", value: 2, cause: "no more to do" });
   * assertEquals(await rx.recv(), 1);
   * const error = await assertRejects(() => rx.recv(), RecvError, "the channel is empty, and was closed");
   * assertEquals([error.reason, error.cause], ["closed", "no more to do"]);
   * ```
   */
  close(reason?: unknown): void {
    channelOf(this, "close").close(reason);
  }

  /** Whether `other`, a sender or a receiver, is a handle of the same channel. */
  sameChannel(other: Endpoint<T>): boolean {
    return channelOf(this, "compare") === channelOf(other, "compare");
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  override toJSON(): object {
    return viewOf(this);
  }

  /** Gives it up, once; the channel ends with the last of a side. */
  abstract [Symbol.dispose](): void;
}

interface Parts<T> {
  channel: Channel<T> | undefined;
  readonly handle: Handle;
}

/** The channel of a sender or receiver that is still good for `action`. */
export function channelOf<T>(endpoint: Endpoint<T>, action: string): Channel<T> {
  const { channel } = endpoint as unknown as Parts<T>;
  if (channel === undefined) throw disposedError(action, handleOf(endpoint).side);
  channel.sync();
  return channel;
}

/** What a wait through `endpoint` knows of it. */
export function handleOf<T>(endpoint: Endpoint<T>): Handle {
  return (endpoint as unknown as Parts<T>).handle;
}

/** Takes its channel from a sender or receiver; `undefined` if it was disposed before. */
export function detach<T>(endpoint: Endpoint<T>): Channel<T> | undefined {
  const parts = endpoint as unknown as Parts<T>;
  const { channel } = parts;
  parts.channel = undefined;
  parts.handle.isDisposed = true;
  return channel;
}

/** What is shown of a sender or a receiver. */
function viewOf<T>(endpoint: Endpoint<T>): object {
  const { channel } = endpoint as unknown as Parts<T>;
  if (channel === undefined) return { isDisposed: true };
  channel.sync();
  return {
    length: channel.length,
    capacity: channel.capacity,
    senders: channel.senderCount,
    receivers: channel.receiverCount,
    waitingSenders: channel.waitingSenders.count(),
    waitingReceivers: channel.waitingReceivers.count(),
    isDisconnected: endpoint.isDisconnected,
  };
}

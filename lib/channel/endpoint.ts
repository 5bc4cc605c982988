import type { Chan } from "./chan.ts";
import { Handle } from "./wait_list.ts";

/**
 * What a {@linkcode Sender} and a {@linkcode Receiver} have in common: what can be asked about their channel.
 *
 * All of it throws a `TypeError` on a handle that was disposed.
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
export abstract class Endpoint<T> implements Disposable {
  // Declared only, and set in the constructor, as in `join.ts`.
  declare private chan: Chan<T> | undefined;
  declare private readonly handle: Handle;

  /** @ignore */
  constructor(chan: Chan<T>) {
    this.chan = chan;
    this.handle = new Handle();
  }

  /** How many messages are in the queue. Those of senders that wait don't count. */
  get length(): number {
    return chanOf(this, "count").length;
  }

  /** How many messages there is room for: `Infinity` if unbounded, 0 for a rendezvous. */
  get capacity(): number {
    return chanOf(this, "ask").capacity;
  }

  /** Whether no message is in the queue. */
  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** Whether the queue has no room. That of a rendezvous never has. */
  get isFull(): boolean {
    return this.length >= this.capacity;
  }

  /** How many senders there are that are not disposed. */
  get senderCount(): number {
    return chanOf(this, "count").senderCount;
  }

  /** How many receivers there are that are not disposed. */
  get receiverCount(): number {
    return chanOf(this, "count").receiverCount;
  }

  /** Whether all handles of the other side are gone. It never comes back. */
  abstract get isDisconnected(): boolean;

  /** Whether `other`, a sender or a receiver, is a handle of the same channel. */
  sameChannel(other: Endpoint<T>): boolean {
    return chanOf(this, "compare") === chanOf(other, "compare");
  }

  /** Gives the handle up, once; the channel ends with the last of a side. */
  abstract [Symbol.dispose](): void;
}

interface Parts<T> {
  chan: Chan<T> | undefined;
  readonly handle: Handle;
}

/** The channel of a handle that is still good for `action`. */
export function chanOf<T>(endpoint: Endpoint<T>, action: string): Chan<T> {
  const chan = (endpoint as unknown as Parts<T>).chan;
  if (chan === undefined) throw disposedError(action);
  chan.look();
  return chan;
}

/** What a wait through `endpoint` knows of it. */
export function handleOf<T>(endpoint: Endpoint<T>): Handle {
  return (endpoint as unknown as Parts<T>).handle;
}

/** Takes its channel from a handle; `undefined` if it was disposed before. */
export function detach<T>(endpoint: Endpoint<T>): Chan<T> | undefined {
  const parts = endpoint as unknown as Parts<T>;
  const chan = parts.chan;
  parts.chan = undefined;
  parts.handle.isDisposed = true;
  return chan;
}

export function disposedError(action: string): TypeError {
  return new TypeError(`Cannot ${action}: the handle was disposed`);
}

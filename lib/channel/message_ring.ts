/** What the senders and receivers of a broadcast share: the last messages, and who has not seen them. */
import { type Closing, recvErrorFor, unsentFor } from "./closing.ts";
import { DISCONNECTED, EMPTY, LaggedError, type Unsent } from "./errors.ts";
import { type Source, type Subscriber, Subscribers } from "./subscription.ts";

/**
 * A ring of the last messages. Their positions count from the first that was ever sent; that at `position` is
 * at `position & mask`:
 *
 *     forgotten │ the last `capacity` messages │ not sent
 *               │      ▲           ▲           │
 *               │   a cursor   another one    end
 *
 * A cursor that is left behind among what is forgotten has missed that, and goes on with the first that is
 * not. A message is let go of when all have seen it, or when it is forgotten.
 */
export class MessageRing<T> {
  readonly capacity: number;
  readonly subscribers: Subscribers;
  senderCount: number;
  /** The position of the next message. */
  end: number;
  readonly #mask: number;
  readonly #items: (T | undefined)[];
  /** By place: how many have not seen the message. */
  readonly #unseen: Int32Array;
  #closing: Closing | undefined;

  constructor(capacity: number) {
    const size = 2 ** Math.ceil(Math.log2(capacity));
    this.capacity = capacity;
    this.subscribers = new Subscribers();
    this.senderCount = 1;
    this.end = 0;
    this.#mask = size - 1;
    this.#items = new Array<T | undefined>(size).fill(undefined);
    this.#unseen = new Int32Array(size);
    this.#closing = undefined;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  get hasSenders(): boolean {
    return this.senderCount !== 0 && this.#closing === undefined;
  }

  /** Why nothing can be sent, or `undefined`: it was. */
  send(message: T): Unsent<T> | undefined {
    const { count } = this.subscribers;
    if (count === 0 || this.#closing !== undefined) return unsentFor(this.#closing, message);
    this.#items[(this.end - this.capacity) & this.#mask] = undefined;
    const place = this.end++ & this.#mask;
    this.#items[place] = message;
    this.#unseen[place] = count;
    this.subscribers.rouse();
    return undefined;
  }

  /** The message at `position`, which is not forgotten, for one who sees it now. */
  see(position: number): T {
    const place = position & this.#mask;
    const message = this.#items[place] as T;
    if (--this.#unseen[place] === 0) this.#items[place] = undefined;
    return message;
  }

  /** There is one more who has yet to see what begins at `position`. */
  expect(position: number): void {
    for (let at = position; at < this.end; at++) this.#unseen[at & this.#mask]++;
  }

  recvError(): Error {
    return recvErrorFor(this.#closing);
  }

  close(reason: unknown): void {
    if (this.#closing !== undefined) return;
    this.#closing = { reason };
    this.subscribers.rouse();
  }

  dropSender(): void {
    if (--this.senderCount === 0) this.subscribers.rouse();
  }
}

/** How far one receiver has come. */
export class Cursor<T> implements Source<T> {
  readonly channel: MessageRing<T>;
  readonly subscriber: Subscriber;
  /** Of the next message that it sees. */
  #position: number;

  constructor(channel: MessageRing<T>, position: number) {
    this.channel = channel;
    this.subscriber = channel.subscribers.add();
    this.#position = position;
  }

  /** Another one, that sees the same from here on. */
  clone(): Cursor<T> {
    this.channel.expect(this.#position + Math.max(this.#missed, 0));
    return new Cursor(this.channel, this.#position);
  }

  /** How many messages it can still see. */
  get length(): number {
    return Math.min(this.channel.end - this.#position, this.channel.capacity);
  }

  get isReady(): boolean {
    return this.#position !== this.channel.end || !this.channel.hasSenders;
  }

  take(): T {
    const { channel } = this;
    if (this.#missed > 0) this.#skip();
    if (this.#position === channel.end) throw channel.recvError();
    return channel.see(this.#position++);
  }

  tryTake(): T | typeof EMPTY | typeof DISCONNECTED {
    if (this.#position !== this.channel.end) return this.take();
    return this.channel.hasSenders ? EMPTY : DISCONNECTED;
  }

  /** Its receiver is disposed. */
  drop(): void {
    const { channel } = this;
    this.#position += Math.max(this.#missed, 0);
    while (this.#position < channel.end) channel.see(this.#position++);
    channel.subscribers.remove(this.subscriber);
  }

  /** How many messages were forgotten before it has seen them, if that is more than 0. */
  get #missed(): number {
    return this.channel.end - this.channel.capacity - this.#position;
  }

  #skip(): never {
    const missed = this.#missed;
    this.#position += missed;
    throw new LaggedError(missed);
  }
}

/** What the senders and receivers of a broadcast share: the last messages, and who has not seen them. */
import { DISCONNECTED, EMPTY, LaggedError, type Unsent } from "./errors.ts";
import { Publication } from "./publication.ts";
import type { Source, Subscriber } from "./subscription.ts";

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
export class MessageRing<T> extends Publication {
  readonly capacity: number;
  /** The position of the next message. */
  end: number;
  readonly #mask: number;
  readonly #items: (T | undefined)[];
  /** By place: how many have not seen the message. */
  readonly #unseen: Int32Array;

  constructor(capacity: number) {
    super();
    const size = 2 ** Math.ceil(Math.log2(capacity));
    this.capacity = capacity;
    this.end = 0;
    this.#mask = size - 1;
    this.#items = new Array<T | undefined>(size).fill(undefined);
    this.#unseen = new Int32Array(size);
  }

  /** Why nothing can be sent, or `undefined`: it was. */
  send(message: T): Unsent<T> | undefined {
    if (this.isDisconnected) return this.unsent(message);
    this.#items[(this.end - this.capacity) & this.#mask] = undefined;
    const place = this.end++ & this.#mask;
    this.#items[place] = message;
    this.#unseen[place] = this.subscribers.count;
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

  override view(): object {
    return { capacity: this.capacity, ...super.view() };
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

/**
 * Channels whose senders are on one thread, and whose receivers are on another: what each thread has of them.
 */
import { Channel } from "./channel.ts";
import { Receiver } from "./receiver.ts";
import { Sender } from "./sender.ts";
import { type Handle, notifyAll, type Waiter } from "./wait_list.ts";

/**
 * What joins the two halves of a channel, as one of them sees it. Both count alike: what is between them is
 * what was sent and has not been taken, wherever it is.
 */
export interface Link {
  /** How many messages are between. */
  readonly length: number;
  /** Sends one on. Throws if it can't be carried; then nothing has changed. */
  post(message: unknown): void;
  /** So many were taken; -1 if one has come back. */
  take(count: number): void;
  /** Tells this half what has happened at the other. */
  sync(): void;
  /** The last handle of this half is gone. */
  close(): void;
}

/**
 * A half of a channel that has only senders: its receivers, who count as one, are behind the link.
 */
export class SenderHalf<T> extends Channel<T> {
  readonly #link: Link;

  constructor(capacity: number, link: Link) {
    super(capacity);
    this.#link = link;
  }

  /** The first handle of this half. */
  sender(): Sender<T> {
    return new Sender(this);
  }

  override get length(): number {
    return this.#link.length;
  }

  override sync(): void {
    this.#link.sync();
  }

  /** Whoever waits has been served first by then. */
  override get hasRoom(): boolean {
    return this.waitingSenders.first === undefined && this.#isOpen;
  }

  override push(message: T): boolean {
    if (!this.hasRoom) return false;
    this.#link.post(message);
    return true;
  }

  /** There may be room for some of those who wait. */
  serve(): void {
    const served: Waiter[] = [];
    for (let sender; this.#isOpen && (sender = this.waitingSenders.first) !== undefined;) {
      served.push(sender);
      try {
        this.#link.post(sender.message);
      } catch (error) {
        sender.fail(error);
        continue;
      }
      sender.takeMessage();
    }
    notifyAll(served);
  }

  /** The last receiver is gone. */
  disconnect(): void {
    if (this.receiverCount > 0) this.dropReceiver(undefined);
  }

  override dropSender(handle: Handle | undefined): void {
    super.dropSender(handle);
    if (this.senderCount === 0) this.#link.close();
  }

  /** What was posted still arrives there; the reason does not. */
  override close(reason: unknown): void {
    super.close(reason);
    this.#link.close();
  }

  get #isOpen(): boolean {
    return this.hasReceivers && this.#link.length < this.capacity;
  }
}

/**
 * A half of a channel that has only receivers: its senders, who count as one, are behind the link.
 */
export class ReceiverHalf<T> extends Channel<T> {
  readonly #link: Link;

  constructor(capacity: number, link: Link) {
    // Whoever sends sees to the capacity.
    super(capacity, "wait", Infinity);
    this.#link = link;
  }

  /** The first handle of this half. */
  receiver(): Receiver<T> {
    return new Receiver(this);
  }

  override get length(): number {
    return this.#link.length;
  }

  override sync(): void {
    this.#link.sync();
  }

  /** A message has come. */
  give(message: T): void {
    if (this.waitingReceivers.first !== undefined) this.#link.take(1);
    this.push(message);
  }

  override take(): T {
    this.#link.take(1);
    return super.take();
  }

  override drain(): T[] {
    const messages = super.drain();
    this.#link.take(messages.length);
    return messages;
  }

  /** The last sender is gone, and all that it has sent was given. */
  disconnect(): void {
    if (this.senderCount > 0) this.dropSender(undefined);
  }

  /** What has come by now may still be received. */
  override close(reason: unknown): void {
    super.close(reason);
    this.#link.close();
  }

  override dropReceiver(handle: Handle | undefined): void {
    super.dropReceiver(handle);
    if (this.receiverCount === 0) this.#link.close();
  }

  protected override requeue(message: T, ticket: number): void {
    this.#link.take(-1);
    super.requeue(message, ticket);
  }
}

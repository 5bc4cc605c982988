import { Deque } from "../internal/deque.ts";
import type { Unsent } from "./errors.ts";
import { ReturnedMessages } from "./returned.ts";
import { failAll, type Handle, notifyAll, type Waiter, WaitList } from "./wait_list.ts";

/** Waits for a message. */
export interface Taker<T> extends Waiter {
  /** Leaves the list with a message; to be notified. `ticket` is for {@linkcode Chan.giveBack}. */
  hand(message: T, ticket: number): void;
}

/** Waits for somebody who takes its message. */
export interface Giver<T> extends Waiter {
  /** What it wants to send. */
  readonly message: T | undefined;
  /** Leaves the list without its message, which is returned; to be notified. */
  accept(): T;
}

/** More than any queue can hold, and still a small integer for the engine. */
const UNLIMITED = 0x3fffffff;

/**
 * What the senders and receivers of one channel share.
 *
 * The invariants, which hold whenever somebody is woken:
 *
 * - Takers wait only while the queue is empty, and givers only while it is full. (With a capacity of 0 it is both.
 *   Then takers and givers don't wait together, unless both are arms of selectors, of which each has arms on both
 *   sides; they would have met else.) So whoever comes later can't overtake those who wait, and a wake-up can't be
 *   lost: a message goes to the first taker in the same step in which it is sent, and room to the first giver in
 *   the step in which it is made. Nobody who was woken has to try again.
 * - A message is in one place: in the queue, with a giver, with a taker to whom it was handed, or among those that
 *   were given back. A taker that is let go of before it gave it out gives it back. What was given back comes before
 *   the queue, and counts as queued.
 * - Who waits does so through a handle that is not disposed.
 */
export class Chan<T> {
  readonly capacity: number;
  readonly queue: Deque<T>;
  readonly takers: WaitList<Taker<T>>;
  readonly givers: WaitList<Giver<T>>;
  senderCount: number;
  receiverCount: number;
  /**
   * Messages are queued while the queue is shorter: the capacity, less the messages that were given back. Below 0
   * when the last receiver is gone.
   */
  protected limit: number;
  /** The next ticket. Tickets are in the order of the messages that they are handed out with. */
  private tickets: number;
  /** The messages that were given back; `undefined` instead of none. */
  private returned: ReturnedMessages<T> | undefined;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.queue = new Deque();
    this.takers = new WaitList();
    this.givers = new WaitList();
    this.senderCount = 1;
    this.receiverCount = 1;
    this.limit = Math.min(capacity, UNLIMITED);
    this.tickets = 0;
    this.returned = undefined;
  }

  /** How many messages are in the queue. */
  get length(): number {
    return this.queue.length + (this.returned === undefined ? 0 : this.returned.size);
  }

  /** Takes in what has happened elsewhere: called before anything is asked or done. Here nothing is elsewhere. */
  look(): void {}

  /** Whether {@linkcode push} would send. */
  get hasRoom(): boolean {
    return this.takers.first !== undefined || this.queue.length < this.limit;
  }

  /** Whether {@linkcode take} may be called. */
  get hasMessage(): boolean {
    return this.queue.length !== 0 || this.givers.first !== undefined || this.returned !== undefined;
  }

  /** Sends if there is room; whether it did. */
  push(message: T): boolean {
    const taker = this.takers.first;
    if (taker !== undefined) {
      taker.hand(message, this.tickets++);
      taker.notify();
      return true;
    }
    if (this.queue.length >= this.limit) return false;
    this.queue.push(message);
    return true;
  }

  /** Takes the next message, which must be there. */
  take(): T {
    const queue = this.queue;
    const giver = this.givers.first;
    let message: T;
    if (this.returned !== undefined) message = this.takeReturned(this.returned);
    else if (queue.length !== 0) message = queue.shift() as T;
    else return this.takeFrom(giver!);
    if (giver !== undefined && queue.length < this.limit) {
      queue.push(giver.accept());
      giver.notify();
    }
    return message;
  }

  /** Why {@linkcode push} did not send. */
  refuse(value: T): Unsent<T> {
    return { reason: this.receiverCount === 0 ? "disconnected" : "full", value };
  }

  /** Takes everything that is there, from those who wait, too. */
  drain(): T[] {
    const messages: T[] = [];
    while (this.returned !== undefined) messages.push(this.takeReturned(this.returned));
    for (const message of this.queue.toArray()) messages.push(message);
    this.queue.clear();
    const accepted: Waiter[] = [];
    for (let giver; (giver = this.givers.first) !== undefined;) {
      messages.push(giver.accept());
      accepted.push(giver);
    }
    notifyAll(accepted);
    return messages;
  }

  /**
   * A message that was handed out and that nobody has seen comes back: to the next taker, or before the queue.
   * Several that come back are in the order in which they were sent.
   */
  giveBack(message: T, ticket: number): void {
    const taker = this.takers.first;
    if (taker !== undefined) {
      taker.hand(message, ticket);
      taker.notify();
    } else if (this.receiverCount > 0) this.requeue(message, ticket);
  }

  /** A sender is disposed. */
  dropSender(handle: Handle | undefined, error: unknown): void {
    const ended = handle === undefined ? [] : failAll(handle, error);
    if (--this.senderCount === 0) this.disconnectAll(this.takers, ended);
    notifyAll(ended);
  }

  /** A receiver is disposed. With the last one go all messages. */
  dropReceiver(handle: Handle | undefined, error: unknown): void {
    const ended = handle === undefined ? [] : failAll(handle, error);
    if (--this.receiverCount === 0) {
      this.clear();
      this.limit = -1;
      this.disconnectAll(this.givers, ended);
    }
    notifyAll(ended);
  }

  private takeFrom(giver: Giver<T>): T {
    const message = giver.accept();
    giver.notify();
    return message;
  }

  private clear(): void {
    this.queue.clear();
    if (this.returned !== undefined) this.limit += this.returned.size;
    this.returned = undefined;
  }

  private disconnectAll(list: WaitList<Waiter>, ended: Waiter[]): void {
    for (let waiter; (waiter = list.first) !== undefined;) {
      waiter.disconnect();
      ended.push(waiter);
    }
  }

  private takeReturned(returned: ReturnedMessages<T>): T {
    const message = returned.shift();
    this.limit++;
    if (returned.size === 0) this.returned = undefined;
    return message;
  }

  protected requeue(message: T, ticket: number): void {
    this.returned ??= new ReturnedMessages();
    this.returned.push(message, ticket);
    this.limit--;
  }
}

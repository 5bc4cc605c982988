/** What the senders and receivers of one channel share: the queue, and those who wait. */
import { Deque } from "../internal/deque.ts";
import { type Closing, recvErrorFor, sendErrorFor, unsentFor } from "./closing.ts";
import type { RecvError, SendError, Unsent } from "./errors.ts";
import type { Overflow } from "./options.ts";
import { ReturnedMessages } from "./returned.ts";
import { type Handle, type HandleWaiter, notifyAll, type Waiter, WaitList } from "./wait_list.ts";

/** Waits for a message. */
export interface WaitingReceiver<T> extends Waiter {
  /** Leaves the lists with a message; to be notified. `ticket` is for {@linkcode Channel.putBack}. */
  deliver(message: T, ticket: number): void;
}

/** Waits for room, or for somebody who takes its message. */
export interface WaitingSender<T> extends Waiter {
  /** What it wants to send. */
  readonly message: T | undefined;
  /** Leaves the lists without its message, which is returned; to be notified. */
  takeMessage(): T;
}

/** More than any queue can hold, and still a small integer for the engine. */
const UNLIMITED = 0x3fffffff;
/** The limit of a channel that takes nothing any more, whatever is put back. */
const CLOSED = -UNLIMITED;

/**
 * What the senders and receivers of one channel share:
 *
 *     waiting senders ──▶ the queue ──▶ waiting receivers
 *                        ▲        │
 *     push, if there is ─┘        └─▶ take, if there is
 *     room                            a message
 *
 * The invariants, which hold whenever somebody is woken:
 *
 * - Receivers wait only while there is no message, and senders only while there is no room. (With a capacity
 *   of 0 it is both. Then they don't wait together, unless all are branches of selectors, of which each has
 *   branches on both sides; they would have met else.) So whoever comes later can't overtake those who wait,
 *   and a wake-up can't be lost: a message goes to the first waiting receiver in the same step in which it is
 *   sent, and room to the first waiting sender in the step in which it is made. Nobody who was woken has to
 *   try again.
 * - A message is in one place: with a waiting sender, in the queue, with the receive that it was delivered
 *   to, or among those that were put back, which come before the queue and count as queued. A receive that is
 *   dropped before it gave its message out puts it back.
 * - Who waits does so through a handle that is not disposed.
 */
export class Channel<T> {
  readonly capacity: number;
  readonly queue: Deque<T>;
  readonly waitingReceivers: WaitList<WaitingReceiver<T>>;
  readonly waitingSenders: WaitList<WaitingSender<T>>;
  senderCount: number;
  receiverCount: number;
  /**
   * Whether anything may still be sent: there is a sender, and the channel was not closed. To be read only.
   */
  hasSenders: boolean;
  /**
   * Whether what is sent may still be received: there is a receiver, and the channel was not closed. To be
   * read only.
   */
  hasReceivers: boolean;
  /** How many messages were dropped because there was no room. */
  droppedCount: number;
  /**
   * Messages are queued while the queue is shorter: the capacity, less the messages that were put back; far
   * below 0 when nothing is taken any more.
   */
  #limit: number;
  /** Set by {@linkcode close}. */
  #closing: Closing | undefined;
  /** The next ticket. Tickets are in the order in which messages are delivered. */
  #tickets: number;
  /** The messages that were put back; `undefined` instead of none. */
  #returned: ReturnedMessages<T> | undefined;
  readonly #overflow: Overflow;

  /** `limit` is the capacity, unless somebody else sees to that. */
  constructor(capacity: number, overflow: Overflow = "wait", limit = capacity) {
    this.capacity = capacity;
    this.#overflow = overflow;
    this.queue = new Deque();
    this.waitingReceivers = new WaitList();
    this.waitingSenders = new WaitList();
    this.senderCount = 1;
    this.receiverCount = 1;
    this.hasSenders = true;
    this.hasReceivers = true;
    this.droppedCount = 0;
    this.#limit = Math.min(limit, UNLIMITED);
    this.#closing = undefined;
    this.#tickets = 0;
    this.#returned = undefined;
  }

  /** How many messages are queued. */
  get length(): number {
    return this.queue.length + (this.#returned === undefined ? 0 : this.#returned.size);
  }

  /** Whether {@linkcode close} was called. */
  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Takes in what has happened elsewhere: called before anything is asked or done. Here nothing is elsewhere.
   */
  sync(): void {}

  /** Whether nobody has to wait before a {@linkcode push}. */
  get hasRoom(): boolean {
    return this.waitingReceivers.first !== undefined || this.queue.length < this.#limit ||
      this.#overflow !== "wait";
  }

  /** Whether {@linkcode take} may be called. */
  get hasMessage(): boolean {
    return this.queue.length !== 0 || this.waitingSenders.first !== undefined || this.#returned !== undefined;
  }

  /** Sends if there is room; whether it did. */
  push(message: T): boolean {
    const receiver = this.waitingReceivers.first;
    if (receiver !== undefined) {
      receiver.deliver(message, this.#tickets++);
      receiver.notify();
      return true;
    }
    if (this.queue.length >= this.#limit && !this.#makeRoom()) return false;
    this.queue.push(message);
    return true;
  }

  /** Takes the next message, which must be there. */
  take(): T {
    const { queue } = this;
    const sender = this.waitingSenders.first;
    let message: T;
    if (this.#returned !== undefined) message = this.#takeReturned(this.#returned);
    else if (queue.length !== 0) message = queue.shift() as T;
    else return takeFrom(sender!);
    if (sender !== undefined && queue.length < this.#limit) {
      queue.push(sender.takeMessage());
      sender.notify();
    }
    return message;
  }

  /** The ticket under which the message of the next {@linkcode take} may be put back. */
  nextTicket(): number {
    return this.#returned === undefined ? this.#tickets++ : this.#returned.firstTicket;
  }

  /** Why {@linkcode push} did not send. */
  refuse(value: T): Unsent<T> {
    return this.hasReceivers ? { reason: "full", value } : unsentFor(this.#closing, value);
  }

  /** What a send throws that can never be done. */
  sendError(value: T): SendError<T> {
    return sendErrorFor(this.#closing, value);
  }

  /** What a receive throws that can never be done. */
  recvError(): RecvError {
    return recvErrorFor(this.#closing);
  }

  /** Takes everything that is there, from those who wait, too. */
  drain(): T[] {
    const messages: T[] = [];
    while (this.#returned !== undefined) messages.push(this.#takeReturned(this.#returned));
    for (const message of this.queue.toArray()) messages.push(message);
    this.queue.clear();
    const senders: Waiter[] = [];
    for (let sender; (sender = this.waitingSenders.first) !== undefined;) {
      messages.push(sender.takeMessage());
      senders.push(sender);
    }
    notifyAll(senders);
    return messages;
  }

  /**
   * A message comes back that was delivered and that nobody has seen: to the next waiting receiver, or before
   * the queue. Several that come back are in the order in which they were sent.
   */
  putBack(message: T, ticket: number): void {
    const receiver = this.waitingReceivers.first;
    if (receiver !== undefined) {
      receiver.deliver(message, ticket);
      receiver.notify();
    } else if (this.receiverCount > 0) this.requeue(message, ticket);
  }

  /** Nothing is sent any more; what is queued may still be received. Later calls change nothing. */
  close(reason: unknown): void {
    if (this.#closing !== undefined) return;
    this.#closing = { reason };
    this.hasSenders = this.hasReceivers = false;
    this.#limit = CLOSED;
    const ended: HandleWaiter[] = [];
    this.waitingSenders.disconnect(ended);
    this.waitingReceivers.disconnect(ended);
    notifyAll(ended);
  }

  /** There is another sender. */
  addSender(): void {
    this.senderCount++;
    this.waitingSenders.group();
  }

  /** There is another receiver. */
  addReceiver(): void {
    this.receiverCount++;
    this.waitingReceivers.group();
  }

  /** A sender is disposed. */
  dropSender(handle: Handle | undefined): void {
    const ended: HandleWaiter[] = [];
    if (handle !== undefined) this.waitingSenders.abandon(handle, ended);
    if (--this.senderCount === 0) {
      this.hasSenders = false;
      this.waitingReceivers.disconnect(ended);
    }
    notifyAll(ended);
  }

  /** A receiver is disposed. With the last one go all messages. */
  dropReceiver(handle: Handle | undefined): void {
    const ended: HandleWaiter[] = [];
    if (handle !== undefined) this.waitingReceivers.abandon(handle, ended);
    if (--this.receiverCount === 0) {
      this.hasReceivers = false;
      this.#clear();
      this.waitingSenders.disconnect(ended);
    }
    notifyAll(ended);
  }

  protected requeue(message: T, ticket: number): void {
    this.#returned ??= new ReturnedMessages();
    this.#returned.push(message, ticket);
    this.#limit--;
  }

  /** Drops what is to be dropped when there is no room; whether there is some then. */
  #makeRoom(): boolean {
    if (this.#overflow === "wait" || !this.hasReceivers) return false;
    if (this.#overflow === "drop") {
      this.droppedCount++;
      return false;
    }
    for (; this.queue.length >= this.#limit; this.droppedCount++) {
      if (this.#returned !== undefined) this.#takeReturned(this.#returned);
      else this.queue.shift();
    }
    return true;
  }

  #takeReturned(returned: ReturnedMessages<T>): T {
    const message = returned.shift();
    this.#limit++;
    if (returned.size === 0) this.#returned = undefined;
    return message;
  }

  /** Nothing will be received any more. */
  #clear(): void {
    this.queue.clear();
    this.#returned = undefined;
    this.#limit = CLOSED;
  }
}

function takeFrom<T>(sender: WaitingSender<T>): T {
  const message = sender.takeMessage();
  sender.notify();
  return message;
}

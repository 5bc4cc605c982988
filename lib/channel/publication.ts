/** Channels whose every receiver sees the same: what a broadcast and a watch have in common. */
import { type Closing, recvErrorFor, unsentFor } from "./closing.ts";
import type { RecvError, Unsent } from "./errors.ts";
import { Subscribers } from "./subscription.ts";

/** Who sends, who receives, and whether it is over. */
export abstract class Publication {
  senderCount = 1;
  readonly subscribers: Subscribers = new Subscribers();
  #closing: Closing | undefined = undefined;

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  get hasSenders(): boolean {
    return this.senderCount !== 0 && this.#closing === undefined;
  }

  /** Whether nobody sees what is sent now. */
  get isDisconnected(): boolean {
    return this.subscribers.count === 0 || this.#closing !== undefined;
  }

  /** Why `value` can't be sent. */
  unsent<T>(value: T): Unsent<T> {
    return unsentFor(this.#closing, value);
  }

  /** What a receive throws that can never be done. */
  recvError(): RecvError {
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

  /** What is shown of it by each sender and receiver. */
  view(): object {
    return {
      senders: this.senderCount,
      receivers: this.subscribers.count,
      waitingReceivers: this.subscribers.waiting,
      isClosed: this.isClosed,
    };
  }
}

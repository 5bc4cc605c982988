/** Channels for one message: a question's answer, a result. */
import { Inspectable } from "../internal/inspect.ts";
import { Channel } from "./channel.ts";
import { DISCONNECTED, disposedError, EMPTY, type Unsent } from "./errors.ts";
import { checkSymbol } from "./message.ts";
import { type Recv, RecvFuture } from "./recv.ts";
import { DELIVERED, DONE, IDLE } from "./wait.ts";
import { Handle } from "./wait_list.ts";

/**
 * Makes a channel for one message. The receiver is a future itself: it gives the message, or says that there
 * will be none. `tokio::sync::oneshot::channel` in Rust.
 *
 * @example
 * ```ts
 * import { oneshot, type OneshotSender, unbounded } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [questions, asked] = unbounded<{ n: number; answer: OneshotSender<number> }>();
 * const ask = (n: number) => {
 *   const [answer, answered] = oneshot<number>();
 *   questions.trySend({ n, answer });
 *   return answered;
 * };
 * const squares = Promise.all([ask(2), ask(3)]);
 * for (const { n, answer } of asked.tryIter()) answer.send(n * n);
 * assertEquals(await squares, [4, 9]);
 * ```
 */
export function oneshot<T>(): [OneshotSender<T>, OneshotReceiver<T>] {
  const channel = new Channel<T>(1);
  return [new OneshotSender(channel), new OneshotFuture(channel)];
}

/**
 * Sends one message; made by {@linkcode oneshot}. `tokio::sync::oneshot::Sender` in Rust.
 *
 * @example
 * ```ts
 * import { oneshot } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [tx, rx] = oneshot<string>();
 * rx[Symbol.dispose]();
 * assertEquals([tx.isDisconnected, tx.send("a")], [true, { reason: "disconnected", value: "a" }]);
 * ```
 */
export class OneshotSender<T> extends Inspectable implements Disposable {
  /** Until something was sent, or the sender was disposed. */
  #channel: Channel<T> | undefined;
  #isUsed = false;

  /** @ignore */
  constructor(channel: Channel<T>) {
    super();
    this.#channel = channel;
  }

  /**
   * Sends, at once. The sender is of no use then.
   *
   * @returns `undefined` when it is sent; else why not, and the message: the receiver is gone, or the channel
   * was closed.
   * @throws {TypeError} If something was sent before, the sender was disposed, or the message is one of the
   * three symbols that mean that there is none.
   *
   * @example
   * ```ts
   * import { oneshot } from "@tagged/async-task/channel";
   * import { assertEquals, assertThrows } from "@std/assert";
   *
   * const [tx, rx] = oneshot<number>();
   * assertEquals([tx.send(1), await rx], [undefined, 1]);
   * assertThrows(() => tx.send(2), TypeError, "a message was sent already");
   * ```
   */
  send(message: T): Unsent<T> | undefined {
    const channel = this.#use("send");
    if (typeof message === "symbol") checkSymbol(message);
    const unsent = channel.push(message) ? undefined : channel.refuse(message);
    this.#isUsed = true;
    this[Symbol.dispose]();
    return unsent;
  }

  /**
   * Says that there will be no message, and why.
   *
   * @param reason The `cause` of the {@linkcode RecvError} that the receiver throws.
   * @throws {TypeError} If something was sent before, or the sender was disposed.
   *
   * @example
   * ```ts
   * import { oneshot, RecvError } from "@tagged/async-task/channel";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const [tx, rx] = oneshot<number>();
   * tx.close("no answer");
   * const error = await assertRejects(() => rx, RecvError);
   * assertEquals(error.cause, "no answer");
   * ```
   */
  close(reason?: unknown): void {
    this.#use("close").close(reason);
  }

  /** Whether nobody will receive a message: the receiver is gone, or the channel was closed. */
  get isDisconnected(): boolean {
    return !this.#use("ask for the receiver").hasReceivers;
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  override toJSON(): object {
    if (this.#channel === undefined) return this.#isUsed ? { isSent: true } : { isDisposed: true };
    return { isSent: false, isDisconnected: this.isDisconnected };
  }

  /** Gives the sender up, once: if nothing was sent, the receiver is told that nothing will be. */
  [Symbol.dispose](): void {
    this.#channel?.dropSender(undefined);
    this.#channel = undefined;
  }

  #use(action: string): Channel<T> {
    if (this.#channel !== undefined) return this.#channel;
    if (this.#isUsed) {
      throw new TypeError(`Cannot ${action}: a message was sent already, expected at most one`);
    }
    throw disposedError(action, "sender");
  }
}

/**
 * The message, as a future; made by {@linkcode oneshot}. `tokio::sync::oneshot::Receiver` in Rust.
 *
 * It throws a {@linkcode RecvError} when there will be no message. Any number may await it. Letting go of it,
 * or the cancellation of the only task that waits for it, tells the sender that nobody wants the message.
 *
 * @example
 * ```ts
 * import { oneshot, type OneshotReceiver } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [tx, rx]: [unknown, OneshotReceiver<number>] = oneshot<number>();
 * assertEquals(rx.isDisconnected, false);
 * ```
 */
export interface OneshotReceiver<T> extends Recv<T> {
  /**
   * The message if it is there, else {@linkcode EMPTY}, or {@linkcode DISCONNECTED} if it was given out or
   * there will be none.
   *
   * @throws {TypeError} If the receiver was disposed.
   */
  tryRecv(): T | typeof EMPTY | typeof DISCONNECTED;
  /** Says that no message is wanted any more, and why; one that was sent can still be received. */
  close(reason?: unknown): void;
  /** Whether the sender is gone, or the channel was closed: nothing comes any more but what is there. */
  readonly isDisconnected: boolean;
}

/** A receive that has a channel of its own. */
class OneshotFuture<T> extends RecvFuture<T> implements OneshotReceiver<T> {
  constructor(channel: Channel<T>) {
    super(new Handle("receiver"), channel, undefined);
  }

  tryRecv(): T | typeof EMPTY | typeof DISCONNECTED {
    if (this.handle.isDisposed) throw disposedError("receive", "receiver");
    const isThere = this.state === IDLE ? this.channel.hasMessage : this.state === DELIVERED;
    if (isThere) return this.finish();
    return this.state >= DONE || !this.channel.hasSenders ? DISCONNECTED : EMPTY;
  }

  close(reason?: unknown): void {
    this.channel.close(reason);
  }

  get isDisconnected(): boolean {
    return !this.channel.hasSenders;
  }

  override toJSON(): object {
    const { length } = this.channel;
    return this.handle.isDisposed ? { isDisposed: true } : { length, isDisconnected: this.isDisconnected };
  }

  override [Symbol.dispose](): void {
    if (this.handle.isDisposed) return;
    super[Symbol.dispose]();
    this.handle.isDisposed = true;
    this.channel.dropReceiver(undefined);
  }
}

/** A send. */
import type { Awaitable } from "../core/mod.ts";
import type { Channel, WaitingSender } from "./channel.ts";
import { disposedError } from "./errors.ts";
import { ChannelWait, DONE, FAILED, IDLE, UNSENT } from "./wait.ts";
import type { Handle, HandleWaiter, Waiter } from "./wait_list.ts";

/**
 * A message on its way, as a future: what `send` returns. `flume::r#async::SendFut` in Rust.
 *
 * An unbounded channel takes the message at once. Else nothing is sent before it is first polled; it takes
 * its place among those who wait then, if there is no room. Letting go of it (`using`, or a generator task
 * that is cancelled in `yield*`) takes the message back, unless it is in the channel already. Any number may
 * await it: the message is sent once.
 *
 * @example
 * ```ts
 * import { bounded, EMPTY, type Send } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [tx, rx] = bounded<string>(0);
 * const send: Send<string> = tx.send("a");
 * send.poll({ waker: { wake() {} } }); // nobody is there to receive it
 * send[Symbol.dispose]();
 * assertEquals([send.isSent, send.message], [false, "a"]);
 * assertEquals(rx.tryRecv(), EMPTY);
 * ```
 */
export interface Send<T> extends Awaitable<void>, Disposable {
  /** Whether the message is in the channel, or received: it can't be taken back any more. */
  readonly isSent: boolean;
  /**
   * The message until it is sent, also after a failure or an abort, or when it was taken back or dropped;
   * then `undefined`.
   */
  readonly message: T | undefined;
}

/** A send that waits in the channel's list itself. Flat, see lib/README.md. */
export class SendFuture<T> extends ChannelWait<void> implements Send<T>, WaitingSender<T> {
  declare before: Waiter | undefined;
  declare after: Waiter | undefined;
  declare earlier: HandleWaiter | undefined;
  declare later: HandleWaiter | undefined;
  declare readonly handle: Handle;
  declare private readonly channel: Channel<T>;
  /** The message, until it is sent. */
  declare private value: T | undefined;

  constructor(handle: Handle, channel: Channel<T>, message: T, signal: AbortSignal | undefined) {
    super(signal);
    this.before = undefined;
    this.after = undefined;
    this.earlier = undefined;
    this.later = undefined;
    this.handle = handle;
    this.channel = channel;
    this.value = message;
  }

  protected override get action(): string {
    return "send";
  }

  get isSent(): boolean {
    return this.state === DONE;
  }

  get message(): T | undefined {
    return this.value;
  }

  protected override get place(): object {
    return this.channel;
  }

  protected override isReady(): boolean {
    return this.channel.hasRoom || !this.channel.hasReceivers || this.handle.isDisposed ||
      (this.signal !== undefined && this.signal.aborted);
  }

  /** Sends without being polled, where there is always room; what fails does so when it is polled. */
  sendEarly(): void {
    if (this.channel.hasRoom && !this.signal?.aborted) this.finish();
  }

  override finish(): void {
    if (this.state === FAILED) this.rethrow();
    if (this.state !== IDLE) return;
    this.checkStart(this.handle);
    if (!this.channel.hasReceivers) return this.failWith(this.channel.sendError(this.value as T));
    this.state = DONE;
    const message = this.giveAway();
    let isSent;
    try {
      isSent = this.channel.push(message);
    } catch (error) {
      // It can't be carried to where the receivers are.
      this.value = message;
      this.failWith(error);
    }
    if (isSent) return;
    this.state = UNSENT;
    this.value = message;
  }

  takeMessage(): T {
    this.stop(DONE);
    return this.giveAway();
  }

  abandon(): void {
    this.fail(disposedError("send", "sender"));
  }

  disconnect(): void {
    this.fail(this.channel.sendError(this.value as T));
  }

  protected override enter(): void {
    this.channel.waitingSenders.push(this);
  }

  protected override leave(): void {
    this.channel.waitingSenders.remove(this);
  }

  /** A message that was taken is sent: a send is never `DELIVERED`. */
  protected override putBack(): void {}

  private giveAway(): T {
    const message = this.value as T;
    this.value = undefined;
    return message;
  }
}

/** A receive. */
import type { Awaitable } from "../core/mod.ts";
import type { Channel, WaitingReceiver } from "./channel.ts";
import { disposedError } from "./errors.ts";
import { ChannelWait, DELIVERED, DONE, FAILED, IDLE } from "./wait.ts";
import type { Handle, HandleWaiter, Waiter } from "./wait_list.ts";

/**
 * The next message, as a future: what `recv` returns. `flume::r#async::RecvFut` in Rust.
 *
 * It takes its place among those who wait when it is first polled, and then gets its message, once. Letting
 * go of it (`using`, or a generator task that is cancelled in `yield*`) loses nothing: a message that was
 * delivered to it goes to the next who waits, or back to the front of the queue. Any number may await it;
 * `poll` and `yield*` are for one.
 *
 * @example
 * ```ts
 * import { type Recv, unbounded } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [tx, rx] = unbounded<string>();
 * const recv: Recv<string> = rx.recv();
 * recv.poll({ waker: { wake() {} } });
 * tx.trySend("a");
 * recv[Symbol.dispose]();
 * assertEquals(rx.tryRecv(), "a");
 * ```
 */
export interface Recv<T> extends Awaitable<T>, Disposable {}

/** A receive that waits in the channel's list itself. Flat, see lib/README.md. */
export class RecvFuture<T> extends ChannelWait<T> implements Recv<T>, WaitingReceiver<T> {
  declare before: Waiter | undefined;
  declare after: Waiter | undefined;
  declare earlier: HandleWaiter | undefined;
  declare later: HandleWaiter | undefined;
  declare readonly handle: Handle;
  declare protected readonly channel: Channel<T>;
  /** That of the message that was delivered, for putting it back. */
  declare private ticket: number;

  constructor(handle: Handle, channel: Channel<T>, signal: AbortSignal | undefined) {
    super(signal);
    this.before = undefined;
    this.after = undefined;
    this.earlier = undefined;
    this.later = undefined;
    this.handle = handle;
    this.channel = channel;
    this.ticket = 0;
  }

  protected override get action(): string {
    return "receive";
  }

  protected override get place(): object {
    return this.channel;
  }

  protected override isReady(): boolean {
    return this.channel.hasMessage || !this.channel.hasSenders || this.handle.isDisposed ||
      (this.signal !== undefined && this.signal.aborted);
  }

  /** Takes its place at once, or a message that is there; an error is thrown when it is polled. */
  startEarly(): void {
    const { channel } = this;
    if (!this.isReady()) return this.beginWait();
    if (!channel.hasMessage || this.handle.isDisposed || this.signal?.aborted) return;
    this.state = DELIVERED;
    this.ticket = channel.nextTicket();
    this.held = channel.take();
  }

  override finish(): T {
    switch (this.state) {
      case IDLE:
        this.checkStart(this.handle);
        if (!this.channel.hasMessage) return this.failWith(this.channel.recvError());
        this.state = DONE;
        return this.channel.take();
      case DELIVERED:
        this.state = DONE;
        return this.takeMessage();
      case FAILED:
        return this.rethrow();
      default:
        throw new TypeError("Cannot receive: the future has given out its message");
    }
  }

  deliver(message: T, ticket: number): void {
    this.stop(DELIVERED);
    this.held = message;
    this.ticket = ticket;
  }

  abandon(): void {
    this.fail(disposedError("receive", "receiver"));
  }

  disconnect(): void {
    this.fail(this.channel.recvError());
  }

  protected override enter(): void {
    this.channel.waitingReceivers.push(this);
  }

  protected override leave(): void {
    this.channel.waitingReceivers.remove(this);
  }

  protected override putBack(message: unknown): void {
    this.channel.putBack(message as T, this.ticket);
  }

  private takeMessage(): T {
    const message = this.held as T;
    this.held = undefined;
    return message;
  }
}

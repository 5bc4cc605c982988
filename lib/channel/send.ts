import type { Awaitable } from "../core/mod.ts";
import type { Chan, Giver } from "./chan.ts";
import { SendError } from "./errors.ts";
import { DONE, FAILED, IDLE, Operation } from "./operation.ts";
import type { Handle, Waiter } from "./wait_list.ts";

/**
 * A message on its way, as a future: what `send` returns. `flume::r#async::SendFut` in Rust.
 *
 * An unbounded channel takes the message at once. Else nothing is sent before it is first polled; it takes its
 * place among those who wait then, if there is no room. Letting go of it (`using`, or a generator task that is cancelled in `yield*`) takes the message back, unless it
 * is in the channel already. Any number may await it: the message is sent once.
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
  /** The message until it is sent, also after a failure, an abort, or when it was taken back; then `undefined`. */
  readonly message: T | undefined;
}

/** A send, and at the same time who stands in the list of those who wait. */
export class Sending<T> extends Operation<void> implements Send<T>, Giver<T> {
  declare before: Waiter | undefined;
  declare after: Waiter | undefined;
  declare earlier: Waiter | undefined;
  declare later: Waiter | undefined;
  declare readonly handle: Handle;
  declare private readonly chan: Chan<T>;
  declare private value: T | undefined;

  constructor(handle: Handle, chan: Chan<T>, message: T, signal: AbortSignal | undefined) {
    super(signal);
    this.before = undefined;
    this.after = undefined;
    this.earlier = undefined;
    this.later = undefined;
    this.handle = handle;
    this.chan = chan;
    this.value = message;
  }

  get isSent(): boolean {
    return this.state === DONE;
  }

  get message(): T | undefined {
    return this.value;
  }

  override isReady(): boolean {
    return this.chan.hasRoom || this.chan.receiverCount === 0 || this.handle.isDisposed ||
      (this.signal !== undefined && this.signal.aborted);
  }

  override finish(): void {
    if (this.state === FAILED) this.rethrow();
    if (this.state !== IDLE) return;
    this.checkStart(this.handle);
    if (!this.chan.hasRoom) return this.failWith(new SendError(this.value, "disconnected"));
    this.state = DONE;
    const message = this.letGo();
    try {
      this.chan.push(message);
    } catch (error) {
      // It can't be carried to where the receivers are.
      this.value = message;
      this.failWith(error);
    }
  }

  /** Sends without being polled, where there is always room; what fails does so when it is polled. */
  sendAtOnce(): void {
    if (this.chan.hasRoom && !this.signal?.aborted) this.finish();
  }

  accept(): T {
    this.stop(DONE);
    return this.letGo();
  }

  disconnect(): void {
    this.fail(new SendError(this.value, "disconnected"));
  }

  protected override enter(): void {
    this.chan.givers.push(this);
  }

  protected override leave(): void {
    this.chan.givers.remove(this);
  }

  /** A message that was accepted is sent: a send is never `HANDED`. */
  protected override giveBack(): void {}

  protected override get action(): string {
    return "send";
  }

  private letGo(): T {
    const message = this.value as T;
    this.value = undefined;
    return message;
  }
}

import type { Awaitable } from "../core/mod.ts";
import type { Chan, Taker } from "./chan.ts";
import { RecvError } from "./errors.ts";
import { DONE, FAILED, HANDED, IDLE, Operation } from "./operation.ts";
import type { Handle, Waiter } from "./wait_list.ts";

/**
 * The next message, as a future: what `recv` returns. `flume::r#async::RecvFut` in Rust.
 *
 * It takes its place among those who wait when it is first polled, and then gets its message, once. Letting go of
 * it (`using`, or a generator task that is cancelled in `yield*`) loses nothing: a message that it was handed
 * goes to the next who waits, or back to the front of the queue. Any number may await it; `poll` and `yield*` are
 * for one.
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

/** A receive, and at the same time who stands in the list of those who wait. */
export class Receiving<T> extends Operation<T> implements Recv<T>, Taker<T> {
  declare before: Waiter | undefined;
  declare after: Waiter | undefined;
  declare earlier: Waiter | undefined;
  declare later: Waiter | undefined;
  declare readonly handle: Handle;
  declare private readonly chan: Chan<T>;
  /** The message while it is `HANDED`. */
  declare private message: T | undefined;
  declare private ticket: number;

  constructor(handle: Handle, chan: Chan<T>, signal: AbortSignal | undefined) {
    super(signal);
    this.before = undefined;
    this.after = undefined;
    this.earlier = undefined;
    this.later = undefined;
    this.handle = handle;
    this.chan = chan;
    this.message = undefined;
    this.ticket = 0;
  }

  override isReady(): boolean {
    return this.chan.hasMessage || this.chan.senderCount === 0 || this.handle.isDisposed ||
      (this.signal !== undefined && this.signal.aborted);
  }

  override finish(): T {
    switch (this.state) {
      case IDLE:
        this.checkStart(this.handle);
        if (!this.chan.hasMessage) return this.failWith(new RecvError());
        this.state = DONE;
        return this.chan.take();
      case HANDED:
        this.state = DONE;
        return this.letGo();
      case FAILED:
        return this.rethrow();
      default:
        throw new TypeError("Cannot receive: the future has given out its message");
    }
  }

  hand(message: T, ticket: number): void {
    this.stop(HANDED);
    this.message = message;
    this.ticket = ticket;
  }

  disconnect(): void {
    this.fail(new RecvError());
  }

  protected override enter(): void {
    this.chan.takers.push(this);
  }

  protected override leave(): void {
    this.chan.takers.remove(this);
  }

  protected override giveBack(): void {
    this.chan.giveBack(this.letGo(), this.ticket);
  }

  protected override get action(): string {
    return "receive";
  }

  private letGo(): T {
    const message = this.message as T;
    this.message = undefined;
    return message;
  }
}

/** What is there instead of a message, and the errors of channels. */

/**
 * What `tryRecv` gives when no message is there, but one may come. `flume::TryRecvError::Empty` in Rust.
 *
 * @example
 * ```ts
 * import { EMPTY, unbounded } from "@tagged/async-task/channel";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const [_tx, rx] = unbounded<undefined>();
 * assertStrictEquals(rx.tryRecv(), EMPTY);
 * ```
 */
export const EMPTY: unique symbol = Symbol("async-task.EMPTY");

/**
 * What `tryRecv` gives when no message is there, and none can come any more: the last sender is gone.
 * `flume::TryRecvError::Disconnected` in Rust.
 *
 * @example
 * ```ts
 * import { DISCONNECTED, unbounded } from "@tagged/async-task/channel";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const [tx, rx] = unbounded<undefined>();
 * tx.trySend(undefined);
 * tx[Symbol.dispose]();
 * assertStrictEquals(rx.tryRecv(), undefined); // sent before the sender went
 * assertStrictEquals(rx.tryRecv(), DISCONNECTED);
 * ```
 */
export const DISCONNECTED: unique symbol = Symbol("async-task.DISCONNECTED");

/**
 * What `trySend` gives when the message can't be sent: why, and the message. `flume::TrySendError` in Rust.
 *
 * @example
 * ```ts
 * import { bounded, type Unsent } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [tx, rx] = bounded<string>(1);
 * assertEquals(tx.trySend("a"), undefined);
 * const unsent: Unsent<string> | undefined = tx.trySend("b");
 * assertEquals(unsent, { reason: "full", value: "b" });
 * rx[Symbol.dispose]();
 * assertEquals(tx.trySend("c"), { reason: "disconnected", value: "c" });
 * ```
 */
export interface Unsent<T> {
  /**
   * `"full"`: there is no room now. `"disconnected"`: the last receiver is gone, nobody will ever receive it.
   * `"closed"`: the channel was closed.
   */
  readonly reason: "full" | "disconnected" | "closed";
  /** The message, given back. */
  readonly value: T;
  /** Why the channel was closed, if a reason was given. */
  readonly cause?: unknown;
}

const WHY_UNSENT = {
  disconnected: "all receivers are gone",
  closed: "the channel was closed",
  timeout: "the time is up",
};

/**
 * A send failed, and here is the message. `flume::SendError` and `flume::SendTimeoutError` in Rust.
 *
 * Its `name` is `"TimeoutError"`, like that of every timeout, when the time was up, else `"SendError"`. Its
 * `cause` is the reason for which the channel was closed, if one was given.
 *
 * @example
 * ```ts
 * import { bounded, SendError } from "@tagged/async-task/channel";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const [tx, rx] = bounded<string>(1);
 * rx[Symbol.dispose]();
 * const error = await assertRejects(async () => await tx.send("a"), SendError<string>);
 * assertEquals([error.reason, error.value], ["disconnected", "a"]);
 * ```
 */
export class SendError<T = unknown> extends Error {
  /**
   * `"disconnected"`: the last receiver is gone. `"closed"`: the channel was closed. `"timeout"`: there was
   * no room until the time was up.
   */
  readonly reason: "disconnected" | "closed" | "timeout";
  /** The message, given back. */
  readonly value: T;

  /** Makes the error for a message that could not be sent. */
  constructor(value: T, reason: "disconnected" | "closed" | "timeout", options?: ErrorOptions) {
    super(`Cannot send: ${WHY_UNSENT[reason]}`, options);
    this.name = reason === "timeout" ? "TimeoutError" : "SendError";
    this.reason = reason;
    this.value = value;
  }
}

/**
 * There is no message, and there will be none: the last sender is gone, or the channel was closed. Its
 * `cause` is the reason for that, if one was given. `flume::RecvError` in Rust.
 *
 * @example
 * ```ts
 * import { RecvError, unbounded } from "@tagged/async-task/channel";
 * import { assertRejects } from "@std/assert";
 *
 * const [tx, rx] = unbounded<number>();
 * tx[Symbol.dispose]();
 * await assertRejects(async () => await rx.recv(), RecvError, "all senders are gone");
 * ```
 */
export class RecvError extends Error {
  /** `"disconnected"`: the last sender is gone. `"closed"`: the channel was closed. */
  readonly reason: "disconnected" | "closed";

  /** Makes the error. */
  constructor(reason: "disconnected" | "closed" = "disconnected", options?: ErrorOptions) {
    const why = reason === "closed" ? "was closed" : "all senders are gone";
    super(`Cannot receive: the channel is empty, and ${why}`, options);
    this.name = "RecvError";
    this.reason = reason;
  }
}

/**
 * A receiver of a broadcast was slower than the senders, and has missed messages. It goes on with the oldest
 * that is left. `tokio::sync::broadcast::error::RecvError::Lagged` in Rust.
 *
 * @example
 * ```ts
 * import { broadcast, LaggedError } from "@tagged/async-task/channel";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const [tx, rx] = broadcast<number>(2);
 * for (const i of [1, 2, 3]) tx.send(i);
 * const error = assertThrows(() => rx.tryRecv(), LaggedError);
 * assertEquals([error.missed, rx.tryRecv(), rx.tryRecv()], [1, 2, 3]);
 * ```
 */
export class LaggedError extends Error {
  /** How many messages were missed. */
  readonly missed: number;

  /** Makes the error for so many messages. */
  constructor(missed: number) {
    super(
      `Cannot receive: ${missed} ${
        missed === 1 ? "message was" : "messages were"
      } missed, as others were sent meanwhile`,
    );
    this.name = "LaggedError";
    this.missed = missed;
  }
}

/** What is thrown when a sender or receiver is used that was disposed. */
export function disposedError(action: string, side: "sender" | "receiver"): TypeError {
  return new TypeError(`Cannot ${action}: the ${side} was disposed`);
}

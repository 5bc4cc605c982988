/** Channels with room for so many messages. */
import { show } from "../internal/show.ts";
import { Channel } from "./channel.ts";
import type { BoundedOptions, Overflow } from "./options.ts";
import { Receiver } from "./receiver.ts";
import { Sender } from "./sender.ts";

/**
 * Makes a channel that has room for `capacity` messages; whoever sends more waits, unless `overflow` says
 * that messages are dropped then. With 0 it is a rendezvous: a message changes hands when both sides are
 * there. `flume::bounded` in Rust.
 *
 * A message that was delivered to a receive, and put back, is in the queue even if that is full.
 *
 * @param capacity How many messages there is room for, a whole number; `Infinity` is {@linkcode unbounded}.
 * @returns A sender and a receiver; both can be cloned.
 * @throws {RangeError} If `capacity` is negative, or not a whole number; if it is 0 and the oldest message is
 * to be dropped.
 * @throws {TypeError} If `capacity` is not a number, or `overflow` is none of the three.
 *
 * @example
 * ```ts
 * import { bounded } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [tx, rx] = bounded<string>(0);
 * assertEquals(tx.trySend("a"), { reason: "full", value: "a" });
 * const [message] = await Promise.all([rx.recv(), tx.send("a")]);
 * assertEquals(message, "a");
 * ```
 */
export function bounded<T>(
  capacity: number,
  { overflow = "wait" }: BoundedOptions = {},
): [Sender<T>, Receiver<T>] {
  checkCapacity(capacity);
  checkOverflow(overflow, capacity);
  const channel = new Channel<T>(capacity, overflow);
  return [new Sender(channel), new Receiver(channel)];
}

function checkOverflow(overflow: Overflow, capacity: number): void {
  if (overflow !== "wait" && overflow !== "drop" && overflow !== "slide") {
    throw new TypeError(
      `Cannot make a channel: overflow must be "wait", "drop" or "slide", got ${show(overflow)}`,
    );
  }
  if (overflow === "slide" && capacity === 0) {
    throw new RangeError(
      "Cannot make a channel: capacity must be at least 1 if the oldest message is dropped, got 0",
    );
  }
}

function checkCapacity(capacity: number): void {
  if (capacity === Infinity || (Number.isInteger(capacity) && capacity >= 0)) return;
  const message = `Cannot make a channel: capacity must be a non-negative integer or Infinity, got ${
    show(capacity)
  }`;
  throw typeof capacity === "number" ? new RangeError(message) : new TypeError(message);
}

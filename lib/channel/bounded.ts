import { Chan } from "./chan.ts";
import { Receiver } from "./receiver.ts";
import { Sender } from "./sender.ts";

/**
 * Makes a channel that has room for `capacity` messages; whoever sends more waits. With 0 it is a rendezvous: a
 * message changes hands when both sides are there. `flume::bounded` in Rust.
 *
 * A message that a receive was handed, and gave back, is in the queue even if that is full.
 *
 * @param capacity How many messages there is room for, a whole number; `Infinity` is {@linkcode unbounded}.
 * @returns A sender and a receiver; both can be cloned.
 * @throws {RangeError} If `capacity` is negative, or no whole number.
 * @throws {TypeError} If `capacity` is no number.
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
export function bounded<T>(capacity: number): [Sender<T>, Receiver<T>] {
  if (typeof capacity !== "number") {
    throw new TypeError(`Cannot make a channel: expected a capacity, got ${typeof capacity}`);
  }
  if (!(capacity >= 0) || (capacity !== Infinity && !Number.isInteger(capacity))) {
    throw new RangeError(`Cannot make a channel: ${capacity} is no capacity`);
  }
  const chan = new Chan<T>(capacity);
  return [new Sender(chan), new Receiver(chan)];
}

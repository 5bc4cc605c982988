/** Channels that always have room. */
import { Channel } from "./channel.ts";
import { Receiver } from "./receiver.ts";
import { Sender } from "./sender.ts";

/**
 * Makes a channel that always has room. `flume::unbounded` in Rust.
 *
 * @returns A sender and a receiver; both can be cloned.
 *
 * @example
 * ```ts
 * import { unbounded } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [tx, rx] = unbounded<string>();
 * tx.trySend("a");
 * assertEquals(await rx.recv(), "a");
 * ```
 */
export function unbounded<T>(): [Sender<T>, Receiver<T>] {
  const channel = new Channel<T>(Infinity);
  return [new Sender(channel), new Receiver(channel)];
}

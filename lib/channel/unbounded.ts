import { Chan } from "./chan.ts";
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
  const chan = new Chan<T>(Infinity);
  return [new Sender(chan), new Receiver(chan)];
}

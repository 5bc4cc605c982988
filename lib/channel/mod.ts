/**
 * Channels: multi-producer, multi-consumer queues, in the shape of Rust's flume. Any number of senders and
 * receivers share one; each message goes to one receiver, in the order in which they were sent.
 *
 * There are other shapes: {@linkcode oneshot} for one message, {@linkcode watch} for the last value of
 * something, and {@linkcode broadcast}, where every receiver sees every message. A bounded channel may drop
 * messages instead of having its senders wait, and a {@linkcode Selector} waits for the first of several
 * sends and receives.
 *
 * Every wait is a future of this package: it can be polled, waited for with `yield*` in a generator task, and
 * awaited. It takes an `AbortSignal`, and can be let go of at any time without a message being lost.
 *
 * @example
 * ```ts
 * import { bounded } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [tx, rx] = bounded<number>(2);
 *
 * async function produce() {
 *   using sender = tx;
 *   for (let i = 0; i < 5; i++) await sender.send(i); // waits while the channel is full
 * }
 *
 * const produced = produce();
 * const messages: number[] = [];
 * for await (const message of rx) messages.push(message); // ends when all senders are gone
 * assertEquals(messages, [0, 1, 2, 3, 4]);
 * await produced;
 * ```
 *
 * @module
 */
export { bounded } from "./bounded.ts";
export { broadcast, BroadcastReceiver, BroadcastSender } from "./broadcast.ts";
export type { Endpoint } from "./endpoint.ts";
export { DISCONNECTED, EMPTY, LaggedError, RecvError, SendError, type Unsent } from "./errors.ts";
export type { Messages } from "./messages.ts";
export { oneshot, type OneshotReceiver, OneshotSender } from "./oneshot.ts";
export type { BoundedOptions, Overflow, SelectorOptions, WaitOptions } from "./options.ts";
export { Receiver } from "./receiver.ts";
export type { Recv } from "./recv.ts";
export { Selector } from "./selector.ts";
export type { Send } from "./send.ts";
export { Sender, WeakSender } from "./sender.ts";
export { unbounded } from "./unbounded.ts";
export { watch, WatchReceiver, WatchSender } from "./watch.ts";
export type { Clock, TimeOptions } from "../time/mod.ts";
export {
  Awaitable,
  type Context,
  type Future,
  type Inspectable,
  PENDING,
  type Poll,
  type Wait,
  WAITS,
  type Waker,
} from "../core/mod.ts";

/** Channels whose ends are on two threads. */
import type { Receiver, Sender } from "../../channel/mod.ts";
import { show } from "../../internal/show.ts";
import { isShared, share } from "../../internal/runtime.ts";
import type { Transferred } from "../wire/transferred.ts";
import { onLoss } from "../wire/life.ts";
import { giveUp, LINK_BYTES, ReceiverLink, SenderLink } from "./port_link.ts";

/** As many messages as a word can count. */
const MAX_CAPACITY = 1 << 30;

/**
 * One end of a channel between threads, before it is opened: it is posted, with its port among what is
 * transferred, to the thread where it shall be. What both sides have in common; see {@linkcode
 * sharedChannel}.
 *
 * @example
 * ```ts
 * import { type ChannelEnd, sharedChannel } from "@tagged/async-task/thread";
 * import { assertEquals } from "@std/assert";
 *
 * const ends: ChannelEnd[] = sharedChannel<string>(8);
 * assertEquals(ends.map(({ side }) => side), ["sender", "receiver"]);
 * for (const { port } of ends) port.close(); // as nobody opens them
 * ```
 */
export interface ChannelEnd {
  /** What the messages go through; to be transferred. */
  readonly port: MessagePort;
  /** The memory where both ends count. */
  readonly shared: SharedArrayBuffer;
  /** How many messages there is room for. */
  readonly capacity: number;
  /** Which end it is. */
  readonly side: "sender" | "receiver";
}

/**
 * The end for {@linkcode openSender}.
 *
 * @example
 * ```ts
 * import { openReceiver, openSender, type SenderEnd, sharedChannel } from "@tagged/async-task/thread";
 * import { assertEquals } from "@std/assert";
 *
 * const [end, other] = sharedChannel<string>(8);
 * const send = (end: SenderEnd<string>, message: string) => {
 *   using tx = openSender(end);
 *   return tx.trySend(message);
 * };
 * assertEquals(send(end, "a"), undefined); // before the other end is open
 * using rx = openReceiver(other);
 * assertEquals(rx.drain(), ["a"]);
 * ```
 */
export interface SenderEnd<T> extends ChannelEnd {
  /** Which end it is. */
  readonly side: "sender";
  /** Never there: what the messages are, for the compiler. */
  readonly accepts?: (message: T) => void;
}

/**
 * The end for {@linkcode openReceiver}.
 *
 * @example
 * ```ts
 * import { openReceiver, type ReceiverEnd, sharedChannel } from "@tagged/async-task/thread";
 * import { EMPTY } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [, end]: [unknown, ReceiverEnd<string>] = sharedChannel<string>(8);
 * using rx = openReceiver(end);
 * assertEquals(rx.tryRecv(), EMPTY);
 * ```
 */
export interface ReceiverEnd<T> extends ChannelEnd {
  /** Which end it is. */
  readonly side: "receiver";
  /** Never there: what the messages are, for the compiler. */
  readonly gives?: () => T;
}

/**
 * Makes a channel whose ends live on two threads: post one to a job, and open each where it shall be, once.
 * What is opened is a `Sender` and a `Receiver` like those of `./channel`, with all that they can do: wait,
 * time out, be cloned on their thread, select, be a stream. `flume::bounded` in Rust, whose ends can be sent
 * to threads.
 *
 * Messages are copied by structured clone; {@linkcode transfer} moves some of one. One that the receiving
 * thread can't read, because it is nested too deep, is reported there, and skipped. A receiver counts all
 * senders of the other thread as one, and the other way round. A thread that is blocked receives, too: in a
 * synchronous job, `blockOn(rx.recv())` waits. Where a thread can't read a port by itself (a page, a Worker
 * of one), a message comes with the event loop.
 *
 * When a thread that this one has started ends, its ends are disposed. An end that was given to a job is
 * opened before the job ends, in whatever way, or never: the other end hears that it is disconnected. Until
 * then, or until it is disposed, an end is something that a blocked thread waits for.
 *
 * @param capacity How many messages there is room for, sent and not received: a whole number, at least 1.
 * @throws {RangeError} If `capacity` is none.
 * @throws {TypeError} If `capacity` is no number, or memory can't be shared here.
 *
 * @example
 * ```ts
 * import { defineTask, openReceiver, openSender, type SenderEnd, sharedChannel } from "@tagged/async-task/thread";
 * import { assertEquals } from "@std/assert";
 *
 * // In a module of its own, for `TaskHandle.spawn(count, [end, 3], { transfer: [end.port] })`:
 * export const count = defineTask(import.meta.url, "count", async (_token, end: SenderEnd<number>, to: number) => {
 *   using tx = openSender(end);
 *   for (let i = 0; i < to; i++) await tx.send(i);
 * });
 *
 * const [end, other] = sharedChannel<number>(2);
 * const counted = count.run(undefined!, end, 3); // here, on this thread
 * const rx = openReceiver(other);
 * assertEquals(await Array.fromAsync(rx), [0, 1, 2]);
 * await counted;
 * ```
 */
export function sharedChannel<T>(capacity: number): [SenderEnd<T>, ReceiverEnd<T>] {
  if (typeof capacity !== "number") {
    throw new TypeError(`Cannot make a channel: capacity must be a number, got ${show(capacity)}`);
  }
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_CAPACITY) {
    throw new RangeError(
      `Cannot make a channel: capacity must be a whole number from 1 to ${MAX_CAPACITY}, got ${
        show(capacity)
      }`,
    );
  }
  const shared = share(LINK_BYTES);
  const { port1, port2 } = new MessageChannel();
  const ends: [SenderEnd<T>, ReceiverEnd<T>] = [
    { side: "sender", port: port1, shared, capacity },
    { side: "receiver", port: port2, shared, capacity },
  ];
  for (const end of ends) onLoss(end.port, () => giveUp(end));
  return ends;
}

/**
 * Opens the end where messages go in, on this thread. What can't be posted is refused when it is sent, with
 * the runtime's `DataCloneError`.
 *
 * @throws {TypeError} If `end` is none, or was opened before.
 *
 * @example
 * ```ts
 * import { openReceiver, openSender, sharedChannel, transferred } from "@tagged/async-task/thread";
 * import { assertEquals } from "@std/assert";
 *
 * const [end, other] = sharedChannel<Uint8Array>(1);
 * using tx = openSender(end);
 * using rx = openReceiver(other);
 * const bytes = new Uint8Array(1000);
 * tx.trySend(transferred(bytes, [bytes.buffer]));
 * assertEquals([bytes.length, (await rx.recv()).length], [0, 1000]);
 * ```
 */
export function openSender<T>(end: SenderEnd<T>): Sender<T | Transferred<T>> {
  return new SenderLink(check(end, "sender")).half.sender() as Sender<unknown> as Sender<T | Transferred<T>>;
}

/**
 * Opens the end where messages come out, on this thread.
 *
 * @throws {TypeError} If `end` is none, or was opened before.
 *
 * @example
 * ```ts
 * import { openReceiver, openSender, sharedChannel } from "@tagged/async-task/thread";
 * import { assertEquals } from "@std/assert";
 *
 * const [end, other] = sharedChannel<Map<string, number>>(1);
 * using tx = openSender(end);
 * using rx = openReceiver(other);
 * tx.trySend(new Map([["a", 1]]));
 * assertEquals((await rx.recv()).get("a"), 1);
 * ```
 */
export function openReceiver<T>(end: ReceiverEnd<T>): Receiver<T> {
  return new ReceiverLink(check(end, "receiver")).half.receiver() as Receiver<T>;
}

function check(end: ChannelEnd, side: "sender" | "receiver"): ChannelEnd {
  if (end?.side === side && isShared(end.shared) && end.port instanceof MessagePort) {
    return end;
  }
  throw new TypeError(`Cannot open a ${side}: expected its end of a shared channel`);
}

/** Channels that keep the last value, and tell who watches it that it has changed. */
import { checkFunction } from "../core/friend.ts";
import type { Awaitable } from "../core/mod.ts";
import { Inspectable } from "../internal/inspect.ts";
import { disposedError, type Unsent } from "./errors.ts";
import { checkSymbol } from "./message.ts";
import { MessageIterator, type Messages } from "./messages.ts";
import { NO_OPTIONS, type WaitOptions } from "./options.ts";
import { type Source, SubscriptionWait } from "./subscription.ts";
import { Change, Match, Values, WatchChannel, Watcher } from "./watch_channel.ts";

/**
 * Makes a channel that keeps the last value: settings, a state, a position. Receivers see what it is, and
 * wait until it has changed; a value that was replaced before they looked, they never see.
 * `tokio::sync::watch::channel` in Rust.
 *
 * @param value The first value. The receiver that is returned has seen it.
 * @throws {TypeError} If it is one of the three symbols that mean that there is none: `PENDING`,
 * {@linkcode EMPTY}, {@linkcode DISCONNECTED}.
 * @returns A sender and a receiver. There may be any number of both: `tx.clone()`, `tx.subscribe()`,
 * `rx.clone()`.
 *
 * @example
 * ```ts
 * import { watch } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [tx, rx] = watch("starting");
 * assertEquals([rx.borrow(), rx.hasChanged], ["starting", false]);
 * const changed = rx.changed().then();
 * tx.send("loading");
 * tx.send("ready");
 * await changed;
 * assertEquals(rx.borrow(), "ready");
 * ```
 */
export function watch<T>(value: T): [WatchSender<T>, WatchReceiver<T>] {
  checkValue(value);
  const channel = new WatchChannel(value);
  return [new WatchSender(channel), new WatchReceiver(new Watcher(channel, channel.version))];
}

/**
 * Where the values of a watch come from; made by {@linkcode watch}. `tokio::sync::watch::Sender` in Rust.
 *
 * @example
 * ```ts
 * import { watch, type WatchSender } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const count = (tx: WatchSender<number>) => tx.update((n) => n + 1);
 * const [tx, rx] = watch(0);
 * count(tx);
 * count(tx);
 * assertEquals(rx.borrow(), 2);
 * ```
 */
export class WatchSender<T> extends Inspectable implements Disposable {
  #channel: WatchChannel<T> | undefined;

  /** @ignore */
  constructor(channel: WatchChannel<T>) {
    super();
    this.#channel = channel;
  }

  /**
   * Replaces the value, at once, even if there is no receiver now. It counts as changed even if it is the
   * same.
   *
   * @returns `undefined` when it is replaced; else that the channel was closed, and `value`.
   * @throws {TypeError} If the sender was disposed, or the value is one of the three symbols.
   *
   * @example
   * ```ts
   * import { watch } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = watch(1);
   * assertEquals([tx.send(2), rx.borrow()], [undefined, 2]);
   * rx.close("enough");
   * assertEquals(tx.send(3), { reason: "closed", value: 3, cause: "enough" });
   * ```
   */
  send(value: T): Unsent<T> | undefined {
    return this.#use("send").replace(checkValue(value));
  }

  /**
   * Replaces the value by what `fn` makes of it. `tokio::sync::watch::Sender::send_modify` in Rust.
   *
   * @returns As {@linkcode send} does.
   * @throws {TypeError} If the sender was disposed, or `fn` is not a function.
   * @throws What `fn` throws; the value stays as it is then.
   *
   * @example
   * ```ts
   * import { watch } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = watch({ host: "a", port: 1 });
   * tx.update((settings) => ({ ...settings, port: 2 }));
   * assertEquals(rx.borrow(), { host: "a", port: 2 });
   * ```
   */
  update(fn: (value: T) => T): Unsent<T> | undefined {
    const channel = this.#use("update");
    return channel.replace(checkValue(checkFunction(fn, "update")(channel.value)));
  }

  /** The value as it is now. */
  borrow(): T {
    return this.#use("borrow").value;
  }

  /**
   * A receiver that has seen the present value, to be disposed for itself.
   *
   * @throws {TypeError} If the sender was disposed.
   *
   * @example
   * ```ts
   * import { watch } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx] = watch(1);
   * using rx = tx.subscribe();
   * tx.send(2);
   * assertEquals([rx.hasChanged, rx.borrow(), tx.receiverCount], [true, 2, 2]);
   * ```
   */
  subscribe(): WatchReceiver<T> {
    const channel = this.#use("subscribe");
    return new WatchReceiver(new Watcher(channel, channel.version));
  }

  /** Another sender of the same channel, to be disposed for itself. */
  clone(): WatchSender<T> {
    const channel = this.#use("clone");
    channel.senderCount++;
    return new WatchSender(channel);
  }

  /**
   * Closes the channel for all: the value stays as it is, and whoever waits for another one is told so, once
   * they have seen this one. Later calls change nothing.
   *
   * @param reason Why: the `cause` of the {@linkcode RecvError}.
   * @throws {TypeError} If the sender was disposed.
   *
   * @example
   * ```ts
   * import { RecvError, watch } from "@tagged/async-task/channel";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const [tx, rx] = watch(1);
   * tx.close("final");
   * const error = await assertRejects(() => rx.changed(), RecvError);
   * assertEquals([error.cause, rx.borrow()], ["final", 1]);
   * ```
   */
  close(reason?: unknown): void {
    this.#use("close").close(reason);
  }

  /** How many senders there are that are not disposed. */
  get senderCount(): number {
    return this.#use("count senders").senderCount;
  }

  /** How many receivers there are that are not disposed. */
  get receiverCount(): number {
    return this.#use("count receivers").subscribers.count;
  }

  /** Whether there is no receiver now, or the channel was closed. */
  get isDisconnected(): boolean {
    return this.#use("ask for the receivers").isDisconnected;
  }

  /** Whether the channel was closed. */
  get isClosed(): boolean {
    return this.#use("ask whether it is closed").isClosed;
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  override toJSON(): object {
    return this.#channel === undefined ? { isDisposed: true } : this.#channel.view();
  }

  /** Gives the sender up, once; the channel ends with the last, and keeps its value. */
  [Symbol.dispose](): void {
    this.#channel?.dropSender();
    this.#channel = undefined;
  }

  #use(action: string): WatchChannel<T> {
    if (this.#channel === undefined) throw disposedError(action, "sender");
    return this.#channel;
  }
}

/**
 * Who sees the values of a watch; made by {@linkcode watch}, `subscribe` and `clone`.
 * `tokio::sync::watch::Receiver` in Rust.
 *
 * `for await` gives the present value, and then each that it finds when the last was dealt with, until the
 * last sender is gone, the channel was closed, or the receiver disposed.
 *
 * @example
 * ```ts
 * import { watch } from "@tagged/async-task/channel";
 * import { assertEquals } from "@std/assert";
 *
 * const [tx, rx] = watch(1);
 * const seen: number[] = [];
 * for await (const value of rx) {
 *   seen.push(value);
 *   if (value === 1) for (const next of [2, 3, 4]) tx.send(next); // 2, 3: never seen
 *   else tx[Symbol.dispose]();
 * }
 * assertEquals(seen, [1, 4]);
 * ```
 */
export class WatchReceiver<T> extends Inspectable implements AsyncIterable<T>, Disposable {
  readonly #watcher: Watcher<T>;

  /** @ignore */
  constructor(watcher: Watcher<T>) {
    super();
    this.#watcher = watcher;
  }

  /** The value as it is now; whether it counts as seen stays as it was. */
  borrow(): T {
    return this.#use("borrow").channel.value;
  }

  /** The value as it is now, which counts as seen. */
  borrowAndUpdate(): T {
    return this.#use("borrow").see();
  }

  /** Whether the value was replaced since this receiver has seen it. */
  get hasChanged(): boolean {
    return this.#use("compare").hasChanged;
  }

  /**
   * Waits until there is a value that this receiver has not seen, which then counts as seen;
   * {@linkcode borrow} gives it. Letting go of it loses nothing.
   *
   * @throws {RecvError} When there is none, and the last sender is gone or the channel was closed.
   * @throws The reason of the signal, when it is aborted.
   * @throws {TypeError} If the receiver was or is disposed.
   *
   * @example In a generator task
   * ```ts
   * import { spawn } from "@tagged/async-task";
   * import { watch } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = watch(0);
   * const [task, handle] = spawn(function* () {
   *   yield* rx.changed();
   *   return rx.borrow();
   * }, (task) => void task.run());
   * task.run();
   * tx.send(1);
   * assertEquals(await handle, 1);
   * ```
   */
  changed(options: WaitOptions = NO_OPTIONS): Awaitable<void> & Disposable {
    return this.#wait(new Change(this.#use("receive")), options);
  }

  /**
   * The first value of which `test` holds, the present one too, which then counts as seen.
   * `tokio::sync::watch::Receiver::wait_for` in Rust.
   *
   * @param test Asked once for each value that is found.
   * @throws As {@linkcode changed} does, and what `test` throws.
   * @throws {TypeError} If `test` is not a function.
   *
   * @example
   * ```ts
   * import { watch } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [tx, rx] = watch("starting");
   * const ready = rx.waitFor((state) => state === "ready").then();
   * tx.send("loading");
   * tx.send("ready");
   * assertEquals(await ready, "ready");
   * ```
   */
  waitFor(test: (value: T) => boolean, options: WaitOptions = NO_OPTIONS): Awaitable<T> & Disposable {
    const watcher = this.#use("receive");
    return this.#wait(new Match(watcher, checkFunction(test, "wait for a value")), options);
  }

  /**
   * The values as they are found: what `for await` uses, with a signal if one is given.
   *
   * @throws {TypeError} If the receiver was disposed.
   *
   * @example
   * ```ts
   * import { watch } from "@tagged/async-task/channel";
   * import { assertEquals } from "@std/assert";
   *
   * const [, rx] = watch(1);
   * for await (const value of rx.iter({ signal: AbortSignal.timeout(1000) })) {
   *   assertEquals(value, 1);
   *   break;
   * }
   * ```
   */
  iter(options: WaitOptions = NO_OPTIONS): Messages<T> {
    const values = new Values(this.#use("receive"));
    return new MessageIterator(() => this.#wait(values, options));
  }

  /** What `for await` calls: {@linkcode iter}. */
  [Symbol.asyncIterator](): Messages<T> {
    return this.iter();
  }

  /** Another receiver that has seen as much, to be disposed for itself. */
  clone(): WatchReceiver<T> {
    const { channel, seen } = this.#use("clone");
    return new WatchReceiver(new Watcher(channel, seen));
  }

  /** Closes the channel for all, as a sender does: nobody wants another value. */
  close(reason?: unknown): void {
    this.#use("close").channel.close(reason);
  }

  /** Whether all senders are gone, or the channel was closed: the value stays as it is. */
  get isDisconnected(): boolean {
    return !this.#use("ask for the senders").channel.hasSenders;
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  override toJSON(): object {
    const { subscriber, channel, hasChanged } = this.#watcher;
    return subscriber.isDisposed ? { isDisposed: true } : { ...channel.view(), hasChanged };
  }

  /** Gives the receiver up, once. Waits through it fail with a `TypeError`; its `for await` loops end. */
  [Symbol.dispose](): void {
    const { subscriber, channel } = this.#watcher;
    if (!subscriber.isDisposed) channel.subscribers.remove(subscriber);
  }

  #use(action: string): Watcher<T> {
    if (this.#watcher.subscriber.isDisposed) throw disposedError(action, "receiver");
    return this.#watcher;
  }

  #wait<R>(source: Source<R>, { signal }: WaitOptions): SubscriptionWait<R> {
    return new SubscriptionWait(this.#watcher.subscriber, source, signal);
  }
}

function checkValue<T>(value: T): T {
  if (typeof value === "symbol") checkSymbol(value);
  return value;
}

/** The messages of a channel as a `ReadableStream`. */
import type { Waker } from "../core/mod.ts";
import { paced } from "../internal/coop.ts";
import { handleOf } from "./endpoint.ts";
import { RecvError } from "./errors.ts";
import type { Channel } from "./channel.ts";
import type { Receiver } from "./receiver.ts";
import { RecvFuture } from "./recv.ts";

/** Nothing is received before it is read: what waits in a stream would be lost when that is cancelled. */
const STRATEGY: QueuingStrategy = { highWaterMark: 0 };

/** A stream that owns `receiver`, a handle of `channel`. */
export function streamOf<T>(receiver: Receiver<T>, channel: Channel<T>): ReadableStream<T> {
  return new ReadableStream<T>(new Source(receiver, channel), STRATEGY);
}

/**
 * Puts a message into the stream in the same step in which it is handed over, so that it can't be in between
 * when the stream is cancelled.
 */
class Source<T> implements UnderlyingDefaultSource<T>, Waker {
  readonly #receiver: Receiver<T>;
  readonly #channel: Channel<T>;
  #controller: ReadableStreamDefaultController<T> | undefined;
  /** Set while it waits. */
  #recv: RecvFuture<T> | undefined;
  #pulled: (() => void) | undefined;

  constructor(receiver: Receiver<T>, channel: Channel<T>) {
    this.#receiver = receiver;
    this.#channel = channel;
  }

  pull(controller: ReadableStreamDefaultController<T>): Promise<void> {
    this.#controller = controller;
    const recv = this.#recv = new RecvFuture(handleOf(this.#receiver), this.#channel, undefined);
    return paced(
      new Promise((resolve) => {
        this.#pulled = resolve;
        if (recv.canFinish) this.wake();
        else recv.watchWith(this);
      }),
    );
  }

  wake(): void {
    const recv = this.#recv!;
    this.#recv = undefined;
    try {
      this.#controller!.enqueue(recv.finish());
    } catch (error) {
      this.#end(error);
    }
    this.#pulled!();
  }

  cancel(): void {
    this.#recv?.[Symbol.dispose]();
    this.#receiver[Symbol.dispose]();
  }

  #end(error: unknown): void {
    if (error instanceof RecvError) this.#controller!.close();
    else this.#controller!.error(error);
    this.#receiver[Symbol.dispose]();
  }
}

/** The end of a channel where messages go in, as a `WritableStream`. */
import type { Sender } from "./sender.ts";

/** A stream that owns `sender`. */
export function sinkOf<T>(sender: Sender<T>): WritableStream<T> {
  return new WritableStream<T>(new Sink(sender));
}

class Sink<T> implements UnderlyingSink<T> {
  readonly #sender: Sender<T>;

  constructor(sender: Sender<T>) {
    this.#sender = sender;
  }

  async write(message: T, controller: WritableStreamDefaultController): Promise<void> {
    try {
      await this.#sender.send(message, { signal: controller.signal });
    } catch (error) {
      // The stream fails with it, and is neither closed nor aborted then.
      this.#sender[Symbol.dispose]();
      throw error;
    }
  }

  close(): void {
    this.#sender[Symbol.dispose]();
  }

  abort(): void {
    this.#sender[Symbol.dispose]();
  }
}

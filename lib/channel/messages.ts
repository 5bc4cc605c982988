import { paced } from "../internal/coop.ts";
import type { Chan } from "./chan.ts";
import { RecvError } from "./errors.ts";
import { Receiving } from "./recv.ts";
import { type Handle, notifyAll } from "./wait_list.ts";

type Result<T> = IteratorResult<T, undefined>;

const ENDED: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * The messages of a channel, one after the other, until it is disconnected or the handle is disposed. Leaving the
 * loop leaves the handle as it is.
 */
export class Messages<T> implements AsyncIterableIterator<T, undefined> {
  readonly #handle: Handle;
  readonly #chan: Chan<T>;
  readonly #signal: AbortSignal | undefined;
  #isLeft = false;

  constructor(handle: Handle, chan: Chan<T>, signal: AbortSignal | undefined) {
    this.#handle = handle;
    this.#chan = chan;
    this.#signal = signal;
  }

  next(): Promise<Result<T>> {
    if (this.#isLeft || this.#handle.isDisposed) return Promise.resolve(ENDED);
    return new Next(this, this.#handle, this.#chan, this.#signal).result();
  }

  return(): Promise<Result<T>> {
    this.#isLeft = true;
    const waiting = this.#chan.takers.filter((taker) => taker instanceof Next && taker.messages === this);
    for (const next of waiting) next.fail(new RecvError());
    notifyAll(waiting);
    return Promise.resolve(ENDED);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** A receive whose end is no error. */
class Next<T> extends Receiving<T> {
  declare readonly messages: Messages<T>;

  constructor(
    messages: Messages<T>,
    handle: Handle,
    chan: Chan<T>,
    signal: AbortSignal | undefined,
  ) {
    super(handle, chan, signal);
    this.messages = messages;
  }

  result(): Promise<Result<T>> {
    return paced(this.begin() as Promise<unknown> as Promise<Result<T>>);
  }

  override commit(): Result<T> {
    try {
      return { done: false, value: this.finish() };
    } catch (error) {
      if (error instanceof RecvError || this.handle.isDisposed) return ENDED;
      throw error;
    }
  }
}

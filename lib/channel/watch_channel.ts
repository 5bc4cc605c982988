/** What the senders and receivers of a watch share: the value, and who waits for another one. */
import { jsonOf } from "../internal/inspect.ts";
import type { Unsent } from "./errors.ts";
import { Publication } from "./publication.ts";
import type { Source, Subscriber } from "./subscription.ts";

/** A value, and its version: how often it was replaced. */
export class WatchChannel<T> extends Publication {
  value: T;
  version = 0;

  constructor(value: T) {
    super();
    this.value = value;
  }

  /** Why the value can't be replaced, or `undefined`: it was. */
  replace(value: T): Unsent<T> | undefined {
    if (this.isClosed) return this.unsent(value);
    this.value = value;
    this.version++;
    this.subscribers.rouse();
    return undefined;
  }

  override view(): object {
    return { value: jsonOf(this.value), ...super.view() };
  }
}

/** What one receiver has seen. As a source, it gives each value that it has not seen. */
export class Watcher<T> implements Source<T> {
  readonly channel: WatchChannel<T>;
  readonly subscriber: Subscriber;
  /** The version that it has seen. */
  seen: number;

  constructor(channel: WatchChannel<T>, seen: number) {
    this.channel = channel;
    this.subscriber = channel.subscribers.add();
    this.seen = seen;
  }

  get hasChanged(): boolean {
    return this.seen !== this.channel.version;
  }

  get isReady(): boolean {
    return this.hasChanged || !this.channel.hasSenders;
  }

  take(): T {
    if (!this.hasChanged) throw this.channel.recvError();
    return this.see();
  }

  /** The value, which counts as seen. */
  see(): T {
    this.seen = this.channel.version;
    return this.channel.value;
  }
}

/** That a receiver has something new to see, and not what. */
export class Change implements Source<void> {
  readonly #watcher: Watcher<unknown>;

  constructor(watcher: Watcher<unknown>) {
    this.#watcher = watcher;
  }

  get isReady(): boolean {
    return this.#watcher.isReady;
  }

  take(): void {
    this.#watcher.take();
  }
}

/** The first value that matches, the present one too. */
export class Match<T> implements Source<T> {
  readonly #watcher: Watcher<T>;
  readonly #test: (value: T) => boolean;
  /** The last version that was tested, and did not match. */
  #tested = -1;

  constructor(watcher: Watcher<T>, test: (value: T) => boolean) {
    this.#watcher = watcher;
    this.#test = test;
  }

  get isReady(): boolean {
    return this.#matches() || !this.#watcher.channel.hasSenders;
  }

  take(): T {
    if (!this.#matches()) throw this.#watcher.channel.recvError();
    return this.#watcher.see();
  }

  #matches(): boolean {
    const { channel } = this.#watcher;
    const { version } = channel;
    if (version === this.#tested) return false;
    if (this.#test(channel.value)) return true;
    this.#tested = version;
    return false;
  }
}

/** The present value, unless it was given out by this one, and then each that is new. */
export class Values<T> implements Source<T> {
  readonly #watcher: Watcher<T>;
  #isFirst = true;

  constructor(watcher: Watcher<T>) {
    this.#watcher = watcher;
  }

  get isReady(): boolean {
    return this.#isFirst || this.#watcher.isReady;
  }

  take(): T {
    if (!this.#isFirst) return this.#watcher.take();
    this.#isFirst = false;
    return this.#watcher.see();
  }
}

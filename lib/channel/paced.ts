import {
  Awaitable,
  type Context,
  type Future,
  PENDING,
  type Poll,
  promiseOf,
  type Waker,
} from "../core/mod.ts";
import { paced } from "../internal/coop.ts";

/**
 * A future that wakes only who polled last, and that any number may await nevertheless: they share a promise. It
 * is paced, so that async functions that wait for one another leave the event loop its turns.
 */
export abstract class Paced<R> extends Awaitable<R> {
  // Declared only, and set in the constructor, as in `join.ts`.
  declare protected promise: Promise<R> | undefined;

  constructor() {
    super();
    this.promise = undefined;
  }

  override then<A = R, B = never>(
    onFulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    if (this.promise === undefined) this.promise = paced(this.start());
    return this.promise.then(onFulfilled, onRejected);
  }

  /** The promise that all share who await. */
  protected start(): Promise<R> {
    return promiseOf<R>(this);
  }

  /** If somebody awaits it already, they must go on being woken: whoever comes then waits for the promise. */
  protected override watch(): Future<R> {
    return this.promise === undefined ? this : new Follower(this.promise);
  }
}

/** A promise, as a future. */
export class Follower<R> implements Future<R> {
  #poll: () => Poll<R>;
  #waker: Waker | undefined;

  constructor(promise: Promise<R>) {
    this.#poll = () => PENDING;
    this.#waker = undefined;
    promise.then(
      (value) => this.#settle(() => value),
      (error) =>
        this.#settle(() => {
          throw error;
        }),
    );
  }

  poll(cx: Context): Poll<R> {
    this.#waker = cx.waker;
    return this.#poll();
  }

  [Symbol.dispose](): void {
    this.#waker = undefined;
  }

  #settle(poll: () => R): void {
    this.#poll = poll;
    const waker = this.#waker;
    this.#waker = undefined;
    waker?.wake();
  }
}

import { promiseOf } from "../core/friend.ts";
import { Awaitable, type Future } from "../core/mod.ts";
import { PromiseFuture } from "./promise_future.ts";

/** A future that wakes only who polled last, and that any number may await nevertheless: they share a promise. */
export abstract class Shared<R> extends Awaitable<R> {
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
    this.promise ??= this.start();
    return this.promise.then(onFulfilled, onRejected);
  }

  /** The promise that all share who await. */
  protected start(): Promise<R> {
    return promiseOf<R>(this);
  }

  /** If somebody awaits it already, they must go on being woken: `yield*` then waits for the promise. */
  protected override watch(): Future<R> {
    return this.promise === undefined ? this : new PromiseFuture(this.promise);
  }
}

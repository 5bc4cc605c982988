/** Futures whose awaits share one promise of their own making. */
import { FutureIterator, promiseOf } from "../core/friend.ts";
import { Awaitable, type Future } from "../core/mod.ts";
import { Adapted } from "./adapted.ts";
import { PromiseFuture } from "./promise_future.ts";

/** A future that wakes only who polled last, and that any number may await nevertheless: they share a promise. */
export abstract class Shared<R> extends Awaitable<R> {
  // Flat, see `lib/README.md`.
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

  override [Symbol.iterator](): Iterator<Future<unknown>, R, unknown> {
    if (this.promise === undefined) return super[Symbol.iterator]();
    return new FutureIterator<R>(new Adapted(new PromiseFuture(this.promise)));
  }

  /** The promise that all share who await. */
  protected start(): Promise<R> {
    return promiseOf<R>(this);
  }
}

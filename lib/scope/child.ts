import type { TaskGenerator } from "../adapt/mod.ts";
import { intoFuture, PromiseFuture } from "../adapt/friend.ts";
import { type Context, type Future, JoinHandle, PENDING, type Poll, type Waker } from "../core/mod.ts";

/**
 * What can be waited for together with others: a future, a promise, or a generator.
 *
 * @example
 * ```ts
 * import { ready } from "@tagged/async-task";
 * import { all, type Waitable } from "@tagged/async-task/scope";
 * import { assertEquals } from "@std/assert";
 *
 * const waitables: Waitable<number>[] = [ready(1), Promise.resolve(2)];
 * assertEquals(await all(waitables), [1, 2]);
 * ```
 */
export type Waitable<R> = Future<R> | PromiseLike<R> | TaskGenerator<R>;

/** A future of a group, which is polled when it was woken, and not because another one was. */
export class Child<R> implements Context, Waker {
  readonly index: number;
  /** The future until it is let go of. */
  #future: Future<R> | undefined;
  readonly #onWake: (child: Child<R>) => void;
  /** Whether it is on its way to be polled. */
  #isWoken: boolean;

  constructor(waitable: Waitable<R>, index: number, onWake: (child: Child<R>) => void) {
    this.index = index;
    this.#future = asFuture(waitable);
    this.#onWake = onWake;
    this.#isWoken = true;
  }

  get waker(): Waker {
    return this;
  }

  /** Whether it has not ended. */
  get isOpen(): boolean {
    return this.#future !== undefined;
  }

  wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    this.#onWake(this);
  }

  poll(): Poll<R> {
    this.#isWoken = false;
    return this.#future!.poll(this);
  }

  /** A step of the clean-up; whether it is over. */
  close(): boolean {
    this.#isWoken = false;
    return this.#future!.pollClose?.(this) !== PENDING;
  }

  /** Lets go of the future. */
  drop(): void {
    const future = this.#future;
    this.#future = undefined;
    future?.[Symbol.dispose]?.();
  }
}

function asFuture<R>(waitable: Waitable<R>): Future<R> {
  if (waitable instanceof JoinHandle) return new Joined(waitable) as Future<unknown> as Future<R>;
  if (typeof waitable === "function") {
    throw new TypeError("Cannot wait for a function: call it, or spawn it");
  }
  const isPromise = typeof (waitable as PromiseLike<R>)?.then === "function" &&
    typeof (waitable as unknown as Future<R>).poll !== "function";
  return isPromise
    ? new PromiseFuture(waitable as PromiseLike<R>).begin()
    : intoFuture<R, undefined>(waitable as Future<R>);
}

/** A handle whose task is cancelled when nobody wants its output; by itself, a handle would only detach it. */
class Joined<R> implements Future<R | undefined> {
  readonly #handle: JoinHandle<R>;

  constructor(handle: JoinHandle<R>) {
    this.#handle = handle;
  }

  poll(cx: Context): Poll<R | undefined> {
    return this.#handle.poll(cx);
  }

  pollClose(cx: Context): Poll<unknown> {
    this.#handle.cancel(cx.reason);
    return this.#handle.poll(cx);
  }
}

import { type Context, type Future, PENDING, type Poll, type Waker } from "./future.ts";
import { Inspectable } from "../internal/inspect.ts";

/**
 * The base of every future that this package hands out: it can be waited for in all three ways, with
 * `poll(cx)`, with `yield*` inside a generator task, and with `await`. Extend it to write a future of your own
 * that can, too; all that is needed is `poll`, and `[Symbol.dispose]` if there is something to let go of when a
 * task is cancelled that waits for it with `yield*`.
 *
 * @example
 * ```ts
 * import { Awaitable, spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * class Two extends Awaitable<number> {
 *   poll(): number {
 *     return 2;
 *   }
 * }
 * assertEquals(new Two().poll(), 2);
 * assertEquals(await new Two(), 2);
 *
 * const [task, handle] = spawn(function* () {
 *   return 1 + (yield* new Two());
 * }, () => {}, "t");
 * task.run();
 * assertEquals(await handle, 3);
 * ```
 */
export abstract class Awaitable<R> extends Inspectable implements Future<R>, Promise<R> {
  /** Advances the future: its output, or `PENDING` after arranging a wake-up. */
  abstract poll(cx: Context): Poll<R>;

  /** What `await` calls: polls now, and once more in a microtask after every wake, until the output is there. */
  then<A = R, B = never>(
    onFulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return promiseOf(this.watch()).then(onFulfilled, onRejected);
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  override toJSON(): object {
    return {};
  }

  /** As of a promise: `then(undefined, onRejected)`. */
  catch<B = never>(onRejected?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<R | B> {
    return this.then(undefined, onRejected);
  }

  /** As of a promise: calls `onFinally` at the end, whatever it is, and waits for what that returns. */
  finally(onFinally?: (() => void) | null): Promise<R> {
    if (typeof onFinally !== "function") return this.then();
    return this.then(
      (value) => Promise.resolve(onFinally()).then(() => value),
      (error) =>
        Promise.resolve(onFinally()).then(() => {
          throw error;
        }),
    );
  }

  /** What makes it assignable to a `Promise`. */
  get [Symbol.toStringTag](): string {
    return "Awaitable";
  }

  /** What `yield*` calls: hands the future to the generator's task, which polls it. */
  [Symbol.iterator](): Iterator<Future<unknown>, R, unknown> {
    return new FutureIterator<R>(this.watch());
  }

  /** What `await` and `yield*` poll: this future itself, unless that would take something away from others. */
  protected watch(): Future<R> {
    return this;
  }
}

/** A promise for the output of `future`, which is polled from here on, first of all at once. */
export function promiseOf<R>(future: Future<R>): Promise<R> {
  const driver = new Driver<R>(future);
  try {
    const output = future.poll(driver);
    if (output === PENDING) return driver.drive();
    driver.stop();
    return Promise.resolve(output);
  } catch (error) {
    driver.stop();
    return Promise.reject(error);
  }
}

/** Polls a future that was pending to its end on the microtask queue. */
class Driver<R> implements Context, Waker {
  /** The future until it has ended; a step that was already queued then finds nothing to do. */
  #future: Future<R> | undefined;
  #resolve: ((value: R) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  /** Whether a step is on the microtask queue, so that two wakes are one poll. */
  #isWoken: boolean;

  constructor(future: Future<R>) {
    this.#future = future;
    this.#resolve = undefined;
    this.#reject = undefined;
    this.#isWoken = false;
  }

  get waker(): Waker {
    return this;
  }

  wake(): void {
    if (this.#isWoken || this.#future === undefined) return;
    this.#isWoken = true;
    queueMicrotask(() => this.step());
  }

  drive(): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** The future has ended: later wakes are nobody's business. */
  stop(): void {
    this.#future = undefined;
  }

  private step(): void {
    this.#isWoken = false;
    if (this.#future === undefined) return;
    try {
      const output = this.#future.poll(this);
      if (output === PENDING) return;
      this.#resolve!(output);
    } catch (error) {
      this.#reject!(error);
    }
    this.stop();
  }
}

/**
 * The iterator behind `yield*`: yields the future once, and returns what it is sent in exchange, the output.
 * When the generator is closed instead, it lets go of the future.
 */
class FutureIterator<R> implements Iterator<Future<unknown>, R, unknown> {
  readonly #future: Future<R>;
  #isYielded = false;

  constructor(future: Future<R>) {
    this.#future = future;
  }

  next(sent: unknown): IteratorResult<Future<unknown>, R> {
    if (this.#isYielded) return { done: true, value: sent as R };
    this.#isYielded = true;
    return { done: false, value: this.#future };
  }

  throw(error: unknown): never {
    throw error;
  }

  return(value: R): IteratorReturnResult<R> {
    this.#future[Symbol.dispose]?.();
    return { done: true, value };
  }
}

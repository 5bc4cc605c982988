/** The base of every future of this package: how it is awaited, and waited for in generators. */
import { currentWaits } from "./context.ts";
import { isAwaited, type Pace, POLLED } from "./awaited_by.ts";
import { Driver, driverOf } from "./driver.ts";
import { leave } from "./leaving.ts";
import { alongside } from "./errors.ts";
import { type Context, type Future, PENDING, type Poll, type Waker } from "./future.ts";
import { FutureIterator } from "./future_iterator.ts";
import { Inspectable } from "../internal/inspect.ts";

/**
 * The base of every future that this package hands out: it can be waited for in all three ways, with
 * `poll(cx)`, with `yield*` inside a generator task, and with `await`. Extend it to write a future of your
 * own that can, too; all that is needed is `poll`, and `[Symbol.dispose]` if there is something to let go of
 * when a task is cancelled that waits for it with `yield*`.
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
  // Flat, see `lib/README.md`.
  /**
   * Who waits, or has waited: the driver of all who await it, or the one generator that polls it directly.
   */
  declare private awaitedBy: Driver | FutureIterator<unknown> | undefined;

  /** Nobody waits. */
  constructor() {
    super();
    this.awaitedBy = undefined;
  }

  /** Advances the future: its output, or `PENDING` after arranging a wake-up. */
  abstract poll(cx: Context): Poll<R>;

  /**
   * What `await` calls: polls now, and once more in a microtask after every wake, until the output is there.
   * Any number may await it, and all are told the same.
   *
   * In the body of a task that is cancelled meanwhile, the `await` throws the reason, and the future is let
   * go of if nobody else waits for it; but not where there is no `onRejected`, as whoever only listens is not
   * to be disturbed.
   */
  then<A = R, B = never>(
    onFulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const waits = typeof onRejected === "function" ? currentWaits() : undefined;
    if (waits !== undefined && waits.isDue) return refuse(this, waits.take()).then(onFulfilled, onRejected);
    return (driverOf(this).promise(waits) as Promise<R>).then(onFulfilled, onRejected);
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
    return new FutureIterator<R>(this);
  }

  /** @ignore What a wake-up means. */
  protected get awaitPace(): Pace {
    return POLLED;
  }

  /** @ignore Its driver has come: the output, or `PENDING` after arranging that the driver is woken. */
  protected beginAwait(driver: Context & Waker): Poll<R> {
    return this.poll(driver);
  }

  /** @ignore Its driver was woken. */
  protected finishAwait(driver: Context & Waker): Poll<R> {
    return this.poll(driver);
  }

  /** @ignore Nobody waits any more: lets go of it, after its clean-up. */
  protected leaveAwait(cx: Context): Poll<unknown> {
    return closeAndDrop(this, cx);
  }
}

/**
 * Nobody begins to wait; a promise that is rejected when it has been let go of, unless somebody else waits.
 */
function refuse(future: Awaitable<unknown>, reason: unknown): Promise<never> {
  if (isAwaited(future)) return Promise.reject(reason);
  return new Promise((_, reject) => leave(future, reject, reason));
}

/** Lets go of a future that is owned: asks it to close, and drops it when it has. */
export function closeAndDrop(future: Future<unknown>, cx: Context): Poll<unknown> {
  let output: unknown;
  try {
    output = future.pollClose?.(cx);
  } catch (error) {
    throw alongside(error, () => future[Symbol.dispose]?.());
  }
  if (output === PENDING) return PENDING;
  future[Symbol.dispose]?.();
  return undefined;
}

/** A promise for the output of `future`. */
export function promiseOf<R>(future: Awaitable<R>): Promise<R> {
  return new Driver(future).promise(undefined) as Promise<R>;
}

/** Futures, and what polls give and take. */
import type { Wait, WAITS } from "../internal/waits.ts";

export { type Wait, WAITS } from "../internal/waits.ts";

/**
 * What `poll` returns when the output is not there yet.
 *
 * The future has then arranged for `cx.waker` to be woken once it makes sense to poll again.
 * `Poll::Pending` in Rust; a ready output is returned as it is, without a wrapper.
 *
 * @example
 * ```ts
 * import { PENDING, pending } from "@tagged/async-task";
 * import { assertStrictEquals } from "@std/assert";
 *
 * assertStrictEquals(pending().poll({ waker: { wake() {} } }), PENDING);
 * ```
 */
export const PENDING: unique symbol = Symbol("async-task.PENDING");

/**
 * The result of one poll: the output itself, or {@linkcode PENDING}. `Poll<T>` in Rust.
 *
 * @example
 * ```ts
 * import { PENDING, type Poll } from "@tagged/async-task";
 *
 * const describe = (poll: Poll<number>): string => poll === PENDING ? "not yet" : poll.toFixed(1);
 * if (describe(2) !== "2.0") throw new Error("unreachable");
 * ```
 */
export type Poll<T> = T | typeof PENDING;

/**
 * Something that can be woken: the way in which a future tells its task that it is worth polling.
 *
 * Any object with a `wake` method serves; {@linkcode wakerFn} makes one out of a function. Waking is cheap,
 * may happen any number of times and from anywhere, and never polls by itself. `std::task::Waker` in Rust.
 *
 * @example
 * ```ts
 * import { pollFn, type Waker } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * let wakes = 0;
 * const waker: Waker = { wake: () => void wakes++ };
 * pollFn((cx) => cx.waker.wake()).poll({ waker });
 * assertEquals(wakes, 1);
 * ```
 */
export interface Waker {
  /** Asks that whoever waits is polled again. */
  wake(): void;
}

/**
 * What a poll receives: the waker of whoever is polling. `std::task::Context` in Rust.
 *
 * A context may be kept: its waker stays the same for as long as the task lives.
 *
 * @example
 * ```ts
 * import { type Context, ready } from "@tagged/async-task";
 *
 * const cx: Context = { waker: { wake() {} } };
 * if (ready(5).poll(cx) !== 5) throw new Error("unreachable");
 * ```
 */
export interface Context {
  /** Wake it when the future can make progress. */
  readonly waker: Waker;
  /** In `pollClose`: why the future is to close. */
  readonly reason?: unknown;
}

/**
 * The primitive that tasks are made of: a computation that advances when it is polled.
 *
 * `poll` returns the output, or {@linkcode PENDING} after arranging a wake-up through `cx.waker`; what it
 * throws is the task's panic. It is not called again once it has returned an output or thrown.
 * `std::future::Future` in Rust.
 *
 * The two optional methods belong to the owner of the future, a task for instance, and not to those who
 * merely wait for it:
 *
 * - `[Symbol.dispose]()` is called exactly once, when the owner lets go of the future: after completion,
 *   cancellation or a panic. What it throws is reported through `reportError`.
 * - `pollClose(cx)` is asynchronous clean-up after cancellation. It is polled like `poll` until it no longer
 *   returns {@linkcode PENDING}; only then does a waiting handle hear of the cancellation. What it throws is
 *   a panic.
 *
 * @example A future that is pending once
 * ```ts
 * import { type Context, type Future, PENDING, type Poll, spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * class Twice implements Future<string> {
 *   polls = 0;
 *   poll(cx: Context): Poll<string> {
 *     if (++this.polls === 2) return "done";
 *     cx.waker.wake();
 *     return PENDING;
 *   }
 * }
 *
 * const [task, handle] = spawn(new Twice(), (task) => void task.run(), "a tag");
 * task.run();
 * assertEquals(await handle, "done");
 * ```
 */
export interface Future<R> {
  /** Advances the computation: its output, or `PENDING` after arranging a wake-up. */
  poll(cx: Context): Poll<R>;
  /** Advances the clean-up after a cancellation; anything but `PENDING` ends it. */
  pollClose?(cx: Context): Poll<unknown>;
  /** Called exactly once, when the owner lets go of the future. */
  [Symbol.dispose]?(): void;
  /**
   * What it waits for right now; `undefined` if for nothing. Read by `console.log`, tracers and error
   * messages.
   */
  [WAITS]?(): Wait | undefined;
}

/** Whether `value` has a `poll` method. */
export function isFuture(value: unknown): value is Future<unknown> {
  return typeof value === "object" && value !== null && typeof (value as Future<unknown>).poll === "function";
}

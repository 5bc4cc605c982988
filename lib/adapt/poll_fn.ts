import { checkFunction } from "../core/friend.ts";
import { Awaitable, type Context, type Poll } from "../core/mod.ts";

class PollFn<R> extends Awaitable<R> {
  readonly #fn: (cx: Context) => Poll<R>;

  constructor(fn: (cx: Context) => Poll<R>) {
    super();
    this.#fn = fn;
  }

  override poll(cx: Context): Poll<R> {
    return this.#fn(cx);
  }
}

/**
 * A future that calls `fn` whenever it is polled. `std::future::poll_fn` in Rust.
 *
 * @param fn Returns the output, or `PENDING` after arranging for `cx.waker` to be woken.
 * @throws {TypeError} If `fn` is no function.
 *
 * @example Any callback API is a future
 * ```ts
 * import { PENDING, pollFn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * let fired = false;
 * const timer = pollFn((cx) => {
 *   if (fired) return "fired";
 *   setTimeout(() => {
 *     fired = true;
 *     cx.waker.wake();
 *   }, 1);
 *   return PENDING;
 * });
 * assertEquals(await timer, "fired");
 * ```
 */
export function pollFn<R>(fn: (cx: Context) => Poll<R>): Awaitable<R> {
  return new PollFn(checkFunction(fn, "make a future"));
}

/** A pause in which others run. */
import { Awaitable, type Context, type Future, PENDING, type Poll } from "../core/mod.ts";
import { YIELD } from "./generator.ts";

const YIELDED: IteratorYieldResult<Future<void>> = /* @__PURE__ */ Object.freeze({
  done: false,
  value: YIELD,
});
const RETURNED: IteratorReturnResult<void> = /* @__PURE__ */ Object.freeze({ done: true, value: undefined });

/** It is its own iterator behind `yield*`, which needs no more than it has. Flat, see `lib/README.md`. */
class YieldNow extends Awaitable<void> {
  declare private isYielded: boolean;

  constructor() {
    super();
    this.isYielded = false;
  }

  override poll(cx: Context): Poll<void> {
    if (this.isYielded) return;
    this.isYielded = true;
    cx.waker.wake();
    return PENDING;
  }

  override [Symbol.iterator](): Iterator<Future<unknown>, void, unknown> {
    return this as unknown as Iterator<Future<unknown>, void, unknown>;
  }

  next(): IteratorResult<Future<unknown>, void> {
    if (this.isYielded) return RETURNED;
    this.isYielded = true;
    return YIELDED;
  }
}

/**
 * A future that is pending once, and wakes its task at once: the executor gets to run others in between.
 * `futures_lite::future::yield_now` in Rust.
 *
 * @example
 * ```ts
 * import { spawn, type Task, yieldNow } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const queue: Task<string>[] = [];
 * const [task] = spawn(function* () {
 *   yield* yieldNow();
 *   yield* yieldNow();
 * }, (task) => queue.push(task), "t");
 *
 * let steps = 1;
 * while (task.run()) steps++;
 * assertEquals(steps, 3);
 * ```
 */
export function yieldNow(): Awaitable<void> {
  return new YieldNow();
}

import { Awaitable, type Context, type Future, PENDING, type Poll } from "../core/mod.ts";
import { YIELD_ONCE } from "./generator.ts";

class YieldNow extends Awaitable<void> {
  #isYielded = false;

  override poll(cx: Context): Poll<void> {
    if (this.#isYielded) return;
    this.#isYielded = true;
    cx.waker.wake();
    return PENDING;
  }

  override [Symbol.iterator](): Iterator<Future<unknown>, void, unknown> {
    return YIELD_ONCE;
  }
}

/**
 * A future that is pending once, and wakes its task at once: the executor gets to run others in between.
 * `futures_lite::future::yield_now` in Rust.
 *
 * Only a task ends the pause: a generator that is stepped by hand, with `for…of` say, stays there.
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

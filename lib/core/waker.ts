/** Wakers made of functions. */
import { checkFunction } from "./errors.ts";
import type { Waker } from "./future.ts";

class FunctionWaker implements Waker {
  readonly #fn: () => void;

  constructor(fn: () => void) {
    this.#fn = fn;
  }

  wake(): void {
    this.#fn();
  }
}

/**
 * Makes a {@linkcode Waker} that calls `fn` every time it is woken. `async_task::waker_fn` in Rust.
 *
 * @param fn Called without arguments, synchronously, by whoever wakes; what it throws reaches them.
 * @throws {TypeError} If `fn` is no function.
 *
 * @example
 * ```ts
 * import { wakerFn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * let wakes = 0;
 * const waker = wakerFn(() => wakes++);
 * waker.wake();
 * waker.wake();
 * assertEquals(wakes, 2);
 * ```
 */
export function wakerFn(fn: () => void): Waker {
  return new FunctionWaker(checkFunction(fn, "make a waker"));
}

/**
 * Returns `waker` if it can be woken, so that a mistake shows where it was made and not when it is too late.
 */
export function checkWaker(waker: Waker): Waker {
  if (typeof waker?.wake !== "function") {
    throw new TypeError("Cannot register a waker: it has no wake() method, make one with wakerFn(fn)");
  }
  return waker;
}

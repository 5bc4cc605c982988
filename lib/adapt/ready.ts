import { Awaitable, type Context } from "../core/mod.ts";

class Ready<R> extends Awaitable<R> {
  readonly #value: R;

  constructor(value: R) {
    super();
    this.#value = value;
  }

  override poll(_cx: Context): R {
    return this.#value;
  }
}

/**
 * A future whose output is there at once. `std::future::ready` in Rust.
 *
 * @example
 * ```ts
 * import { ready } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await ready(5), 5);
 * ```
 */
export function ready<R>(value: R): Awaitable<R> {
  return new Ready(value);
}

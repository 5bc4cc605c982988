/** A future whose output is there. */
import type { Awaitable } from "../core/mod.ts";
import { pollFn } from "./poll_fn.ts";

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
  return pollFn(() => value);
}

/** A future that never ends. */
import { type Awaitable, PENDING } from "../core/mod.ts";
import { pollFn } from "./poll_fn.ts";

/**
 * A future that never has an output and never wakes anybody. `std::future::pending` in Rust.
 *
 * @example
 * ```ts
 * import { pending, spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const [task, handle] = spawn(pending(), (task) => void task.run(), "t");
 * task.run();
 * handle.cancel();
 * assertEquals(await handle, undefined);
 * ```
 */
export function pending(): Awaitable<never> {
  return pollFn<never>(() => PENDING);
}

import { Awaitable, type Context, PENDING } from "../core/mod.ts";

class Pending extends Awaitable<never> {
  override poll(_cx: Context): typeof PENDING {
    return PENDING;
  }
}

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
  return new Pending();
}

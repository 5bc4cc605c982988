/** Any future as one that can be awaited. */
import { isFuture } from "../core/friend.ts";
import { Awaitable, type Context, type Future, type Poll } from "../core/mod.ts";
import { type Wait, waitOf } from "../internal/waits.ts";
import { show } from "../internal/show.ts";

/** A future of another kind, as it is, behind the three ways to wait. */
export class Adapted<R> extends Awaitable<R> {
  readonly #inner: Future<R>;

  constructor(inner: Future<R>) {
    super();
    this.#inner = inner;
  }

  override poll(cx: Context): Poll<R> {
    return this.#inner.poll(cx);
  }

  pollClose(cx: Context): Poll<unknown> {
    return this.#inner.pollClose?.(cx);
  }

  override waitsFor(): Wait | undefined {
    return waitOf(this.#inner);
  }

  [Symbol.dispose](): void {
    this.#inner[Symbol.dispose]?.();
  }
}

/**
 * Any object with a `poll` method as a future that can be waited for with `yield*` and `await`, too. It owns
 * what it is given: whoever gives up the wait closes it (`pollClose`) and lets go of it (`[Symbol.dispose]`).
 * A future that can be awaited already is returned as it is.
 *
 * @throws {TypeError} If `future` has no `poll` method.
 *
 * @example
 * ```ts
 * import { awaitable, type Future } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const plain: Future<number> = { poll: () => 7 };
 * assertEquals(await awaitable(plain), 7);
 * ```
 */
export function awaitable<R>(future: Future<R>): Awaitable<R> {
  if (future instanceof Awaitable) return future as Awaitable<R>;
  if (isFuture(future)) return new Adapted<R>(future as Future<R>);
  throw new TypeError(`Cannot wait for ${show(future)}: expected a future, an object with a poll method`);
}

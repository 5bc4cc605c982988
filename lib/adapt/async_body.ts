/** What a function has returned, as a future that is owned. */
import { endOf, FutureIterator, isFuture, Join } from "../core/friend.ts";
import { Awaitable, type Context, type Future, type Poll } from "../core/mod.ts";
import { isBecauseOf } from "./because.ts";
import { GeneratorBody } from "./generator.ts";
import { isAsyncGenerator, isGenerator, isPromise } from "./kind.ts";
import { PromiseFuture } from "./promise_future.ts";

/** What a function has returned as a future; `undefined` if it is a value. */
export function asBody<R>(result: unknown): Future<R> | undefined {
  if (result instanceof Promise) return new AsyncBody<R>(result);
  // A handle that is returned is waited for, as by `await`: it goes on to be whoever's it was.
  if (result instanceof Join) return endOf<R>(result);
  // Others may wait for it as well, as it can be awaited.
  if (result instanceof Awaitable) return new FutureIterator<R>(result as Awaitable<R>);
  if (isFuture(result)) return result as Future<R>;
  if (isPromise(result)) return new AsyncBody<R>(result as PromiseLike<R>);
  if (isGenerator<R>(result)) return new GeneratorBody(result, false);
  if (isAsyncGenerator(result)) {
    throw new TypeError("Cannot run an async generator: expected a generator, an async function or a future");
  }
}

/** The promise of an async function, whose end a cancelled task waits for. */
class AsyncBody<R> extends PromiseFuture<R> {
  pollClose(cx: Context): Poll<unknown> {
    try {
      return this.poll(cx);
    } catch (error) {
      if (!isBecauseOf(cx.reason, error)) throw error;
    }
  }
}

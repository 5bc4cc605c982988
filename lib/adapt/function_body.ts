import { closeReason, follow, isFuture } from "../core/friend.ts";
import { type Context, currentTask, type Future, type Poll } from "../core/mod.ts";
import { isBecauseOf } from "./because.ts";
import { GeneratorBody } from "./generator.ts";
import { isAsyncGenerator, isGenerator, isPromise } from "./kind.ts";
import { PromiseFuture } from "./promise_future.ts";

type Fn = (first: unknown, second: unknown) => unknown;

/** A function as a future: called at the first poll, after which it is whatever it returned. */
export class FunctionBody<R> implements Future<R> {
  /** The function until it is called. */
  #fn: Fn | undefined;
  /** Whether the function receives the tag before the context. */
  readonly #takesTag: boolean;
  /** What the function returned, if that is polled. */
  #inner: Future<R> | undefined;

  constructor(fn: (...args: never[]) => unknown, takesTag: boolean) {
    this.#fn = fn as Fn;
    this.#takesTag = takesTag;
    this.#inner = undefined;
  }

  poll(cx: Context): Poll<R> {
    if (this.#fn !== undefined) {
      const result = this.call(this.#fn);
      this.#inner = bodyOf<R>(result);
      if (this.#inner === undefined) return result as R;
    }
    return this.#inner!.poll(cx);
  }

  /** What was never called has nothing to clean up. */
  pollClose(cx: Context): Poll<unknown> {
    return this.#inner?.pollClose?.(cx);
  }

  [Symbol.dispose](): void {
    this.#fn = undefined;
    this.#inner?.[Symbol.dispose]?.();
  }

  private call(fn: Fn): unknown {
    this.#fn = undefined;
    const context = currentTask()!;
    return this.#takesTag ? follow(fn, context.tag, context) : follow(fn, context, undefined);
  }
}

/** What was returned as a future; `undefined` if it is a value. */
function bodyOf<R>(result: unknown): Future<R> | undefined {
  if (result instanceof Promise) return new AsyncBody<R>(result);
  if (isFuture(result)) return result as Future<R>;
  if (isPromise(result)) return new AsyncBody<R>(result as PromiseLike<R>);
  if (isGenerator<R>(result)) return new GeneratorBody(result, false);
  if (isAsyncGenerator(result)) throw new TypeError("Cannot run an async generator: use a generator");
}

/** The promise of an async function, whose end a cancelled task waits for. */
class AsyncBody<R> extends PromiseFuture<R> {
  pollClose(cx: Context): Poll<unknown> {
    try {
      return this.poll(cx);
    } catch (error) {
      if (!isBecauseOf(closeReason(currentTask()!), error)) throw error;
    }
  }
}

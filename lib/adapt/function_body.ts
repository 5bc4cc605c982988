import {
  closeReason,
  type Context,
  currentTask,
  follow,
  type Future,
  isFuture,
  PENDING,
  type Poll,
  type Waker,
} from "../core/mod.ts";
import { isBecauseOf } from "./because.ts";
import { GeneratorBody } from "./generator.ts";
import { listen, type Settling } from "./listener.ts";
import { isAsyncGenerator, isGenerator, isPromise } from "./kind.ts";

type Fn = (first: unknown, second: unknown) => unknown;

/**
 * A function as a future: called at the first poll, after which it is whatever it returned. A promise it
 * listens to itself; to a generator or a future it delegates.
 */
export class FunctionBody<R> implements Future<R>, Settling {
  /** The function until it is called. */
  #fn: Fn | undefined;
  /** Whether the function receives the tag before the context. */
  readonly #takesTag: boolean;
  /** What the function returned, if that is polled. */
  #inner: Future<R> | undefined;
  /** What the promise gave, `PENDING` until then. */
  #settled: unknown;
  #isRejected: boolean;
  #waker: Waker | undefined;

  constructor(fn: (...args: never[]) => unknown, takesTag: boolean) {
    this.#fn = fn as Fn;
    this.#takesTag = takesTag;
    this.#inner = undefined;
    this.#settled = PENDING;
    this.#isRejected = false;
    this.#waker = undefined;
  }

  poll(cx: Context): Poll<R> {
    if (this.#fn !== undefined) this.call(this.#fn);
    if (this.#inner !== undefined) return this.#inner.poll(cx);
    if (this.#settled === PENDING) this.#waker = cx.waker;
    if (this.#isRejected) throw this.#settled;
    return this.#settled as Poll<R>;
  }

  /** Waits until the promise has settled; what was never called has nothing to clean up. */
  pollClose(cx: Context): Poll<unknown> {
    if (this.#fn !== undefined) return;
    if (this.#inner !== undefined) return this.#inner.pollClose?.(cx);
    if (this.#settled === PENDING) {
      this.#waker = cx.waker;
      return PENDING;
    }
    if (this.#isRejected && !isBecauseOf(closeReason(currentTask()!), this.#settled)) throw this.#settled;
  }

  [Symbol.dispose](): void {
    this.#fn = undefined;
    this.#inner?.[Symbol.dispose]?.();
  }

  private call(fn: Fn): void {
    this.#fn = undefined;
    const context = currentTask()!;
    const first = this.#takesTag ? context.tag : context;
    const second = this.#takesTag ? context : undefined;
    const result = follow(fn, first, second);
    if (result instanceof Promise) listen(result, this);
    else if (isFuture(result)) this.#inner = result as Future<R>;
    else if (isPromise(result)) listen(result, this);
    else if (isGenerator<R>(result)) this.#inner = new GeneratorBody(result, false);
    else if (isAsyncGenerator(result)) throw new TypeError("Cannot run an async generator: use a generator");
    else this.#settled = result;
  }

  /** Called once, when the promise has settled. */
  settle(settled: unknown, isRejected: boolean): void {
    this.#settled = settled;
    this.#isRejected = isRejected;
    const waker = this.#waker;
    this.#waker = undefined;
    waker?.wake();
  }
}

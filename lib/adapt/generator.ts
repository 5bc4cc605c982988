import { isFuture } from "../core/friend.ts";
import { type Context, currentTask, type Future, PENDING, type Poll } from "../core/mod.ts";
import type { TaskGenerator } from "./body.ts";
import { describe } from "./kind.ts";

/** A generator function. */
export type GeneratorFn = (first: unknown, second?: unknown) => unknown;

/** What `yield* yieldNow()` yields: its task wakes itself and rests. */
const YIELD: Future<void> = { poll: () => {} };

/** What a generator is sent when it goes on without an output. */
const RESUME = Symbol("async-task.RESUME");

// A copy, as in `cell.ts`.
const pending: typeof PENDING = PENDING;

const YIELDED: IteratorYieldResult<Future<void>> = { done: false, value: YIELD };
const RETURNED: IteratorReturnResult<void> = { done: true, value: undefined };

/** Yields once. It is always this one, so that nothing is allocated; `yield*` begins by sending nothing. */
export const YIELD_ONCE: Iterator<Future<unknown>, void, unknown> = {
  next: (sent) => sent === RESUME ? RETURNED : YIELDED,
};

/** A generator as a future: one poll runs it up to the first future that is pending. */
export class GeneratorBody<R> implements Future<R> {
  /** The generator; until the first poll of a task that was given one, the generator function. */
  #generator: TaskGenerator<R> | GeneratorFn;
  /** Whether the function receives the tag before the context. */
  readonly #takesTag: boolean;
  /** The future that the generator has yielded, until it is ready; `undefined` if it goes on without one. */
  #awaited: Future<unknown> | undefined;
  #isClosing: boolean;

  constructor(generator: TaskGenerator<R> | GeneratorFn, takesTag: boolean) {
    this.#generator = generator;
    this.#takesTag = takesTag;
    this.#awaited = undefined;
    this.#isClosing = false;
  }

  poll(cx: Context): Poll<R> {
    if (this.#awaited !== undefined) return this.advance(undefined, cx) as Poll<R>;
    if (typeof this.#generator === "function") this.begin(this.#generator);
    const result = (this.#generator as TaskGenerator<R>).next(RESUME);
    // The loop below would do the same; a yield alone is a tenth faster without it.
    if (result.value !== YIELD) return this.advance(result, cx) as Poll<R>;
    cx.waker.wake();
    return pending;
  }

  /** Runs the generator's `finally` blocks; what it awaited lets go of itself, through `yield*`. */
  pollClose(cx: Context): Poll<unknown> {
    if (this.#isClosing) return this.poll(cx);
    if (typeof this.#generator === "function") return;
    this.#isClosing = true;
    this.#awaited = undefined;
    return this.advance(this.#generator.return(undefined as R), cx);
  }

  private begin(fn: GeneratorFn): void {
    const context = currentTask()!;
    this.#generator = (this.#takesTag ? fn(context.tag, context) : fn(context)) as TaskGenerator<R>;
  }

  /** Goes on from `result`, or, if there is none, with the awaited future, as far as it gets. */
  private advance(result: IteratorResult<Future<unknown>, R> | undefined, cx: Context): unknown {
    for (;;) {
      if (result !== undefined) {
        if (result.done) return result.value;
        if (result.value === YIELD) {
          cx.waker.wake();
          return pending;
        }
        this.#awaited = result.value;
      }
      let output;
      try {
        output = poll(this.#awaited, cx);
      } catch (error) {
        this.#awaited = undefined;
        result = (this.#generator as TaskGenerator<R>).throw(error);
        continue;
      }
      if (output === pending) return pending;
      this.#awaited = undefined;
      result = (this.#generator as TaskGenerator<R>).next(output);
    }
  }
}

function poll(future: Future<unknown> | undefined, cx: Context): unknown {
  if (isFuture(future)) return future.poll(cx);
  throw new TypeError(
    `Cannot wait for ${describe(future)}: it is no future, use yield* with one (fromPromise makes one)`,
  );
}

import { type Context, type Future, isFuture, PENDING, type Poll } from "../core/mod.ts";
import type { TaskGenerator } from "./body.ts";

/** A generator as a future: one poll runs it up to the first future that is pending. */
export class GeneratorBody<R> implements Future<R> {
  readonly #generator: TaskGenerator<R>;
  /** The future that the generator has yielded, until it is ready. */
  #awaited: Future<unknown> | undefined;
  #isClosing = false;

  constructor(generator: TaskGenerator<R>) {
    this.#generator = generator;
  }

  poll(cx: Context): Poll<R> {
    return this.#advance(this.#awaited === undefined ? this.#generator.next() : undefined, cx) as Poll<R>;
  }

  /** Runs the generator's `finally` blocks; what it awaited lets go of itself, through `yield*`. */
  pollClose(cx: Context): Poll<unknown> {
    if (this.#isClosing) return this.#advance(undefined, cx);
    this.#isClosing = true;
    this.#awaited = undefined;
    return this.#advance(this.#generator.return(undefined as R), cx);
  }

  /** Goes on from `result`, or, if there is none, with the awaited future, as far as it gets. */
  #advance(result: IteratorResult<Future<unknown>, R> | undefined, cx: Context): unknown {
    for (;;) {
      if (result !== undefined) {
        if (result.done) return result.value;
        this.#awaited = result.value;
      }
      let output;
      try {
        output = poll(this.#awaited, cx);
      } catch (error) {
        this.#awaited = undefined;
        result = this.#generator.throw(error);
        continue;
      }
      if (output === PENDING) return PENDING;
      this.#awaited = undefined;
      result = this.#generator.next(output);
    }
  }
}

function poll(future: Future<unknown> | undefined, cx: Context): unknown {
  if (isFuture(future)) return future.poll(cx);
  throw new TypeError(
    `Cannot wait for ${String(future)}: it is no future, use yield* with one (fromPromise makes one)`,
  );
}

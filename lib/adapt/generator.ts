/** Generators as the bodies of tasks. */
import { alongside, contextOf, currentFrame, isFuture, taskOf } from "../core/friend.ts";
import { type Context, type Future, PENDING, type Poll } from "../core/mod.ts";
import { show } from "../internal/show.ts";
import { type Wait, waitOf } from "../internal/waits.ts";
import type { TaskGenerator } from "./body.ts";
import { isPromise } from "./kind.ts";
import { PromiseFuture } from "./promise_future.ts";

/** A generator function. */
export type GeneratorFn = (first: unknown, second?: unknown) => unknown;

/** What `yield* yieldNow()` yields: its task wakes itself and rests. */
export const YIELD: Future<void> = { poll: () => {} };

// A local copy, see `lib/README.md`.
const pending: typeof PENDING = PENDING;

/** Goes on in place of a generator that has returned a promise: what that comes to is the output. */
const RETURNED: Iterator<never, unknown, unknown> = {
  next: (value) => ({ done: true, value }),
  return: (value) => ({ done: true, value }),
  throw(error) {
    throw error;
  },
};

/** It is stepped. */
const STEPPED = 0;
/** It was asked to close, and what it waits for does so first. */
const CLOSING_AWAITED = 1;
/** It runs its `finally` blocks. */
const CLOSING = 2;

/**
 * A generator as a future: one poll runs it up to the first future that is pending. It owns what it yields:
 * when it is closed, that is closed first, and then let go of.
 */
export class GeneratorBody<R> implements Future<R> {
  // Flat, see `lib/README.md`.
  /** The generator; until the first poll of a task that was given one, the generator function. */
  declare private generator: TaskGenerator<R> | GeneratorFn;
  /** Whether the function receives the tag before the context. */
  declare private readonly takesTag: boolean;
  /** The future that the generator has yielded, until it is ready; `undefined` if it goes on without one. */
  declare private awaited: Future<unknown> | undefined;
  declare private state: number;

  constructor(generator: TaskGenerator<R> | GeneratorFn, takesTag: boolean) {
    if (typeof generator !== "function") own(generator as Owned);
    this.generator = generator;
    this.takesTag = takesTag;
    this.awaited = undefined;
    this.state = STEPPED;
  }

  poll(cx: Context): Poll<R> {
    if (this.awaited !== undefined) return this.advance(undefined, cx) as Poll<R>;
    if (typeof this.generator === "function") this.begin(this.generator);
    const result = (this.generator as TaskGenerator<R>).next(undefined);
    // The loop below would do the same; a yield alone, or an end, is a tenth faster without it.
    if (result.done && typeof result.value !== "object") return result.value;
    if (result.value !== YIELD) return this.advance(result, cx) as Poll<R>;
    cx.waker.wake();
    return pending;
  }

  pollClose(cx: Context): Poll<unknown> {
    if (this.state === CLOSING) return this.poll(cx);
    if (typeof this.generator === "function") return;
    this.state = CLOSING_AWAITED;
    const { awaited, generator } = this;
    if (awaited !== undefined) {
      try {
        if (closeAwaited(awaited, cx) === pending) return pending;
      } catch (error) {
        return this.unwind(() => generator.throw(error), cx);
      }
    }
    return this.unwind(() => generator.return(undefined as R), cx);
  }

  waitsFor(): Wait | undefined {
    return this.awaited === undefined ? undefined : waitOf(this.awaited) ?? { kind: "future" };
  }

  /** Begins to run the `finally` blocks. */
  private unwind(begin: () => IteratorResult<Future<unknown>, R>, cx: Context): unknown {
    this.state = CLOSING;
    this.awaited = undefined;
    return this.advance(begin(), cx);
  }

  private begin(fn: GeneratorFn): void {
    const cell = taskOf(currentFrame())!;
    const context = contextOf(cell);
    this.generator = (this.takesTag ? fn(cell.tag, context) : fn(context)) as TaskGenerator<R>;
  }

  /** Goes on from `result`, or, if there is none, with the awaited future, as far as it gets. */
  private advance(result: IteratorResult<Future<unknown>, R> | undefined, cx: Context): unknown {
    for (;;) {
      if (result !== undefined) {
        if (result.done) {
          const { value } = result;
          if (typeof value !== "object" || !isPromise(value)) return value;
          this.generator = RETURNED as TaskGenerator<R>;
          result = { done: false, value: new PromiseFuture(value) };
        }
        if (result.value === YIELD) {
          cx.waker.wake();
          return pending;
        }
        this.awaited = result.value;
      }
      let output;
      try {
        output = poll(this.awaited, cx);
      } catch (error) {
        this.awaited = undefined;
        result = (this.generator as TaskGenerator<R>).throw(error);
        continue;
      }
      if (output === pending) return pending;
      this.awaited = undefined;
      result = (this.generator as TaskGenerator<R>).next(output);
    }
  }
}

/** Set on a generator that is a body: a second one would take steps away from the first. */
const OWNED = /* @__PURE__ */ Symbol("async-task.OWNED");

interface Owned {
  [OWNED]?: true;
}

function own(generator: Owned): void {
  if (generator[OWNED] !== undefined) {
    throw new TypeError(
      "Cannot make a task of a generator: it is the body of another task, call its function once more",
    );
  }
  generator[OWNED] = true;
}

function poll(future: Future<unknown> | undefined, cx: Context): unknown {
  if (isFuture(future)) return future.poll(cx);
  throw new TypeError(
    `Cannot wait for ${
      show(future)
    }: it is not a future, use yield* with one (fromPromise makes one of a promise)`,
  );
}

/** A step of the clean-up of what the generator waits for, and, when that is over, lets go of it. */
function closeAwaited(awaited: Future<unknown>, cx: Context): unknown {
  let output;
  try {
    output = awaited.pollClose?.(cx);
  } catch (error) {
    throw alongside(error, () => awaited[Symbol.dispose]?.());
  }
  if (output !== pending) awaited[Symbol.dispose]?.();
  return output;
}

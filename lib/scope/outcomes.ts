/** The outcomes of a scope, as `for await` asks for them. */
import { ready } from "../adapt/mod.ts";
import type { Awaitable } from "../core/mod.ts";
import type { FinishedQueue } from "./finished_queue.ts";
import type { Finished } from "./options.ts";

/**
 * The outcomes of a scope's tasks, as they end. Its methods return futures of this package, so that a loop in
 * a task that is cancelled is interrupted.
 *
 * @example
 * ```ts
 * import { LocalExecutor } from "@tagged/async-task/executor";
 * import { type Outcomes, Scope } from "@tagged/async-task/scope";
 * import { assertEquals } from "@std/assert";
 *
 * await using scope = new Scope<string>(new LocalExecutor());
 * scope.spawn(() => 1, "a");
 * const outcomes: Outcomes<string> = scope[Symbol.asyncIterator]();
 * const { value } = await outcomes.next();
 * assertEquals({ tag: value?.tag, outcome: value?.outcome }, {
 *   tag: "a",
 *   outcome: { status: "completed", value: 1 },
 * });
 * ```
 */
export interface Outcomes<Tag> extends AsyncIterableIterator<Finished<Tag>, undefined> {
  /** The next one that nobody else has been given; done when no task is left. */
  next(): Awaitable<IteratorResult<Finished<Tag>, undefined>>;
  /** Ends the loop; the outcomes go on to others. */
  return(): Awaitable<IteratorReturnResult<undefined>>;
  /** Itself. */
  [Symbol.asyncIterator](): Outcomes<Tag>;
}

/** Them, out of a queue. */
export class OutcomesOf<Tag> implements Outcomes<Tag> {
  readonly #queue: FinishedQueue;

  constructor(queue: FinishedQueue) {
    this.#queue = queue;
  }

  next(): Awaitable<IteratorResult<Finished<Tag>, undefined>> {
    return this.#queue.next() as Awaitable<IteratorResult<Finished, undefined>> as Awaitable<
      IteratorResult<Finished<Tag>, undefined>
    >;
  }

  return(): Awaitable<IteratorReturnResult<undefined>> {
    return ready({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

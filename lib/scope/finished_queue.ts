import { Deque } from "../internal/deque.ts";
import type { Finished } from "./options.ts";

/** The outcomes of a scope on their way to `for await`. */
export class FinishedQueue {
  readonly #items: Deque<Finished> = new Deque();
  readonly #waiting: Deque<(result: IteratorResult<Finished, undefined>) => void> = new Deque();
  /** Whether they are kept while nobody waits. */
  #isKeeping: boolean;

  constructor(isKeeping: boolean) {
    this.#isKeeping = isKeeping;
  }

  /** A task has ended. */
  push(item: Finished): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting({ done: false, value: item });
    else if (this.#isKeeping) this.#items.push(item);
  }

  /** The next one; `isOver` says that none will come any more. */
  next(isOver: boolean): Promise<IteratorResult<Finished, undefined>> {
    this.#isKeeping = true;
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve({ done: false, value: item });
    if (isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** None will come any more: whoever waits is done. */
  end(): void {
    for (let waiting; (waiting = this.#waiting.shift()) !== undefined;) {
      waiting({ done: true, value: undefined });
    }
  }
}

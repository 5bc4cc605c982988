import type { Waker } from "../core/mod.ts";
import { wake } from "./wait_list.ts";

type Resolve = (value: unknown) => void;
type Reject = (error: unknown) => void;

let resolveLast: Resolve;
let rejectLast: Reject;

/** One function for all promises, instead of a closure for each. */
function capture(resolve: Resolve, reject: Reject): void {
  resolveLast = resolve;
  rejectLast = reject;
}

/** A promise that waits: the waker that settles it. */
export class Settler<R> implements Waker {
  readonly promise: Promise<R>;
  readonly #operation: { commit(): unknown };
  readonly #resolve: Resolve;
  readonly #reject: Reject;
  readonly #other: Waker | undefined;

  /** `other` is woken as well. */
  constructor(operation: { commit(): unknown }, other: Waker | undefined) {
    this.promise = new Promise<unknown>(capture) as Promise<R>;
    this.#operation = operation;
    this.#resolve = resolveLast;
    this.#reject = rejectLast;
    this.#other = other;
  }

  wake(): void {
    this.settle();
    if (this.#other !== undefined) wake(this.#other);
  }

  private settle(): void {
    let output;
    try {
      output = this.#operation.commit();
    } catch (error) {
      this.#reject(error);
      return;
    }
    this.#resolve(output);
  }
}

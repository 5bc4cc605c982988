/** How a scope watches its tasks. */
import { outcomeOf, Settled } from "../core/friend.ts";
import {
  type Context,
  type Future,
  type Outcome,
  PENDING,
  type Poll,
  type TaskHandle,
  type Waker,
} from "../core/mod.ts";

/** A task of a scope, and what is told when it has ended. */
export class Member implements Context, Waker {
  readonly task: TaskHandle<unknown>;
  /** Its key, if it has one. */
  readonly keyed: { readonly key: unknown } | undefined;
  readonly #onEnd: (member: Member, outcome: Outcome<unknown>) => void;

  constructor(
    task: TaskHandle<unknown>,
    keyed: { readonly key: unknown } | undefined,
    onEnd: (member: Member, outcome: Outcome<unknown>) => void,
  ) {
    this.task = task;
    this.keyed = keyed;
    this.#onEnd = onEnd;
  }

  /** From now on, the end is told; at once, if it is over. */
  watch(): void {
    if (new Settled(this.task, outcomeOf, false).poll(this) !== PENDING) this.wake();
  }

  get waker(): Waker {
    return this;
  }

  /** Called by the task when it has ended. */
  wake(): void {
    this.#onEnd(this, outcomeOf(this.task));
  }
}

/** A body that starts when a task has ended. */
export class After<R> implements Future<R> {
  /** The end of the task, until it has come. */
  #end: Settled<unknown> | undefined;
  readonly #inner: Future<R>;

  constructor(task: TaskHandle<unknown>, inner: Future<R>) {
    this.#end = new Settled(task, () => {}, false);
    this.#inner = inner;
  }

  poll(cx: Context): Poll<R> {
    if (this.#end !== undefined) {
      if (this.#end.poll(cx) === PENDING) return PENDING;
      this.#end = undefined;
    }
    return this.#inner.poll(cx);
  }

  /** It has not ended before the task it follows: whoever follows it waits for both. */
  pollClose(cx: Context): Poll<unknown> {
    if (this.#end !== undefined && this.#end.poll(cx) === PENDING) return PENDING;
    return this.#inner.pollClose?.(cx);
  }

  [Symbol.dispose](): void {
    this.#end?.[Symbol.dispose]();
    this.#inner[Symbol.dispose]?.();
  }
}

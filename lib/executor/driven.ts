import type { Context, Future, Poll } from "../core/mod.ts";

/** A future that says when it is let go of: when its task has ended, in whatever way. */
export class Driven<R> implements Future<R> {
  readonly #inner: Future<R>;
  readonly #onEnd: () => void;

  constructor(inner: Future<R>, onEnd: () => void) {
    this.#inner = inner;
    this.#onEnd = onEnd;
  }

  poll(cx: Context): Poll<R> {
    return this.#inner.poll(cx);
  }

  pollClose(cx: Context): Poll<unknown> {
    return this.#inner.pollClose?.(cx);
  }

  [Symbol.dispose](): void {
    this.#onEnd();
    this.#inner[Symbol.dispose]?.();
  }
}

/** Bodies around other bodies. */
import type { Context, Future, Poll } from "../core/mod.ts";
import { type Wait, waitOf } from "../internal/waits.ts";

/** A future around another one, which it owns. Flat, see lib/README.md. */
export abstract class Wrapper<R> implements Future<R> {
  /** Also read by who looks for a body inside of others. */
  declare readonly inner: Future<R>;

  constructor(inner: Future<R>) {
    this.inner = inner;
  }

  poll(cx: Context): Poll<R> {
    return this.inner.poll(cx);
  }

  pollClose(cx: Context): Poll<unknown> {
    return this.inner.pollClose?.(cx);
  }

  waitsFor(): Wait | undefined {
    return waitOf(this.inner);
  }

  [Symbol.dispose](): void {
    this.inner[Symbol.dispose]?.();
  }
}

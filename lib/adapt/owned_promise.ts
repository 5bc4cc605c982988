/** A promise that somebody waits for who may give it up. */
import { report } from "../core/friend.ts";
import type { Context, Poll } from "../core/mod.ts";
import { PromiseFuture } from "./promise_future.ts";

/** A rejection that came before anybody asked. */
interface Unasked {
  readonly error: unknown;
  isSeen: boolean;
}

let registry: FinalizationRegistry<Unasked> | undefined;

/**
 * A promise whose rejection counts as handled from the start, as by `Promise.race`. If nobody ever asks for
 * it, it is reported after all: when it is let go of, or garbage.
 */
export class OwnedPromise<R> extends PromiseFuture<R> {
  declare private isAsked: boolean;
  declare private unasked: Unasked | undefined;

  constructor(promise: PromiseLike<R>) {
    super(promise);
    this.isAsked = false;
    this.unasked = undefined;
    this.begin();
  }

  override poll(cx: Context): Poll<R> {
    this.ask();
    return super.poll(cx);
  }

  /** A promise can't be closed: it goes on, and what it comes to is nobody's business here. */
  pollClose(_cx: Context): void {
    this.ask();
  }

  override settle(settled: unknown, isRejected: boolean): void {
    super.settle(settled, isRejected);
    if (!isRejected || this.isAsked) return;
    this.unasked = { error: settled, isSeen: false };
    registry ??= new FinalizationRegistry(lose);
    registry.register(this, this.unasked);
  }

  override [Symbol.dispose](): void {
    if (this.unasked !== undefined) lose(this.unasked);
    super[Symbol.dispose]();
  }

  private ask(): void {
    this.isAsked = true;
    if (this.unasked !== undefined) this.unasked.isSeen = true;
  }
}

function lose(unasked: Unasked): void {
  if (unasked.isSeen) return;
  unasked.isSeen = true;
  report(unasked.error);
}

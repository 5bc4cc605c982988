/** How the futures of channels are awaited: the promise behind `await`, and who settles it. */
import { PromiseFuture, Shared } from "../adapt/friend.ts";
import type { Context, Poll, Waker } from "../core/mod.ts";
import { paced } from "../internal/coop.ts";
import { wake } from "./wait_list.ts";

/** Of those that are awaited, and polled as well, which is rare. */
const followers = new WeakMap<object, PromiseFuture<unknown>>();

/**
 * A future that any number may await. Where async functions wait for one another for ever, it leaves the event loop
 * its turns.
 */
export abstract class Paced<R> extends Shared<R> {
  /** A promise for the output. */
  protected abstract begin(): Promise<R>;

  protected override start(): Promise<R> {
    return paced(this.begin());
  }

  /** What a poll gives once it is awaited. */
  protected follow(promise: Promise<R>, cx: Context): Poll<R> {
    let follower = followers.get(this) as PromiseFuture<R> | undefined;
    if (follower === undefined) followers.set(this, follower = new PromiseFuture(promise));
    return follower.poll(cx);
  }
}

/** A future that is woken when its output is there, and not before. */
export interface Prompt<R> {
  /** Whether there is something to give out, be it an error. */
  readonly canFinish: boolean;
  /** Gives it out. */
  finish(): R;
  /** Has `waker` woken; returns who was to be woken before. For who can't finish. */
  watchWith(waker: Waker): Waker | undefined;
}

/** A promise for the output of `future`, which is taken in the step in which it is there, and not a microtask later. */
export function promptly<R>(future: Prompt<R>): Promise<R> {
  if (!future.canFinish) return new Settler<R>(future).promise;
  try {
    return Promise.resolve(future.finish());
  } catch (error) {
    return Promise.reject(error);
  }
}

type Resolve = (value: unknown) => void;
type Reject = (error: unknown) => void;

let resolveLast: Resolve;
let rejectLast: Reject;

/** One function for all promises, instead of a closure for each. */
function capture(resolve: Resolve, reject: Reject): void {
  resolveLast = resolve;
  rejectLast = reject;
}

/** The waker that settles a promise. Flat, see lib/README.md. */
class Settler<R> implements Waker {
  declare readonly promise: Promise<R>;
  declare private readonly future: Prompt<R>;
  declare private readonly resolve: Resolve;
  declare private readonly reject: Reject;
  /** Who polled before, and is woken as well: to wait for the promise from then on. */
  declare private readonly other: Waker | undefined;

  constructor(future: Prompt<R>) {
    this.promise = new Promise<unknown>(capture) as Promise<R>;
    this.future = future;
    this.resolve = resolveLast;
    this.reject = rejectLast;
    this.other = future.watchWith(this);
  }

  wake(): void {
    this.settle();
    if (this.other !== undefined) wake(this.other);
  }

  private settle(): void {
    let output;
    try {
      output = this.future.finish();
    } catch (error) {
      this.reject(error);
      return;
    }
    this.resolve(output);
  }
}

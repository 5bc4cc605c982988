/** How a promise is listened to: cheaply, and such that who has lost interest is not kept. */
import { enter } from "../core/friend.ts";
import { unframed } from "../internal/async_context.ts";

/** Who is told how a promise has settled. */
export interface Settling {
  settle(value: unknown, isRejected: boolean): void;
}

/** More listeners than these are left to the garbage collector. */
const MAX_FREE = 1024;

/** Listeners that nobody uses, the last one first. */
const free: Listener[] = [];

/**
 * The two functions that a promise is given. A promise calls one of them, once, so that they can then serve
 * for another promise: making them anew would be a fifth of what a task with an async function costs.
 */
export class Listener {
  /**
   * Who is told; nobody any more, if they have lost interest. The promise goes on to refer to the listener.
   */
  #target: Settling | undefined;
  readonly onFulfilled: (value: unknown) => void;
  readonly onRejected: (error: unknown) => void;

  constructor() {
    this.#target = undefined;
    this.onFulfilled = (value) => this.#tell(value, false);
    this.onRejected = (error) => this.#tell(error, true);
  }

  /**
   * Tells `target` how `promise` settles, in a microtask of its own. What `target` throws is an unhandled
   * rejection.
   *
   * @returns What {@linkcode forget} is called on when `target` has lost interest.
   */
  static listen(promise: PromiseLike<unknown>, target: Settling): Listener {
    const listener = free.pop() ?? new Listener();
    listener.#target = target;
    // In no task: the promise may live for long, and keeps the context of who listens.
    const outer = enter(undefined);
    try {
      unframed(attach, promise, listener);
    } finally {
      enter(outer);
    }
    return listener;
  }

  /** Its target is told nothing. To be called before it was told. */
  forget(): void {
    this.#target = undefined;
  }

  #tell(value: unknown, isRejected: boolean): void {
    const target = this.#target;
    this.#target = undefined;
    if (free.length < MAX_FREE) free.push(this);
    target?.settle(value, isRejected);
  }
}

/** A native promise is taken as it is, anything else as a native one: only they are sure to call once. */
function attach(promise: PromiseLike<unknown>, { onFulfilled, onRejected }: Listener): void {
  // As `await` does, past a `then` that somebody gave the promise.
  Promise.prototype.then.call(Promise.resolve(promise), onFulfilled, onRejected);
}

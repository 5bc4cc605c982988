/** Who is told how a promise has settled. */
export interface Settling {
  settle(value: unknown, isRejected: boolean): void;
}

/** More listeners than these are left to the garbage collector. */
const MAX_FREE = 1024;

/** Listeners that nobody uses, the last one first. */
const free: Listener[] = [];

/**
 * The two functions that a promise is given. A promise calls one of them, once, so that they can then serve for
 * another promise: making them anew would be a fifth of what a task with an async function costs.
 */
class Listener {
  #target: Settling | undefined;
  readonly #onFulfilled: (value: unknown) => void;
  readonly #onRejected: (error: unknown) => void;

  constructor() {
    this.#target = undefined;
    this.#onFulfilled = (value) => this.tell(value, false);
    this.#onRejected = (error) => this.tell(error, true);
  }

  listen(promise: Promise<unknown>, target: Settling): void {
    this.#target = target;
    // As `await` does, past a `then` that somebody gave the promise, and that may call more than once.
    Promise.prototype.then.call(promise, this.#onFulfilled, this.#onRejected);
  }

  private tell(value: unknown, isRejected: boolean): void {
    const target = this.#target!;
    this.#target = undefined;
    if (free.length < MAX_FREE) free.push(this);
    target.settle(value, isRejected);
  }
}

/** Tells `target` how `promise` settles, in a microtask of its own. What `target` throws is an unhandled rejection. */
export function listen(promise: PromiseLike<unknown>, target: Settling): void {
  // A native promise as it is, anything else as a native one: only they are sure to call once.
  (free.pop() ?? new Listener()).listen(Promise.resolve(promise), target);
}

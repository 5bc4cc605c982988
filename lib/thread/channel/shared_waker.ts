/** Wakers that other threads can be given. */
import { checkWaker, report } from "../../core/friend.ts";
import type { Waker } from "../../core/mod.ts";
import { addWakeSource, listen } from "../../internal/park.ts";
import { isShared, share } from "../../internal/runtime.ts";

/**
 * The words of the shared memory: whether it was woken since the owner looked, and whether the owner is gone.
 */
const WOKEN = 0;
const CLOSED = 1;

/** What is posted of a waker, for {@linkcode SharedWaker.from}. */
export interface PostedWaker {
  /** Its state. */
  readonly shared: SharedArrayBuffer;
  /** What the owner's thread sleeps on. */
  readonly word: Int32Array<SharedArrayBuffer>;
}

/** The wakers of this thread that other threads may have, and whom they stand for. */
const owned = new Map<SharedWaker, Waker>();

const word = /* @__PURE__ */ addWakeSource({
  isExpected: () => owned.size > 0,
  deliver: () => {
    for (const [shared, waker] of [...owned]) shared.deliver(waker);
  },
});

/**
 * A waker that can be posted to another thread, to wake a task of this one from there: also while this thread
 * is blocked, in `blockOn` for instance. `std::task::Waker` in Rust, which is `Send`.
 *
 * Dispose it when nobody else will wake it: until then, a blocked thread waits for it.
 *
 * @example
 * ```ts
 * import { SharedWaker } from "@tagged/async-task/thread";
 * import { assertEquals } from "@std/assert";
 *
 * let wakes = 0;
 * using waker = new SharedWaker({ wake: () => wakes++ });
 * const elsewhere = SharedWaker.from(structuredClone(waker.posted)); // in a job, say
 * elsewhere.wake();
 * elsewhere.wake();
 * await new Promise((resolve) => setTimeout(resolve, 5));
 * assertEquals(wakes, 1);
 * ```
 */
export class SharedWaker implements Waker, Disposable {
  /** What is posted; an instance itself can't be. */
  readonly posted: PostedWaker;
  readonly #words: Int32Array;

  /**
   * Stands for `waker`. Several wakes before this thread asks are one.
   *
   * @throws {TypeError} If `waker` can't be woken, or this runtime can't share memory.
   */
  constructor(waker: Waker);
  /** @ignore */
  constructor(waker: Waker | undefined, posted?: PostedWaker);
  constructor(waker: Waker | undefined, posted?: PostedWaker) {
    // Where memory can be shared, there is a word.
    this.posted = posted ?? { shared: share(8), word: word! };
    this.#words = new Int32Array(this.posted.shared);
    if (waker === undefined && posted !== undefined) return;
    owned.set(this, checkWaker(waker as Waker));
    listen();
  }

  /** A waker that was posted, on the thread that has received it. */
  static from(posted: PostedWaker): SharedWaker {
    if (!isPosted(posted)) throw new TypeError("Cannot make a waker: expected what was posted of one");
    return new SharedWaker(undefined, posted);
  }

  /** Wakes, from any thread; does nothing once its owner has disposed it. */
  wake(): void {
    if (Atomics.load(this.#words, CLOSED) !== 0) return;
    if (Atomics.exchange(this.#words, WOKEN, 1) !== 0) return;
    Atomics.add(this.posted.word, 0, 1);
    Atomics.notify(this.posted.word, 0);
  }

  /** On its owner's thread: nobody wakes it any more. */
  [Symbol.dispose](): void {
    if (owned.delete(this)) Atomics.store(this.#words, CLOSED, 1);
  }

  /** @ignore Wakes here what was woken elsewhere. */
  deliver(waker: Waker): void {
    if (Atomics.exchange(this.#words, WOKEN, 0) === 0) return;
    try {
      waker.wake();
    } catch (error) {
      // Not for those who deliver: they have others to wake.
      report(error);
    }
  }
}

function isPosted(value: PostedWaker): boolean {
  const { shared, word } = value ?? {};
  return isShared(shared) && shared.byteLength >= 8 && word instanceof Int32Array && isShared(word.buffer);
}

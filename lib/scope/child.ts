/** One of the futures that a combinator waits for. */
import { closeReason, isLost, owned, see } from "../adapt/friend.ts";
import type { TaskGenerator } from "../adapt/mod.ts";
import { report } from "../core/friend.ts";
import { type Context, type Future, PENDING, type Poll, type Waker } from "../core/mod.ts";
import { show } from "../internal/show.ts";
import { type Wait, waitOf } from "../internal/waits.ts";

/**
 * What can be waited for together with others: a future, a promise, or a generator.
 *
 * @example
 * ```ts
 * import { ready } from "@tagged/async-task";
 * import { all, type Waitable } from "@tagged/async-task/scope";
 * import { assertEquals } from "@std/assert";
 *
 * const waitables: Waitable<number>[] = [ready(1), Promise.resolve(2)];
 * assertEquals(await all(waitables), [1, 2]);
 * ```
 */
export type Waitable<R> = Future<R> | PromiseLike<R> | TaskGenerator<R>;

/** A future of a group, which is polled when it was woken, and not because another one was. */
export class Child<R> implements Context, Waker {
  // Flat, see `lib/README.md`.
  declare readonly index: number;
  /** Why it is to close, once it is: the owner's reason, or what has happened. */
  declare private why: unknown;
  declare private cause: unknown;
  /** What its clean-up has thrown, all of it. */
  declare errors: unknown[] | undefined;
  declare private readonly future: Future<R>;
  declare private readonly onWake: (child: Child<R>) => void;
  /** Whether it is on its way to be polled. */
  declare private isWoken: boolean;
  /** Whether it has not ended. */
  declare isOpen: boolean;

  constructor(waitable: Waitable<R>, index: number, onWake: (child: Child<R>) => void) {
    this.index = index;
    this.why = undefined;
    this.cause = undefined;
    this.errors = undefined;
    this.future = own(waitable);
    this.onWake = onWake;
    this.isWoken = true;
    this.isOpen = true;
  }

  get waker(): Waker {
    return this;
  }

  /** For the `pollClose` of the future; made when it asks. */
  get reason(): unknown {
    return this.why ??= closeReason(this.future, this.cause);
  }

  wake(): void {
    if (this.isWoken) return;
    this.isWoken = true;
    this.onWake(this);
  }

  poll(): Poll<R> {
    this.isWoken = false;
    return this.future.poll(this);
  }

  /** Why it is to close: `reason`, or, if there is none, an error whose cause says what has happened. */
  giveUp(reason: unknown, cause: unknown): void {
    this.why = reason;
    this.cause = cause;
    this.isWoken = true;
  }

  /** A step of the clean-up; whether it is over. */
  close(): boolean {
    this.isWoken = false;
    let isClosed = true;
    this.attempt(() => {
      isClosed = this.future.pollClose?.(this) !== PENDING;
    });
    return isClosed;
  }

  /** Lets go of the future. */
  drop(): void {
    this.isOpen = false;
    this.attempt(() => this.future[Symbol.dispose]?.());
  }

  waitsFor(): Wait {
    return waitOf(this.future) ?? { kind: "future" };
  }

  /** What the clean-up threw is told by the group. */
  see(): unknown[] {
    if (this.errors === undefined) return [];
    see(this.future);
    return this.errors;
  }

  /** What the clean-up threw is told by nobody. */
  lose(): void {
    if (this.errors === undefined || !isLost(this.future)) return;
    for (const error of this.errors) report(error);
  }

  private attempt(fn: () => void): void {
    try {
      fn();
    } catch (error) {
      (this.errors ??= []).push(error);
    }
  }
}

function own<R>(waitable: Waitable<R>): Future<R> {
  if (typeof waitable !== "function") return owned(waitable);
  throw new TypeError(
    `Cannot wait for a function, ${show(waitable)}: expected a future, fromPromise(fn) makes one of it`,
  );
}

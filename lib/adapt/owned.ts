/**
 * Who owns what it waits for. A plain wait (`await`, `yield*`, a handle that a function returns) borrows a
 * task: given up, it leaves the task alone. A combinator, a `timeout` and a scope own what they are given:
 * given up, or decided, they close it first, and wait for that. One task may have several owners; whoever
 * gives it up cancels it for all, and the others see the reason.
 */
import { cellOf, FutureIterator, isFuture, Join } from "../core/friend.ts";
import { Awaitable, CancelledError, type Future } from "../core/mod.ts";
import type { TaskGenerator } from "./body.ts";
import { intoFuture } from "./into_future.ts";
import { isPromise } from "./kind.ts";
import { OwnedPromise } from "./owned_promise.ts";
import { OwnedTask } from "./owned_task.ts";

/** What is waited for, as it is owned: others may wait for the same future, or own the same task. */
export function owned<R>(waitable: Future<R> | PromiseLike<R> | TaskGenerator<R>): Future<R> {
  if (waitable instanceof Join) return new OwnedTask<R>(waitable as Join<R>);
  if (waitable instanceof Awaitable) return new FutureIterator<R>(waitable as Awaitable<R>);
  if (!isFuture(waitable) && isPromise(waitable)) return new OwnedPromise<R>(waitable);
  return intoFuture<R, undefined>(waitable as Future<R>);
}

/** Why what is owned is to close, where nobody has given a reason: an error that says what has happened. */
export function closeReason(future: Future<unknown>, cause: unknown): CancelledError {
  if (!(future instanceof OwnedTask)) return new CancelledError(undefined, undefined, { cause });
  const { id, tag } = cellOf(future.join);
  return new CancelledError(id, tag, { cause });
}

/** What closing it has thrown is told. */
export function see(future: Future<unknown>): void {
  if (future instanceof OwnedTask) future.see();
}

/**
 * What closing it has thrown is told to nobody; whether that is to be reported. A task's executor sees to it.
 */
export function isLost(future: Future<unknown>): boolean {
  return !(future instanceof OwnedTask);
}

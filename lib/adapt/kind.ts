/** What kind of body something is. */
import type { TaskGenerator } from "./body.ts";

/**
 * Whether `value` can be awaited. Futures of this package can be, too: ask whether they are futures first.
 */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined | null)?.then === "function";
}

/** Whether `value` is a generator, or does what one does; an async generator doesn't. */
export function isGenerator<R>(value: unknown): value is TaskGenerator<R> {
  const generator = value as TaskGenerator<R> | undefined | null;
  return typeof generator?.[Symbol.iterator] === "function" && typeof generator.next === "function" &&
    typeof generator.return === "function" &&
    typeof generator.throw === "function";
}

/** Whether `value` is an async generator, which no executor can step. */
export function isAsyncGenerator(value: unknown): boolean {
  const generator = value as AsyncGenerator | undefined | null;
  return typeof generator?.[Symbol.asyncIterator] === "function" && typeof generator.next === "function";
}

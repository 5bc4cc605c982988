/** The outputs of a function of many things, several at a time. */
import type { IntoFuture } from "../adapt/mod.ts";
import { checkFunction } from "../core/friend.ts";
import type { Awaitable, TaskContext } from "../core/mod.ts";
import { show } from "../internal/show.ts";
import { checkConcurrency } from "./limiter.ts";
import { Mapping } from "./mapping.ts";
import type { Spawner } from "./spawner.ts";

/**
 * What {@linkcode mapConcurrent} can be told.
 *
 * @example
 * ```ts
 * import { LocalExecutor, type MapOptions, mapConcurrent } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const options: MapOptions = { concurrency: 2, ordered: false, executor: new LocalExecutor() };
 * assertEquals((await Array.fromAsync(mapConcurrent([1, 2, 3], (n) => n, options))).sort(), [1, 2, 3]);
 * ```
 */
export interface MapOptions {
  /** How many may have begun without their output having been taken: 1 or more. Default: 8. */
  concurrency?: number;
  /** Whether the outputs come in the order of the items, or else as they are there. Default: `true`. */
  ordered?: boolean;
  /** What runs the function. Default: the executor of {@linkcode spawn}. */
  executor?: Spawner;
  /** Cancels everything when it is aborted, and its reason is thrown. */
  signal?: AbortSignal;
}

/**
 * What is called for each item: with the item, its index, and the task's context, of which `signal` is
 * aborted when the rest is not wanted any more.
 *
 * @example
 * ```ts
 * import { type MapFunction, mapConcurrent } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const label: MapFunction<string, string> = async (name, index) => `${index}: ${name}`;
 * assertEquals(await Array.fromAsync(mapConcurrent(["a", "b"], label)), ["0: a", "1: b"]);
 * ```
 */
export type MapFunction<T, R> = (
  item: T,
  index: number,
  context: TaskContext<number>,
) => ReturnType<Extract<IntoFuture<R, number>, (...args: never[]) => unknown>>;

/**
 * The outputs of {@linkcode mapConcurrent}, as they are asked for.
 *
 * @example
 * ```ts
 * import { type ConcurrentMap, mapConcurrent } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * await using doubles: ConcurrentMap<number> = mapConcurrent([1, 2], (n) => 2 * n);
 * assertEquals(await doubles.next(), { done: false, value: 2 });
 * ```
 */
export interface ConcurrentMap<R> extends AsyncIterableIterator<R, undefined>, AsyncDisposable {
  /**
   * The next output, as a future; nothing begins before the first is waited for. Letting go of it loses none.
   *
   * @throws What a call has thrown, or the reason of the signal, when all others have cleaned up.
   */
  next(): Awaitable<IteratorResult<R, undefined>> & Disposable;
  /** Cancels what is under way, and waits for its clean-up: what leaving a `for await` loop calls. */
  return(): Awaitable<IteratorReturnResult<undefined>>;
  /** The map itself. */
  [Symbol.asyncIterator](): this;
  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  toJSON(): object;
}

/**
 * Calls `fn` for each item, several at a time, and gives the outputs: for a `for await` loop, or one after
 * the other with `next()`. Each call is a task.
 *
 * It begins as many calls as may be under way, and another one whenever an output is taken: so a loop that is
 * slow, or stops to ask, is not flooded, and the source is not asked for more than is needed. Leaving the
 * loop cancels the rest, and waits for its clean-up; so does a call that throws, whose error the loop then
 * throws, without waiting for the outputs before it. `buffered` and `buffer_unordered` of a `Stream` in Rust.
 *
 * @param items An array, or any other iterable or async iterable.
 * @param fn A function of any kind, called with the item, its index, and the task's context.
 * @throws {TypeError} If `items` can't be iterated, or an option is of the wrong kind.
 * @throws {RangeError} If `concurrency` is no whole number from 1.
 *
 * @example
 * ```ts
 * import { mapConcurrent } from "@tagged/async-task/executor";
 * import { sleep } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const pages: string[] = [];
 * const load = async (path: string) => {
 *   await sleep(1);
 *   return `page ${path}`;
 * };
 * for await (const page of mapConcurrent(["/", "/a", "/b"], load, { concurrency: 2 })) pages.push(page);
 * assertEquals(pages, ["page /", "page /a", "page /b"]);
 * ```
 */
export function mapConcurrent<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: MapFunction<T, R>,
  options: MapOptions = {},
): ConcurrentMap<R> {
  checkFunction(fn, "map");
  checkConcurrency(options.concurrency ?? Infinity, "map");
  const { executor } = options;
  if (executor !== undefined && typeof executor?.spawn !== "function") {
    throw new TypeError(`Cannot map: expected an executor, got ${show(executor)}`);
  }
  return new Mapping(iteratorOf(items), fn, options);
}

function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  const { [Symbol.asyncIterator]: asynchronous, [Symbol.iterator]: synchronous } = Object(items) as
    & Partial<Iterable<T>>
    & Partial<AsyncIterable<T>>;
  const make = (asynchronous ?? synchronous) as (() => Iterator<T> | AsyncIterator<T>) | undefined;
  if (typeof make === "function") return make.call(items);
  throw new TypeError(`Cannot map: expected something to iterate, got ${show(items)}`);
}

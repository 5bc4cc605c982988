/** Several futures as one: all of them, the first of them, the first of them that has an output. */
import type { Awaitable } from "../core/mod.ts";
import type { Waitable } from "./child.ts";
import { Group } from "./group.ts";

/**
 * The outputs of all futures of a tuple or an array.
 *
 * @example
 * ```ts
 * import type { Future } from "@tagged/async-task";
 * import type { Outputs } from "@tagged/async-task/scope";
 *
 * const outputs: Outputs<[Future<number>, Promise<string>]> = [1, "two"];
 * if (outputs.length !== 2) throw new Error("unreachable");
 * ```
 */
export type Outputs<T> = { -readonly [K in keyof T]: T[K] extends Waitable<infer R> ? R : never };

/**
 * The output of a future, a promise or a generator.
 *
 * @example
 * ```ts
 * import type { OutputOf } from "@tagged/async-task/scope";
 *
 * const output: OutputOf<Promise<number>> = 1;
 * if (output !== 1) throw new Error("unreachable");
 * ```
 */
export type OutputOf<T> = T extends Waitable<infer R> ? R : never;

// Flat, see `lib/README.md`.
class All<R> extends Group<R, R[]> {
  declare private readonly outputs: R[];

  constructor(waitables: Iterable<Waitable<R>>) {
    super(waitables);
    this.outputs = new Array(this.open);
    if (this.open === 0) this.fulfill([]);
  }

  protected override get kind(): "all" | "race" {
    return "all";
  }

  protected override onOutput(output: R, index: number): void {
    this.outputs[index] = output;
    if (this.open === 0) this.fulfill(this.outputs);
  }

  protected override onError(error: unknown): void {
    this.reject(error);
  }
}

class AllSettled<R> extends Group<R, PromiseSettledResult<R>[]> {
  declare private readonly results: PromiseSettledResult<R>[];

  constructor(waitables: Iterable<Waitable<R>>) {
    super(waitables);
    this.results = new Array(this.open);
    if (this.open === 0) this.fulfill([]);
  }

  protected override get kind(): "all" | "race" {
    return "all";
  }

  protected override onOutput(value: R, index: number): void {
    this.add({ status: "fulfilled", value }, index);
  }

  protected override onError(reason: unknown, index: number): void {
    this.add({ status: "rejected", reason }, index);
  }

  private add(result: PromiseSettledResult<R>, index: number): void {
    this.results[index] = result;
    if (this.open === 0) this.fulfill(this.results);
  }
}

class Race<R> extends Group<R, R> {
  constructor(waitables: Iterable<Waitable<R>>) {
    super(waitables);
    if (this.open === 0) throw new TypeError("Cannot race: there is nothing to wait for");
  }

  protected override get kind(): "all" | "race" {
    return "race";
  }

  protected override onOutput(output: R): void {
    this.fulfill(output);
  }

  protected override onError(error: unknown): void {
    this.reject(error);
  }
}

class Any<R> extends Group<R, R> {
  declare private readonly errors: unknown[];

  constructor(waitables: Iterable<Waitable<R>>) {
    super(waitables);
    this.errors = [];
    if (this.open === 0) this.reject(this.none());
  }

  protected override get kind(): "all" | "race" {
    return "race";
  }

  protected override onOutput(output: R): void {
    this.fulfill(output);
  }

  protected override onError(error: unknown, index: number): void {
    this.errors[index] = error;
    if (this.open === 0) this.reject(this.none());
  }

  private none(): AggregateError {
    return new AggregateError(this.errors, `None of ${this.errors.length} futures has an output`);
  }
}

class Select<R> extends Group<R, { key: string; value: R }> {
  declare private readonly keys: string[];

  constructor(waitables: Record<string, Waitable<R>>) {
    const keys = Object.keys(waitables);
    super(keys.map((key) => waitables[key]));
    this.keys = keys;
    if (this.open === 0) throw new TypeError("Cannot select: there is nothing to wait for");
  }

  protected override get kind(): "all" | "race" {
    return "race";
  }

  protected override onOutput(value: R, index: number): void {
    this.fulfill({ key: this.keys[index], value });
  }

  protected override onError(error: unknown): void {
    this.reject(error);
  }
}

/**
 * The outputs of all futures, in their order. If one throws, the others are cancelled, and its error is
 * thrown when they have cleaned up. `futures::try_join_all` in Rust, `Promise.all` without what that leaves
 * behind.
 *
 * All functions here own what they are given, until it has ended. What loses is asked to close (`pollClose`),
 * waited for, and let go of: a task, by whichever handle, is cancelled, with a `CancelledError` whose `cause`
 * says why, or, if it is the combinator itself that is given up, with the reason for that. A promise goes on,
 * and what it comes to is ignored, as by `Promise.race`. Errors of the clean-up are thrown with the error
 * that was decided, all together as an `AggregateError`; if there is an output, it is kept, and they are
 * reported. If several are ready at the same time, the first of them counts. The result may be awaited any
 * number of times, and a task may be in several combinators: the first that gives it up cancels it for all.
 *
 * @throws {TypeError} If one is no future, promise or generator.
 *
 * @example
 * ```ts
 * import { LocalExecutor } from "@tagged/async-task/executor";
 * import { all } from "@tagged/async-task/scope";
 * import { assertEquals } from "@std/assert";
 *
 * const executor = new LocalExecutor();
 * assertEquals(await all([executor.spawn(() => 1), executor.spawn(() => "two")]), [1, "two"]);
 * ```
 */
export function all<const T extends readonly Waitable<unknown>[]>(
  futures: T,
): Awaitable<Outputs<T>> & Disposable {
  return new All(futures) as Awaitable<unknown[]> as Awaitable<Outputs<T>> & Disposable;
}

/**
 * How all futures have settled, in their order: as `Promise.allSettled`, and given up as {@linkcode all}.
 * None of them cancels the others. `futures::join_all` in Rust.
 *
 * @throws {TypeError} If one is no future, promise or generator.
 *
 * @example
 * ```ts
 * import { LocalExecutor } from "@tagged/async-task/executor";
 * import { allSettled } from "@tagged/async-task/scope";
 * import { assertEquals } from "@std/assert";
 *
 * const executor = new LocalExecutor();
 * const results = await allSettled([executor.spawn(() => 1), executor.spawn(() => { throw "boom"; })]);
 * assertEquals(results, [{ status: "fulfilled", value: 1 }, { status: "rejected", reason: "boom" }]);
 * ```
 */
export function allSettled<const T extends readonly Waitable<unknown>[]>(
  futures: T,
): Awaitable<{ -readonly [K in keyof T]: PromiseSettledResult<OutputOf<T[K]>> }> & Disposable {
  return new AllSettled(futures) as Awaitable<unknown> as
    & Awaitable<{ -readonly [K in keyof T]: PromiseSettledResult<OutputOf<T[K]>> }>
    & Disposable;
}

/**
 * The output or the error of whichever future is the first to have one; the others are cancelled as in
 * {@linkcode all}. `futures::select_all` in Rust.
 *
 * @throws {TypeError} If there is none, or one is no future, promise or generator.
 *
 * @example
 * ```ts
 * import { pending, ready } from "@tagged/async-task";
 * import { race } from "@tagged/async-task/scope";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await race([pending(), ready("tortoise")]), "tortoise");
 * ```
 */
export function race<const T extends readonly Waitable<unknown>[]>(
  futures: T,
): Awaitable<OutputOf<T[number]>> & Disposable {
  return new Race(futures) as Awaitable<unknown> as Awaitable<OutputOf<T[number]>> & Disposable;
}

/**
 * The output of whichever future is the first to have one; the others are cancelled as in {@linkcode all}. If
 * all throw, their errors are thrown as an `AggregateError`. `futures::select_ok` in Rust.
 *
 * @throws {TypeError} If one is no future, promise or generator.
 *
 * @example
 * ```ts
 * import { ready } from "@tagged/async-task";
 * import { any } from "@tagged/async-task/scope";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(await any([Promise.reject(new Error("down")), ready("mirror")]), "mirror");
 * ```
 */
export function any<const T extends readonly Waitable<unknown>[]>(
  futures: T,
): Awaitable<OutputOf<T[number]>> & Disposable {
  return new Any(futures) as Awaitable<unknown> as Awaitable<OutputOf<T[number]>> & Disposable;
}

/**
 * Like {@linkcode race}, and says which one it was. `futures::select!` in Rust.
 *
 * @param futures By name.
 * @throws {TypeError} If there is none, or one is no future, promise or generator.
 *
 * @example
 * ```ts
 * import { pending } from "@tagged/async-task";
 * import { select } from "@tagged/async-task/scope";
 * import { sleep } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const { key } = await select({ work: pending(), time: sleep(1) });
 * assertEquals(key, "time");
 * ```
 */
export function select<const T extends Readonly<Record<string, Waitable<unknown>>>>(
  futures: T,
): Awaitable<{ [K in keyof T]: { key: K; value: OutputOf<T[K]> } }[keyof T]> & Disposable {
  return new Select(futures) as Awaitable<unknown> as
    & Awaitable<{ [K in keyof T]: { key: K; value: OutputOf<T[K]> } }[keyof T]>
    & Disposable;
}

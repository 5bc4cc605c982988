/** Groups of tasks that end before they do. */
import { intoFuture } from "../adapt/friend.ts";
import { type IntoFuture, pollFn, type TaskGenerator } from "../adapt/mod.ts";
import { cellOf, checkFunction, jsonOfTask } from "../core/friend.ts";
import { type Awaitable, type Future, PENDING, type TaskHandle, type TaskView } from "../core/mod.ts";
import { checkCloseOptions } from "../executor/friend.ts";
import { type CloseOptions, limit, type Spawner, type SpawnOptions } from "../executor/mod.ts";
import { Inspectable } from "../internal/inspect.ts";
import { show } from "../internal/show.ts";
import { Life } from "./life.ts";
import { After } from "./member.ts";
import type { Predicate } from "./members.ts";
import {
  checkDuplicate,
  type Finished,
  type KeyedOptions,
  lifeOptions,
  type ScopeOptions,
} from "./options.ts";
import { type Outcomes, OutcomesOf } from "./outcomes.ts";
import { ScopeRun } from "./scope_run.ts";

/** How many tasks a view of a scope shows. */
const TASKS_IN_VIEW = 10;

/**
 * A scope in `console.log` and in JSON.
 *
 * @example
 * ```ts
 * import { LocalExecutor } from "@tagged/async-task/executor";
 * import { Scope, type ScopeView } from "@tagged/async-task/scope";
 * import { assertEquals } from "@std/assert";
 *
 * await using scope = new Scope(new LocalExecutor());
 * const { id } = scope.spawn(() => 1, "page 7");
 * const view: ScopeView = scope.toJSON();
 * assertEquals(view, {
 *   size: 1,
 *   isCancelled: false,
 *   isClosed: false,
 *   tasks: [{ id, tag: "page 7", state: "scheduled" }],
 * });
 * ```
 */
export interface ScopeView {
  /** How many tasks have not ended. */
  readonly size: number;
  /** Whether they are cancelled. */
  readonly isCancelled: boolean;
  /** Whether it has ended. */
  readonly isClosed: boolean;
  /** The first ten of the tasks. */
  readonly tasks: readonly TaskView[];
}

/**
 * A group of tasks that end before it does. `TaskGroup` in Python and Swift, a nursery in Trio,
 * `std::thread::scope` in Rust.
 *
 * `await using` waits at the end of the block until every task has ended, clean-up included; a task may spawn
 * others meanwhile. The first panic of a task cancels the others, and is thrown when all have ended; several
 * make an `AggregateError`, each once. {@linkcode Scope.run} has a body as well, which is interrupted at once
 * when a task fails or the scope is cancelled, and cancels the tasks if it throws. A block of `await using`
 * can't be seen to throw, nor be interrupted: it waits for its tasks, has {@linkcode Scope.signal}, and may
 * call `cancel()`.
 *
 * A task that is cancelled is no failure. One that is detached is still waited for, but its panic goes to the
 * executor's `onPanic`, and does not count here.
 *
 * *Scopes are linked.* A scope that is made in a task, or in the body of a scope, belongs to it: it is
 * cancelled with it, with its reason, keeps to its deadline, and is waited for, as if somebody had closed it;
 * what it then throws, the task throws. That reason is not thrown by the scope. A scope that is made in
 * clean-up is not cancelled any more, only waited for. `{ linked: false }` is for a scope that lives longer
 * than whoever happens to make it. Tasks that are spawned on an executor belong to nobody. Where nothing is
 * followed across an `await` (on pages, and with `follow: false`), a scope that is made after one belongs to
 * nobody, too.
 *
 * @typeParam Tag What the tags of its tasks may be.
 *
 * @example
 * ```ts
 * import { LocalExecutor } from "@tagged/async-task/executor";
 * import { Scope } from "@tagged/async-task/scope";
 * import { sleep } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const done: string[] = [];
 * {
 *   await using scope = new Scope(new LocalExecutor(), { concurrency: 2 });
 *   for (const name of ["a", "b", "c"]) {
 *     scope.spawn(async () => {
 *       await sleep(1);
 *       done.push(name);
 *     }, name);
 *   }
 * }
 * assertEquals(done, ["a", "b", "c"]);
 * ```
 *
 * @example As they finish
 * ```ts
 * import { LocalExecutor } from "@tagged/async-task/executor";
 * import { Scope } from "@tagged/async-task/scope";
 * import { sleep } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * await using scope = new Scope<number>(new LocalExecutor());
 * for (const ms of [20, 2]) scope.spawn(() => sleep(ms), ms);
 * const order: number[] = [];
 * for await (const { tag, outcome } of scope) if (outcome.status === "completed") order.push(tag);
 * assertEquals(order, [2, 20]);
 * ```
 *
 * @example A task that is cancelled takes its scopes with it
 * ```ts
 * import { pending } from "@tagged/async-task";
 * import { LocalExecutor } from "@tagged/async-task/executor";
 * import { Scope } from "@tagged/async-task/scope";
 * import { sleep } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const executor = new LocalExecutor();
 * const log: string[] = [];
 * const task = executor.spawn(() =>
 *   Scope.run(executor, async (scope) => {
 *     scope.spawn(function* () {
 *       try {
 *         yield* pending();
 *       } finally {
 *         yield* sleep(1);
 *         log.push("child");
 *       }
 *     });
 *     await pending();
 *   })
 * );
 * await sleep(1);
 * await task.cancel();
 * assertEquals(log, ["child"]);
 * ```
 */
export class Scope<Tag = unknown> extends Inspectable
  implements AsyncDisposable, AsyncIterable<Finished<Tag>, undefined> {
  readonly #life: Life;
  readonly #spawner: Spawner;

  /**
   * A scope without tasks.
   *
   * @param spawner What runs the tasks: an executor, a limiter, a scope.
   * @throws {RangeError} If `concurrency` is no number of tasks, or a time is `NaN`.
   * @throws {TypeError} If `spawner` can't spawn, or an option is of the wrong kind.
   */
  constructor(spawner: Spawner, options: ScopeOptions = {}) {
    super();
    if (typeof spawner?.spawn !== "function") {
      throw new TypeError(`Cannot make a scope: expected an executor that can spawn, got ${show(spawner)}`);
    }
    const checked = lifeOptions(options);
    const { concurrency } = options;
    this.#spawner = concurrency === undefined ? spawner : limit(spawner, { concurrency });
    this.#life = new Life(checked);
  }

  /**
   * Gives `fn` a scope, and waits for its tasks: a future, which begins at once.
   *
   * When a task fails, or the scope is cancelled, `fn` is interrupted: the awaits of futures of this package
   * in which an async function rests throw (a `CancelledError` whose cause is the failure; or the reason), as
   * does the next one otherwise, unless it has asked for {@linkcode Scope.signal}; a generator is closed. If
   * `fn` throws, the tasks are cancelled. If the future is given up by a task that is cancelled, a `timeout`
   * or a combinator, the scope is cancelled, and waited for.
   *
   * @param fn What spawns: an async function, a generator function, or a plain one; its result is returned
   * when all tasks have ended.
   * @throws What `fn` throws, and what the scope does; both as one `SuppressedError`, unless one follows from
   * the other.
   *
   * @example
   * ```ts
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { Scope } from "@tagged/async-task/scope";
   * import { assertEquals } from "@std/assert";
   *
   * const sum = await Scope.run(new LocalExecutor(), async (scope) => {
   *   const [a, b] = [scope.spawn(async () => 1), scope.spawn(async () => 2)];
   *   return await a + await b;
   * });
   * assertEquals(sum, 3);
   * ```
   */
  static run<R, Tag = unknown>(
    spawner: Spawner,
    fn: (scope: Scope<Tag>) => Future<R> | TaskGenerator<R> | PromiseLike<R> | R,
    options: ScopeOptions = {},
  ): Awaitable<R> & Disposable {
    checkFunction(fn, "run a scope");
    const scope = new Scope<Tag>(spawner, options);
    return new ScopeRun<R>(scope.#life, () => fn(scope));
  }

  /** How many tasks there are that have not ended. */
  get size(): number {
    return this.#life.members.size;
  }

  /** Whether all tasks are cancelled, and new ones will be. */
  get isCancelled(): boolean {
    return this.#life.isCancelled;
  }

  /** Whether it has ended: no task is left, and what was deferred is done. */
  get isClosed(): boolean {
    return this.#life.isClosed;
  }

  /**
   * Aborted when the scope is cancelled, with the reason: by `cancel`, a failing task, its own signal, its
   * deadline, or with the task that it belongs to.
   *
   * @example
   * ```ts
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { Scope } from "@tagged/async-task/scope";
   * import { assertEquals } from "@std/assert";
   *
   * await using scope = new Scope(new LocalExecutor());
   * const { signal } = scope; // for fetch(url, { signal }), say
   * scope.cancel("enough");
   * assertEquals(signal.reason, "enough");
   * ```
   */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  /**
   * Makes a task of `body` that ends before the scope does. In a scope that is cancelled, the task is
   * cancelled before it starts.
   *
   * @param body What the task does.
   * @param tag Any value to store with the task.
   * @param options What ends it early, its priority, and its name.
   * @throws {TypeError} If `body` can't be a task, or the scope or its executor is closed.
   *
   * @example
   * ```ts
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { Scope } from "@tagged/async-task/scope";
   * import { assertEquals } from "@std/assert";
   *
   * await using scope = new Scope(new LocalExecutor());
   * const task = scope.spawn(async ({ tag }) => `hello from ${tag}`, "task 1");
   * assertEquals(await task, "hello from task 1");
   * ```
   */
  spawn<R, T extends Tag>(body: IntoFuture<R, T>, tag: T, options?: SpawnOptions): TaskHandle<R, T>;
  /** The same without a tag. */
  spawn<R>(body: IntoFuture<R, undefined>): TaskHandle<R, undefined>;
  spawn<R, T extends Tag>(body: IntoFuture<R, T>, tag?: T, options?: SpawnOptions): TaskHandle<R, T> {
    return this.#add<R, T>(body, tag as T, options, undefined);
  }

  /**
   * Makes a task of `body`, of which there is one at a time for each key.
   *
   * @param key Compared as in a `Map`.
   * @param body What the task does.
   * @param options Its tag, what ends it early, its priority, its name, and what becomes of the one before.
   * @returns The task of the key: the new one, or, with `"keep"`, the one that was there.
   * @throws {TypeError} As `spawn`, and if `onDuplicate` is none of the two.
   *
   * @example Only the last search counts
   * ```ts
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { Scope } from "@tagged/async-task/scope";
   * import { sleep } from "@tagged/async-task/time";
   * import { assertEquals } from "@std/assert";
   *
   * const shown: string[] = [];
   * {
   *   await using scope = new Scope(new LocalExecutor());
   *   for (const text of ["t", "ta", "tag"]) {
   *     scope.spawnKeyed("search", function* () {
   *       yield* sleep(5);
   *       shown.push(text);
   *     });
   *   }
   * }
   * assertEquals(shown, ["tag"]);
   * ```
   */
  spawnKeyed<R, T extends Tag | undefined = undefined>(
    key: unknown,
    body: IntoFuture<R, T>,
    options: KeyedOptions<T> = {},
  ): TaskHandle<R, T> {
    const { tag, onDuplicate = "replace", ...spawnOptions } = options;
    checkDuplicate(onDuplicate);
    const before = this.#life.members.get(key);
    if (before === undefined) return this.#add<R, T>(body, tag as T, spawnOptions, { key });
    if (onDuplicate === "keep") return before as TaskHandle<R, T>;
    const after = new After<R>(before, intoFuture(body, false));
    const task = this.#add<R, T>(after, tag as T, spawnOptions, { key });
    cellOf(before).cancel(undefined);
    return task;
  }

  /**
   * Cancels every task, and those that are spawned from now on, or only some of the tasks there are.
   *
   * Cancelling all of it interrupts the body of `Scope.run`, and cancels the scopes that were made there,
   * too.
   *
   * @param which A function that is given the id and the tag of each task and says whether it is to be
   * cancelled; or, for every task, why. Default: a `CancelledError` for each task.
   * @returns A future that is ready when they have cleaned up, with how many it was that were not cancelled
   * before.
   *
   * @example
   * ```ts
   * import { pending } from "@tagged/async-task";
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { Scope } from "@tagged/async-task/scope";
   * import { assertEquals } from "@std/assert";
   *
   * await using scope = new Scope<string>(new LocalExecutor());
   * for (const tag of ["a", "b", "c"]) scope.spawn(pending(), tag);
   * assertEquals(await scope.cancel((_id, tag) => tag === "b"), 1);
   * assertEquals(await scope.cancel("enough"), 2);
   * ```
   */
  cancel(which: (id: number, tag: Tag) => boolean): Awaitable<number>;
  /** Every task, with this reason. */
  cancel(reason?: unknown): Awaitable<number>;
  cancel(which?: unknown): Awaitable<number> {
    const life = this.#life;
    const tasks = typeof which === "function" ? life.cancelSome(which as Predicate) : life.cancel(which);
    const ended = life.haveEnded(tasks);
    return pollFn((cx) => ended.poll(cx) === PENDING ? PENDING : tasks.length, {
      dispose: () => ended[Symbol.dispose](),
    });
  }

  /**
   * Waits until there is no task: a future. The scope goes on to take others. `JoinSet::join_all` in Rust.
   *
   * @throws What the tasks threw so far: one error as it is, several as an `AggregateError`. With
   * `onFailure: "collect"` they are told by that, and not thrown again.
   *
   * @example In a generator task
   * ```ts
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { Scope } from "@tagged/async-task/scope";
   * import { assertEquals } from "@std/assert";
   *
   * const executor = new LocalExecutor();
   * const sum = executor.spawn(function* () {
   *   const scope = new Scope(executor);
   *   let sum = 0;
   *   for (const n of [1, 2, 3]) scope.spawn(() => void (sum += n));
   *   yield* scope.join();
   *   return sum;
   * });
   * assertEquals(await sum, 6);
   * ```
   */
  join(): Awaitable<void> & Disposable {
    return this.#life.joined();
  }

  /**
   * Has `fn` called in the end, when no task is left, also if they were cancelled: the last that was
   * registered first, each when the one before is over. They are not interrupted; what they throw is thrown
   * with the failures.
   *
   * @param fn A function, which may be async or a generator function.
   * @throws {TypeError} If `fn` is no function, or the scope has ended.
   *
   * @example
   * ```ts
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { Scope } from "@tagged/async-task/scope";
   * import { assertEquals } from "@std/assert";
   *
   * const log: string[] = [];
   * await Scope.run(new LocalExecutor(), (scope) => {
   *   scope.defer(() => void log.push("first in"));
   *   scope.defer(() => void log.push("last in"));
   *   scope.spawn(() => void log.push("task"));
   * });
   * assertEquals(log, ["task", "last in", "first in"]);
   * ```
   */
  defer(fn: () => unknown): void {
    this.#life.defer(checkFunction(fn, "defer"));
  }

  /**
   * Releases a resource in the end, as {@linkcode Scope.defer} calls a function: with
   * `[Symbol.asyncDispose]`, or, if it has none, `[Symbol.dispose]`.
   *
   * @returns The resource.
   * @throws {TypeError} If it can't be disposed, or the scope has ended.
   *
   * @example
   * ```ts
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { Scope } from "@tagged/async-task/scope";
   * import { assertEquals } from "@std/assert";
   *
   * let isOpen = true;
   * const file = { name: "a", [Symbol.dispose]: () => void (isOpen = false) };
   * await Scope.run(new LocalExecutor(), (scope) => scope.use(file).name);
   * assertEquals(isOpen, false);
   * ```
   */
  use<D extends Disposable | AsyncDisposable>(resource: D): D {
    const { [Symbol.asyncDispose]: asyncDispose, [Symbol.dispose]: dispose } = (resource ?? {}) as
      & Partial<Disposable>
      & Partial<AsyncDisposable>;
    const release = asyncDispose ?? dispose;
    if (typeof release !== "function") {
      throw new TypeError(`Cannot use ${show(resource)}: expected a resource that can be disposed`);
    }
    this.#life.defer(() => release.call(resource));
    return resource;
  }

  /**
   * Takes nothing from outside any more, and lets what there is go on to its end: tasks of the scope, and of
   * scopes in it, may still spawn. What is left when the grace is over is cancelled. Then calls what was
   * deferred. `await using` closes at the end of the block, without a limit to the grace. Closing once more
   * can only shorten the grace.
   *
   * @returns A future that is ready at the end; the scope closes also if nobody waits for it.
   * @throws What the tasks threw: one error as it is, several as an `AggregateError`. And the reason of the
   * signal, or the `TimeoutError`, that cancelled the scope. With `onFailure: "collect"`, a failure that
   * somebody has awaited is not thrown again.
   *
   * @example
   * ```ts
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { Scope } from "@tagged/async-task/scope";
   * import { assertRejects } from "@std/assert";
   *
   * const scope = new Scope(new LocalExecutor());
   * scope.spawn(() => {
   *   throw new Error("boom");
   * });
   * await assertRejects(async () => await scope.close(), Error, "boom");
   * ```
   */
  close(options: CloseOptions = {}): Awaitable<void> & Disposable {
    checkCloseOptions(options, "close the scope");
    this.#life.close(options);
    return this.#life.ended();
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  override toJSON(): ScopeView {
    const { size, isCancelled, isClosed } = this;
    const tasks = this.#life.members.tasks.slice(0, TASKS_IN_VIEW).map((task) => jsonOfTask(cellOf(task)));
    return { size, isCancelled, isClosed, tasks };
  }

  /** Waits until every task has ended; throws what they threw. */
  [Symbol.asyncDispose](): Awaitable<void> {
    return this.close();
  }

  /**
   * The outcomes of the tasks as they end, until none is left. Each is given once, to whoever asks first. A
   * failure that was given, with `onFailure: "collect"`, is not thrown in the end any more.
   */
  [Symbol.asyncIterator](): Outcomes<Tag> {
    return new OutcomesOf<Tag>(this.#life.finished);
  }

  #add<R, T extends Tag | undefined>(
    body: IntoFuture<R, T>,
    tag: T,
    options: SpawnOptions | undefined,
    keyed: { readonly key: unknown } | undefined,
  ): TaskHandle<R, T> {
    this.#life.check("spawn");
    const task = this.#spawner.spawn<R, T>(body, tag, options);
    this.#life.add(task, keyed);
    return task;
  }
}

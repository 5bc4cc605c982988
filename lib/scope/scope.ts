import { intoFuture } from "../adapt/friend.ts";
import type { IntoFuture } from "../adapt/mod.ts";
import { cellOf, isDetached, markSeen, suppress } from "../core/friend.ts";
import { CancelledError, type Outcome } from "../core/mod.ts";
import { limit, type Spawner } from "../executor/mod.ts";
import { type Sleep, sleepUntil } from "../time/mod.ts";
import type { TaskHandle } from "../core/mod.ts";
import { FinishedQueue } from "./finished_queue.ts";
import { After, Member } from "./member.ts";
import type { Finished, KeyedOptions, ScopeOptions } from "./options.ts";

/** Which tasks are to be cancelled. */
type Predicate = (id: number, tag: unknown) => boolean;

/**
 * A group of tasks that end before it does. `TaskGroup` in Python and Swift, a nursery in Trio,
 * `std::thread::scope` in Rust.
 *
 * `await using` waits at the end of the block until every task has ended, clean-up included; a task may spawn
 * others meanwhile. The first panic of a task cancels the others, and is thrown when all have ended; several make
 * an `AggregateError`. A block that throws waits as well: call `cancel()` where nobody needs the rest, or use
 * {@linkcode Scope.run}, which does.
 *
 * A task that is cancelled is no failure. One that is detached is still waited for, but its panic goes to the
 * executor's `onPanic`, and does not count here.
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
 *   await using scope = new Scope(new LocalExecutor(), { limit: 2 });
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
 * await using scope = new Scope(new LocalExecutor());
 * for (const ms of [20, 2]) scope.spawn(() => sleep(ms), ms);
 * const order: unknown[] = [];
 * for await (const { tag, outcome } of scope) order.push(tag, outcome.status);
 * assertEquals(order, [2, "completed", 20, "completed"]);
 * ```
 */
export class Scope implements AsyncDisposable, AsyncIterable<Finished>, Spawner {
  readonly #spawner: Spawner;
  readonly #isCollecting: boolean;
  readonly #members: Set<Member> = new Set();
  readonly #keyed: Map<unknown, Member> = new Map();
  readonly #finished: FinishedQueue;
  /** What will be thrown. */
  #failures: unknown[] = [];
  /** Why the scope is cancelled: the reason of each task. */
  #cancelReason: ((task: TaskHandle<unknown>) => unknown) | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  readonly #timer: Sleep | undefined;
  /** Set while somebody waits for the last task. */
  #onEmpty: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #isClosed = false;

  /**
   * A scope without tasks.
   *
   * @param spawner What runs the tasks: an executor.
   * @throws {RangeError} If `options.limit` is no number of tasks, or `options.deadline` is `NaN`.
   * @throws {TypeError} If `spawner` can't spawn, or `options.onFailure` is none of the two.
   */
  constructor(spawner: Spawner, options: ScopeOptions = {}) {
    const { onFailure = "cancel", signal, deadline, clock, keepOutcomes = true } = options;
    if (typeof spawner?.spawn !== "function") {
      throw new TypeError("Cannot make a scope: it needs an executor that can spawn");
    }
    if (onFailure !== "cancel" && onFailure !== "collect") {
      throw new TypeError(`Cannot make a scope: onFailure is ${JSON.stringify(onFailure)}`);
    }
    this.#spawner = options.limit === undefined ? spawner : limit(spawner, options.limit);
    this.#isCollecting = onFailure === "collect";
    this.#finished = new FinishedQueue(keepOutcomes);
    this.#timer = deadline === undefined ? undefined : sleepUntil(deadline, { clock });
    this.#timer?.poll({ waker: { wake: () => this.#interrupt(timeUp()) } });
    this.#signal = signal;
    this.#onAbort = () => this.#interrupt(signal!.reason);
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort);
  }

  /**
   * Gives `fn` a scope, and waits for its tasks. If `fn` throws, they are cancelled.
   *
   * @param fn What spawns; its result is returned when all tasks have ended.
   * @throws What `fn` throws, and what the scope does; both as one `SuppressedError`, unless they are the same.
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
  static async run<R>(
    spawner: Spawner,
    fn: (scope: Scope) => R | PromiseLike<R>,
    options: ScopeOptions = {},
  ): Promise<R> {
    const scope = new Scope(spawner, options);
    let result: R;
    try {
      result = await fn(scope);
    } catch (error) {
      await scope.#abandon(error);
      throw error;
    }
    await scope.close();
    return result;
  }

  /** How many tasks there are that have not ended. */
  get size(): number {
    return this.#members.size;
  }

  /** Whether all tasks are cancelled, and new ones will be. */
  get isCancelled(): boolean {
    return this.#cancelReason !== undefined;
  }

  /** Whether it is closed, and takes no more tasks. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Makes a task of `body` that ends before the scope does. In a scope that is cancelled, the task is cancelled
   * before it starts.
   *
   * @param body What the task does.
   * @param tag Any value to store with the task.
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
  spawn<R, T>(body: IntoFuture<R, T>, tag: T): TaskHandle<R, T>;
  /** The same without a tag. */
  spawn<R>(body: IntoFuture<R, undefined>): TaskHandle<R, undefined>;
  spawn<R, T>(body: IntoFuture<R, T>, tag?: T): TaskHandle<R, T> {
    return this.#add<R, T>(body, tag as T, undefined);
  }

  /**
   * Makes a task of `body`, of which there is one at a time for each key.
   *
   * @param key Compared as in a `Map`.
   * @param body What the task does.
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
  spawnKeyed<R, T = undefined>(
    key: unknown,
    body: IntoFuture<R, T>,
    options: KeyedOptions<T> = {},
  ): TaskHandle<R, T> {
    const { tag, onDuplicate = "replace" } = options;
    if (onDuplicate !== "replace" && onDuplicate !== "keep") {
      throw new TypeError(`Cannot spawn: onDuplicate is ${JSON.stringify(onDuplicate)}`);
    }
    const before = this.#keyed.get(key);
    if (before === undefined) return this.#add<R, T>(body, tag as T, { key });
    if (onDuplicate === "keep") return before.task as TaskHandle<R, T>;
    const task = this.#add<R, T>(new After<R>(before.task, intoFuture(body, false)), tag as T, { key });
    cancelTask(before.task, undefined);
    return task;
  }

  /**
   * Cancels every task, and those that are spawned from now on, or only some of the tasks there are.
   *
   * @param which A function that is given the id and the tag of each task and says whether it is to be
   * cancelled; or, for every task, why.
   * @returns How many it was that were not cancelled before.
   *
   * @example
   * ```ts
   * import { pending } from "@tagged/async-task";
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { Scope } from "@tagged/async-task/scope";
   * import { assertEquals } from "@std/assert";
   *
   * await using scope = new Scope(new LocalExecutor());
   * for (const tag of ["a", "b", "c"]) scope.spawn(pending(), tag);
   * assertEquals(scope.cancel((_id, tag) => tag === "b"), 1);
   * assertEquals(scope.cancel("enough"), 2);
   * ```
   */
  cancel<T = unknown>(which: (id: number, tag: T) => boolean): number;
  /** Every task, with this reason. */
  cancel(reason?: unknown): number;
  cancel(which?: unknown): number {
    if (typeof which === "function") return this.#cancelSome(which as Predicate);
    return this.#cancelAll(() => which);
  }

  /**
   * Waits until every task has ended: what `await using` calls.
   *
   * @throws What the tasks threw: one error as it is, several as an `AggregateError`. And the reason of the
   * signal, or the `TimeoutError`, that cancelled the scope.
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
   * await assertRejects(() => scope.close(), Error, "boom");
   * ```
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Waits until every task has ended; throws what they threw. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * The outcomes of the tasks as they end, until none is left. Each is given once, to whoever asks first. A
   * failure that was given, with `onFailure: "collect"`, is not thrown in the end any more.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Finished, undefined> {
    for (;;) {
      const result = await this.#finished.next(this.size === 0);
      if (result.done) return;
      if (this.#isCollecting) this.#forgive(result.value.outcome);
      yield result.value;
    }
  }

  #add<R, T>(body: IntoFuture<R, T>, tag: T, keyed: { key: unknown } | undefined): TaskHandle<R, T> {
    if (this.#isClosed) throw new TypeError("Cannot spawn: the scope is closed");
    const task = this.#spawner.spawn<R, T>(body, tag);
    const member = new Member(task, keyed?.key, this.#onEnd);
    this.#members.add(member);
    if (keyed !== undefined) this.#keyed.set(keyed.key, member);
    member.watch();
    if (this.#cancelReason !== undefined) cancelTask(task, this.#cancelReason(task));
    return task;
  }

  readonly #onEnd = (member: Member, outcome: Outcome<unknown>): void => {
    const { task, key } = member;
    this.#members.delete(member);
    if (this.#keyed.get(key) === member) this.#keyed.delete(key);
    if (outcome.status === "panicked" && !isDetached(task)) this.#fail(task, outcome.error);
    this.#finished.push({ id: task.id, tag: task.tag, outcome });
    if (this.size > 0) return;
    this.#finished.end();
    this.#onEmpty?.();
  };

  #fail(task: TaskHandle<unknown>, error: unknown): void {
    this.#failures.push(error);
    // The scope will throw it: the executor need not report it.
    markSeen(cellOf(task));
    if (!this.#isCollecting) this.#cancelAll((task) => cancelledBy(error, task));
  }

  /** The function that spawns threw: its error is not thrown twice, where a task threw it first. */
  async #abandon(error: unknown): Promise<void> {
    this.#cancelAll((task) => cancelledBy(error, task));
    try {
      await this.close();
    } catch (another) {
      if (another !== error) throw suppress(error, another);
    }
  }

  #forgive(outcome: Outcome<unknown>): void {
    if (outcome.status !== "panicked") return;
    const index = this.#failures.indexOf(outcome.error);
    if (index >= 0) this.#failures.splice(index, 1);
  }

  /** The signal was aborted, or the time is up. */
  #interrupt(reason: unknown): void {
    if (this.#isClosed || this.#cancelReason !== undefined) return;
    this.#failures.push(reason);
    this.#cancelAll(() => reason);
  }

  #cancelAll(reason: (task: TaskHandle<unknown>) => unknown): number {
    this.#cancelReason ??= reason;
    let count = 0;
    for (const { task } of [...this.#members]) if (cancelTask(task, reason(task))) count++;
    return count;
  }

  #cancelSome(predicate: Predicate): number {
    let count = 0;
    for (const { task } of [...this.#members]) {
      if (predicate(task.id, task.tag) && cancelTask(task, undefined)) count++;
    }
    return count;
  }

  async #close(): Promise<void> {
    while (this.size > 0) await new Promise<void>((resolve) => this.#onEmpty = resolve);
    this.#isClosed = true;
    this.#timer?.[Symbol.dispose]();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    const failures = this.#failures;
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} errors in a scope`);
  }
}

/** Whether it is this call that has cancelled it. */
function cancelTask(task: TaskHandle<unknown>, reason: unknown): boolean {
  return cellOf(task).cancel(reason);
}

function cancelledBy(cause: unknown, { id, tag }: TaskHandle<unknown>): CancelledError {
  return new CancelledError(id, tag, { cause });
}

function timeUp(): DOMException {
  return new DOMException("Cannot go on: the time of the scope is up", "TimeoutError");
}

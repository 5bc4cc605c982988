/** What the spawns of executors, scopes, limits and pools return. */
import type { Awaitable } from "./awaitable.ts";
import type { Cell } from "./cell.ts";
import { type Context, PENDING, type Poll } from "./future.ts";
import { awaitEnd, cellOf, hasLeft, Join, type Outcome, outcomeOf, Settled } from "./join.ts";
import { losePanicOf, markSeen } from "./panic_hook.ts";
import { DETACHED, PANICKED } from "./state.ts";
import { jsonOfTask, type TaskView } from "./view.ts";

/**
 * A task that runs by itself, in the hands of whoever spawned it: it can be identified, awaited, cancelled,
 * and left alone. What every spawn returns but the root's and `./v4`'s, which follow the Rust crates.
 *
 * `await handle`, and `yield* handle` in a generator task, give the output. They throw what the body threw
 * (its panic), and the reason if the task was cancelled. Any number may wait, as often as they like, and all
 * are told the same. Nothing rejects before somebody asks; a panic that nobody asks for is reported once.
 *
 * Waiting for a handle borrows it: a task that waits, and is cancelled, does not cancel what it waits for.
 * `using handle` cancels at the end of the block, `await using handle` waits for the clean-up as well. A
 * handle that is simply forgotten does neither: the task goes on. `async_task::Task` 4.x is what it is made
 * after, and tokio's `JoinHandle`.
 *
 * @example
 * ```ts
 * import { LocalExecutor, type TaskHandle } from "@tagged/async-task/executor";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const executor = new LocalExecutor();
 * const page: TaskHandle<string, number> = executor.spawn(async ({ tag }) => `page ${tag}`, 7);
 * assertEquals(page.tag, 7);
 * assertEquals(await page, "page 7");
 *
 * const failing = executor.spawn(() => { throw new Error("boom"); }, 8);
 * await assertRejects(() => failing, Error, "boom");
 * ```
 */
export class TaskHandle<R, T = unknown> extends Join<R> implements AsyncDisposable, Disposable {
  /** @ignore */
  constructor(cell: Cell) {
    super(cell);
  }

  /** The id of the task: a number that rises from task to task and is never used again. */
  get id(): number {
    return cellOf(this).id;
  }

  /** The tag that was given to `spawn`. */
  get tag(): T {
    return cellOf(this).tag as T;
  }

  /** What the task is called in views of it: the `name` that was given to `spawn`. */
  get name(): string | undefined {
    return cellOf(this).context?.name;
  }

  /** Whether the task has ended, in whatever way, its clean-up included. */
  get isFinished(): boolean {
    return hasLeft(this);
  }

  /**
   * Asks for the output, as often as you like. While the task is alive, `PENDING`; `cx.waker` is then woken
   * when it is cancelled or ends, unless someone else polls in the meantime. Who waits with `await` or
   * `yield*` is not concerned.
   *
   * @throws The panic, or the cancel reason.
   * @throws {TypeError} If `cx.waker` can't be woken.
   *
   * @example
   * ```ts
   * import { PENDING } from "@tagged/async-task";
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const cx = { waker: { wake() {} } };
   * const executor = new LocalExecutor({ pump: "manual" });
   * const handle = executor.spawn(() => 1);
   * assertEquals(handle.poll(cx), PENDING);
   * executor.runUntilStalled();
   * assertEquals(handle.poll(cx), 1);
   * ```
   */
  override poll(cx: Context): Poll<R> {
    if (hasLeft(this)) return this.output();
    awaitEnd(this, cx);
    return PENDING;
  }

  /**
   * Cancels the task, at once, unless it has completed; the future that is returned ends when the clean-up is
   * over, with the output if it was just too late, else with `undefined`.
   *
   * @param reason Why: what the task's `signal` is aborted with, and what `await handle` rejects with.
   * Default: a `CancelledError` with the task's id and tag.
   *
   * @example
   * ```ts
   * import { pending } from "@tagged/async-task";
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const handle = new LocalExecutor().spawn(pending());
   * assertEquals(await handle.cancel(new Error("enough")), undefined);
   * await assertRejects(() => handle, Error, "enough");
   * ```
   */
  cancel(reason?: unknown): Awaitable<R | undefined> {
    cellOf(this).cancel(reason);
    return new Settled(this, outputIfAny<R>);
  }

  /**
   * How the task ended, as a future that may be asked any number of times, and does not throw. Whoever asks
   * has seen the panic: it is not reported then.
   *
   * @example
   * ```ts
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const handle = new LocalExecutor().spawn(() => { throw "boom"; });
   * assertEquals(await handle.outcome(), { status: "panicked", error: "boom" });
   * ```
   */
  outcome(): Awaitable<Outcome<R>> {
    return new Settled(this, seenOutcomeOf<R>);
  }

  /**
   * Lets the task go on, and says that nobody will ask: a panic is reported as soon as it happens, instead of
   * when nobody can ask any more.
   *
   * @example
   * ```ts
   * import { LocalExecutor } from "@tagged/async-task/executor";
   * import { assertEquals } from "@std/assert";
   *
   * const errors: unknown[] = [];
   * const executor = new LocalExecutor({ pump: "manual", onPanic: (error) => errors.push(error) });
   * executor.spawn(() => { throw "boom"; }).detach();
   * executor.runUntilStalled();
   * assertEquals(errors, ["boom"]);
   * ```
   */
  detach(): void {
    const cell = cellOf(this);
    cell.state |= DETACHED;
    if ((cell.state & PANICKED) !== 0) losePanicOf(this);
  }

  /** What `JSON.stringify` makes of it: id, tag and state. */
  override toJSON(): TaskView {
    return jsonOfTask(cellOf(this));
  }

  // Before `[Symbol.dispose]`: where the runtime has neither symbol (Firefox 140), both methods have the same
  // name, and the last one is it.

  /** Cancels the task, and waits for its clean-up. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.cancel();
  }

  /**
   * What the owner of a task does who is cancelled himself: cancels the task, and waits for its clean-up. So
   * a task that a `timeout` or a combinator gives up is not left behind.
   *
   * @throws What the clean-up throws.
   */
  pollClose(cx: Context): Poll<unknown> {
    if (!hasLeft(this)) {
      cellOf(this).cancel(cx.reason);
      if (!hasLeft(this)) {
        awaitEnd(this, cx);
        return PENDING;
      }
    }
    return outputIfAny(this);
  }

  /**
   * Cancels the task, unless it has ended, and does not wait for its clean-up. It can be awaited all the
   * same.
   */
  [Symbol.dispose](): void {
    if (!hasLeft(this)) cellOf(this).cancel(undefined);
    this.detach();
  }

  /** @ignore */
  protected override output(): R {
    const outcome = seenOutcomeOf<R>(this);
    if (outcome.status === "completed") return outcome.value;
    throw outcome.status === "cancelled" ? outcome.reason : outcome.error;
  }

  /** @ignore */
  protected override check(): void {}
}

/** How the task ended, told to somebody. */
function seenOutcomeOf<R>(handle: Join<unknown>): Outcome<R> {
  markSeen(cellOf(handle));
  return outcomeOf<R>(handle);
}

/** The output of a task that has ended, if it has one. */
function outputIfAny<R>(handle: Join<unknown>): R | undefined {
  const outcome = seenOutcomeOf<R>(handle);
  if (outcome.status === "panicked") throw outcome.error;
  return outcome.status === "completed" ? outcome.value : undefined;
}

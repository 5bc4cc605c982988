/** The side of a task of the root that awaits its output. */
import { taskName } from "./errors.ts";
import type { Awaitable } from "./awaitable.ts";
import type { Cell } from "./cell.ts";
import type { Context, Poll, Waker } from "./future.ts";
import { cellOf, isAwaited, Join, NONE, type Outcome, outcomeOf, pollJoin, Settled, store } from "./join.ts";
import { CLOSED, COMPLETED, HANDLE } from "./state.ts";
import { jsonOfTask, type TaskView } from "./view.ts";

/**
 * The side of a task that awaits its output.
 *
 * `await handle`, and `yield* handle` in a generator task, give the output, or `undefined` if the task was
 * cancelled or panicked, as often as they are asked; `outcome()` tells these apart. `poll(cx)` keeps Rust's
 * rules: the last one who polled is woken, and the output is given once.
 *
 * Dropping the handle (`using`, `[Symbol.dispose]`) detaches the task, which goes on without it.
 * `async_task::JoinHandle` 3.0 in Rust.
 *
 * @example
 * ```ts
 * import { spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const [task, handle] = spawn(async ({ tag }) => `page ${tag}`, (task) => void task.run(), 7);
 * task.run();
 * assertEquals(handle.tag, 7);
 * assertEquals(await handle, "page 7");
 * ```
 */
export class JoinHandle<R, T = unknown> extends Join<R | undefined> {
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

  /**
   * Cancels the task, unless it has completed or was cancelled before. `JoinHandle::cancel` in Rust.
   *
   * The task is handed to its schedule function once more if it isn't there yet, for its executor to let go
   * of the future; the handle hears of the end when that is done, asynchronous clean-up included.
   *
   * @param reason Why. Default: a `CancelledError` with the task's id and tag.
   * @throws What the schedule function throws; the task is then closed all the same.
   * @throws {TypeError} If the handle was dropped.
   *
   * @example
   * ```ts
   * import { pending, spawn, type Task } from "@tagged/async-task";
   * import { assertEquals } from "@std/assert";
   *
   * const queue: Task<string>[] = [];
   * const [task, handle] = spawn(pending(), (task) => queue.push(task), "t");
   * task.run();
   * handle.cancel("enough");
   * queue.pop()!.run();
   * assertEquals(await handle.outcome(), { status: "cancelled", reason: "enough" });
   * ```
   */
  cancel(reason?: unknown): void {
    claim(this, "cancel").cancel(reason);
  }

  /**
   * What wakes the task, the same object every time. It may be kept for longer than the task lives.
   *
   * @example
   * ```ts
   * import { pending, spawn } from "@tagged/async-task";
   * import { assertStrictEquals } from "@std/assert";
   *
   * const [task, handle] = spawn(pending(), () => {}, "t");
   * assertStrictEquals(handle.waker(), task.waker());
   * ```
   */
  waker(): Waker {
    return cellOf(this);
  }

  /**
   * Asks for the output, as in Rust: it is given once, and after that, or if there is none, `undefined`.
   * While the task is alive, `PENDING`; `cx.waker` is then woken when it is cancelled or ends, unless someone
   * else polls in the meantime.
   *
   * @throws {TypeError} If `cx.waker` can't be woken, or the handle was dropped.
   *
   * @example
   * ```ts
   * import { PENDING, ready, spawn } from "@tagged/async-task";
   * import { assertEquals } from "@std/assert";
   *
   * let wakes = 0;
   * const cx = { waker: { wake: () => void wakes++ } };
   * const [task, handle] = spawn(ready(1), () => {}, "t");
   * assertEquals(handle.poll(cx), PENDING);
   * task.run();
   * assertEquals(wakes, 1);
   * assertEquals(handle.poll(cx), 1);
   * assertEquals(handle.poll(cx), undefined);
   * ```
   */
  override poll(cx: Context): Poll<R | undefined> {
    claim(this, "poll");
    const output = pollJoin(this, cx);
    return output === NONE ? undefined : output as Poll<R>;
  }

  /**
   * How the task ended, as a future that may be asked any number of times.
   *
   * @throws {TypeError} If the handle was dropped.
   *
   * @example
   * ```ts
   * import { pollFn, spawn } from "@tagged/async-task";
   * import { assertEquals, assertThrows } from "@std/assert";
   *
   * const error = new Error("boom");
   * const [task, handle] = spawn(pollFn(() => { throw error; }), () => {}, "t");
   * assertThrows(() => task.run(), Error, "boom");
   * assertEquals(await handle.outcome(), { status: "panicked", error });
   * ```
   */
  outcome(): Awaitable<Outcome<R>> {
    claim(this, "join");
    return new Settled<Outcome<R>>(this, outcomeOf);
  }

  /** What `JSON.stringify` makes of it: id, tag and state. */
  override toJSON(): TaskView {
    return jsonOfTask(cellOf(this));
  }

  // Before `[Symbol.dispose]`: where the runtime has neither symbol (Firefox 140), both methods have the same
  // name, and the last one is it.

  /**
   * What `await using` calls: cancels the task, waits for its clean-up, and drops the handle. Does nothing
   * where `[Symbol.dispose]` doesn't.
   *
   * @throws What the schedule function throws; the task is then closed all the same.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const cell = cellOf(this);
    if ((cell.state & HANDLE) === 0) return;
    try {
      cell.cancel(undefined);
      await this.outcome();
    } finally {
      this[Symbol.dispose]();
    }
  }

  /**
   * Drops the handle: detaches the task. An output that is there, or comes later, is dropped.
   * `Drop for JoinHandle` in Rust.
   *
   * @example
   * ```ts
   * import { ready, spawn } from "@tagged/async-task";
   * import { assertThrows } from "@std/assert";
   *
   * const [task, handle] = spawn(ready(1), () => {}, "t");
   * handle[Symbol.dispose]();
   * assertThrows(() => handle.cancel(), TypeError, "its handle was dropped");
   * task.run();
   * ```
   */
  [Symbol.dispose](): void {
    detach(this);
  }

  /** @ignore */
  protected override output(): R | undefined {
    const outcome = outcomeOf<R>(this);
    return outcome.status === "completed" ? outcome.value : undefined;
  }

  /** @ignore */
  protected override check(): void {
    claim(this, "join");
  }
}

/** The task, unless the handle was dropped. */
function claim(handle: JoinHandle<unknown>, action: string): Cell {
  const cell = cellOf(handle);
  if ((cell.state & HANDLE) !== 0) return cell;
  throw new TypeError(`Cannot ${action} ${taskName(cell.id, cell.tag)}: its handle was dropped`);
}

/** The join side goes away: nobody will ask for the output any more. */
export function detach(join: Join<unknown>): void {
  const cell = cellOf(join);
  if ((cell.state & COMPLETED) !== 0) {
    cell.state |= CLOSED;
    if (!isAwaited(join)) store(join, undefined);
  }
  cell.state &= ~HANDLE;
}

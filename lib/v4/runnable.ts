/** The side of a v4 task that an executor holds. */
import { type Cell, fromRaw, jsonOfTask, LOCAL, RAW, toRaw } from "../core/friend.ts";
import type { TaskView, Waker } from "../core/mod.ts";
import { Inspectable } from "../internal/inspect.ts";

/**
 * The side of a task that an executor holds: it runs the future, one poll at a time.
 *
 * A `Runnable` is what `spawn` returns and what the schedule function receives, each time the same object. It
 * is good for one use: `run()`, `schedule()`, `intoRaw()` or dropping it. After that, it is dead until the
 * task is woken and its schedule function receives it again. `async_task::Runnable` 4.x in Rust.
 *
 * @example
 * ```ts
 * import { type Runnable, spawn } from "@tagged/async-task/v4";
 * import { assertEquals } from "@std/assert";
 *
 * const queue: Runnable[] = [];
 * const [runnable, task] = spawn(async () => 1, (runnable) => queue.push(runnable));
 * runnable.run(); // up to the first await, or the end
 * await null;
 * queue.pop()!.run(); // woken by the promise
 * assertEquals(await task, 1);
 * ```
 */
export class Runnable<M = unknown> extends Inspectable {
  readonly #cell: Cell;

  /** @ignore */
  constructor(cell: Cell) {
    super();
    this.#cell = cell;
  }

  /** The id of the task: a number that rises from task to task and is never used again. */
  get id(): number {
    return this.#cell.id;
  }

  /**
   * The metadata of the task, which may be set; the task side, the join side and the task itself see the
   * same. `Runnable::metadata` in Rust.
   */
  get metadata(): M {
    return this.#cell.tag as M;
  }

  set metadata(metadata: M) {
    this.#cell.tag = metadata;
  }

  /** Another name of `metadata`. `Runnable::data` and `data_mut` of async-task-ffi in Rust. */
  get data(): M {
    return this.metadata;
  }

  set data(data: M) {
    this.metadata = data;
  }

  /**
   * Polls the future once; if the task was cancelled, lets go of it instead. `Runnable::run` in Rust.
   *
   * @returns Whether the task was woken while it was running, and so was handed to its schedule function
   * again.
   * @throws What the future throws (its panic), unless the task was built with `propagatePanic(true)`; and
   * what the schedule function or a waker throws meanwhile.
   * @throws {TypeError} If the task is running, or was not woken since it was run.
   *
   * @example
   * ```ts
   * import { spawn } from "@tagged/async-task/v4";
   * import { assertEquals, assertThrows } from "@std/assert";
   *
   * const [runnable] = spawn(() => 1, () => {});
   * assertEquals(runnable.run(), false);
   * assertThrows(() => runnable.run(), TypeError, "it has completed");
   * ```
   */
  run(): boolean {
    return this.#cell.run();
  }

  /**
   * Hands the task to its schedule function. `Runnable::schedule` in Rust.
   *
   * @throws What the schedule function throws; the task can then still be run, woken or cancelled.
   * @throws {TypeError} If the task is running, or was not woken since it was run.
   *
   * @example
   * ```ts
   * import { type Runnable, spawn } from "@tagged/async-task/v4";
   * import { assertEquals } from "@std/assert";
   *
   * const queue: Runnable[] = [];
   * const [runnable] = spawn(() => 1, (runnable) => queue.push(runnable));
   * runnable.schedule();
   * assertEquals(queue, [runnable]);
   * ```
   */
  schedule(): void {
    this.#cell.schedule();
  }

  /** What wakes the task, the same object every time. It may be kept for longer than the task lives. */
  waker(): Waker {
    return this.#cell;
  }

  /**
   * Turns the runnable into a number, to be kept where objects can't be; {@linkcode Runnable.fromRaw} turns
   * it back. `Runnable::into_raw` in Rust.
   *
   * @returns A positive safe integer, which fits C's `uint64_t`.
   * @throws {TypeError} If the task is running, or was not woken since it was run.
   * @throws {RangeError} If four million raw handles are out.
   *
   * @example
   * ```ts
   * import { Runnable, spawn } from "@tagged/async-task/v4";
   * import { assertEquals } from "@std/assert";
   *
   * const [runnable, task] = spawn(() => 1, () => {});
   * Runnable.fromRaw(runnable.intoRaw()).run();
   * assertEquals(await task, 1);
   * ```
   */
  intoRaw(): number {
    const cell = this.#cell;
    cell.claim("make a raw handle of");
    const raw = toRaw("Runnable", this, (cell.state & LOCAL) !== 0);
    cell.state |= RAW;
    return raw;
  }

  /**
   * Turns a raw handle back into the runnable. `Runnable::from_raw` in Rust.
   *
   * @param raw What `intoRaw` has given, or the same as a bigint, as which C gives it back.
   * @throws {TypeError} If `raw` is no handle of a `Runnable`, was turned back already, or is another
   * thread's.
   *
   * @example
   * ```ts
   * import { Runnable, spawn } from "@tagged/async-task/v4";
   * import { assertThrows } from "@std/assert";
   *
   * const raw = spawn(() => 1, () => {})[0].intoRaw();
   * Runnable.fromRaw(raw);
   * assertThrows(() => Runnable.fromRaw(raw), TypeError, "it was taken already");
   * ```
   */
  static fromRaw<M>(raw: number | bigint): Runnable<M> {
    const runnable = fromRaw("Runnable", raw) as Runnable<M>;
    runnable.#cell.state &= ~RAW;
    return runnable;
  }

  /** What `JSON.stringify` makes of it: id, tag and state. */
  override toJSON(): TaskView {
    return jsonOfTask(this.#cell);
  }

  /**
   * Drops the runnable unrun: cancels the task and lets go of its future at once. Does nothing where it is
   * dead already. `Drop for Runnable` in Rust.
   *
   * @throws What an asynchronous clean-up throws, and what a waker throws.
   *
   * @example
   * ```ts
   * import { spawn } from "@tagged/async-task/v4";
   * import { assertEquals } from "@std/assert";
   *
   * const [runnable, task] = spawn(() => 1, () => {});
   * runnable[Symbol.dispose]();
   * assertEquals(await task.fallible(), undefined);
   * ```
   */
  [Symbol.dispose](): void {
    this.#cell.drop();
  }
}

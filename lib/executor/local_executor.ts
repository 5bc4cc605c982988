/** The executor that knows no priorities. */
import { Deque } from "../internal/deque.ts";
import { Executor } from "./executor.ts";
import type { ExecutorOptions } from "./options.ts";
import type { ReadyQueue, ReadyTask } from "./ready_queue.ts";

class FifoQueue implements ReadyQueue {
  readonly #tasks: Deque<ReadyTask> = new Deque();

  get size(): number {
    return this.#tasks.length;
  }

  push(task: ReadyTask): void {
    this.#tasks.push(task);
  }

  pop(): ReadyTask | undefined {
    return this.#tasks.shift();
  }
}

/**
 * Runs tasks on this thread, in the order in which they become ready. `LocalExecutor` of async-executor in
 * Rust.
 *
 * @example A runtime in three lines
 * ```ts
 * import { LocalExecutor } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const executor = new LocalExecutor();
 * const task = executor.spawn(async ({ tag }) => `hello from ${tag}`, "task 1");
 * assertEquals(await task, "hello from task 1");
 * ```
 *
 * @example A block that ends when its tasks have
 * ```ts
 * import { LocalExecutor } from "@tagged/async-task/executor";
 * import { sleep } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const done: string[] = [];
 * {
 *   await using executor = new LocalExecutor();
 *   executor.spawn(async () => {
 *     await sleep(2);
 *     done.push("a");
 *   });
 * }
 * assertEquals(done, ["a"]);
 * ```
 */
export class LocalExecutor extends Executor {
  /**
   * An executor without tasks.
   *
   * @throws {TypeError} If `onPanic` is no function, or `pump` none of the two.
   * @throws {RangeError} If `budget` or `maxPolls` is out of range.
   */
  constructor(options: ExecutorOptions = {}) {
    super(new FifoQueue(), options);
  }
}

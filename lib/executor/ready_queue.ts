/** What makes an executor another one: its queue. */
import { report } from "../core/friend.ts";
import type { Waker } from "../core/mod.ts";

import { show } from "../internal/show.ts";

/**
 * A task that is ready to run, as a {@linkcode ReadyQueue} sees it.
 *
 * @example
 * ```ts
 * import type { ReadyTask } from "@tagged/async-task/executor";
 *
 * const isUrgent = (task: ReadyTask) => task.tag === "urgent";
 * if (isUrgent({ id: 1, tag: "whatever" })) throw new Error("unreachable");
 * ```
 */
export interface ReadyTask {
  /** The id of the task. */
  readonly id: number;
  /** The tag that was given to `spawn`. */
  readonly tag: unknown;
}

/**
 * The tasks that are ready, in an order that makes an executor what it is: all that it takes to write another
 * one. Whatever is pushed has to be popped once, some time; the executor runs it then.
 *
 * @example Last in, first out
 * ```ts
 * import { Executor, type ReadyQueue, type ReadyTask } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * class Stack implements ReadyQueue {
 *   readonly #tasks: ReadyTask[] = [];
 *   get size() {
 *     return this.#tasks.length;
 *   }
 *   push(task: ReadyTask) {
 *     this.#tasks.push(task);
 *   }
 *   pop() {
 *     return this.#tasks.pop();
 *   }
 * }
 *
 * const executor = new Executor(new Stack());
 * const log: number[] = [];
 * await Promise.all(executor.spawnMany([1, 2, 3].map((n) => () => log.push(n))));
 * assertEquals(log, [3, 2, 1]);
 * ```
 *
 * @example One task at a time, from its first step to its end
 * ```ts
 * import { Executor, type ReadyQueue, type ReadyTask } from "@tagged/async-task/executor";
 * import { sleep } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * class OneByOne implements ReadyQueue {
 *   readonly #tasks: ReadyTask[] = [];
 *   #current: number | undefined;
 *   #executor!: { wake(): void };
 *   get size() {
 *     return this.#tasks.length;
 *   }
 *   push(task: ReadyTask) {
 *     this.#tasks.push(task);
 *   }
 *   pop() {
 *     const index = this.#tasks.findIndex(({ id }) => id === (this.#current ?? id));
 *     if (index < 0) return undefined; // the current one waits: so do all
 *     this.#current = this.#tasks[index].id;
 *     return this.#tasks.splice(index, 1)[0];
 *   }
 *   attach(executor: { wake(): void }) {
 *     this.#executor = executor;
 *   }
 *   ended() {
 *     this.#current = undefined;
 *     this.#executor.wake();
 *   }
 * }
 *
 * const executor = new Executor(new OneByOne());
 * const log: string[] = [];
 * const tasks = ["a", "b"].map((name) =>
 *   executor.spawn(async () => {
 *     log.push(`${name} begins`);
 *     await sleep(1);
 *     log.push(`${name} ends`);
 *   })
 * );
 * await Promise.all(tasks);
 * assertEquals(log, ["a begins", "a ends", "b begins", "b ends"]);
 * ```
 */
export interface ReadyQueue {
  /** How many there are. */
  readonly size: number;
  /** Adds one that is in no queue. */
  push(task: ReadyTask): void;
  /** Removes the one that is to run next; `undefined` if there is none, or all are held back for now. */
  pop(): ReadyTask | undefined;
  /**
   * Called once, by the executor that the queue is given to. A queue that has held tasks back wakes
   * `executor` when `pop` has something again.
   */
  attach?(executor: Waker): void;
  /** Called when a task of the executor has ended, in whatever way. What it throws is reported. */
  ended?(task: ReadyTask): void;
}

/** Throws unless it is a queue. */
export function checkQueue(ready: ReadyQueue): void {
  if (typeof ready?.push === "function" && typeof ready.pop === "function") return;
  throw new TypeError(`Cannot make an executor: expected a queue with push and pop, got ${show(ready)}`);
}

/** Tells the queue, whose errors are not the task's. */
export function tellEnded(ready: ReadyQueue, task: ReadyTask): void {
  try {
    ready.ended!(task);
  } catch (error) {
    report(error);
  }
}

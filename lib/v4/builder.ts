/** How v4 tasks are made with metadata, and with panics that propagate. */
import { intoFuture } from "../adapt/friend.ts";
import type { IntoFuture, TaskGenerator } from "../adapt/mod.ts";
import { LOCAL, propagating } from "../core/friend.ts";
import type { Future, TaskContext } from "../core/mod.ts";
import type { Runnable } from "./runnable.ts";
import { make, type Schedule } from "./spawn.ts";
import type { Task } from "./task.ts";

/**
 * What a {@linkcode Builder} makes a task of: any `IntoFuture`, but a function receives the metadata first,
 * and then the task's context.
 *
 * @example
 * ```ts
 * import { type BuilderBody, Builder } from "@tagged/async-task/v4";
 * import { assertEquals } from "@std/assert";
 *
 * const body: BuilderBody<string, { name: string }> = (metadata, { id }) => `${metadata.name} ${id}`;
 * const [runnable, task] = new Builder().metadata({ name: "task" }).spawn(body, () => {});
 * runnable.run();
 * assertEquals(await task, `task ${task.id}`);
 * ```
 */
export type BuilderBody<R, M> =
  | Exclude<IntoFuture<R, M>, (...args: never[]) => unknown>
  | ((metadata: M, context: TaskContext<M>) => Future<R> | TaskGenerator<R> | PromiseLike<R> | R);

/**
 * Makes tasks with metadata, and chooses what becomes of their panics. A builder is not changed by its
 * methods, and may be used again. `async_task::Builder` in Rust.
 *
 * @example
 * ```ts
 * import { Builder } from "@tagged/async-task/v4";
 * import { assertEquals } from "@std/assert";
 *
 * const [runnable, task] = new Builder()
 *   .metadata({ id: 7 })
 *   .propagatePanic(true)
 *   .spawn((metadata) => metadata.id + 1, () => {});
 * runnable.run();
 * assertEquals(await task, 8);
 * ```
 */
export class Builder<M = undefined> {
  readonly #metadata: M;
  readonly #bits: number;

  /** A builder for tasks without metadata, whose panics come out of `run()`. `Builder::new` in Rust. */
  constructor();
  /** @ignore */
  constructor(metadata: M, bits: number);
  constructor(metadata?: M, bits = 0) {
    this.#metadata = metadata as M;
    this.#bits = bits;
  }

  /** The same, for tasks with this metadata. `Builder::metadata` in Rust. */
  metadata<N>(metadata: N): Builder<N> {
    return new Builder<N>(metadata, this.#bits);
  }

  /**
   * The same, for tasks whose panics are carried to who awaits them, or not. `Builder::propagate_panic` in
   * Rust.
   */
  propagatePanic(propagatePanic: boolean): Builder<M> {
    return new Builder<M>(this.#metadata, propagatePanic ? propagating() : 0);
  }

  /**
   * Makes a task. `Builder::spawn` in Rust.
   *
   * @throws {TypeError} If `body` can't be a task, or `schedule` is no function.
   */
  spawn<R>(body: BuilderBody<R, M>, schedule: Schedule<M>): [Runnable<M>, Task<R, M>] {
    return this.#make(body, schedule, this.#bits);
  }

  /**
   * Makes a task whose raw handles other Workers refuse as local. `Builder::spawn_local` in Rust.
   *
   * @throws {TypeError} If `body` can't be a task, or `schedule` is no function.
   */
  spawnLocal<R>(body: BuilderBody<R, M>, schedule: Schedule<M>): [Runnable<M>, Task<R, M>] {
    return this.#make(body, schedule, this.#bits | LOCAL);
  }

  /**
   * The same as {@linkcode Builder.spawn}. `Builder::spawn_unchecked` in Rust.
   *
   * @throws {TypeError} If `body` can't be a task, or `schedule` is no function.
   */
  spawnUnchecked<R>(body: BuilderBody<R, M>, schedule: Schedule<M>): [Runnable<M>, Task<R, M>] {
    return this.spawn(body, schedule);
  }

  #make<R>(body: BuilderBody<R, M>, schedule: Schedule<M>, bits: number): [Runnable<M>, Task<R, M>] {
    return make<R, M>(intoFuture(body as IntoFuture<R, M>, true), schedule, this.#metadata, bits);
  }
}

/** What a job yields, as it is taken. */
import { pollFn } from "../../adapt/mod.ts";
import { promiseOf } from "../../core/friend.ts";
import { type Context, PENDING, type Poll } from "../../core/mod.ts";
import { share } from "../../internal/runtime.ts";
import { STREAM } from "../wire/orders.ts";
import type { TaskHandle } from "./task_handle.ts";
import type { Work } from "./work.ts";

/** What a job yields, if it is a generator. */
export type Streamed<R> = R extends AsyncIterator<infer V> | Iterator<infer V> ? V : never;

/**
 * The values of a job, for one `for await`; and the job's handle, whose output is what the generator returns.
 *
 * @example
 * ```ts
 * import { type JobStream, ThreadPool } from "@tagged/async-task/thread";
 * import { primes } from "../../../examples/jobs.ts";
 * import { assertEquals } from "@std/assert";
 *
 * await using pool = new ThreadPool({ maxThreads: 1 });
 * const stream: JobStream<number, string> = pool.stream(primes, [], { tag: "small" });
 * assertEquals({ tag: stream.handle.tag, first: (await stream.next()).value }, { tag: "small", first: 2 });
 * await stream.return();
 * ```
 */
export interface JobStream<V, T = unknown> extends AsyncIterableIterator<V> {
  /** The job. */
  readonly handle: TaskHandle<unknown, T>;
  /** The next value. */
  next(): Promise<IteratorResult<V>>;
  /** Takes no more: cancels the job. */
  return(): Promise<IteratorResult<V>>;
  /** Itself. */
  [Symbol.asyncIterator](): JobStream<V, T>;
}

type Make<T> = (flags: number) => { handle: TaskHandle<never, T>; work: Work };

/** Starts the job: `make` makes it, `enqueue` has it done. */
export function streamOf<V, T>(
  args: readonly unknown[],
  make: Make<T>,
  enqueue: (work: Work) => void,
): JobStream<V, T> {
  const { handle, work } = make(STREAM);
  const taken = new Int32Array(share(4));
  const stream = new StreamIn<V, T>(handle, taken);
  work.onValues = (values, failure) => stream.push(values, failure);
  if (work.prepare([...args, taken])) enqueue(work);
  const end = (): void => stream.end();
  // Not as whoever calls this would await it: their cancellation is not for this.
  promiseOf(handle).then(end, end);
  return stream;
}

/** So many values are taken before the job is told. */
const TELL_AFTER = 128;

class StreamIn<V, T> implements JobStream<V, T> {
  readonly handle: TaskHandle<unknown, T>;
  /** How many values were taken, as the job sees it. */
  readonly #taken: Int32Array<SharedArrayBuffer>;
  #values: unknown[] = [];
  /** Why there are no more. */
  #failure: { error: unknown } | undefined;
  #next = 0;
  #untold = 0;
  #isEnded = false;
  #isLeft = false;
  #onNews: (() => void) | undefined;

  constructor(handle: TaskHandle<unknown, T>, taken: Int32Array<SharedArrayBuffer>) {
    this.handle = handle;
    this.#taken = taken;
  }

  push(values: unknown[], failure: { error: unknown } | undefined): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    if (this.#next === this.#values.length) {
      this.#values = values;
      this.#next = 0;
    } else this.#values.push(...values);
    this.#tell();
  }

  end(): void {
    this.#isEnded = true;
    this.#tell();
  }

  next(): Promise<IteratorResult<V>> {
    if (this.#next < this.#values.length) return Promise.resolve(this.#take());
    // Whoever is interrupted in a `for await` does not come back.
    return pollFn((cx) => this.#poll(cx), { dispose: () => this.#leave() });
  }

  #take(): IteratorResult<V> {
    const value = this.#values[this.#next] as V;
    this.#values[this.#next++] = undefined;
    if (++this.#untold >= TELL_AFTER) this.#give();
    return { done: false, value };
  }

  #poll({ waker }: Context): Poll<IteratorResult<V>> {
    if (this.#next < this.#values.length) return this.#take();
    if (this.#isLeft) return { done: true, value: undefined };
    if (this.#failure !== undefined) return this.#fail(this.#failure.error);
    if (this.#isEnded) return this.#last({ waker });
    this.#give();
    this.#onNews = () => waker.wake();
    return PENDING;
  }

  async return(): Promise<IteratorResult<V>> {
    this.#leave();
    await null;
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): JobStream<V, T> {
    return this;
  }

  #leave(): void {
    this.#isLeft = true;
    this.#values = [];
    this.#next = 0;
    this.handle[Symbol.dispose]();
    this.#give();
  }

  /** A value can't be had: the job is of no use any more. */
  #fail(error: unknown): never {
    this.#leave();
    throw error;
  }

  /** Throws what the job threw. */
  #last(cx: Context): Poll<IteratorResult<V>> {
    this.#isLeft = true;
    this.handle.poll(cx);
    return { done: true, value: undefined };
  }

  #give(): void {
    Atomics.add(this.#taken, 0, this.#untold);
    Atomics.notify(this.#taken, 0);
    this.#untold = 0;
  }

  #tell(): void {
    const onNews = this.#onNews;
    this.#onNews = undefined;
    onNews?.();
  }
}

/** The inside of `mapConcurrent`. */
import { fromPromise, type IntoFuture } from "../adapt/mod.ts";
import { checkWaker, suppress } from "../core/friend.ts";
import {
  Awaitable,
  type Context,
  type Outcome,
  PENDING,
  type Poll,
  type TaskContext,
  type TaskHandle,
  type Waker,
} from "../core/mod.ts";
import { type AbortTarget, listenToAbort, unlistenToAbort } from "../internal/abort.ts";
import { Deque } from "../internal/deque.ts";
import { Inspectable } from "../internal/inspect.ts";
import type { ConcurrentMap, MapFunction, MapOptions } from "./map_concurrent.ts";
import { spawn } from "./spawn.ts";
import type { Spawner } from "./spawner.ts";

/** A call that has begun and was not delivered, and what is told of its end. Flat, see `lib/README.md`. */
class Call<R> implements Context, Waker {
  declare readonly task: TaskHandle<R>;
  declare private readonly end: Awaitable<Outcome<R>>;
  declare private readonly onEnd: (call: Call<R>, outcome: Outcome<R>) => void;
  declare outcome: Outcome<R> | undefined;

  constructor(task: TaskHandle<R>, onEnd: (call: Call<R>, outcome: Outcome<R>) => void) {
    this.task = task;
    this.end = task.outcome();
    this.onEnd = onEnd;
    this.outcome = undefined;
    this.wake();
  }

  get waker(): Waker {
    return this;
  }

  /** Called by the task when it has ended. */
  wake(): void {
    const outcome = this.end.poll(this);
    if (outcome === PENDING) return;
    this.outcome = outcome;
    this.onEnd(this, outcome);
  }
}

/** Waits for the next output. Flat, see `lib/README.md`. */
class Next<R> extends Awaitable<IteratorResult<R, undefined>> implements Disposable {
  declare private readonly take: (next: Next<R>, cx: Context) => Poll<IteratorResult<R, undefined>>;
  declare private readonly waiting: Map<Next<R>, Waker>;
  /** What was taken, or thrown. */
  declare private taken: (() => IteratorResult<R, undefined>) | undefined;

  constructor(
    take: (next: Next<R>, cx: Context) => Poll<IteratorResult<R, undefined>>,
    waiting: Map<Next<R>, Waker>,
  ) {
    super();
    this.take = take;
    this.waiting = waiting;
    this.taken = undefined;
  }

  override poll(cx: Context): Poll<IteratorResult<R, undefined>> {
    if (this.taken === undefined) {
      try {
        const output = this.take(this, cx);
        if (output === PENDING) return PENDING;
        this.taken = () => output;
      } catch (error) {
        this.taken = () => {
          throw error;
        };
      }
    }
    return this.taken();
  }

  /** Waits no more. It may have been woken: then somebody else is. */
  [Symbol.dispose](): void {
    if (this.waiting.delete(this)) { for (const waker of this.waiting.values()) return waker.wake(); }
  }
}

/** The source, the calls under way, and whoever waits for their outputs. */
export class Mapping<T, R> extends Inspectable implements ConcurrentMap<R>, AbortTarget {
  readonly #source: Iterator<T> | AsyncIterator<T>;
  readonly #fn: MapFunction<T, R>;
  readonly #concurrency: number;
  readonly #isOrdered: boolean;
  readonly #spawn: Spawner["spawn"];
  readonly #signal: AbortSignal | undefined;
  /** All that have begun and were not delivered, in the order of the items. */
  readonly #calls: Set<Call<R>> = new Set();
  /** Those that have ended, in the order in which they did; only if that is the order. */
  readonly #ended: Deque<Call<R>> = new Deque();
  /** Those who wait, in the order in which they came; each stays until it has an output, or waits no more. */
  readonly #waiting: Map<Next<R>, Waker> = new Map();
  #index = 0;
  #hasBegun = false;
  /** Whether the source was asked for an item that is not there yet. */
  #isPulling = false;
  #isExhausted = false;
  /** What is to be thrown, once all have cleaned up. */
  #failure: { readonly error: unknown } | undefined = undefined;
  /** Set once everything is given up; it never rejects. */
  #closing: Promise<void> | undefined = undefined;
  #isClosed = false;

  constructor(
    source: Iterator<T> | AsyncIterator<T>,
    fn: MapFunction<T, R>,
    options: Required<MapOptions> | MapOptions,
  ) {
    super();
    const { concurrency = 8, ordered = true, executor, signal } = options;
    this.#source = source;
    this.#fn = fn;
    this.#concurrency = concurrency;
    this.#isOrdered = ordered;
    this.#spawn = executor === undefined ? spawn : executor.spawn.bind(executor);
    this.#signal = signal;
  }

  next(): Awaitable<IteratorResult<R, undefined>> & Disposable {
    return new Next<R>(this.#take, this.#waiting);
  }

  return(): Awaitable<IteratorReturnResult<undefined>> {
    return fromPromise(this.#end());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  /** Called by the signal. */
  onAbort(): void {
    this.#fail(this.#signal!.reason);
  }

  override toJSON(): object {
    return {
      concurrency: this.#concurrency,
      begun: this.#index,
      size: this.#calls.size,
      isClosed: this.#isClosed,
    };
  }

  readonly #take = (next: Next<R>, cx: Context): Poll<IteratorResult<R, undefined>> => {
    if (!this.#hasBegun) this.#begin();
    const output = this.#deliver();
    if (output === PENDING) {
      this.#waiting.set(next, checkWaker(cx.waker));
      return PENDING;
    }
    this.#waiting.delete(next);
    this.#wakeNext();
    return output;
  };

  #begin(): void {
    this.#hasBegun = true;
    if (this.#signal?.aborted) return this.onAbort();
    if (this.#signal !== undefined) listenToAbort(this.#signal, this);
    this.#fill();
  }

  /** The next output, the end, or what is to be thrown, if it is there. */
  #deliver(): Poll<IteratorResult<R, undefined>> {
    if (this.#closing !== undefined) return this.#isClosed ? this.#last() : PENDING;
    const call = this.#isOrdered ? first(this.#calls) : this.#ended.shift();
    if (call?.outcome?.status === "completed") {
      this.#calls.delete(call);
      this.#fill();
      return { done: false, value: call.outcome.value };
    }
    if (!this.#isExhausted || this.#isPulling || this.#calls.size > 0) return PENDING;
    this.#stop();
    return { done: true, value: undefined };
  }

  #last(): IteratorResult<R, undefined> {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
    return { done: true, value: undefined };
  }

  /** Begins as many calls as there may be. */
  #fill(): void {
    while (this.#calls.size < this.#concurrency && !this.#isExhausted && !this.#isPulling && !this.#closing) {
      try {
        this.#pull();
      } catch (error) {
        this.#isExhausted = true;
        this.#fail(error);
      }
    }
  }

  #pull(): void {
    const item = this.#source.next();
    if (typeof (item as Promise<unknown>).then !== "function") return this.#call(item as IteratorResult<T>);
    void this.#await(item as Promise<IteratorResult<T>>);
  }

  async #await(item: Promise<IteratorResult<T>>): Promise<void> {
    this.#isPulling = true;
    try {
      this.#call(await item);
    } catch (error) {
      this.#isExhausted = true;
      this.#fail(error);
    }
    this.#isPulling = false;
    this.#fill();
    this.#wakeNext();
  }

  #call(item: IteratorResult<T>): void {
    if (item.done) this.#isExhausted = true;
    if (item.done || this.#closing !== undefined) return;
    const index = this.#index++;
    const body = ((context: TaskContext<number>) => this.#fn(item.value, index, context)) as IntoFuture<
      R,
      number
    >;
    this.#calls.add(new Call<R>(this.#spawn<R, number>(body, index), this.#onEnd));
  }

  readonly #onEnd = (call: Call<R>, outcome: Outcome<R>): void => {
    if (this.#closing !== undefined) return;
    if (outcome.status !== "completed") {
      return this.#fail(outcome.status === "panicked" ? outcome.error : outcome.reason);
    }
    if (!this.#isOrdered) this.#ended.push(call);
    this.#wakeNext();
  };

  /** Whoever waits the longest asks again. */
  #wakeNext(): void {
    for (const waker of this.#waiting.values()) return waker.wake();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    void this.#close();
  }

  async #end(): Promise<IteratorReturnResult<undefined>> {
    this.#hasBegun = true;
    await this.#close();
    this.#last();
    return { done: true, value: undefined };
  }

  #close(): Promise<void> {
    return this.#closing ??= this.#closeAll();
  }

  /** Cancels what is under way, waits for its clean-up, and lets go of the source. */
  async #closeAll(): Promise<void> {
    const calls = [...this.#calls];
    this.#calls.clear();
    this.#stop();
    for (const { task, outcome } of calls) if (outcome === undefined) void task.cancel();
    for (const { task, outcome } of calls) {
      if (outcome !== undefined) continue;
      const end = await task.outcome();
      if (end.status === "panicked") this.#add(end.error);
    }
    try {
      if (!this.#isExhausted) await this.#source.return?.();
    } catch (error) {
      this.#add(error);
    }
    this.#isClosed = true;
    for (const waker of [...this.#waiting.values()]) waker.wake();
  }

  #add(error: unknown): void {
    const before = this.#failure;
    this.#failure = { error: before === undefined ? error : suppress(error, before.error) };
  }

  #stop(): void {
    if (this.#signal !== undefined) unlistenToAbort(this.#signal, this);
  }
}

function first<V>(set: Set<V>): V | undefined {
  for (const value of set) return value;
}

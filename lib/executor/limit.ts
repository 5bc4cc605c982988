import { intoFuture } from "../adapt/friend.ts";
import type { IntoFuture } from "../adapt/mod.ts";
import { checkWaker } from "../core/friend.ts";
import { type Context, type Future, PENDING, type Poll, type Waker } from "../core/mod.ts";
import { Deque } from "../internal/deque.ts";
import type { TaskHandle } from "../core/mod.ts";
import type { Spawner } from "./spawner.ts";

/**
 * What {@linkcode limit} returns.
 *
 * @example
 * ```ts
 * import { type Limited, limit, LocalExecutor } from "@tagged/async-task/executor";
 * import { assertEquals } from "@std/assert";
 *
 * const limited: Limited = limit(new LocalExecutor(), 2);
 * const tasks = [1, 2, 3].map((n) => limited.spawn(async () => n));
 * await tasks[0];
 * assertEquals(await Promise.all(tasks), [1, 2, 3]);
 * assertEquals([limited.active, limited.waiting], [0, 0]);
 * ```
 */
export interface Limited extends Spawner {
  /** How many may have started and not ended. */
  readonly limit: number;
  /** How many have started and not ended. */
  readonly active: number;
  /** How many wait to start. */
  readonly waiting: number;
}

/** Hands out turns to start, in the order in which they were asked for. */
class Turns {
  readonly limit: number;
  active = 0;
  waiting = 0;
  /** Those who wait; what has been cancelled meanwhile is passed over. */
  readonly #queue: Deque<LimitedBody<unknown>> = new Deque();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether a turn was free; it is taken then. */
  take(): boolean {
    if (this.active >= this.limit) return false;
    this.active++;
    return true;
  }

  queue(body: LimitedBody<unknown>): void {
    this.waiting++;
    this.#queue.push(body);
  }

  /** A turn is over: it is the next one's. */
  pass(): void {
    for (let body; (body = this.#queue.shift()) !== undefined;) {
      if (body.receive()) return;
    }
    this.active--;
  }
}

/** The body has not been asked to start. */
const NEW = 0;
/** It waits for its turn, and is counted in `waiting`. */
const WAITING = 1;
/** It has its turn, and is counted in `active`. */
const STARTED = 2;
/** It has none any more. */
const OVER = 3;

/** A body that waits for its turn before its first poll, and passes it on when its task has ended. */
class LimitedBody<R> implements Future<R> {
  readonly #inner: Future<R>;
  readonly #turns: Turns;
  #state: number;
  #waker: Waker | undefined;

  constructor(inner: Future<R>, turns: Turns) {
    this.#inner = inner;
    this.#turns = turns;
    this.#state = NEW;
    this.#waker = undefined;
  }

  poll(cx: Context): Poll<R> {
    if (this.#state !== STARTED && !this.start(cx)) return PENDING;
    return this.#inner.poll(cx);
  }

  pollClose(cx: Context): Poll<unknown> {
    return this.#inner.pollClose?.(cx);
  }

  [Symbol.dispose](): void {
    const state = this.#state;
    this.#state = OVER;
    if (state === WAITING) this.#turns.waiting--;
    else if (state === STARTED) this.#turns.pass();
    this.#inner[Symbol.dispose]?.();
  }

  /** Called when its turn has come; whether it still wants it. */
  receive(): boolean {
    if (this.#state !== WAITING) return false;
    this.#turns.waiting--;
    this.#state = STARTED;
    this.#waker!.wake();
    return true;
  }

  private start(cx: Context): boolean {
    if (this.#state === NEW && this.#turns.take()) {
      this.#state = STARTED;
      return true;
    }
    this.#waker = checkWaker(cx.waker);
    if (this.#state === NEW) this.#turns.queue(this);
    this.#state = WAITING;
    return false;
  }
}

/**
 * Limits how many tasks are under way at the same time: of those that are spawned through what it returns, at
 * most `n` have started and not ended, clean-up included. The others wait, in the order in which they were
 * spawned. What is cancelled while it waits never starts.
 *
 * @param executor What runs the tasks; several limits may share one, and a limit may be limited.
 * @param n How many: 1 or more.
 * @throws {RangeError} If `n` is no whole number from 1, nor `Infinity`.
 *
 * @example
 * ```ts
 * import { limit, LocalExecutor } from "@tagged/async-task/executor";
 * import { sleep } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const two = limit(new LocalExecutor(), 2);
 * let active = 0;
 * let most = 0;
 * const job = async () => {
 *   most = Math.max(most, ++active);
 *   await sleep(1);
 *   active--;
 * };
 * await Promise.all(Array.from({ length: 5 }, () => two.spawn(job)));
 * assertEquals(most, 2);
 * ```
 */
export function limit(executor: Spawner, n: number): Limited {
  if (n !== Infinity && !(Number.isInteger(n) && n >= 1)) {
    throw new RangeError(`Cannot limit to ${String(n)} tasks: it is no whole number from 1`);
  }
  return new LimitedSpawner(executor, new Turns(n));
}

class LimitedSpawner implements Limited {
  readonly #executor: Spawner;
  readonly #turns: Turns;

  constructor(executor: Spawner, turns: Turns) {
    this.#executor = executor;
    this.#turns = turns;
  }

  get limit(): number {
    return this.#turns.limit;
  }

  get active(): number {
    return this.#turns.active;
  }

  get waiting(): number {
    return this.#turns.waiting;
  }

  spawn<R, T>(body: IntoFuture<R, T>, tag?: T): TaskHandle<R, T> {
    return this.#executor.spawn<R, T>(new LimitedBody<R>(intoFuture(body), this.#turns), tag as T);
  }
}

/** The outcomes of a scope on their way to `for await`. */
import { type Cell, checkWaker, markSeen } from "../core/friend.ts";
import { Awaitable, type Context, PENDING, type Poll, type Waker } from "../core/mod.ts";
import { Deque } from "../internal/deque.ts";
import type { Finished } from "./options.ts";

/** An outcome, and the task, which has told it when it is handed out. */
interface Item {
  readonly finished: Finished;
  readonly cell: Cell;
}

/** What `next()` gives. */
type Result = IteratorResult<Finished, undefined>;

/** Outcomes that wait to be asked for, or those who wait for outcomes; never both. */
export class FinishedQueue {
  readonly #items: Deque<Item> = new Deque();
  readonly #waiting: Set<Next> = new Set();
  /** Whether they are kept while nobody waits. */
  #isKeeping: boolean;
  readonly #isOver: () => boolean;

  /** `isOver` says that none will come any more. */
  constructor(isKeeping: boolean, isOver: () => boolean) {
    this.#isKeeping = isKeeping;
    this.#isOver = isOver;
  }

  /** A task has ended. */
  push(finished: Finished, cell: Cell): void {
    const item = { finished, cell };
    for (const next of this.#waiting) return this.give(next, item);
    if (this.#isKeeping) this.#items.push(item);
  }

  /** None will come any more: whoever waits is done. */
  end(): void {
    for (const next of this.#waiting) this.give(next, undefined);
  }

  /** From now on they are kept, as somebody has asked. */
  next(): Next {
    this.#isKeeping = true;
    return new Next(this);
  }

  /** For `next`: one that is there, `undefined` if none will come, or `PENDING`: it waits from now on. */
  take(next: Next): Poll<Item | undefined> {
    const item = this.#items.shift();
    if (item !== undefined) return item;
    if (this.#isOver()) return undefined;
    this.#waiting.add(next);
    return PENDING;
  }

  give(next: Next, item: Item | undefined): void {
    this.#waiting.delete(next);
    next.give(item);
  }

  /** `next` waits no more; what it was given, and nobody has seen, is for the next one. */
  leave(next: Next, item: Item | undefined): void {
    this.#waiting.delete(next);
    if (item === undefined) return;
    for (const other of this.#waiting) return this.give(other, item);
    this.#items.unshift(item);
  }
}

/** Nobody has asked yet, or waits any more. */
const IDLE = 0;
const WAITING = 1;
/** It was given something, and nobody has seen that yet. */
const GIVEN = 2;
const TAKEN = 3;

/** One outcome, for whoever asks first. Flat, see `lib/README.md`. */
class Next extends Awaitable<Result> implements Disposable {
  declare private readonly queue: FinishedQueue;
  declare private state: number;
  declare private item: Item | undefined;
  declare private waker: Waker | undefined;

  constructor(queue: FinishedQueue) {
    super();
    this.queue = queue;
    this.state = IDLE;
    this.item = undefined;
    this.waker = undefined;
  }

  override poll(cx: Context): Poll<Result> {
    if (this.state === IDLE) this.begin();
    if (this.state === WAITING) {
      this.waker = checkWaker(cx.waker);
      return PENDING;
    }
    this.state = TAKEN;
    if (this.item === undefined) return { done: true, value: undefined };
    markSeen(this.item.cell);
    return { done: false, value: this.item.finished };
  }

  /** Called by the queue. */
  give(item: Item | undefined): void {
    this.state = GIVEN;
    this.item = item;
    this.waker?.wake();
  }

  /** Waits no more. */
  [Symbol.dispose](): void {
    if (this.state === TAKEN || this.state === IDLE) return;
    const item = this.state === GIVEN ? this.item : undefined;
    this.state = IDLE;
    this.item = this.waker = undefined;
    this.queue.leave(this, item);
  }

  private begin(): void {
    const item = this.queue.take(this);
    this.state = item === PENDING ? WAITING : GIVEN;
    if (item !== PENDING) this.item = item;
  }
}

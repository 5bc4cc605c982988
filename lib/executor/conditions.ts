/** Futures that wait until something is the case with an executor or a limiter. */
import type { Wait } from "../internal/waits.ts";
import { checkWaker, wakeAll } from "../core/friend.ts";
import { Awaitable, type Context, PENDING, type Poll, type Waker } from "../core/mod.ts";

/** Ready once `isMet()` was true, and from then on; throws what that throws. Flat, see lib/README.md. */
class Condition extends Awaitable<void> implements Disposable {
  declare private readonly isMet: () => boolean;
  /** Those who wait; this is among them while `waker` is set. */
  declare private readonly waiting: Set<Condition>;
  declare private waker: Waker | undefined;
  declare private isOver: boolean;
  /** What `isMet` has thrown, in the way of an output. */
  declare private failure: { readonly error: unknown } | undefined;

  constructor(isMet: () => boolean, waiting: Set<Condition>) {
    super();
    this.isMet = isMet;
    this.waiting = waiting;
    this.waker = undefined;
    this.isOver = false;
    this.failure = undefined;
  }

  override poll(cx: Context): Poll<void> {
    if (!this.check()) return this.wait(cx);
    if (this.failure !== undefined) throw this.failure.error;
  }

  /** Whether it is over. */
  check(): boolean {
    return this.isOver ||= this.ask();
  }

  /** Who is to be woken, now that it is over. */
  take(): Waker {
    const waker = this.waker!;
    this[Symbol.dispose]();
    return waker;
  }

  override waitsFor(): Wait | undefined {
    return this.isOver ? undefined : { kind: "condition" };
  }

  /** Waits no more. */
  [Symbol.dispose](): void {
    this.waker = undefined;
    this.waiting.delete(this);
  }

  private ask(): boolean {
    try {
      return this.isMet();
    } catch (error) {
      this.failure = { error };
      return true;
    }
  }

  private wait(cx: Context): typeof PENDING {
    this.waker = checkWaker(cx.waker);
    this.waiting.add(this);
    return PENDING;
  }
}

/** All futures that wait for something of one owner, which says when anything has changed. */
export class Conditions {
  readonly #waiting: Set<Condition> = new Set();

  /**
   * A future that is ready once `isMet()`. It is asked at each poll, and at each `check()` while somebody
   * waits.
   */
  when(isMet: () => boolean): Awaitable<void> & Disposable {
    return new Condition(isMet, this.#waiting);
  }

  /** Something has changed: wakes whoever waits for that. */
  check(): void {
    if (this.#waiting.size > 0) this.#checkAll();
  }

  #checkAll(): void {
    const met = [...this.#waiting].filter((condition) => condition.check());
    let next = 0;
    wakeAll(() => met[next++]?.take());
  }
}

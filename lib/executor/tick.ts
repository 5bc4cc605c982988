/** Driving an executor by hand, a step at a time. */
import type { Wait } from "../internal/waits.ts";
import { checkWaker } from "../core/friend.ts";
import { Awaitable, type Context, PENDING, type Poll, type Waker } from "../core/mod.ts";

/** Waits for something to run, and runs it. Flat, see lib/README.md. */
export class Tick extends Awaitable<void> implements Waker, Disposable {
  declare private readonly tryTick: () => boolean;
  /** All who wait, the one who waits longest first; this is among them while `waker` is set. */
  declare private readonly waiting: Set<Tick>;
  declare private waker: Waker | undefined;
  /** Whether it was woken, and has not been polled since. */
  declare private isWoken: boolean;
  declare private isDone: boolean;

  constructor(tryTick: () => boolean, waiting: Set<Tick>) {
    super();
    this.tryTick = tryTick;
    this.waiting = waiting;
    this.waker = undefined;
    this.isWoken = false;
    this.isDone = false;
  }

  override poll(cx: Context): Poll<void> {
    if (this.isDone) return;
    this.leave();
    if (this.tryTick()) {
      this.isDone = true;
      return;
    }
    this.waker = checkWaker(cx.waker);
    this.waiting.add(this);
    return PENDING;
  }

  /** Called by the executor when there is something to run: the next one is the next's. */
  wake(): void {
    const waker = this.waker!;
    this.leave();
    this.isWoken = true;
    waker.wake();
  }

  override waitsFor(): Wait {
    return { kind: "task that is ready" };
  }

  /**
   * Waits no more. If it was woken already, somebody else is: what there is to run is not to be forgotten.
   */
  [Symbol.dispose](): void {
    const isWoken = this.isWoken;
    this.leave();
    if (isWoken) { for (const next of this.waiting) return next.wake(); }
  }

  private leave(): void {
    this.waiting.delete(this);
    this.waker = undefined;
    this.isWoken = false;
  }
}

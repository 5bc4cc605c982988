import { Shared } from "../adapt/friend.ts";
import { checkWaker } from "../core/friend.ts";
import { type Context, PENDING, type Poll, type Waker } from "../core/mod.ts";
import type { Clock } from "./clock.ts";
import { type Sleep, sleepUntil } from "./sleep.ts";

// A copy: an engine loads an imported constant at every use.
const pending: typeof PENDING = PENDING;

/** What an interval and its ticks share. */
export interface Schedule {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** When the next tick is due that nobody has taken yet. */
  due: number;
  isClosed: boolean;
  /** Who waits for a tick: to be woken when the interval changes `due` or `isClosed`. */
  readonly waiting: Set<Waker>;
  /** When the tick after one is due that was due at `due` and is taken at `now`. */
  after(due: number, now: number): number;
}

/** One tick of an interval: takes the next one that nobody else has taken. */
export class Tick extends Shared<number> implements Waker, Disposable {
  readonly #schedule: Schedule;
  /** When it was due, once it is taken. */
  #taken: number | undefined;
  /** Set while somebody waits; they are also in `waiting` then. */
  #sleep: Sleep | undefined;
  #waker: Waker | undefined;

  constructor(schedule: Schedule) {
    super();
    this.#schedule = schedule;
    this.#taken = undefined;
    this.#sleep = undefined;
    this.#waker = undefined;
  }

  override poll(cx: Context): Poll<number> {
    if (this.#taken !== undefined) return this.#taken;
    const { clock, signal, isClosed, due } = this.#schedule;
    if (signal?.aborted || isClosed) this.refuse();
    const now = clock.now();
    return now < due ? this.wait(cx) : this.take(now);
  }

  /** Called by the interval. */
  wake(): void {
    this.#waker!.wake();
  }

  [Symbol.dispose](): void {
    this.#schedule.waiting.delete(this);
    this.#sleep?.[Symbol.dispose]();
    this.#sleep = undefined;
    this.#waker = undefined;
  }

  private refuse(): never {
    this[Symbol.dispose]();
    const { signal } = this.#schedule;
    if (signal?.aborted) throw signal.reason;
    throw new TypeError("Cannot wait for a tick: the interval was disposed");
  }

  private take(now: number): number {
    this[Symbol.dispose]();
    const due = this.#schedule.due;
    this.#schedule.due = this.#schedule.after(due, now);
    this.#taken = due;
    return due;
  }

  private wait(cx: Context): Poll<number> {
    this.#waker = checkWaker(cx.waker);
    this.#schedule.waiting.add(this);
    return this.sleep().poll(cx) === pending ? pending : this.poll(cx);
  }

  /** The sleep until the next tick; another one if the tick was taken by somebody else. */
  private sleep(): Sleep {
    const { clock, signal, due } = this.#schedule;
    const sleep = this.#sleep;
    if (sleep !== undefined && sleep.deadline === due && !sleep.isElapsed) return sleep;
    sleep?.[Symbol.dispose]();
    return this.#sleep = sleepUntil(due, { clock, signal });
  }
}

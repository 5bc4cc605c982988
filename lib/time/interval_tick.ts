/** The ticks of an interval, as futures. */
import type { Wait } from "../internal/waits.ts";
import { checkWaker } from "../core/friend.ts";
import { Awaitable, type Context, PENDING, type Poll, type Waker } from "../core/mod.ts";
import type { Clock } from "./clock.ts";
import { type Sleep, sleepUntil } from "./sleep.ts";

// A local copy, see lib/README.md.
const pending: typeof PENDING = PENDING;

/** What an interval and its ticks share. */
export interface Timetable {
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

/** One tick of an interval: takes the next one that nobody else has taken. Flat, see lib/README.md. */
export class IntervalTick extends Awaitable<number> implements Waker, Disposable {
  declare private readonly timetable: Timetable;
  /** When it was due, once it is taken. */
  declare private taken: number | undefined;
  /** Set while somebody waits; they are also in `waiting` then. */
  declare private timer: Sleep | undefined;
  declare private waker: Waker | undefined;

  constructor(timetable: Timetable) {
    super();
    this.timetable = timetable;
    this.taken = undefined;
    this.timer = undefined;
    this.waker = undefined;
  }

  override poll(cx: Context): Poll<number> {
    if (this.taken !== undefined) return this.taken;
    const { clock, signal, isClosed, due } = this.timetable;
    if (signal?.aborted || isClosed) this.refuse();
    const now = clock.now();
    return now < due ? this.wait(cx) : this.take(now);
  }

  /** Called by the interval. */
  wake(): void {
    this.waker!.wake();
  }

  override waitsFor(): Wait | undefined {
    return this.taken === undefined ? { kind: "tick", until: this.timetable.due } : undefined;
  }

  [Symbol.dispose](): void {
    this.timetable.waiting.delete(this);
    this.timer?.[Symbol.dispose]();
    this.timer = undefined;
    this.waker = undefined;
  }

  private refuse(): never {
    this[Symbol.dispose]();
    const { signal } = this.timetable;
    if (signal?.aborted) throw signal.reason;
    throw new TypeError("Cannot wait for a tick: the interval was disposed");
  }

  private take(now: number): number {
    this[Symbol.dispose]();
    const due = this.timetable.due;
    this.timetable.due = this.timetable.after(due, now);
    this.taken = due;
    return due;
  }

  private wait(cx: Context): Poll<number> {
    this.waker = checkWaker(cx.waker);
    this.timetable.waiting.add(this);
    return this.sleep().poll(cx) === pending ? pending : this.poll(cx);
  }

  /** The sleep until the next tick; another one if the tick was taken by somebody else. */
  private sleep(): Sleep {
    const { clock, signal, due } = this.timetable;
    const timer = this.timer;
    if (timer !== undefined && timer.deadline === due && !timer.isElapsed) return timer;
    timer?.[Symbol.dispose]();
    return this.timer = sleepUntil(due, { clock, signal });
  }
}

/**
 * A tick as an async iterator gives it: when the interval is disposed, it is done. Flat, see lib/README.md.
 */
export class IteratorTick extends Awaitable<IteratorResult<number, undefined>> implements Disposable {
  declare private readonly timetable: Timetable;
  declare private readonly tick: IntervalTick;

  constructor(timetable: Timetable) {
    super();
    this.timetable = timetable;
    this.tick = new IntervalTick(timetable);
  }

  override poll(cx: Context): Poll<IteratorResult<number, undefined>> {
    try {
      const value = this.tick.poll(cx);
      return value === pending ? pending : { done: false, value };
    } catch (error) {
      if (this.timetable.isClosed) return { done: true, value: undefined };
      throw error;
    }
  }

  override waitsFor(): Wait | undefined {
    return this.tick.waitsFor();
  }

  [Symbol.dispose](): void {
    this.tick[Symbol.dispose]();
  }
}

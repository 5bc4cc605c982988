/** Bodies that begin later. */
import { checkWaker } from "../core/friend.ts";
import { type Context, type Future, PENDING, type Poll, type Waker } from "../core/mod.ts";
import { type Clock, type ClockEntry, systemClock } from "../time/mod.ts";
import type { SpawnOptions } from "./options.ts";
import { Wrapper } from "./wrapper.ts";

/** The time has not come. */
const EARLY = 0;
/** The time has come: the body is polled. */
const DUE = 1;

/** A body that is not polled before its time. Flat, see lib/README.md. */
class Delayed<R> extends Wrapper<R> implements Waker {
  declare private readonly clock: Clock;
  declare private readonly at: number;
  declare private state: number;
  declare private entry: ClockEntry | undefined;
  declare private waker: Waker | undefined;

  constructor(inner: Future<R>, delay: number, clock: Clock) {
    super(inner);
    this.clock = clock;
    this.at = clock.now() + delay;
    this.state = EARLY;
    this.entry = undefined;
    this.waker = undefined;
  }

  override poll(cx: Context): Poll<R> {
    return this.state === DUE ? this.inner.poll(cx) : this.wait(cx);
  }

  override pollClose(cx: Context): Poll<unknown> {
    this.stop();
    return super.pollClose(cx);
  }

  override [Symbol.dispose](): void {
    this.stop();
    super[Symbol.dispose]();
  }

  /** Called by the clock. */
  wake(): void {
    const { waker } = this;
    this.stop();
    this.state = DUE;
    waker!.wake();
  }

  private wait(cx: Context): typeof PENDING {
    this.waker = checkWaker(cx.waker);
    this.entry ??= this.at === Infinity ? undefined : this.clock.register(this.at, this);
    return PENDING;
  }

  private stop(): void {
    if (this.entry !== undefined) this.clock.cancel(this.entry);
    this.entry = undefined;
    this.waker = undefined;
  }
}

/** The body with its delay; as it is, if it has none. */
export function delayed<R>(future: Future<R>, { delay, clock = systemClock }: SpawnOptions): Future<R> {
  return delay === undefined ? future : new Delayed(future, delay, clock);
}

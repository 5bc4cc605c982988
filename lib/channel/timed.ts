/** Waits at a channel that are over at a time. */
import { type Wait, waitOf } from "../internal/waits.ts";
import { isAwaited, type Pace, PACED } from "../core/friend.ts";
import { Awaitable, type Context, type Poll, type Waker } from "../core/mod.ts";
import { deadline, systemClock, type TimeOptions } from "../time/mod.ts";
import { checkMs } from "../internal/check_ms.ts";
import { SendError } from "./errors.ts";
import type { Send } from "./send.ts";

/** A wait that is over at a time. Flat, see lib/README.md. */
export class Timed<R> extends Awaitable<R> implements Disposable {
  declare private readonly inner: Awaitable<R> & Disposable;
  /** Who polled last. */
  declare private waker: Waker | undefined;

  constructor(wait: Awaitable<R>, time: number, options: TimeOptions, action: string) {
    super();
    this.inner = deadline(wait, checkMs(time, action), options);
    this.waker = undefined;
  }

  override poll(cx: Context): Poll<R> {
    this.waker = cx.waker;
    return this.inner.poll(cx);
  }

  override waitsFor(): Wait | undefined {
    return waitOf(this.inner);
  }

  protected override get awaitPace(): Pace {
    return PACED;
  }

  /** Whoever awaits it is told, as by every wait of a channel. */
  [Symbol.dispose](): void {
    this.inner[Symbol.dispose]();
    if (isAwaited(this)) this.waker?.wake();
  }
}

/** A send that is over at a time: the error gives the message back. */
export class TimedSend<T> extends Timed<void> implements Send<T> {
  declare private readonly send: Send<T>;
  declare private readonly signal: AbortSignal | undefined;
  /** Once it was too late. */
  declare private timeoutError: SendError<T> | undefined;

  constructor(send: Send<T>, time: number, options: TimeOptions) {
    super(send, time, options, "send");
    this.send = send;
    this.signal = options.signal;
    this.timeoutError = undefined;
  }

  get isSent(): boolean {
    return this.send.isSent;
  }

  get message(): T | undefined {
    return this.send.message;
  }

  override poll(cx: Context): Poll<void> {
    try {
      return super.poll(cx);
    } catch (error) {
      throw this.isLate(error) ? this.timeoutError ??= new SendError(this.message as T, "timeout") : error;
    }
  }

  /** A signal may be aborted because of a timeout of its own, `AbortSignal.timeout`'s. */
  private isLate(error: unknown): boolean {
    const isTimeout = error instanceof DOMException && error.name === "TimeoutError";
    return isTimeout && !(this.signal?.aborted && error === this.signal.reason);
  }
}

/** When it is, `ms` from now. */
export function after(ms: number, { clock = systemClock }: TimeOptions, action: string): number {
  return clock.now() + checkMs(ms, action);
}

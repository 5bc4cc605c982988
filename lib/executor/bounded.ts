/** What ends a task early: a signal, or the time. */
import { type Cell, setDeadline, taskName } from "../core/friend.ts";
import type { Context, Future, Poll, Waker } from "../core/mod.ts";
import { type AbortTarget, listenToAbort, unlistenToAbort } from "../internal/abort.ts";
import { KnownDeadline } from "../time/friend.ts";
import { type Clock, type ClockEntry, systemClock } from "../time/mod.ts";
import type { SpawnOptions } from "./options.ts";
import { Wrapper } from "./wrapper.ts";

/**
 * A body whose task is cancelled by a signal, or when its time is up. It listens, and has a wake-up at the
 * clock, from `attach` until the task has ended or its clean-up begins. Flat, see lib/README.md.
 */
export class Bounded<R> extends Wrapper<R> implements AbortTarget, Waker {
  declare private readonly signal: AbortSignal | undefined;
  declare private readonly clock: Clock;
  /** How long it may run, until that has begun to count; `Infinity` from then on. */
  declare private timeout: number;
  /** When the time is up. */
  declare private deadline: number;
  /** Set while there is something to be told. */
  declare private cell: Cell | undefined;
  declare private entry: ClockEntry | undefined;

  constructor(inner: Future<R>, options: SpawnOptions) {
    super(inner);
    this.signal = options.signal;
    this.clock = options.clock ?? systemClock;
    this.timeout = options.timeout ?? Infinity;
    this.deadline = options.deadline ?? Infinity;
    this.cell = undefined;
    this.entry = undefined;
  }

  /** The signal and the deadline count from now on. */
  attach(cell: Cell): void {
    const { signal, deadline, clock } = this;
    this.cell = cell;
    if (signal?.aborted) return this.onAbort();
    if (deadline <= clock.now()) return this.wake();
    if (signal !== undefined) listenToAbort(signal, this);
    this.arm();
  }

  override poll(cx: Context): Poll<R> {
    if (this.timeout !== Infinity) this.start();
    return this.inner.poll(cx);
  }

  override pollClose(cx: Context): Poll<unknown> {
    this.stop();
    return super.pollClose(cx);
  }

  override [Symbol.dispose](): void {
    this.stop();
    super[Symbol.dispose]();
  }

  /** Called by the signal. */
  onAbort(): void {
    this.end(this.signal!.reason);
  }

  /** Called by the clock. */
  wake(): void {
    const { id, tag } = this.cell!;
    this.end(new DOMException(`Cannot go on with ${taskName(id, tag)}: the time is up`, "TimeoutError"));
  }

  /** The first poll: the timeout counts from now on. */
  private start(): void {
    this.deadline = Math.min(this.deadline, this.clock.now() + this.timeout);
    this.timeout = Infinity;
    this.arm();
  }

  private arm(): void {
    if (this.entry !== undefined) this.clock.cancel(this.entry);
    this.entry = undefined;
    if (this.deadline === Infinity) return;
    this.entry = this.clock.register(this.deadline, this);
    setDeadline(this.cell!, new KnownDeadline(this.deadline, this.clock));
  }

  private end(reason: unknown): void {
    const cell = this.cell!;
    this.stop();
    cell.cancel(reason);
  }

  private stop(): void {
    if (this.cell === undefined) return;
    this.cell = undefined;
    this.timeout = Infinity;
    if (this.signal !== undefined) unlistenToAbort(this.signal, this);
    if (this.entry !== undefined) this.clock.cancel(this.entry);
    this.entry = undefined;
  }
}

/** The body with its bounds; `undefined` if it has none. */
export function bound<R>(future: Future<R>, options: SpawnOptions): Bounded<R> | undefined {
  const { signal, timeout, deadline } = options;
  const isBounded = signal !== undefined || timeout !== undefined || deadline !== undefined;
  return isBounded ? new Bounded(future, options) : undefined;
}

/** The threads of a pool: when they are started, which of them is next, and when they end. */
import { startTimer } from "../../internal/runtime.ts";
import type { Limits, ThreadPoolOptions } from "./pool_options.ts";
import { Thread, type ThreadOwner } from "./thread.ts";

/** Where there may be so many threads, another is started only when the last one has. */
const LAZY_FROM = 64;

/** For so long a thread may be at its tear-down, in ms. */
const TEAR_DOWN_MS = 5_000;

type Timer = ReturnType<typeof setTimeout> | undefined;

/** What a pool knows of a thread of its own. */
export interface Seat {
  /** When it was given its last batch. */
  sentAt: number;
  /** While it is at a batch: takes the rest of it back. */
  held: Timer;
  /**
   * Ends it when it has had nothing to do for long enough. Once set, it stays: it asks when it is due whether
   * that is so, as a timer costs as much as a quick job.
   */
  idle: Timer;
  /** Since when it has nothing to do; `Infinity` while it has. */
  idleSince: number;
  /** Whether it is given no more, and ends when it is done. */
  isRetiring: boolean;
}

export class Threads {
  readonly #limits: Limits;
  readonly #options: ThreadPoolOptions;
  readonly #owner: ThreadOwner;
  readonly #seats: Map<Thread, Seat> = new Map();
  /** Those with room. The last is used first: it is awake still, and the others may end. */
  readonly #open: Set<Thread> = new Set();
  /** Whether one is being started: a runtime may run microtasks meanwhile, and so the pool. */
  #isStarting = false;
  #onEnd: (() => void) | undefined;

  constructor(limits: Limits, options: ThreadPoolOptions, owner: ThreadOwner) {
    this.#limits = limits;
    this.#options = options;
    this.#owner = owner;
  }

  get size(): number {
    return this.#seats.size;
  }

  get isStarting(): boolean {
    return this.#isStarting;
  }

  all(): Thread[] {
    return [...this.#seats.keys()];
  }

  seatOf(thread: Thread): Seat | undefined {
    return this.#seats.get(thread);
  }

  /** Keeps the process alive for those that are needed. */
  review(): void {
    for (const thread of this.#seats.keys()) thread.review();
  }

  /**
   * One with room, that has nothing to do, if possible, or can be started; else the one that has the least to
   * do.
   */
  next(): Thread | "start" | undefined {
    let least: Thread | undefined;
    for (const thread of [...this.#open].reverse()) {
      if (!thread.isAlive() || !this.#open.has(thread)) continue;
      if (thread.size === 0) return thread;
      if (least === undefined || thread.size < least.size) least = thread;
    }
    return this.#mayStart() ? "start" : least;
  }

  /**
   * A new one, for jobs of the module with this URL.
   *
   * @throws {TypeError} Where it can't be started.
   */
  start(url: string | undefined): Thread {
    this.#isStarting = true;
    try {
      const thread = new Thread(url, this.#options, this.#owner);
      this.#seats.set(thread, {
        sentAt: 0,
        held: undefined,
        idle: undefined,
        idleSince: Infinity,
        isRetiring: false,
      });
      this.#open.add(thread);
      return thread;
    } finally {
      this.#isStarting = false;
    }
  }

  /** It is given so many jobs; `onHeld` is called when it is held up by one of them. */
  occupy(thread: Thread, count: number, onHeld: (() => void) | undefined, heldMs: number): Seat {
    const seat = this.#seats.get(thread)!;
    if (seat.held !== undefined) clearTimeout(seat.held);
    seat.sentAt = performance.now();
    seat.idleSince = Infinity;
    seat.held = onHeld === undefined ? undefined : startTimer(onHeld, heldMs);
    const size = thread.size + count;
    if (size >= this.#limits.concurrency || thread.done + size >= this.#limits.maxJobs) {
      this.#open.delete(thread);
    }
    return seat;
  }

  /** It has room; one that has nothing to do is kept for a while. */
  vacate(thread: Thread, seat: Seat, now: number): void {
    if (thread.done >= this.#limits.maxJobs) seat.isRetiring = true;
    if (thread.size > 0) {
      const isFull = thread.size >= this.#limits.concurrency ||
        thread.done + thread.size >= this.#limits.maxJobs;
      if (!seat.isRetiring && !isFull) this.#open.add(thread);
      return;
    }
    if (seat.held !== undefined) clearTimeout(seat.held);
    seat.held = undefined;
    if (seat.isRetiring) return this.finish(thread);
    this.#open.add(thread);
    seat.idleSince = now;
    seat.idle ??= startTimer(() => this.#endIdle(thread, seat), this.#limits.idleTimeout);
  }

  /** It is given no more, and ends when it is done. */
  retire(thread: Thread): void {
    const seat = this.#seats.get(thread);
    if (seat === undefined) return;
    seat.isRetiring = true;
    this.#open.delete(thread);
    if (thread.size === 0) this.finish(thread);
  }

  /** Ends one that has nothing to do, after its tear-down. */
  finish(thread: Thread): void {
    const seat = this.#seats.get(thread);
    if (seat === undefined) return;
    seat.isRetiring = true;
    this.#open.delete(thread);
    clearTimers(seat);
    if (this.#options.tearDown !== undefined) {
      seat.idle = startTimer(() => thread.end("its tear-down took too long"), TEAR_DOWN_MS);
    }
    thread.finish();
  }

  /** Ends all, after their tear-down. */
  async finishAll(): Promise<void> {
    for (const thread of this.all()) this.finish(thread);
    while (this.#seats.size > 0) {
      await new Promise<void>((resolve) => this.#onEnd = resolve);
    }
  }

  /** Ends all, now. */
  endAll(why: string): void {
    for (const thread of this.all()) thread.end(why);
  }

  /** It has ended. */
  forget(thread: Thread): void {
    clearTimers(this.#seats.get(thread));
    this.#seats.delete(thread);
    this.#open.delete(thread);
    const onEnd = this.#onEnd;
    this.#onEnd = undefined;
    onEnd?.();
  }

  #mayStart(): boolean {
    const { maxThreads } = this.#limits;
    if (this.#seats.size >= maxThreads) return false;
    if (maxThreads < LAZY_FROM) return true;
    for (const thread of this.#seats.keys()) if (!thread.isBooted) return false;
    return true;
  }

  #endIdle(thread: Thread, seat: Seat): void {
    seat.idle = undefined;
    const left = seat.idleSince + this.#limits.idleTimeout - performance.now();
    if (left === Infinity) return; // it has something to do
    if (left > 0) seat.idle = startTimer(() => this.#endIdle(thread, seat), left);
    else if (this.#seats.size > this.#limits.minThreads) this.finish(thread);
  }
}

function clearTimers(seat: Seat | undefined): void {
  clearTimeout(seat?.held);
  clearTimeout(seat?.idle);
}

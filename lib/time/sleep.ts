/** Waiting for a time. */
import type { Wait } from "../internal/waits.ts";
import { checkWaker } from "../core/friend.ts";
import { Awaitable, type Context, PENDING, type Poll, type Waker } from "../core/mod.ts";
import { type AbortTarget, listenToAbort, unlistenToAbort } from "../internal/abort.ts";
import type { Clock, ClockEntry } from "./clock.ts";
import { checkMs } from "../internal/check_ms.ts";
import type { TimeOptions } from "./options.ts";
import { systemClock } from "./system_clock.ts";

// A local copy, see lib/README.md.
const pending: typeof PENDING = PENDING;

/** Nobody waits: nothing is registered. */
const IDLE = 0;
/** The wake-up is registered, and the signal listened to. */
const WAITING = 1;
/** The time has come. It stays so, whatever the signal does. */
const ELAPSED = 2;
/** The signal was aborted first. It stays so. */
const ABORTED = 3;

/** What a view calls them. */
const STATES = ["idle", "waiting", "elapsed", "aborted"] as const;

const NO_OPTIONS: TimeOptions = {};

/**
 * A sleep in `console.log` and in JSON.
 *
 * @example
 * ```ts
 * import { sleep, type SleepView, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const view: SleepView = sleep(20, { clock: new VirtualClock() }).toJSON();
 * assertEquals(view, { deadline: 20, state: "idle" });
 * ```
 */
export interface SleepView {
  /** When it is over, in ms of its clock. */
  readonly deadline: number;
  /** Whether somebody waits, the time has come, or the signal was aborted first. */
  readonly state: "idle" | "waiting" | "elapsed" | "aborted";
}

/**
 * What {@linkcode sleep} and {@linkcode sleepUntil} return. `tokio::time::Sleep` in Rust.
 *
 * Any number may wait for it. Letting go of it (`using`, or a generator task that is cancelled in `yield*`)
 * takes its wake-up back: nothing is registered any more. It does not settle anybody who waits: they would
 * wait on.
 *
 * @example
 * ```ts
 * import { type Sleep, sleep, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock({ now: 100 });
 * const nap: Sleep = sleep(20, { clock });
 * assertEquals(nap.deadline, 120);
 * ```
 */
export interface Sleep extends Awaitable<void>, Disposable {
  /** When it is over, in ms of its clock. */
  readonly deadline: number;
  /** Whether somebody has waited to its end. */
  readonly isElapsed: boolean;
  /**
   * Moves the end to `ms` from now, for all who wait. `tokio::time::Sleep::reset` in Rust.
   *
   * @throws {RangeError} If `ms` is `NaN`.
   * @throws {TypeError} If `ms` is no number, or the sleep is over.
   *
   * @example A watchdog
   * ```ts
   * import { sleep, VirtualClock } from "@tagged/async-task/time";
   * import { assertEquals } from "@std/assert";
   *
   * const clock = new VirtualClock();
   * const watchdog = sleep(100, { clock });
   * const barked = watchdog.then(() => clock.now());
   * clock.advance(99);
   * watchdog.reset(100);
   * clock.advance(100);
   * assertEquals(await barked, 199);
   * ```
   */
  reset(ms: number): void;
  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`. */
  toJSON(): SleepView;
}

/** Its own waker at the clock, and its own listener at the signal. Flat, see lib/README.md. */
class SleepFuture extends Awaitable<void> implements Sleep, Waker, AbortTarget {
  declare deadline: number;
  declare private readonly clock: Clock;
  declare private readonly signal: AbortSignal | undefined;
  declare private state: number;
  declare private waker: Waker | undefined;
  declare private entry: ClockEntry | undefined;

  constructor(deadline: number, clock: Clock, signal: AbortSignal | undefined) {
    super();
    this.deadline = deadline;
    this.clock = clock;
    this.signal = signal;
    this.state = IDLE;
    this.waker = undefined;
    this.entry = undefined;
  }

  get isElapsed(): boolean {
    return this.state === ELAPSED;
  }

  override poll(cx: Context): Poll<void> {
    switch (this.state) {
      case ELAPSED:
        return;
      case WAITING:
        this.waker = checkWaker(cx.waker);
        return this.clock.now() < this.deadline ? pending : this.settle(ELAPSED);
      default:
        return this.begin(checkWaker(cx.waker));
    }
  }

  /** Called by the clock. */
  wake(): void {
    const waker = this.waker!;
    this.settle(ELAPSED);
    waker.wake();
  }

  reset(ms: number): void {
    const deadline = this.clock.now() + checkMs(ms, "reset the sleep");
    if (this.state !== IDLE && this.state !== WAITING) {
      throw new TypeError(`Cannot reset the sleep: it is ${STATES[this.state]}`);
    }
    this.deadline = deadline;
    if (this.state === WAITING) this.register();
  }

  override toJSON(): SleepView {
    return { deadline: this.deadline, state: STATES[this.state] };
  }

  override waitsFor(): Wait | undefined {
    return this.state === WAITING ? { kind: "sleep", until: this.deadline } : undefined;
  }

  /** Called by the signal. */
  onAbort(): void {
    const waker = this.waker!;
    this.settle(ABORTED);
    waker.wake();
  }

  [Symbol.dispose](): void {
    if (this.state === WAITING) this.settle(IDLE);
  }

  private begin(waker: Waker): typeof PENDING {
    const signal = this.signal;
    if (this.state === ABORTED || signal?.aborted) {
      this.state = ABORTED;
      throw signal!.reason;
    }
    this.register();
    this.state = WAITING;
    this.waker = waker;
    if (signal !== undefined) listenToAbort(signal, this);
    return pending;
  }

  /** Has the clock wake it at its deadline, and not before. */
  private register(): void {
    if (this.entry !== undefined) this.clock.cancel(this.entry);
    this.entry = this.deadline === Infinity ? undefined : this.clock.register(this.deadline, this);
  }

  /** Leaves `WAITING`, and leaves nothing registered. */
  private settle(state: number): void {
    this.state = state;
    this.waker = undefined;
    if (this.entry !== undefined) this.clock.cancel(this.entry);
    this.entry = undefined;
    if (this.signal !== undefined) unlistenToAbort(this.signal, this);
  }
}

/**
 * A future that is ready in `ms`, counted from this call on. `tokio::time::sleep` and
 * `async_io::Timer::after` in Rust.
 *
 * It is never ready early, and always pending when it is first polled: with 0, a negative `ms` or one that
 * has passed by then, it is ready on a later turn of the event loop (with a `VirtualClock`, at the next
 * advance), so that `sleep(0)` in a loop lets others run. `Infinity` is never over. Above 2^31 ms it takes
 * its time as well.
 *
 * Nothing is registered with the clock until it is polled, by `await` for instance.
 *
 * @param ms How long, in ms.
 * @throws {RangeError} If `ms` is `NaN`.
 * @throws {TypeError} If `ms` is no number.
 *
 * @example
 * ```ts
 * import { sleep } from "@tagged/async-task/time";
 * import { assert } from "@std/assert";
 *
 * const start = performance.now();
 * await sleep(5);
 * assert(performance.now() - start >= 5);
 * ```
 *
 * @example In a generator task
 * ```ts
 * import { spawn } from "@tagged/async-task";
 * import { sleep, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const [task, handle] = spawn(function* () {
 *   yield* sleep(5, { clock });
 *   yield* sleep(5, { clock });
 *   return clock.now();
 * }, (task) => void task.run());
 * task.run();
 * clock.advance(10);
 * assertEquals(await handle, 10);
 * ```
 */
export function sleep(ms: number, options: TimeOptions = NO_OPTIONS): Sleep {
  const { clock = systemClock, signal } = options;
  return new SleepFuture(clock.now() + checkMs(ms, "sleep"), clock, signal);
}

/**
 * A future that is ready when the clock has reached `time`. Otherwise like {@linkcode sleep}.
 * `tokio::time::sleep_until` and `async_io::Timer::at` in Rust.
 *
 * @param time When, in ms of the clock: with the default clock, in terms of `performance.now()`.
 * @throws {RangeError} If `time` is `NaN`.
 * @throws {TypeError} If `time` is no number.
 *
 * @example
 * ```ts
 * import { sleepUntil } from "@tagged/async-task/time";
 * import { assert } from "@std/assert";
 *
 * const time = performance.now() + 5;
 * await sleepUntil(time);
 * assert(performance.now() >= time);
 * ```
 */
export function sleepUntil(time: number, options: TimeOptions = NO_OPTIONS): Sleep {
  const { clock = systemClock, signal } = options;
  return new SleepFuture(checkMs(time, "sleep"), clock, signal);
}

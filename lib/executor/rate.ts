/** How often something may happen in a time. */
import { show } from "../internal/show.ts";

/**
 * How many tasks a limiter starts in a time, whether or not others have ended.
 *
 * With `{ max: 2, per: 1000 }`, five tasks that are all there at 0, and take no time, are started at
 *
 *     sliding              0    0 1000 1000 2000
 *     sliding, burst: 1    0  500 1000 1500 2000
 *
 * With one task at 0 and four at 900, windows that slide and fixed ones differ:
 *
 *     sliding              0  900 1000 1900 2000
 *     fixed                0  900 1000 1000 2000
 *
 * @example
 * ```ts
 * import { limit, LocalExecutor, type Rate } from "@tagged/async-task/executor";
 * import { VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock({ autoAdvance: true });
 * const rate: Rate = { max: 2, per: 1000 };
 * const limiter = limit(new LocalExecutor(), { rate, clock });
 * const starts = [1, 2, 3, 4, 5].map(() => limiter.spawn(() => clock.now()));
 * assertEquals(await Promise.all(starts), [0, 0, 1000, 1000, 2000]);
 * ```
 */
export interface Rate {
  /** How many: 1 or more. */
  max: number;
  /** In how many ms. */
  per: number;
  /**
   * `"sliding"`, the default: in any span of `per` ms, wherever it begins, at most `max` are started.
   * `"fixed"`: a window begins with a start and lasts for `per` ms; around its end, up to twice `max` may be
   * started at once.
   */
  window?: "sliding" | "fixed";
  /**
   * Of fixed windows: whether tasks that are still active when a window begins count as started in it.
   * Default: `false`.
   */
  carry?: boolean;
  /**
   * How many may be started at once; after that, one every `per / max` ms, until it has been quiet for as
   * long. Default: `max`, all that the window allows.
   */
  burst?: number;
}

/** Says when the next one may be started. */
export interface Gate {
  /** When, or a time that has passed: now. So many are active. */
  next(now: number, active: number): number;
  /** One is started. */
  take(now: number): void;
}

class SlidingWindow implements Gate {
  readonly #per: number;
  readonly #max: number;
  /** When the last `max` were started; the oldest is at `#oldest` once there are so many. */
  readonly #starts: number[] = [];
  #oldest = 0;

  constructor({ max, per }: Rate) {
    this.#max = max;
    this.#per = per;
  }

  next(): number {
    return this.#starts.length < this.#max ? -Infinity : this.#starts[this.#oldest] + this.#per;
  }

  take(now: number): void {
    this.#starts[this.#oldest] = now;
    this.#oldest = (this.#oldest + 1) % this.#max;
  }
}

class FixedWindow implements Gate {
  readonly #per: number;
  readonly #max: number;
  readonly #carries: boolean;
  #end = -Infinity;
  #count = 0;

  constructor({ max, per, carry = false }: Rate) {
    this.#max = max;
    this.#per = per;
    this.#carries = carry;
  }

  next(now: number, active: number): number {
    if (this.#carries && active > 0 && now >= this.#end) this.#begin(now, active);
    return now >= this.#end || this.#count < this.#max ? -Infinity : this.#end;
  }

  take(now: number): void {
    if (now >= this.#end) this.#begin(now, 0);
    this.#count++;
  }

  #begin(now: number, count: number): void {
    this.#end = now + this.#per;
    this.#count = count;
  }
}

/** A bucket of `burst` tokens, of which one comes back every `per / max` ms. */
class Spacing implements Gate {
  readonly #step: number;
  readonly #ahead: number;
  /** When the bucket would be full again. */
  #fullAt = -Infinity;

  constructor({ max, per }: Rate, burst: number) {
    this.#step = per / max;
    this.#ahead = (burst - 1) * this.#step;
  }

  next(): number {
    return this.#fullAt - this.#ahead;
  }

  take(now: number): void {
    this.#fullAt = Math.max(this.#fullAt, now) + this.#step;
  }
}

/** Both have to let it pass. */
class Both implements Gate {
  readonly #one: Gate;
  readonly #other: Gate;

  constructor(one: Gate, other: Gate) {
    this.#one = one;
    this.#other = other;
  }

  next(now: number, active: number): number {
    return Math.max(this.#one.next(now, active), this.#other.next(now, active));
  }

  take(now: number): void {
    this.#one.take(now);
    this.#other.take(now);
  }
}

/**
 * What keeps to the rate.
 *
 * @throws {RangeError} If a number is out of range.
 * @throws {TypeError} If `window` is none of the two.
 */
export function gateOf(rate: Rate): Gate {
  const { max, per, window = "sliding", burst = max } = rate;
  checkCount(max, "max");
  checkCount(burst, "burst");
  if (!(per > 0 && per < Infinity)) refuse("per to be a number of ms above 0", per);
  if (window !== "sliding" && window !== "fixed") {
    throw new TypeError(`Cannot limit: expected window to be "sliding" or "fixed", got ${show(window)}`);
  }
  const gate = window === "fixed" ? new FixedWindow(rate) : new SlidingWindow(rate);
  return burst >= max ? gate : new Both(gate, new Spacing(rate, burst));
}

function checkCount(count: number, name: string): void {
  if (!(Number.isInteger(count) && count >= 1)) refuse(`${name} to be a whole number from 1`, count);
}

function refuse(expected: string, got: unknown): never {
  throw new RangeError(`Cannot limit: expected ${expected}, got ${show(got)}`);
}

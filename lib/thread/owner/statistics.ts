/** How long jobs wait and run. */

/** Four buckets for each doubling, from a microsecond on. */
const PER_DOUBLING = 4;
const LEAST_MS = 0.001;
const BUCKETS = 32 * PER_DOUBLING;

/**
 * How long something took, of many.
 *
 * @example
 * ```ts
 * import { type Durations, ThreadPool } from "@tagged/async-task/thread";
 * import { assertEquals } from "@std/assert";
 *
 * const waits: Durations = new ThreadPool().statistics().waitTime;
 * assertEquals({ count: waits.count, mean: waits.mean, p99: waits.quantile(0.99) }, { count: 0, mean: 0, p99: 0 });
 * ```
 */
export interface Durations {
  /** How many there were. */
  readonly count: number;
  /** In ms. */
  readonly mean: number;
  /** In ms. */
  readonly max: number;
  /** What so many of them, from 0 to 1, did not exceed, in ms, at most a fifth too much. */
  quantile(part: number): number;
}

/** A histogram of times: logarithmic, and of a fixed size. */
export class Histogram implements Durations {
  readonly #buckets = new Uint32Array(BUCKETS);
  #count = 0;
  #sum = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  get max(): number {
    return this.#max;
  }

  /** The sum of all, in ms. */
  get sum(): number {
    return this.#sum;
  }

  add(ms: number): void {
    const bucket = ms <= LEAST_MS ? 0 : Math.ceil(Math.log2(ms / LEAST_MS) * PER_DOUBLING);
    this.#buckets[Math.min(bucket, BUCKETS - 1)]++;
    this.#count++;
    this.#sum += ms;
    if (ms > this.#max) this.#max = ms;
  }

  quantile(part: number): number {
    if (!(part >= 0 && part <= 1)) {
      throw new RangeError(`Cannot tell a quantile: expected 0 to 1, got ${part}`);
    }
    let left = Math.max(1, Math.ceil(part * this.#count));
    for (let bucket = 0; bucket < BUCKETS && this.#count > 0; bucket++) {
      left -= this.#buckets[bucket];
      if (left <= 0) return Math.min(this.#max, LEAST_MS * 2 ** (bucket / PER_DOUBLING));
    }
    return this.#max;
  }

  /** As it is now. */
  copy(): Histogram {
    const copied = new Histogram();
    copied.#buckets.set(this.#buckets);
    [copied.#count, copied.#sum, copied.#max] = [this.#count, this.#sum, this.#max];
    return copied;
  }
}

/**
 * What a pool has done so far.
 *
 * @example
 * ```ts
 * import { type PoolStatistics, ThreadPool } from "@tagged/async-task/thread";
 * import { countPrimes } from "../../../examples/jobs.ts";
 * import { assertEquals } from "@std/assert";
 *
 * await using pool = new ThreadPool({ maxThreads: 1 });
 * await pool.spawn(countPrimes, [0, 1000]);
 * const { completed, failed, runTime }: PoolStatistics = pool.statistics();
 * assertEquals({ completed, failed, count: runTime.count }, { completed: 1, failed: 0, count: 1 });
 * ```
 */
export interface PoolStatistics {
  /** How many jobs have ended with a value. */
  readonly completed: number;
  /** How many have thrown, or were lost with their thread. */
  readonly failed: number;
  /** How many were cancelled, or terminated. */
  readonly cancelled: number;
  /** From `spawn` until they were given to a thread. */
  readonly waitTime: Durations;
  /** How long they took on their thread. */
  readonly runTime: Durations;
  /**
   * Which part of the time, from 0 to 1, the threads that could be had were at a job, since the pool was
   * made.
   */
  readonly utilization: number;
}

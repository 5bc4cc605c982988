/** How many jobs a thread is given at a time. */

/** A batch grows while it takes less than this, in ms, and shrinks when it takes longer than the other. */
const QUICK_MS = 2;
const SLOW_MS = 8;
const MAX = 256;

/** While jobs are quick, several go together, as a message costs more than they do. */
export class Batch {
  #size = 1;

  get size(): number {
    return this.#size;
  }

  /** One was done in so many ms. */
  learn(ms: number): void {
    if (ms < QUICK_MS) this.#size = Math.min(this.#size * 2, MAX);
    else if (ms > SLOW_MS) this.shrink();
  }

  shrink(): void {
    this.#size = Math.max(this.#size >> 2, 1);
  }
}

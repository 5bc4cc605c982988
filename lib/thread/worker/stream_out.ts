/** Jobs that yield: what they yield is posted in batches, and no more of it than the owner has room for. */
import { canWaitAsync } from "../../internal/runtime.ts";
import type { CancellationToken } from "../wire/cancellation_token.ts";

/** So many values may be on their way. */
export const WINDOW = 1024;
/** So many are posted together at most, and none waits for longer than so many ms while more are made. */
const BATCH = 256;
const FLUSH_MS = 1;
/** After so many values it asks what time it is. */
const CHECK_AFTER = 16;
/** Where nobody tells that there is room. */
const POLL_MS = 5;

type Source = Iterator<unknown> | AsyncIterator<unknown>;

/** The values of one job on their way to its owner. */
export class StreamOut {
  readonly #post: (values: unknown[]) => void;
  readonly #token: CancellationToken;
  /** How many values the owner has taken; changed by the owner alone. */
  readonly #taken: Int32Array<SharedArrayBuffer>;
  #values: unknown[] = [];
  #made = 0;
  /** So many may be made before it is asked how many were taken. */
  #allowed = WINDOW;
  #flushedAt = 0;
  #isFlushing = false;

  constructor(
    post: (values: unknown[]) => void,
    token: CancellationToken,
    taken: Int32Array<SharedArrayBuffer>,
  ) {
    this.#post = post;
    this.#token = token;
    this.#taken = taken;
  }

  /** Posts all that `source` yields; what it returns. */
  async drain(source: Source): Promise<unknown> {
    try {
      for (;;) {
        const next = source.next();
        const isAsync = next instanceof Promise;
        const { done, value } = isAsync ? await next : next as IteratorResult<unknown>;
        if (done) return value;
        this.#push(value);
        // Shared memory is asked as seldom as that does.
        if (this.#made >= this.#allowed) await this.#room();
        else if (isAsync || this.#made % CHECK_AFTER === 0) this.#token.throwIfCancelled();
      }
    } catch (error) {
      await source.return?.();
      throw error;
    } finally {
      this.#flush();
    }
  }

  #push(value: unknown): void {
    const count = this.#values.push(value);
    this.#made++;
    if (count >= BATCH || (count % CHECK_AFTER === 0 && performance.now() - this.#flushedAt > FLUSH_MS)) {
      this.#flush();
    } else if (!this.#isFlushing) this.#flushSoon();
  }

  /** The source may wait before it yields the next. */
  #flushSoon(): void {
    this.#isFlushing = true;
    setTimeout(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    this.#flushedAt = performance.now();
    if (this.#values.length === 0) return;
    const values = this.#values;
    this.#values = [];
    this.#post(values);
  }

  async #room(): Promise<void> {
    this.#flush();
    for (;;) {
      const taken = Atomics.load(this.#taken, 0);
      this.#allowed = taken + WINDOW;
      this.#token.throwIfCancelled();
      if (this.#made < this.#allowed) return;
      if (canWaitAsync()) await Atomics.waitAsync(this.#taken, 0, taken).value;
      else await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

/** Whether it is what a generator function returns. */
export function isSource(value: unknown): value is Source {
  return typeof value === "object" && value !== null && typeof (value as Source).next === "function";
}

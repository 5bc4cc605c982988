/** How a future is let go of that nobody awaits any more. */
import type { Awaitable } from "./awaitable.ts";
import { type Parts, partsOf } from "./awaited_by.ts";
import { alongside } from "./errors.ts";
import { currentFrame, type Frame, inFrame } from "./frame.ts";
import { type Context, PENDING, type Poll, type Waker } from "./future.ts";
import { capture } from "../internal/async_context.ts";

function closeOf(leaving: { close(): Poll<unknown> }): Poll<unknown> {
  return leaving.close();
}

/** Lets go of a future that nobody awaits, and rejects with `reason` when that is done. */
export function leave(future: Awaitable<unknown>, reject: (error: unknown) => void, reason: unknown): void {
  new Leaving(partsOf(future), reject, reason, currentFrame(), capture()).step();
}

/** Lets go of a future, in the frame and the context of who has awaited it. */
export class Leaving implements Context, Waker {
  readonly #future: Parts;
  readonly #reject: (error: unknown) => void;
  readonly reason: unknown;
  readonly #frame: Frame | undefined;
  readonly #context: object | undefined;
  /** What it rejects with. */
  #error: unknown;
  #isOver = false;
  /** Whether a step is on its way. */
  #isWoken = false;

  constructor(
    future: Parts,
    reject: (error: unknown) => void,
    reason: unknown,
    frame: Frame | undefined,
    context: object | undefined,
  ) {
    this.#future = future;
    this.#reject = reject;
    this.reason = reason;
    this.#frame = frame;
    this.#context = context;
    this.#error = reason;
  }

  get waker(): Waker {
    return this;
  }

  /** Called by the future, perhaps in the middle of a step. */
  wake(): void {
    if (this.#isOver || this.#isWoken) return;
    this.#isWoken = true;
    queueMicrotask(() => this.step());
  }

  step(): void {
    this.#isWoken = false;
    if (this.#isOver) return;
    let isOver = true;
    this.#error = alongside(this.#error, () => {
      isOver = inFrame(this.#frame, this.#context, closeOf, this) !== PENDING;
    });
    this.#isOver = isOver;
    if (isOver) this.#reject(this.#error);
  }

  close(): Poll<unknown> {
    return this.#future.leaveAwait(this);
  }
}

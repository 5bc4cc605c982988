/** Panics of tasks that share an executor, or a pool, and that nobody has asked for yet. */

import { outside } from "./frame.ts";
import type { PanicHook, PanicSink, UnseenPanic } from "./panic_hook.ts";
import { capture } from "../internal/async_context.ts";
import { macrotask } from "../internal/macrotask.ts";

/**
 * The panics of the tasks of an executor, or a pool, that went to handles. As long as a handle can still be
 * awaited, its panic is not lost, and reporting it would be noise. But a handle that nobody keeps says
 * nothing, so when no task is left, or it is closed, whatever nobody has asked for by then is reported.
 */
export class Panics implements PanicSink {
  readonly lost: PanicHook;
  readonly unseen: (panic: UnseenPanic) => void;
  #unseen: UnseenPanic[] = [];
  /** How many there may be before those are dropped that have been seen. */
  #sweepAt = 16;

  /** `onPanic` is called in the context of who makes this, and in no task. */
  constructor(onPanic: PanicHook) {
    const context = capture();
    this.lost = (error, id, tag) => outside(context, () => onPanic(error, id, tag));
    this.unseen = (panic) => {
      this.#unseen.push(panic);
      if (this.#unseen.length > this.#sweepAt) this.#sweep();
    };
  }

  /** Nobody is left who could await: reports in another turn of the event loop, if `isStill()` then. */
  loseSoon(isStill: () => boolean): void {
    if (this.#unseen.length === 0) return;
    macrotask(() => {
      if (isStill()) this.lose();
    });
  }

  /** Reports what nobody has seen. */
  lose(): void {
    const unseen = this.#unseen;
    this.#unseen = [];
    for (const panic of unseen) panic.lose();
  }

  #sweep(): void {
    this.#unseen = this.#unseen.filter((panic) => !panic.isSeen);
    this.#sweepAt = 2 * Math.max(this.#unseen.length, 8);
  }
}

/** What blocks the thread of JavaScript for C. */
import type { TaskHandle } from "../thread/mod.ts";
import { InterruptWatch } from "./interrupt.ts";

/** Others are looked after so often, in ms, while a wait takes longer. */
const SLICE_MS = 20;
/** A wait that takes longer, in ms, can be interrupted. */
const LONG_MS = 100;

/** What a wait has come to. */
export type Waited = { readonly isDone: true; readonly value: unknown } | { readonly isDone: false };

const NOT_DONE: Waited = Object.freeze({ isDone: false });

/**
 * Waits for a job, for so many ms at most, and calls `between` now and then.
 *
 * @throws What the job threw.
 * @throws {Error} When the user interrupts it; the job goes on.
 */
export function waitFor(task: TaskHandle<unknown, unknown>, ms: number, between: () => void): Waited {
  const begun = performance.now();
  let watch: InterruptWatch | undefined;
  try {
    for (;;) {
      const elapsed = performance.now() - begun;
      const left = Math.max(ms - elapsed, 0);
      const waited = waitOnce(task, Math.min(left, SLICE_MS));
      if (waited.isDone || left <= SLICE_MS) return waited;
      between();
      if (elapsed > LONG_MS) watch ??= new InterruptWatch();
      if (watch?.isInterrupted) throw new Error("Cannot wait any longer: it was interrupted by SIGINT");
    }
  } finally {
    watch?.[Symbol.dispose]();
  }
}

function waitOnce(task: TaskHandle<unknown, unknown>, timeout: number): Waited {
  try {
    return { isDone: true, value: task.wait({ timeout }) };
  } catch (error) {
    const isOver = !task.isFinished && error instanceof DOMException && error.name === "TimeoutError";
    if (isOver) return NOT_DONE;
    throw error;
  }
}

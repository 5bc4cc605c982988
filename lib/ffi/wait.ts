/** What blocks the thread of JavaScript for C. */
import type { TaskHandle } from "../thread/mod.ts";
import { InterruptWatch } from "./interrupt.ts";

/** A wait that takes longer, in ms, can be interrupted. */
const LONG_MS = 100;

/** What a wait has come to. */
export type Waited = { readonly isDone: true; readonly value: unknown } | { readonly isDone: false };

const NOT_DONE: Waited = Object.freeze({ isDone: false });

/**
 * Waits for a job, for so many ms at most.
 *
 * @throws What the job threw.
 * @throws {Error} When the user interrupts it; the job goes on.
 */
export function waitFor(task: TaskHandle<unknown, unknown>, ms: number): Waited {
  const end = performance.now() + ms;
  const first = waitOnce(task, Math.min(ms, LONG_MS));
  if (first.isDone || ms <= LONG_MS) return first;
  const watch = new InterruptWatch();
  try {
    for (;;) {
      const left = end - performance.now();
      const next = waitOnce(task, Math.min(Math.max(left, 0), LONG_MS));
      if (next.isDone || left <= LONG_MS) return next;
      if (watch.isInterrupted) throw new Error("Cannot wait any longer: it was interrupted by SIGINT");
    }
  } finally {
    watch[Symbol.dispose]();
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

/** Whether an error is nothing but an answer to a cancellation. */
import { CancelledError } from "../core/mod.ts";

/**
 * Whether `error` says that `reason` was heeded, and nothing else: it is the reason, an `AbortError` caused
 * by it, as Node's APIs throw, or several of these. Or that another task was cancelled: those that wait for
 * one another are often cancelled together.
 */
export function isBecauseOf(reason: unknown, error: unknown): boolean {
  if (error === reason || error instanceof CancelledError) return true;
  if (!(error instanceof Error)) return false;
  if (error.name === "SuppressedError") {
    const { error: later, suppressed } = error as Error & { error?: unknown; suppressed?: unknown };
    return isBecauseOf(reason, later) && isBecauseOf(reason, suppressed);
  }
  if (error instanceof AggregateError) {
    return error.errors.length > 0 && error.errors.every((each) => isBecauseOf(reason, each));
  }
  return error.name === "AbortError" && error.cause === reason;
}

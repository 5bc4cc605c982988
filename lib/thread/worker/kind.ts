/** In which way a job has ended. */
import type { CancellationToken } from "../wire/cancellation_token.ts";
import { CANCELLED, FAILED, OK, PANICKED } from "../wire/messages.ts";
import type { Answer } from "./call.ts";

/** Seen by now; its memory is another token's soon. */
export function kindOf(outcome: Answer, token: CancellationToken): number {
  const isCancelled = token.cancelled;
  if ("value" in outcome) return OK;
  if (outcome.isPanic) return PANICKED;
  return isCancelled && isAbort(outcome.error, token) ? CANCELLED : FAILED;
}

/**
 * Whether it says that the token was cancelled: what that throws, its reason, or what the platform makes of
 * these.
 */
function isAbort(error: unknown, token: CancellationToken): boolean {
  return error === token.reason || error === token.signal.reason ||
    (error instanceof Error && error.name === "AbortError");
}

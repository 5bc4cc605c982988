/** That a channel was closed, why, and what the errors are that say so. */
import { RecvError, SendError, type Unsent } from "./errors.ts";

/** That a channel was closed. */
export interface Closing {
  readonly reason: unknown;
}

/** Why nothing can be sent any more: the channel was closed, or nobody is there who could receive. */
export function unsentFor<T>(closing: Closing | undefined, value: T): Unsent<T> {
  if (closing === undefined) return { reason: "disconnected", value };
  const { reason: cause } = closing;
  return cause === undefined ? { reason: "closed", value } : { reason: "closed", value, cause };
}

/** What a send throws that can never be done. */
export function sendErrorFor<T>(closing: Closing | undefined, value: T): SendError<T> {
  if (closing === undefined) return new SendError(value, "disconnected");
  return new SendError(value, "closed", optionsFor(closing));
}

/** What a receive throws that can never be done. */
export function recvErrorFor(closing: Closing | undefined): RecvError {
  return closing === undefined ? new RecvError() : new RecvError("closed", optionsFor(closing));
}

function optionsFor({ reason }: Closing): ErrorOptions | undefined {
  return reason === undefined ? undefined : { cause: reason };
}

/** What can be sent. */
import { PENDING } from "../core/mod.ts";
import { DISCONNECTED, EMPTY } from "./errors.ts";

/**
 * Refuses what could not be told from an answer: everything else, `undefined` too, is a message. To be asked
 * of symbols, as nothing else can be one.
 *
 * @throws {TypeError} If it is one of those three.
 */
export function checkSymbol(message: unknown): void {
  if (message === PENDING || message === EMPTY || message === DISCONNECTED) {
    throw new TypeError(
      `Cannot send ${String(message)}: it means that there is no message, expected anything else`,
    );
  }
}

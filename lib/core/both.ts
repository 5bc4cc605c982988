/** Two errors at once, of which each is told once. */
import { suppress } from "../internal/runtime.ts";

/** So many causes of an error are looked at. */
const MAX_CAUSES = 16;

/**
 * One error that tells of two: one of them, if it tells of the other; else a `SuppressedError`. An error
 * tells of itself, of the errors it is made of, and of their causes.
 */
export function both(earlier: unknown, later: unknown): unknown {
  const rest = untold(later, earlier);
  if (rest.length === 0) return earlier;
  if (untold(earlier, later).length === 0) return later;
  return suppress(rest.length === partsOf(later).length ? later : oneOf(rest), earlier);
}

/** What `error` is made of, and `other` does not tell of. */
function untold(error: unknown, other: unknown): unknown[] {
  const told = new Set<unknown>();
  for (const part of partsOf(other)) addCauses(told, part);
  return told.has(error) ? [] : partsOf(error).filter((part) => !told.has(part));
}

function oneOf(errors: unknown[]): unknown {
  return errors.length === 1 ? errors[0] : new AggregateError(errors, `${errors.length} errors`);
}

/** A cancellation is only an echo of its cause, which is to be told in its own right. */
function addCauses(told: Set<unknown>, error: unknown): void {
  told.add(error);
  for (let depth = 0; depth < MAX_CAUSES && hasCause(error); depth++) told.add(error = error.cause);
}

function hasCause(error: unknown): error is Error {
  return error instanceof Error && error.name !== "AbortError" && error.cause !== undefined;
}

/** What an error is made of, if it stands for several. */
function partsOf(error: unknown): unknown[] {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.flatMap(partsOf);
  if (!(error instanceof Error) || error.name !== "SuppressedError") return [error];
  const { error: later, suppressed } = error as Error & { error?: unknown; suppressed?: unknown };
  return [...partsOf(later), ...partsOf(suppressed)];
}

/** What nobody can see any more, on runtimes that have no event for that, too. */
import { macrotask } from "../helpers.ts";

/** What is reported while `fn` runs, and shortly after, where no event may tell of it. */
export async function reported(fn: () => unknown): Promise<unknown[]> {
  const errors: unknown[] = [];
  const scope = globalThis as { reportError?: (error: unknown) => void };
  const before = Object.getOwnPropertyDescriptor(scope, "reportError");
  Object.defineProperty(scope, "reportError", {
    value: (error: unknown) => void errors.push(error),
    configurable: true,
    writable: true,
  });
  try {
    await fn();
    await macrotask();
  } finally {
    if (before === undefined) delete scope.reportError;
    else Object.defineProperty(scope, "reportError", before);
  }
  return errors;
}

/** Whether `error` says that `reason` was heeded: Node's APIs wrap it in an error of their own. */
export function isBecauseOf(reason: unknown, error: unknown): boolean {
  if (error === reason) return true;
  return error instanceof Error && error.name === "AbortError" && error.cause === reason;
}

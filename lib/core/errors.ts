import { suppress } from "../internal/runtime.ts";

export { report, suppress } from "../internal/runtime.ts";

/**
 * The reason of a cancellation for which none was given: what `signal.reason` is inside the task, and what its
 * outcome carries.
 *
 * Its `name` is `"AbortError"`, so that code which passes over aborted work passes over cancelled tasks too.
 *
 * @example
 * ```ts
 * import { CancelledError, spawn } from "@tagged/async-task";
 * import { assertEquals } from "@std/assert";
 *
 * const [task, handle] = spawn(async () => {}, () => {}, "nightly");
 * handle.cancel();
 * task.run();
 * const outcome = await handle.outcome();
 * const reason = outcome.status === "cancelled" ? outcome.reason : undefined;
 * assertEquals(reason instanceof CancelledError && reason.tag, "nightly");
 * ```
 */
export class CancelledError extends Error {
  /** The id of the cancelled task. */
  readonly id: number;
  /** The tag (in `./v4`: the metadata) of the cancelled task. */
  readonly tag: unknown;

  /** Makes the error for the task with this id and tag; `options.cause` says why, where that is known. */
  constructor(id: number, tag: unknown, options?: ErrorOptions) {
    super(`Task ${id} was cancelled`, options);
    this.name = "AbortError";
    this.id = id;
    this.tag = tag;
  }
}

/** Returns `fn` if it can be called; `action` is what can't be done else. */
export function checkFunction<F>(fn: F, action: string, expected = "a function"): F {
  if (typeof fn === "function") return fn;
  throw new TypeError(`Cannot ${action}: expected ${expected}, got ${typeof fn}`);
}

/** `error`, and what `fn` throws if it does. */
export function alongside(error: unknown, fn: () => void): unknown {
  try {
    fn();
    return error;
  } catch (another) {
    return suppress(another, error);
  }
}

/** Errors that the whole package throws, and what their messages are made of. */
import { report, suppress } from "../internal/runtime.ts";
import { show } from "../internal/show.ts";

export { report, suppress } from "../internal/runtime.ts";

/**
 * The reason of a cancellation for which none was given: what `signal.reason` is inside the task, and what
 * its outcome carries. A cancellation token throws it as well, with the reason that it was given as `cause`.
 *
 * Its `name` is `"AbortError"`, so that code which passes over aborted work passes over cancelled tasks too.
 * `ffi_helpers::task::Cancelled` in Rust.
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
  /** The id of the cancelled task; `undefined` where it is no task that was cancelled, but a token. */
  readonly id: number | undefined;
  /** The tag (in `./v4`: the metadata) of the cancelled task. */
  readonly tag: unknown;

  /** Makes the error for the task with this id and tag; `options.cause` says why, where that is known. */
  constructor(id?: number, tag?: unknown, options?: ErrorOptions) {
    super(
      id === undefined ? "The work was cancelled" : `T${taskName(id, tag).slice(1)} was cancelled`,
      options,
    );
    this.name = "AbortError";
    this.id = id;
    this.tag = tag;
  }
}

/** A task in a message: `task 7`, or `task 7 ("tag")`. */
export function taskName(id: number, tag: unknown): string {
  return tag === undefined ? `task ${id}` : `task ${id} (${show(tag)})`;
}

/** Reports an error of a task that nobody can see any more, by an error that names the task. */
export function reportOf(id: number, tag: unknown, what: string, error: unknown): void {
  const text = error instanceof Error ? error.message : show(error);
  report(new Error(`T${taskName(id, tag).slice(1)} ${what}: ${text}`, { cause: error }));
}

/** Returns `fn` if it can be called; `action` is what can't be done else. */
export function checkFunction<F>(fn: F, action: string, expected = "a function"): F {
  if (typeof fn === "function") return fn;
  throw new TypeError(`Cannot ${action}: expected ${expected}, got ${show(fn)}`);
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

/** What a pending future says that it waits for. */

/**
 * The name of the optional method of a future that says what it waits for, right now. It is read when
 * somebody looks: by `console.log`, by the text of a `DeadlockError`, by tracers. A future without it waits
 * for something.
 *
 * @example
 * ```ts
 * import { type Future, PENDING, type Wait, WAITS } from "@tagged/async-task";
 *
 * class Press implements Future<void> {
 *   poll(): typeof PENDING {
 *     return PENDING;
 *   }
 *   [WAITS](): Wait {
 *     return { kind: "press of a button" };
 *   }
 * }
 * if (new Press()[WAITS]().kind !== "press of a button") throw new Error("unreachable");
 * ```
 */
export const WAITS: unique symbol = /* @__PURE__ */ Symbol.for("async-task.waits");

/**
 * What a future waits for.
 *
 * @example
 * ```ts
 * import { type Wait, WAITS } from "@tagged/async-task";
 * import { sleep, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const nap = sleep(5, { clock: new VirtualClock() });
 * nap.poll({ waker: { wake() {} } });
 * const wait: Wait | undefined = nap[WAITS]();
 * assertEquals(wait, { kind: "sleep", until: 5 });
 * ```
 */
export interface Wait {
  /** What kind of wait it is, in a word: that is how messages name it. */
  readonly kind:
    | "receive"
    | "send"
    | "select"
    | "sleep"
    | "join"
    | "promise"
    | "job"
    | "all"
    | "race"
    | "timeout"
    | "turn"
    | (string & Record<never, never>);
  /** What is waited at: a channel, a limiter. */
  readonly on?: object;
  /** The id of the task that is waited for, of a join. */
  readonly task?: number;
  /** When it is over at the latest, in ms of its clock. */
  readonly until?: number;
  /** What is waited for together. */
  readonly inner?: readonly Wait[];
}

/**
 * What a future waits for, as far as it says so. Those of this package answer by a method that bundles can
 * leave out.
 */
export function waitOf(
  future: { waitsFor?(): Wait | undefined; [WAITS]?(): Wait | undefined },
): Wait | undefined {
  return future.waitsFor === undefined ? future[WAITS]?.() : future.waitsFor();
}

/** Several waits as one; `undefined` if there is none. */
export function together(kind: Wait["kind"], inner: readonly Wait[]): Wait | undefined {
  return inner.length === 0 ? undefined : inner.length === 1 && kind === "all" ? inner[0] : { kind, inner };
}

/** A wait in a message: `receive`, `join of task 7`, `sleep until 120 ms`, `all of receive, promise`. */
export function showWait({ kind, task, until, inner }: Wait): string {
  const parts = [kind];
  if (task !== undefined) parts.push(`of task ${task}`);
  if (until !== undefined) parts.push(`until ${until} ms`);
  if (inner !== undefined && inner.length > 0) parts.push(`of ${inner.map(showWait).join(", ")}`);
  return parts.join(" ");
}

import type { Outcome } from "../core/mod.ts";
import type { Clock } from "../time/mod.ts";

/**
 * What a {@linkcode Scope} can be told.
 *
 * @example
 * ```ts
 * import { LocalExecutor } from "@tagged/async-task/executor";
 * import { Scope, type ScopeOptions } from "@tagged/async-task/scope";
 *
 * const options: ScopeOptions = { limit: 8, onFailure: "collect" };
 * await using _scope = new Scope(new LocalExecutor(), options);
 * ```
 */
export interface ScopeOptions {
  /** How many tasks may have started and not ended. Default: any number. */
  limit?: number;
  /** Cancels the scope when it is aborted; `signal.reason` is then thrown in the end, as it is. */
  signal?: AbortSignal;
  /**
   * When the scope is cancelled, in ms of the clock; a `DOMException` named `TimeoutError` is then thrown in the
   * end. Default: never.
   */
  deadline?: number;
  /** The clock of the deadline. Default: `systemClock`. */
  clock?: Clock;
  /**
   * What the panic of a task does. `"cancel"`, the default: it cancels all others. `"collect"`: nothing, the
   * others go on. Either way it is thrown when all have ended.
   */
  onFailure?: "cancel" | "collect";
  /**
   * Whether outcomes are kept for `for await` until it asks for them. Default: `true`. A scope that lives long,
   * and that nobody iterates, should not keep them.
   */
  keepOutcomes?: boolean;
}

/**
 * How a task of a scope ended: what `for await` gives.
 *
 * @example
 * ```ts
 * import { LocalExecutor } from "@tagged/async-task/executor";
 * import { type Finished, Scope } from "@tagged/async-task/scope";
 * import { assertEquals } from "@std/assert";
 *
 * await using scope = new Scope(new LocalExecutor());
 * scope.spawn(() => 1, "a");
 * const finished: Finished[] = [];
 * for await (const one of scope) finished.push(one);
 * assertEquals(finished[0].tag, "a");
 * assertEquals(finished[0].outcome, { status: "completed", value: 1 });
 * ```
 */
export interface Finished {
  /** The id of the task. */
  readonly id: number;
  /** The tag that was given to `spawn`. */
  readonly tag: unknown;
  /** How it ended. */
  readonly outcome: Outcome<unknown>;
}

/**
 * What `spawnKeyed` can be told.
 *
 * @example
 * ```ts
 * import type { KeyedOptions } from "@tagged/async-task/scope";
 *
 * const options: KeyedOptions<string> = { tag: "search", onDuplicate: "replace" };
 * if (options.onDuplicate !== "replace") throw new Error("unreachable");
 * ```
 */
export interface KeyedOptions<T> {
  /** The tag of the task. */
  tag?: T;
  /**
   * What happens if the key has a task that has not ended. `"replace"`, the default: that one is cancelled, and
   * the new one starts when it has cleaned up. `"keep"`: it goes on, and is returned.
   */
  onDuplicate?: "replace" | "keep";
}

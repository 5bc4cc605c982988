/** What scopes can be told. */
import type { Outcome } from "../core/mod.ts";
import { checkTime } from "../executor/friend.ts";
import type { SpawnOptions } from "../executor/mod.ts";
import { show } from "../internal/show.ts";
import { KnownDeadline } from "../time/friend.ts";
import { type Clock, systemClock } from "../time/mod.ts";
import type { LifeOptions } from "./life.ts";

/**
 * What a {@linkcode Scope} can be told.
 *
 * @example
 * ```ts
 * import { LocalExecutor } from "@tagged/async-task/executor";
 * import { Scope, type ScopeOptions } from "@tagged/async-task/scope";
 *
 * const options: ScopeOptions = { concurrency: 8, onFailure: "collect" };
 * await using _scope = new Scope(new LocalExecutor(), options);
 * ```
 */
export interface ScopeOptions {
  /** How many tasks may have started and not ended. Default: any number. */
  concurrency?: number;
  /** Cancels the scope when it is aborted; `signal.reason` is then thrown in the end, as it is. */
  signal?: AbortSignal;
  /**
   * For how long it may take, in ms, counted from now on. The scope is then cancelled, and a `DOMException`
   * named `TimeoutError` thrown in the end. Default: for ever.
   */
  timeout?: number;
  /** When the scope is cancelled in the same way, in ms of the clock. Default: never. */
  deadline?: number;
  /** The clock of `timeout` and `deadline`. Default: `systemClock`. */
  clock?: Clock;
  /**
   * What the panic of a task does. `"cancel"`, the default: it cancels all others, and is thrown when all
   * have ended, whoever else has seen it. `"collect"`: nothing, the others go on; it is thrown in the end
   * unless somebody has awaited the task: then it is handled, and not kept.
   */
  onFailure?: "cancel" | "collect";
  /**
   * Whether outcomes are kept for `for await` until it asks for them. Default: `true`. A scope that lives
   * long, and that nobody iterates, should not keep them.
   */
  keepOutcomes?: boolean;
  /**
   * Whether a scope that is made in a task, or in the body of a scope, belongs to it: is cancelled with it,
   * and waited for. `false` is for one that lives longer, and is only first needed there. Default: `true`.
   */
  linked?: boolean;
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
 * await using scope = new Scope<string>(new LocalExecutor());
 * scope.spawn(() => 1, "a");
 * const finished: Finished<string>[] = [];
 * for await (const one of scope) finished.push(one);
 * assertEquals(finished[0].tag, "a");
 * assertEquals(finished[0].outcome, { status: "completed", value: 1 });
 * ```
 */
export interface Finished<Tag = unknown> {
  /** The id of the task. */
  readonly id: number;
  /** The tag that was given to `spawn`. */
  readonly tag: Tag;
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
export interface KeyedOptions<T> extends SpawnOptions {
  /** The tag of the task. */
  tag?: T;
  /**
   * What happens if the key has a task that has not ended. `"replace"`, the default: that one is cancelled,
   * and the new one starts when it has cleaned up. `"keep"`: it goes on, and is returned.
   */
  onDuplicate?: "replace" | "keep";
}

/** The options of a scope, checked. */
export function lifeOptions(options: ScopeOptions): LifeOptions {
  const action = "make a scope";
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot ${action}: expected options, got ${show(options)}`);
  }
  const { onFailure = "cancel", signal, keepOutcomes = true, linked = true } = options;
  if (onFailure !== "cancel" && onFailure !== "collect") {
    throw new TypeError(
      `Cannot ${action}: expected onFailure to be "cancel" or "collect", got ${show(onFailure)}`,
    );
  }
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw new TypeError(`Cannot ${action}: expected signal to be an AbortSignal, got ${show(signal)}`);
  }
  if (typeof linked !== "boolean") {
    throw new TypeError(`Cannot ${action}: expected linked to be a boolean, got ${show(linked)}`);
  }
  return {
    isCollecting: onFailure === "collect",
    keepsOutcomes: keepOutcomes,
    isLinked: linked,
    signal,
    deadline: deadlineOf(options, action),
  };
}

function deadlineOf(
  { timeout, deadline, clock = systemClock }: ScopeOptions,
  action: string,
): KnownDeadline | undefined {
  checkTime(timeout, "timeout", action);
  checkTime(deadline, "deadline", action);
  if (timeout === undefined && deadline === undefined) return undefined;
  const time = Math.min(deadline ?? Infinity, timeout === undefined ? Infinity : clock.now() + timeout);
  return new KnownDeadline(time, clock);
}

/** Throws unless it says what becomes of the task that has the key. */
export function checkDuplicate(onDuplicate: unknown): void {
  if (onDuplicate === "replace" || onDuplicate === "keep") return;
  throw new TypeError(
    `Cannot spawn: expected onDuplicate to be "replace" or "keep", got ${show(onDuplicate)}`,
  );
}

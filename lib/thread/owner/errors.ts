/** Errors of a pool that nobody else can see. */
import { Panics, report, reportPanic, routePanics } from "../../core/friend.ts";
import { within } from "../../internal/async_context.ts";
import { onIdleExit } from "../../internal/runtime.ts";

/** Told of an error; the task is that of the job, if it is known. */
export type OnError = (error: unknown, taskId: number | undefined, tag: unknown) => void;

/** Those that may know of errors that were not reported; asked when the process ends. */
const all = new Set<Panics>();
let isWatching = false;

/**
 * Jobs that have failed wait for somebody to ask: a handle can be polled, or waited for, at any time. What
 * nobody can ask for any more is told: the handle was disposed, or is garbage, the pool is closed, or the
 * process is done.
 */
export class PoolErrors {
  readonly #onError: OnError;
  readonly #panics: Panics;

  /** Panics of tasks with this schedule function come here. */
  constructor(schedule: object, onError: OnError = reportByName) {
    const panics = this.#panics = new Panics(onError);
    // In the context of who has made the pool.
    this.#onError = panics.lost as OnError;
    routePanics(schedule, {
      lost: panics.lost,
      unseen: (panic) => {
        panics.unseen(panic);
        watch(panics);
      },
    });
  }

  /** Tells of one. */
  tell(error: unknown, taskId: number | undefined, tag: unknown): void {
    guarded(() => this.#onError(error, taskId, tag));
  }

  /** Nobody will ask any more. */
  lose(): void {
    all.delete(this.#panics);
    this.#panics.lose();
  }
}

/** Calls what users have given: what it throws is not for whoever has brought the news. */
export function guarded(fn: () => void): void {
  try {
    fn();
  } catch (error) {
    report(error);
  }
}

/** The same, in an async context. */
export function guardedIn<A>(
  context: object | undefined,
  fn: ((argument: A) => void) | undefined,
  argument: A,
): void {
  if (fn !== undefined) guarded(() => within(context, fn, argument));
}

function reportByName(error: unknown, taskId: number | undefined, tag: unknown): void {
  if (taskId === undefined) report(error);
  else reportPanic(error, taskId, tag);
}

function watch(panics: Panics): void {
  all.add(panics);
  if (isWatching) return;
  isWatching = true;
  onIdleExit(() => {
    for (const panics of all) panics.lose();
    all.clear();
  });
}

/**
 * The state word of a task: a set of bits. A transition reads the word, decides, and writes it; everything
 * that calls foreign code (a poll, a dispose, a schedule function, a waker) happens after the word says the
 * truth, and the word is read anew afterwards, because foreign code may have changed it.
 *
 *     spawn ──▶ SCHEDULED ──run()──▶ RUNNING ──output──────────────▶ COMPLETED ──taken, dropped──▶ COMPLETED|CLOSED
 *                  ▲                  │   │ │
 *                  │                  │   │ └──────threw──────────────▶ CLOSED|PANICKED  (COMPLETED|PANICKED if it propagates)
 *                  │◀──woken meanwhile┘   │
 *                  │                   pending
 *                  │                      ▼
 *                  └───────wake()──────── 0  (in nobody's hands)
 *
 *     cancel() at any of these adds CLOSED|CANCELLED, and hands the task over once more if it rests:
 *
 *     SCHEDULED|CLOSED ──run()──▶ RUNNING|CLOSED|ABORTED ──▶ CLOSED|CANCELLED, the end
 *                                   │            ▲
 *                                pending      run(), after a wake-up
 *                                   ▼            │
 *                                 CLOSED|CLOSING ┘  (asynchronous clean-up)
 *
 * There are no bits for "has an awaiter", "is being notified" or reference counts as in Rust: the awaiter is
 * a field, transitions are never interleaved on one thread, and memory is the garbage collector's.
 */

// Where it is.

/**
 * The task side (`Task`, `Runnable`) exists: it is in a queue, or in the hands of an executor, and may be
 * run, scheduled or dropped. Set by `spawn`, by a wake and by a cancellation that has to bring the task back
 * to its executor; cleared when the task is run or dropped. Set together with `RUNNING`, it means "woken
 * while running": the task is handed to its schedule function as soon as the poll is over. Can't be set once
 * the task has ended.
 */
export const SCHEDULED: number = 1 << 0;

/**
 * The future is being polled, closed or dropped right now. Set on entry to a run, cleared when the run is
 * over. Can't be set once the task has ended.
 */
export const RUNNING: number = 1 << 1;

// How it ends.

/**
 * The future has returned its output (or panicked, where panics propagate to the join side). Set once, when
 * the future is gone. Can't be set together with `SCHEDULED` or `RUNNING`.
 */
export const COMPLETED: number = 1 << 2;

/**
 * There is nothing more to be had from the task: it was cancelled, it panicked, or its output was taken or
 * dropped. Never cleared. A closed task that is still `SCHEDULED`, `RUNNING` or `CLOSING` has a future to let
 * go of, and its join side waits for that.
 */
export const CLOSED: number = 1 << 3;

/**
 * The task was cancelled before it completed. Set together with `CLOSED`, and never cleared: it tells a
 * cancelled task from one that is closed for another reason.
 */
export const CANCELLED: number = 1 << 4;

/**
 * The future threw. Set when the task ends, together with `CLOSED`, or with `COMPLETED` where panics
 * propagate.
 */
export const PANICKED: number = 1 << 5;

/**
 * The future has been asked to close and is still at it. Set together with `CLOSED` before the first call of
 * `pollClose`, cleared when the clean-up is over. While it is set, and only then, a closed task can be woken.
 */
export const CLOSING: number = 1 << 6;

/**
 * The executor has come to close the task, and its signal is aborted. Set together with `CLOSED`, never
 * cleared.
 */
export const ABORTED: number = 1 << 7;

// What has gone wrong on the way.

/**
 * The schedule function threw when the task was handed to it. Set together with `SCHEDULED`: the task may or
 * may not be in a queue, so that it can be run, but the next wake or cancellation hands it over once more.
 * Cleared by that, or by a run.
 */
export const STRANDED: number = 1 << 8;

// Its join side.

/**
 * The join side (`JoinHandle`, v4's `Task`) exists. Set by `spawn`, cleared when the join side is dropped or
 * detached; never set again. Without it an output is dropped as soon as it is there.
 */
export const HANDLE: number = 1 << 9;

/** The join side said that it won't ask: a panic is reported at once. Never cleared. */
export const DETACHED: number = 1 << 10;

/** Somebody at the join side has been told how the task ended, so that a panic need not be reported. */
export const SEEN: number = 1 << 11;

// Who has it as a number.

/**
 * The task side exists as a raw handle only. Set by `intoRaw`, cleared by `fromRaw`. Can't be set without
 * `SCHEDULED`.
 */
export const RAW: number = 1 << 12;

/**
 * The join side exists as a raw handle only. Set by `intoRaw`, cleared by `fromRaw`. Can't be set without
 * `HANDLE`.
 */
export const RAW_JOIN: number = 1 << 13;

// What was chosen at spawn.

/** Panics are carried to the join side and not thrown out of `run`. Chosen at spawn. */
export const PROPAGATE: number = 1 << 14;

/** The raw handles of the task name the thread that spawned it (`spawnLocal`). Chosen at spawn. */
export const LOCAL: number = 1 << 15;

/**
 * The bits that no ended task has: `SCHEDULED | RUNNING | CLOSING | STRANDED`, as a bundler can leave it out.
 */
export const ALIVE: number = 1 << 0 | 1 << 1 | 1 << 6 | 1 << 8;

/**
 * A scope keeps the panic, for who awaits the task, or for who closes the scope. Set after the end, never
 * cleared.
 */
export const KEPT: number = 1 << 16;

/** Whether the task has ended and its future is gone. */
export function isEnded(state: number): boolean {
  return (state & (COMPLETED | CLOSED)) !== 0 && (state & (SCHEDULED | RUNNING | CLOSING)) === 0;
}

/** Why the task side can't be used in this state. */
export function describe(state: number): string {
  if ((state & RUNNING) !== 0) return "it is running right now";
  if ((state & RAW) !== 0) return "it was turned into a raw handle";
  if ((state & COMPLETED) !== 0) return "it has completed";
  if ((state & CLOSED) !== 0) return isEnded(state) ? "it has ended" : "its clean-up is under way";
  return "it was run already and has not been woken since";
}

/**
 * The cooperative budget: a task whose channel is never empty, or whose lock is always free, would never be
 * pending, and nobody else would run. So a future of this package asks here before it is ready.
 */
import { macrotask } from "../internal/macrotask.ts";

/** How often a task may find something ready in one run. tokio's number. */
const STEPS = 128;

/** How often `await`s may go on without the event loop having had a turn. */
const AWAITS = 512;

/** How many steps the running task still has; -1 while nobody counts: outside an executor that does. */
let steps = -1;

let awaits = AWAITS;

/** What waits for the next turn of the event loop; `undefined` while nobody does. */
let held: (() => void)[] | undefined;

/** An executor calls this before it runs a task. Returns what `endBudget` is to be given. */
export function startBudget(): number {
  const outer = steps;
  steps = STEPS;
  return outer;
}

/** An executor calls this when it has run its tasks: what was left outside, or nobody counts any more. */
export function endBudget(outer = -1): void {
  steps = outer;
}

/**
 * Whether a future that has something ready may give it out. If not, it has to return `PENDING` and leave
 * everything as it is: `waker` was woken, so that the task is run again when others have had their turn.
 */
export function mayProceed(waker: { wake(): void }): boolean {
  if (steps < 0) return true;
  if (steps > 0) {
    steps--;
    return true;
  }
  waker.wake();
  return false;
}

/**
 * {@linkcode mayProceed}, where there is nobody to be woken: if not, nothing has happened, and the task is to
 * rest.
 */
export function tryProceed(): boolean {
  if (steps > 0) steps--;
  else if (steps === 0) return false;
  return true;
}

/**
 * Whether the output of a future that was awaited may be told now. If not, it is to be held back by
 * {@linkcode afterTurn}: async functions that await one another's messages would else keep the event loop
 * from timers and I/O for ever.
 *
 * While one is held back, so is every other: the turn comes only when all rest, however many there are.
 */
export function mayPass(): boolean {
  if (held !== undefined) return false;
  if (--awaits > 0) return true;
  awaits = AWAITS;
  held = [];
  macrotask(release);
  return false;
}

/**
 * Calls `fn`, which does not throw, when the event loop has had a turn; after {@linkcode mayPass} was
 * `false`.
 */
export function afterTurn(fn: () => void): void {
  held!.push(fn);
}

function release(): void {
  const fns = held!;
  held = undefined;
  for (const fn of fns) fn();
}

/** {@linkcode mayPass} for a promise. */
export function paced<R>(promise: Promise<R>): Promise<R> {
  return mayPass() ? promise : promise.finally(() => new Promise<void>(resolveAfterTurn));
}

function resolveAfterTurn(resolve: () => void): void {
  if (held === undefined) resolve();
  else afterTurn(resolve);
}

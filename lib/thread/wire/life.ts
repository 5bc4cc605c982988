/** Which thread this is, and which have ended: so that nobody waits for one that is no more. */
import { threadContext } from "./thread_context.ts";

/** Told the id of a thread that this one has started, when it has ended. */
const watchers = new Set<(id: number) => void>();

/** Those that have ended. */
const ended = new Set<number>();

/** The id of a thread that was not started by this package, 0 until it is asked for. */
let own = 0;

/** One of its own among all threads of the program; never 0. */
export function newThreadId(): number {
  return 1 + Math.trunc(Math.random() * (2 ** 31 - 2));
}

export function thisThread(): number {
  return threadContext()?.id ?? (own ||= newThreadId());
}

export function hasThreadEnded(id: number): boolean {
  return ended.has(id);
}

export function onThreadEnd(fn: (id: number) => void): void {
  watchers.add(fn);
}

/** Called before its memory goes: what it has posted is still there. */
export function threadHasEnded(id: number): void {
  ended.add(id);
  for (const fn of watchers) fn(id);
}

/** What to do if an object that was made here is transferred to a thread, and lost with it. */
const losses = new WeakMap<Transferable, () => void>();

export function onLoss(of: Transferable, fn: () => void): void {
  losses.set(of, fn);
}

/** Called when a job that these were given to has ended: what it has not taken by then, it never will. */
export function areLost(transferred: readonly Transferable[]): void {
  for (const one of transferred) losses.get(one)?.();
}

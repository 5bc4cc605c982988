/** Which thread this is, and which have ended: so that nobody waits for one that is no more. */

/** Told the id of a thread that this one has started, when it has ended. */
const watchers = new Set<(id: number) => void>();

/** Those that have ended. */
const ended = new Set<number>();

/** This thread's, 0 until it is asked for. */
let own = 0;

/** One of its own among all threads of the program; never 0. */
export function newThreadId(): number {
  return 1 + Math.trunc(Math.random() * (2 ** 31 - 2));
}

export function thisThread(): number {
  return own ||= newThreadId();
}

/** Called on a new thread, with the id that it was started with. */
export function becomeThread(id: number): void {
  own = id;
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

/**
 * What a blocked thread waits for: `blockOn` asks here whether anybody else could still wake it, and sleeps
 * on one word, which whoever wakes it from another thread changes.
 */

import { canShare, canWaitAsync, share, startInterval, waitFor } from "./runtime.ts";

/** Another thread, as far as it may wake tasks of this one. */
export interface WakeSource {
  /** Whether a wake-up may still come. */
  isExpected(): boolean;
  /** Wakes those whose wake-ups have come since the last call. */
  deliver(): void;
}

const sources = new Set<WakeSource>();

/** The word, where memory can be shared. Other threads add one and notify; it is 0 until then. */
let word: Int32Array<SharedArrayBuffer> | undefined;

/**
 * The word on which this thread sleeps, to be handed to other threads with `source`, which is asked from now
 * on; `undefined` where there is no shared memory, so that its modules can be imported there, too.
 */
export function addWakeSource(source: WakeSource): Int32Array<SharedArrayBuffer> | undefined {
  sources.add(source);
  return word ??= canShare() ? new Int32Array(share(4)) : undefined;
}

/** Wakes those whom other threads have woken. */
export function deliver(): void {
  for (const source of sources) source.deliver();
}

let isListening = false;

/** For microtasks. */
const NOW: Promise<void> = /* @__PURE__ */ Promise.resolve();

/**
 * Delivers whenever another thread has changed the word, for as long as a wake-up is expected, without
 * blocking.
 */
export function listen(): void {
  if (word === undefined || isListening) return;
  isListening = true;
  if (!canWaitAsync()) return pollWord();
  listenOnce(word, ticket());
  // What has come before. Not now: the caller may be in the midst of something. (`queueMicrotask` takes ten
  // times as long in Deno.)
  NOW.then(deliver);
}

/** Delivers when the word is not `seen` any more. */
function listenOnce(on: Int32Array<SharedArrayBuffer>, seen: number): void {
  const waited = Atomics.waitAsync(on, 0, seen);
  const again = (): void => {
    // Read before: what comes while it delivers changes it.
    const seen = ticket();
    deliver();
    if (isWakeExpected()) listenOnce(on, seen);
    else isListening = false;
  };
  if (waited.async) waited.value.then(again);
  else NOW.then(again);
}

/** How often a thread that can't be told reads the word, in ms. */
const POLL_MS = 5;

/** Where there is no `Atomics.waitAsync`; does not keep the process alive either. */
function pollWord(): void {
  const timer = startInterval(() => {
    deliver();
    if (isWakeExpected()) return;
    clearInterval(timer);
    isListening = false;
  }, POLL_MS);
}

/** Whether another thread may still wake a task of this one. */
export function isWakeExpected(): boolean {
  for (const source of sources) if (source.isExpected()) return true;
  return false;
}

/** What the word says now; to be read before `deliver`, and given to `sleep`. */
export function ticket(): number {
  return word === undefined ? 0 : Atomics.load(word, 0);
}

/** Longer than this, in ms, no thread sleeps for another: what that one can't tell is found out so. */
const MAX_SLEEP_MS = 100;

/**
 * Blocks this thread for `ms`, or less: until there is something to look after, or another thread has changed
 * the word since `seen` was read. Where a thread must not block, a page's main one, it is kept busy instead.
 */
export function sleep(seen: number, ms: number): void {
  if (isWakeExpected()) ms = Math.min(ms, MAX_SLEEP_MS);
  try {
    waitFor(word ?? new Int32Array(share(4)), seen, ms);
  } catch {
    const end = performance.now() + ms;
    while (performance.now() < end && ticket() === seen);
  }
}

/**
 * Running out of memory in Deno: a thread without a limit of its own takes the whole process with it. With
 * one, Deno ends what was running, gives the thread more, and does not always tell anybody. So the thread
 * asks by itself.
 *
 * What V8 can't interrupt goes on, and in the end takes the process with it: an optimized loop that calls
 * nothing but builtins, such as `for (;;) all.push(new Array(1000).fill(1))`.
 */

import { builtin, globals } from "../../internal/runtime.ts";

/** How often it asks, in ms. */
const POLL_MS = 100;

interface Statistics {
  getHeapStatistics(): { heap_size_limit: number };
}

/**
 * The limits that a thread is to have, as `node:worker_threads` wants them; none where the runtime sees to
 * it.
 */
export function resourceLimits(): { maxOldGenerationSizeMb?: number } {
  const limit = heapLimit();
  return limit === undefined ? {} : { maxOldGenerationSizeMb: Math.floor(limit / 2 ** 20) };
}

/** Calls `fn` once this thread was out of memory, where nobody else tells. */
export function onOutOfMemory(fn: () => void): void {
  const limit = heapLimit();
  if (limit === undefined) return;
  const timer = setInterval(() => {
    if (heapLimit() === limit) return;
    clearInterval(timer);
    fn();
  }, POLL_MS);
}

/** In bytes; only in Deno. */
function heapLimit(): number | undefined {
  if (globals.Deno === undefined) return undefined;
  return builtin<Statistics>("node:v8")?.getHeapStatistics().heap_size_limit;
}

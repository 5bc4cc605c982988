/** What this thread waits for when it is blocked, or listens: threads that have something to do. */
import { addWakeSource } from "../../internal/park.ts";

/** Threads that have something to do, or to tell. */
export const busy: Set<{ receive(): void }> = new Set();

/** What gives out jobs in the next microtask: a thread that blocks before that gives them out first. */
export const flushes: Set<() => void> = new Set();

/** The word on which this thread sleeps: the others change it. */
export const word: Int32Array<SharedArrayBuffer> | undefined = /* @__PURE__ */ addWakeSource({
  isExpected: () => busy.size + flushes.size > 0,
  deliver: () => {
    for (const flush of [...flushes]) flush();
    for (const thread of [...busy]) thread.receive();
  },
});

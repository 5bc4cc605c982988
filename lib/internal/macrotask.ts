/** Turns of the event loop. */
import { real } from "./real_timers.ts";
import { globals, hasFairMessages } from "./runtime.ts";

/**
 * Calls `fn` once the event loop has had a turn: when the microtasks that are there, and those that they
 * queue, are done, and timers and I/O that are due have had their chance. Returns what takes it back.
 *
 * The best there is: `setImmediate`; in browsers, where that is missing and timers are held back by 4 ms, a
 * message to itself. Fake timers of tests don't hold it back: it has nothing to do with time.
 */
export function macrotask(fn: () => void): () => void {
  const { setImmediate, clearImmediate } = globals;
  if (setImmediate !== undefined && clearImmediate !== undefined) {
    const id = (real.setImmediate ?? setImmediate)(fn);
    return () => (real.clearImmediate ?? clearImmediate)(id);
  }
  return hasFairMessages() ? post(fn) : timer(fn);
}

/** A channel per call, closed after use: an open one with a listener would keep a process alive. */
function post(fn: () => void): () => void {
  const { port1, port2 } = new MessageChannel();
  const close = (): void => {
    port1.close();
    port2.close();
  };
  port1.onmessage = () => {
    close();
    fn();
  };
  port2.postMessage(undefined);
  return close;
}

function timer(fn: () => void): () => void {
  const id = (real.setTimeout ?? setTimeout)(fn, 0);
  return () => (real.clearTimeout ?? clearTimeout)(id as number);
}

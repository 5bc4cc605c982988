/**
 * Ctrl-C while C blocks the thread of JavaScript.
 *
 * Without a listener, SIGINT ends the process. With one, it is the event loop that is told, and that is what
 * is blocked: nobody could end the wait, nor the program. So a thread with an event loop of its own listens
 * as well, for as long as the wait takes; it is started only where there is a listener, as its own would be
 * the first otherwise.
 */
import { openC } from "./c_heap.ts";

const SIGINT = 2;
/** More than a `struct sigaction` takes on any system; the handler comes first in it. */
const ACTION_WORDS = 32;

/** What the thread runs. It says that the signal has come by a word of shared memory. */
const SCRIPT =
  `onmessage = ({ data: word }) => Deno.addSignalListener("SIGINT", () => Atomics.store(word, 0, 1));`;

/** Whether this program handles SIGINT; `false` where that can't be asked. */
function isHandled(): boolean {
  if (Deno.build.os === "windows") return false;
  try {
    const library = openC({
      sigaction: { parameters: ["i32", "pointer", "buffer"], result: "i32" },
    });
    const action = new BigUint64Array(ACTION_WORDS);
    library.symbols.sigaction(SIGINT, null, action);
    library.close();
    // 0 is the default, and 1 is to ignore it.
    return action[0] > 1n;
  } catch {
    return false;
  }
}

/** Tells a blocked thread of Ctrl-C. */
export class InterruptWatch implements Disposable {
  readonly #word: Int32Array<SharedArrayBuffer> = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker | undefined;

  constructor() {
    if (!isHandled()) return;
    this.#worker = new Worker(`data:text/javascript,${encodeURIComponent(SCRIPT)}`, { type: "module" });
    this.#worker.postMessage(this.#word);
  }

  /** Whether the signal has come since the thread has begun to listen. */
  get isInterrupted(): boolean {
    return Atomics.load(this.#word, 0) !== 0;
  }

  [Symbol.dispose](): void {
    this.#worker?.terminate();
  }
}

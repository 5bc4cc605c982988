/**
 * Blocks the thread until a future is done.
 *
 * Shows the poll contract by itself, without any task: poll, sleep until woken, poll again. What is waited for
 * comes from another thread, as no promise can settle while this one is blocked.
 *
 *     deno run examples/block.ts
 *
 * @module
 */
import { type Future, PENDING, pollFn, wakerFn } from "../mod.ts";

/** Two numbers in memory that both threads see: how many wakes there were, and the answer. */
const shared = new Int32Array(new SharedArrayBuffer(8));
const WAKES = 0;
const ANSWER = 1;

function blockOn<R>(future: Future<R>): R {
  const waker = wakerFn(() => {
    Atomics.add(shared, WAKES, 1);
  });
  for (;;) {
    const wakes = Atomics.load(shared, WAKES);
    const output = future.poll({ waker });
    if (output !== PENDING) return output;
    // Returns at once if there was a wake since the poll began: none is ever missed.
    Atomics.wait(shared, WAKES, wakes);
  }
}

const thread = `onmessage = ({ data: shared }) => {
  setTimeout(() => {
    Atomics.store(shared, ${ANSWER}, 42);
    Atomics.add(shared, ${WAKES}, 1);
    Atomics.notify(shared, ${WAKES});
    close();
  }, 20);
};`;
const worker = new Worker(`data:text/javascript,${encodeURIComponent(thread)}`, { type: "module" });
worker.postMessage(shared);

let polls = 0;
const answer = pollFn(() => {
  polls++;
  return Atomics.load(shared, ANSWER) || PENDING;
});

console.log("blocking");
console.log(`the other thread says ${blockOn(answer)}, after ${polls} polls`);

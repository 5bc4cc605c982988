/**
 * A job on another thread, step by step: it is started, looked at, cancelled, and waited for.
 *
 *     deno run --allow-read examples/spin.ts
 *
 * @module
 */
import { blockOn } from "../lib/executor/mod.ts";
import { TaskHandle } from "../lib/thread/mod.ts";
import { sleep } from "../lib/time/mod.ts";
import { spin } from "./jobs.ts";

const counter = new Int32Array(new SharedArrayBuffer(4));
const handle = TaskHandle.spawn(spin, [counter], { tag: "spinner" });
console.log(`${handle.tag} has started, cancelled: ${handle.cancelled}`);
console.log("poll, which never waits:", handle.poll());

while (Atomics.load(counter, 0) < 1000) blockOn(sleep(1)); // this thread has nothing better to do
handle.cancel();
console.log(`cancelled: ${handle.cancelled}`);
const spins = handle.wait(); // blocks this thread until the job has seen it
console.log(`it has spun ${spins >= 1000 ? "more than a thousand" : spins} times`);

try {
  handle.wait();
} catch (error) {
  console.log((error as Error).message);
}

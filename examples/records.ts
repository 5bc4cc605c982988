/**
 * A channel whose ends live on two threads: a job finds numbers, this thread takes as many as it likes, and the job
 * never gets further ahead than the channel has room.
 *
 *     deno run --allow-read examples/records.ts
 *
 * @module
 */
import { openReceiver, sharedChannel, TaskHandle } from "../lib/thread/mod.ts";
import { findRecords, type Step } from "./jobs.ts";

const [end, other] = sharedChannel<Step>(2);
const job = TaskHandle.spawn(findRecords, [end], { transfer: [end.port] });

const rx = openReceiver(other);
let taken = 0;
for await (const { n, steps } of rx) {
  taken++;
  console.log(`${n}: ${steps} steps`);
  if (steps > 100) break;
}
rx[Symbol.dispose](); // the job learns of it when it sends

const others = await job - taken; // two that the channel has room for, and one that waits
console.log(`the job had found ${others <= 3 ? "no more than three" : others} others`);

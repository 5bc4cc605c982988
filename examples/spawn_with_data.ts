/**
 * Counts how often a task was scheduled, in data that is stored with the task.
 *
 * Shows `spawnWith` of async-task-ffi: the schedule function writes the data, the task reads it.
 *
 *     deno run examples/spawn_with_data.ts
 *
 * @module
 */
import { type Runnable, spawnWith } from "../lib/v4/mod.ts";
import { currentTag, yieldNow } from "../mod.ts";

interface Counter {
  schedulings: number;
}

const queue: Runnable<Counter>[] = [];

function schedule(runnable: Runnable<Counter>): void {
  runnable.data.schedulings++;
  queue.push(runnable);
}

function* body() {
  for (let step = 1; step <= 3; step++) {
    console.log(`step ${step}: scheduled ${currentTag<Counter>()!.schedulings} times`);
    yield* yieldNow();
  }
  return "done";
}

const [runnable, task] = spawnWith(body(), schedule, { schedulings: 0 });
runnable.schedule();
for (const runnable of queue) runnable.run(); // those that are queued meanwhile, too
console.log(`${await task}: scheduled ${task.metadata.schedulings} times`);

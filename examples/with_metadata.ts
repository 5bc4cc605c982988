/**
 * Shortest job first: the executor measures how long polls take, and runs the task with the shortest.
 *
 * Shows metadata that the executor writes and the schedule function reads, on a binary heap.
 *
 *     deno run examples/with_metadata.ts
 *
 * @module
 */
import { Builder, type Runnable, type TaskGenerator } from "../lib/v4/mod.ts";
import { yieldNow } from "../mod.ts";

interface Timing {
  polls: number;
  /** All polls so far, in ms. */
  spent: number;
}

const average = ({ metadata }: Runnable<Timing>): number => metadata.spent / Math.max(1, metadata.polls);

/** Runnables in heap order: none is shorter than its parent, which is the one at half its place. */
const heap: Runnable<Timing>[] = [];

function swapIfShorter(child: number, parent: number): boolean {
  if (average(heap[child]) >= average(heap[parent])) return false;
  [heap[child], heap[parent]] = [heap[parent], heap[child]];
  return true;
}

function push(runnable: Runnable<Timing>): void {
  let place = heap.push(runnable) - 1;
  while (place > 0 && swapIfShorter(place, (place - 1) >> 1)) place = (place - 1) >> 1;
}

function pop(): Runnable<Timing> | undefined {
  const shortest = heap[0];
  const last = heap.pop();
  if (last === undefined || last === shortest) return shortest;
  heap[0] = last;
  for (let place = 0, child; (child = 2 * place + 1) < heap.length; place = child) {
    if (child + 1 < heap.length && average(heap[child + 1]) < average(heap[child])) child++;
    if (!swapIfShorter(child, place)) break;
  }
  return shortest;
}

const scheduled: Runnable<Timing>[] = []; // since the last measurement

function runAll(): void {
  for (;;) {
    for (const runnable of scheduled.splice(0)) push(runnable);
    const runnable = pop();
    if (runnable === undefined) return;
    const start = performance.now();
    runnable.run();
    runnable.metadata.polls++;
    runnable.metadata.spent += performance.now() - start;
  }
}

/** Busy for `ms` in each of its steps. */
function* job(name: string, ms: number, steps: number): TaskGenerator<void> {
  for (let step = 1; step <= steps; step++) {
    for (const end = performance.now() + ms; performance.now() < end;);
    console.log(`${name} ${step}`);
    yield* yieldNow();
  }
}

function spawn(name: string, ms: number, steps: number): void {
  const builder = new Builder().metadata<Timing>({ polls: 0, spent: 0 });
  const [runnable] = builder.spawn(job(name, ms, steps), (runnable) => scheduled.push(runnable));
  runnable.schedule();
}

spawn("long", 20, 2);
spawn("medium", 8, 2);
spawn("short", 1, 3);
runAll();

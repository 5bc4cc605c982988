/**
 * Join handles that pass a panic on to whoever waits.
 *
 * Shows that what a task throws leaves `run()`, where the executor meets it, and that the handle keeps it in
 * its outcome: here it is thrown again where the output is needed.
 *
 *     deno run examples/panic_propagation.ts
 *
 * @module
 */
import { spawn as spawnTask, type Task } from "../mod.ts";

function schedule(task: Task<string>): void {
  queueMicrotask(() => {
    try {
      task.run();
    } catch (error) {
      console.log(`the executor goes on after: ${(error as Error).message}`);
    }
  });
}

/** Spawns an async function; awaiting the result gives its output, or throws what it threw. */
async function spawn<R>(body: () => Promise<R>, name: string): Promise<R | undefined> {
  const [task, handle] = spawnTask(body, schedule, name);
  task.schedule();
  const outcome = await handle.outcome();
  if (outcome.status === "panicked") throw outcome.error;
  return outcome.status === "completed" ? outcome.value : undefined;
}

async function divide(a: number, b: number): Promise<number> {
  await null;
  if (b === 0) throw new RangeError("Cannot divide by zero");
  return a / b;
}

console.log(`6 / 3 = ${await spawn(() => divide(6, 3), "fine")}`);
try {
  await spawn(() => divide(6, 0), "broken");
} catch (error) {
  console.log(`the waiting code has caught: ${error}`);
}

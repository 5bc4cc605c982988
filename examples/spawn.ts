/**
 * The smallest executor: a queue of tasks that drains itself.
 *
 * Shows the two sides that `spawn` returns. The schedule function puts the task onto the queue, the queue runs
 * it, and the handle waits for the output.
 *
 *     deno run examples/spawn.ts
 *
 * @module
 */
import { type JoinHandle, spawn as spawnTask, type Task } from "../mod.ts";

const queue: Task<string>[] = [];

function push(task: Task<string>): void {
  if (queue.push(task) === 1) queueMicrotask(drain);
}

function drain(): void {
  for (const task of queue) {
    console.log(`running ${task.tag}`);
    task.run();
  }
  queue.length = 0;
}

/** Spawns an async function onto the queue. */
function spawn<R>(body: () => Promise<R>, name: string): JoinHandle<R, string> {
  const [task, handle] = spawnTask(body, push, name);
  task.schedule();
  return handle;
}

const handle = spawn(async () => {
  console.log("Hello from the task");
  await new Promise((resolve) => setTimeout(resolve, 1));
  return 6 * 7;
}, "greeter");

console.log("spawned: nothing has run yet");
console.log(`${handle.tag} returned ${await handle}`);

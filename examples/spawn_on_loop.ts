/**
 * Tasks without a queue: every step of a task is a turn of the event loop of its own.
 *
 * Shows that a schedule function may hand the task to anything that calls back. With `setTimeout`, promises
 * and timers get their turn between any two steps, however many steps a task takes.
 *
 *     deno run examples/spawn_on_loop.ts
 *
 * @module
 */
import { type JoinHandle, spawn, type Task, type TaskGenerator, yieldNow } from "../mod.ts";

function spawnOnLoop<R>(body: TaskGenerator<R>, name: string): JoinHandle<R, string> {
  const schedule = (task: Task<string>): void => {
    setTimeout(() => task.run());
  };
  const [task, handle] = spawn(body, schedule, name);
  task.schedule();
  return handle;
}

function* count(name: string): TaskGenerator<string> {
  for (let step = 1; step <= 3; step++) {
    console.log(`${name} ${step}`);
    queueMicrotask(() => console.log(`  a promise callback after ${name} ${step}`));
    yield* yieldNow();
  }
  return `${name} is done`;
}

const left = spawnOnLoop(count("left"), "left");
const right = spawnOnLoop(count("right"), "right");
console.log(await left);
console.log(await right);

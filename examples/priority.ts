/**
 * An executor with three priorities: high, medium and low.
 *
 * Shows that the order in which tasks run is the executor's choice, and that the tag can carry what it chooses
 * by: one schedule function looks at the tag and picks the queue.
 *
 *     deno run examples/priority.ts
 *
 * @module
 */
import { currentTag, type JoinHandle, spawn as spawnTask, type Task } from "../mod.ts";
import { type TaskGenerator, yieldNow } from "../mod.ts";

type Priority = "high" | "medium" | "low";

interface Job {
  name: string;
  priority: Priority;
}

const queues: Record<Priority, Task<Job>[]> = { high: [], medium: [], low: [] };

function spawn<R>(body: TaskGenerator<R>, tag: Job): JoinHandle<R, Job> {
  const [task, handle] = spawnTask(body, (task) => void queues[task.tag.priority].push(task), tag);
  task.schedule();
  return handle;
}

function next(): Task<Job> | undefined {
  return queues.high.shift() ?? queues.medium.shift() ?? queues.low.shift();
}

function runAll(): void {
  for (let task; (task = next()) !== undefined;) task.run();
}

function log(text: string): void {
  const { name, priority } = currentTag<Job>()!;
  console.log(`${priority.padEnd(6)}  ${name} ${text}`);
}

function* work(steps: number): TaskGenerator<void> {
  for (let step = 1; step <= steps; step++) {
    log(`step ${step} of ${steps}`);
    yield* yieldNow();
  }
}

function* interrupt(): TaskGenerator<void> {
  yield* work(1);
  spawn(work(2), { name: "alarm", priority: "high" });
  log("has raised the alarm");
  yield* work(1);
}

spawn(work(2), { name: "backup", priority: "low" });
spawn(work(2), { name: "index", priority: "low" });
spawn(interrupt(), { name: "sensor", priority: "medium" });
spawn(work(2), { name: "input", priority: "high" });
runAll();

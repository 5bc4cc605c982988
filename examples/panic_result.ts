/**
 * The three ways in which a task ends, told apart by its outcome.
 *
 * Shows `outcome()`, which gives what the handle itself doesn't tell: awaiting the handle is `undefined` for a
 * task that was cancelled, and for one that panicked.
 *
 *     deno run examples/panic_result.ts
 *
 * @module
 */
import {
  type JoinHandle,
  pending,
  ready,
  spawn as spawnTask,
  type Task,
  type TaskGenerator,
} from "../mod.ts";

const queue: Task<string>[] = [];

function spawn<R>(body: TaskGenerator<R>, name: string): JoinHandle<R, string> {
  const [task, handle] = spawnTask(body, (task) => void queue.push(task), name);
  task.schedule();
  return handle;
}

function runAll(): void {
  for (let task; (task = queue.shift()) !== undefined;) {
    try {
      task.run();
    } catch {
      // The panic is in the outcome.
    }
  }
}

async function describe(handle: JoinHandle<unknown, string>): Promise<string> {
  const outcome = await handle.outcome();
  switch (outcome.status) {
    case "completed":
      return `completed with ${outcome.value}`;
    case "cancelled":
      return `cancelled because of ${outcome.reason}`;
    case "panicked":
      return `panicked with ${outcome.error}`;
  }
}

function* greet(): TaskGenerator<string> {
  return yield* ready("hello");
}

function* fail(): TaskGenerator<string> {
  throw new Error(yield* ready("oops"));
}

function* hang(): TaskGenerator<string> {
  return yield* pending();
}

const handles = [spawn(greet(), "greet"), spawn(fail(), "fail"), spawn(hang(), "hang")];
runAll();
handles[2].cancel("closing time");
runAll();
for (const handle of handles) console.log(`${handle.tag}: ${await handle}, ${await describe(handle)}`);

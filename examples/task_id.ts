/**
 * An executor that gives every task an id, and a log function that knows which task is calling.
 *
 * Shows the tag as seen from inside: `currentTag()` answers in a function that was called by a function that
 * was called by the task, also after an `await`. Outside of tasks there is none.
 *
 *     deno run examples/task_id.ts
 *
 * @module
 */
import { currentTag, type JoinHandle, spawn as spawnTask, type Task } from "../mod.ts";

class TaskId {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

let lastId = 0;

function spawn<R>(body: () => Promise<R>): JoinHandle<R, TaskId> {
  const schedule = (task: Task<TaskId>): void => queueMicrotask(() => task.run());
  const [task, handle] = spawnTask(body, schedule, new TaskId(++lastId));
  task.schedule();
  return handle;
}

function log(text: string): void {
  const id = currentTag<TaskId>();
  console.log(`[${id === undefined ? "no task" : `task ${id.value}`}] ${text}`);
}

async function fetchPart(part: string): Promise<number> {
  log(`asking for the ${part}`);
  await Promise.resolve();
  log(`got the ${part}`);
  return part.length;
}

async function fetchPage(): Promise<number> {
  return await fetchPart("head") + await fetchPart("body");
}

const handles = [spawn(fetchPage), spawn(fetchPage), spawn(fetchPage)];
log("waiting");
for (const handle of handles) log(`task ${handle.tag.value} returned ${await handle}`);

/**
 * A synchronous executor: `run` returns when the future is done, without giving up the thread in between.
 *
 * Shows generator tasks, which are stepped synchronously, and how they share an object and wait for each other
 * with `yield*`. No promise is involved.
 *
 *     deno run examples/spawn_local.ts
 *
 * @module
 */
import { type JoinHandle, spawnLocal, type Task, type TaskGenerator, yieldNow } from "../mod.ts";

const queue: Task<string>[] = [];

function spawn<R>(body: TaskGenerator<R>, name: string): JoinHandle<R, string> {
  const [task, handle] = spawnLocal(body, (task) => void queue.push(task), name);
  task.schedule();
  return handle;
}

/** Runs tasks until `body` has returned. */
function run<R>(body: TaskGenerator<R>): R {
  let done: { value: R } | undefined;
  spawn(
    (function* (): TaskGenerator<void> {
      done = { value: yield* body };
    })(),
    "main",
  );
  while (done === undefined) {
    const task = queue.shift();
    if (task === undefined) throw new Error("Cannot run: every task is waiting");
    task.run();
  }
  return done.value;
}

interface Counter {
  value: number;
}

function* increment(counter: Counter, who: string): TaskGenerator<void> {
  yield* yieldNow();
  console.log(`${who} sees ${counter.value}`);
  counter.value++;
}

function* main(counter: Counter): TaskGenerator<string> {
  const child = spawn(increment(counter, "the child"), "child");
  yield* increment(counter, "the parent");
  yield* child;
  return `both are done: ${counter.value}`;
}

console.log(run(main({ value: 0 })));

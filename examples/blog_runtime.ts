/**
 * A runtime in 40 lines, with everything that one needs: a queue, `spawn`, a future, and `blockOn`.
 *
 * Shows how tasks take turns. The queue is made by the first `spawn`; the future stands for a call to the
 * outside world that has to be asked six times.
 *
 *     deno run examples/blog_runtime.ts
 *
 * @module
 */
import { type Context, type Future, type IntoFuture, type JoinHandle, PENDING, type Poll } from "../mod.ts";
import { spawn as spawnTask, type Task, type TaskGenerator } from "../mod.ts";

let queue: Task<string>[] | undefined;

function openQueue(): Task<string>[] {
  console.log("the queue is made");
  return [];
}

function spawn<R>(body: IntoFuture<R, string>, name: string): JoinHandle<R, string> {
  const tasks = queue ??= openQueue();
  const [task, handle] = spawnTask(body, (task) => void tasks.push(task), name);
  task.schedule();
  return handle;
}

function blockOn<R>(handle: JoinHandle<R, string>): R | undefined {
  const cx: Context = { waker: { wake: () => {} } };
  for (;;) {
    const output = handle.poll(cx);
    if (output !== PENDING) return output;
    const task = queue?.shift();
    if (task === undefined) throw new Error(`Cannot wait for ${handle.tag}: nothing is left to run`);
    task.run();
  }
}

/** Pending five times; each time the outside world wakes the task at once. */
class ExternalCall implements Future<string> {
  #name: string;
  #pending = 5;

  constructor(name: string) {
    this.#name = name;
  }

  poll(cx: Context): Poll<string> {
    if (this.#pending === 0) return `the answer to ${this.#name}`;
    console.log(`${this.#name} is pending, ${this.#pending--} to go`);
    cx.waker.wake();
    return PENDING;
  }
}

function* main(): TaskGenerator<string> {
  const first = spawn(new ExternalCall("first"), "first");
  const second = spawn(new ExternalCall("second"), "second");
  return `${yield* second}, ${yield* first}`;
}

console.log(blockOn(spawn(main(), "main")));

/** What becomes of threads where the runtime lacks something. */
import { assertEquals, assertRejects } from "@std/assert";
import { defineTask, TaskHandle, WorkerError } from "../../lib/thread/mod.ts";
import { local, runDeno } from "../programs.ts";
import { test } from "./threaded.ts";

/** What a program prints that begins with `before`. */
async function printed(before: string, code: string): Promise<string> {
  const { stdout, stderr } = await runDeno([
    "eval",
    `${before}
    const { SharedWaker, TaskHandle } = await import(${local("lib/thread/mod.ts")});
    const jobs = await import(${local("tests/thread/jobs.ts")});
    ${code}`,
  ]);
  return stdout || stderr;
}

Deno.test("without Atomics.waitAsync, jobs and wakers from other threads are heard of all the same", async () => {
  const said = await printed(
    "delete Atomics.waitAsync;",
    `const woken = Promise.withResolvers();
    const waker = new SharedWaker({ wake: () => woken.resolve("woken") });
    TaskHandle.spawn(jobs.wakes, [waker.posted]).poll();
    // A thread that only waits to be woken does not keep the process alive.
    const timer = setTimeout(() => {}, 10_000);
    console.log(await woken.promise, await TaskHandle.spawn(jobs.count, [7]));
    clearTimeout(timer);`,
  );
  assertEquals(said, "woken 7\n");
});

Deno.test("without shared memory, ./thread can be imported, and jobs are a clear error", async () => {
  const said = await printed(
    "delete globalThis.SharedArrayBuffer;",
    `for (const fn of [() => TaskHandle.spawn(jobs.count, [7]), () => new SharedWaker({ wake() {} })]) {
      try {
        fn();
      } catch (error) {
        console.log(String(error));
      }
    }`,
  );
  const error = "TypeError: Cannot share memory here: a page must be cross-origin isolated for that\n";
  assertEquals(said, error + error);
});

Deno.test("without Workers, a job is a clear error", async () => {
  const said = await printed(
    "delete globalThis.process; delete globalThis.Worker;",
    `await TaskHandle.spawn(jobs.count, [7]).then(console.log, (error) => console.log(String(error)));`,
  );
  assertEquals(said, "WorkerError: Cannot finish count: this runtime has no Workers\n");
});

test("two jobs of one name are an error, unless one of them is what the module exports by it", async () => {
  const module = `import { defineTask } from ${local("lib/thread/mod.ts")};
    export const a = defineTask(import.meta.url, "a", () => 1), b = defineTask(import.meta.url, "a", () => 2);
    defineTask(import.meta.url, "c", () => 3);
    [4, 5].map((n) => defineTask(import.meta.url, "d", () => n));`;
  const data = `data:text/javascript,${encodeURIComponent(module)}`;
  const run = (name: string) => TaskHandle.spawn(defineTask(data, name, () => 0), []);
  assertEquals({ a: await run("a"), c: await run("c") }, { a: 1, c: 3 });
  await assertRejects(async () => await run("d"), WorkerError, "has several tasks d");
});

test("a module that starts its own jobs when it is loaded is an error, and no endless chain of threads", async () => {
  const top = `import { defineTask, TaskHandle } from ${local("lib/thread/mod.ts")};
    export const job = defineTask(import.meta.url, "job", () => 1);`;
  const atOnce = `${top} await TaskHandle.spawn(job, []);`;
  const run = (module: string) =>
    TaskHandle.spawn(defineTask(`data:text/javascript,${encodeURIComponent(module)}`, "job", () => 0), []);
  await assertRejects(async () => await run(atOnce), WorkerError, "starts its own jobs when it is loaded");
  const inJob = `import { defineTask, TaskHandle } from ${local("lib/thread/mod.ts")};
    export const job = defineTask(import.meta.url, "job", () => TaskHandle.spawn(job, []));`;
  await assertRejects(async () => await run(inJob), Error, "threads have started threads, 4 deep");
});

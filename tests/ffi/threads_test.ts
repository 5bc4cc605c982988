/** Calls from threads that C has started itself. */
import { assertEquals, assertMatch } from "@std/assert";
import { currentTag, PENDING, pollFn, spawn, type Task, type TaskGenerator, yieldNow } from "../../mod.ts";
import { clearLastError, exportTask, TaskTable } from "../../lib/ffi/mod.ts";
import * as jobs from "../thread/jobs.ts";
import { noCompiler, withLibrary } from "./compile.ts";

const ignore = noCompiler !== "";

const SYMBOLS = {
  async_task_load: { parameters: ["buffer"], result: "void" },
  count_load: { parameters: ["buffer"], result: "void" },
  spin_load: { parameters: ["buffer"], result: "void" },
  start_jobs: { parameters: [], result: "i32" },
  join_jobs: { parameters: [], result: "u32", nonblocking: true },
  start_badly: { parameters: [], result: "i32" },
  message: { parameters: ["u32"], result: "pointer" },
  start_waking: { parameters: ["u64"], result: "i32" },
  start_executor: { parameters: [], result: "i32" },
  executor_push: { parameters: ["u64"], result: "i32" },
  stop_executor: { parameters: [], result: "void" },
  join: { parameters: [], result: "void", nonblocking: true },
} as const;

type C = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Calls `fn` with a library that has all tables. */
async function withThreads(fn: (c: C, table: TaskTable) => Promise<void>): Promise<void> {
  const table = new TaskTable();
  const count = exportTask(jobs.count, { name: "count", result: "u32", parameters: ["u32"] });
  const spin = exportTask(jobs.spin, { name: "spin", result: "void" });
  const source = await Deno.readTextFile(new URL("threads.c", import.meta.url));
  const headers = Object.fromEntries([table, count, spin].map((each) => [`${each.name}.h`, each.header()]));
  await withLibrary({ source, headers, flags: ["-pthread"], symbols: SYMBOLS }, async (c) => {
    c.async_task_load(table.pointers);
    c.count_load(count.pointers);
    c.spin_load(spin.pointers);
    await fn(c, table);
  });
  clearLastError();
  for (const each of [table, count, spin]) each.free();
}

/** The pools' threads outlive a test. */
function test(name: string, fn: (c: C, table: TaskTable) => Promise<void>): void {
  const sanitize = { sanitizeOps: false, sanitizeResources: false };
  Deno.test({ name: name + noCompiler, ignore, ...sanitize, fn: () => withThreads(fn) });
}

test("exportTask() makes functions that four C threads call at the same time", async (c) => {
  assertEquals(c.start_jobs(), 4);
  assertEquals(await c.join_jobs(), 4 * (1 + 2 + 3 + 4 + 5));
});

test("exportTask() and TaskTable make functions whose errors a C thread reads", async (c) => {
  assertEquals(c.start_badly(), 0);
  await c.join();
  const read = (index: number) => Deno.UnsafePointerView.getCString(c.message(index)!);
  assertMatch(read(0), /cancelled/);
  assertMatch(read(1), /^Cannot destroy spin handle \d+: it was destroyed already$/);
  assertEquals(read(2), "Cannot make a Task of raw handle 7: it is not a valid handle");
});

test("async_task_wake() wakes a task when a C thread calls it", async (c, table) => {
  const queue: Task<string>[] = [];
  let polls = 0;
  const [task, handle] = spawn(
    pollFn((cx) => {
      if (++polls === 2) return currentTag();
      assertEquals(c.start_waking(BigInt(table.wakerIntoRaw(cx.waker))), 0);
      return PENDING;
    }),
    (task) => queue.push(task),
    "a tag",
  );
  task.run();
  await c.join();
  assertEquals({ queue, polls, size: table.size }, { queue: [task], polls: 1, size: 0 });
  task.run();
  assertEquals(await handle, "a tag");
});

test(
  "async_task_run() runs tasks when a C thread calls it, on the thread of JavaScript",
  async (c, table) => {
    function* body(): TaskGenerator<unknown> {
      for (let i = 0; i < 3; i++) yield* yieldNow();
      return currentTag();
    }
    const push = (task: Task<number>) => {
      if (c.executor_push(BigInt(table.intoRaw(task))) !== 0) throw new RangeError("The queue is full");
    };
    const handles = Array.from({ length: 300 }, (_, tag) => {
      const [task, handle] = spawn(body(), push, tag);
      task.schedule();
      return handle;
    });
    table.ref(); // nothing else keeps the process alive
    assertEquals(c.start_executor(), 0);
    assertEquals(await Promise.all(handles), Array.from({ length: 300 }, (_, tag) => tag));
    c.stop_executor();
    await c.join();
    table.unref();
    assertEquals(table.size, 0);
  },
);

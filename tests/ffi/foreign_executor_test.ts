/** An executor whose queue is foreign: C's, and one in JavaScript that does what the test says. */
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { currentTag, PENDING, pollFn, spawn, type TaskGenerator, yieldNow } from "../../mod.ts";
import { TaskHandle } from "../../lib/core/mod.ts";
import {
  clearLastError,
  ForeignExecutor,
  type ForeignQueue,
  takeLastError,
  TaskTable,
} from "../../lib/ffi/mod.ts";
import { macrotask, Probe, reported, thrownBy } from "../helpers.ts";
import { examplePath, noCompiler, withLibrary } from "./compile.ts";

const ignore = noCompiler !== "";

/** A queue that is not foreign at all. */
class FakeQueue implements ForeignQueue {
  readonly tasks: bigint[] = [];
  readonly table: TaskTable;
  runs = 0;
  failure: Error | undefined;
  /** What `run` returns, while it is set. */
  answer: number | undefined;

  constructor(table: TaskTable) {
    this.table = table;
  }

  push(task: bigint): void {
    if (this.failure !== undefined) throw this.failure;
    this.tasks.push(task);
  }

  run(limit: number): number {
    this.runs++;
    if (this.failure !== undefined) throw this.failure;
    while (limit-- > 0 && this.tasks.length > 0) this.table.fromRaw(this.tasks.shift()!).run();
    return this.answer ?? this.tasks.length;
  }
}

function fake(
  options?: { budget?: number },
): { table: TaskTable; queue: FakeQueue; executor: ForeignExecutor } {
  const table = new TaskTable();
  const queue = new FakeQueue(table);
  return { table, queue, executor: new ForeignExecutor(table, queue, options) };
}

/** A function of a table that takes a handle, as C calls it. */
function callable({ pointers }: TaskTable, index: number): (task: bigint) => number {
  const definition = { parameters: ["u64"], result: "i32" } as const;
  const pointer = Deno.UnsafePointer.create(pointers[index]) as Deno.PointerObject<typeof definition>;
  const native = new Deno.UnsafeFnPointer(pointer, definition);
  return (task) => native.call(task);
}

/** A task that is woken as soon as it runs, for ever. */
function* forever(): TaskGenerator<never> {
  while (true) yield* yieldNow();
}

Deno.test("ForeignExecutor refuses what is no queue, and no budget", () => {
  const table = new TaskTable();
  for (const queue of [undefined, {}, { push() {} }, { run: () => 0 }]) {
    assertThrows(
      () => new ForeignExecutor(table, queue as never),
      TypeError,
      "it needs a queue with push and run",
    );
  }
  for (const budget of [-1, NaN]) {
    assertThrows(
      () => new ForeignExecutor(table, new FakeQueue(table), { budget }),
      RangeError,
      `budget is ${budget}`,
    );
  }
  table.free();
});

Deno.test("ForeignExecutor runs nothing before the event loop has a turn, and everything in one", async () => {
  const { table, queue, executor } = fake();
  const handles = [1, 2, 3].map((tag) => executor.spawn(() => currentTag(), tag));
  await null;
  assertEquals(
    { runs: queue.runs, queued: queue.tasks.length, size: table.size },
    { runs: 0, queued: 3, size: 3 },
  );
  await macrotask();
  assertEquals(
    { runs: queue.runs, queued: queue.tasks.length, size: table.size },
    { runs: 1, queued: 0, size: 0 },
  );
  assertEquals(await Promise.all(handles), [1, 2, 3]);
  table.free();
});

Deno.test("ForeignExecutor leaves the event loop free while tasks never end", async () => {
  const { table, queue, executor } = fake({ budget: 1 });
  const handle = executor.spawn(forever());
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert(queue.runs > 1);
  handle.cancel();
  assertEquals((await handle.outcome()).status, "cancelled");
  const { runs } = queue;
  await macrotask();
  await macrotask();
  assertEquals({ isIdle: queue.runs - runs <= 1, size: table.size }, { isIdle: true, size: 0 });
  table.free();
});

Deno.test("ForeignExecutor runs one slice a turn with a budget of 0", async () => {
  const { table, queue, executor } = fake({ budget: 0 });
  let polls = 0;
  const handle = executor.spawn(pollFn((cx) => {
    if (++polls === 600) return "done";
    cx.waker.wake();
    return PENDING;
  }));
  assertEquals({ output: await handle, polls, runs: queue.runs }, { output: "done", polls: 600, runs: 3 });
  table.free();
});

Deno.test("spawn() throws what push() throws, and the task is not lost", async () => {
  const { table, queue, executor } = fake();
  queue.failure = new Error("full");
  assertStrictEquals(thrownBy(() => executor.spawn(() => 1)), queue.failure);
  assertEquals(table.size, 0);
  const [task, handle] = spawn(() => 1, executor.schedule, "t");
  assertStrictEquals(thrownBy(() => task.schedule()), queue.failure);
  queue.failure = undefined;
  task.schedule();
  assertEquals({ output: await handle, size: table.size }, { output: 1, size: 0 });
  table.free();
});

Deno.test("spawn() throws when the table is closed, and a task of it that is woken is closed", async () => {
  const { table, executor } = fake();
  const future = new Probe();
  const handle = executor.spawn(future, "t");
  await macrotask();
  table.close();
  assertThrows(() => executor.spawn(() => 1), TypeError, "the table was closed");
  assertThrows(() => handle.cancel(), TypeError, "the table was closed");
  assertEquals(
    { status: (await handle.outcome()).status, drops: future.drops },
    { status: "cancelled", drops: 1 },
  );
  table.free();
});

Deno.test("ForeignExecutor does not call run() when the table was closed", async () => {
  const { table, queue, executor } = fake();
  const handle = executor.spawn(new Probe());
  table.close();
  table.free();
  await macrotask();
  assertEquals(
    { runs: queue.runs, status: (await handle.outcome()).status },
    { runs: 0, status: "cancelled" },
  );
});

Deno.test("ForeignExecutor reports what run() throws, and goes on with the next task", async () => {
  const { table, queue, executor } = fake();
  const handle = executor.spawn(() => 1);
  queue.failure = new Error("broken");
  assertEquals(await reported(() => macrotask()), [queue.failure]);
  assertEquals(queue.runs, 1);
  queue.failure = undefined;
  assertEquals(
    { second: await executor.spawn(() => 2), first: await handle, runs: queue.runs },
    { second: 2, first: 1, runs: 2 },
  );
  table.free();
});

Deno.test("ForeignExecutor reports when run() returns an error", async () => {
  for (const answer of [-1, NaN, undefined as never]) {
    const { table, queue, executor } = fake();
    queue.answer = answer;
    if (answer === undefined) queue.run = () => undefined as never;
    executor.spawn(() => 1);
    const errors = await reported(() => macrotask());
    assertEquals(errors.map(String), [`Error: Cannot run tasks: the executor in C returned ${answer}`]);
    table.free();
  }
});

Deno.test("spawn() gives a TaskHandle, which throws the panic to whoever awaits it, and C hears of it", async () => {
  const lost: unknown[] = [];
  const table = new TaskTable({ onPanic: (error, _id, tag) => lost.push({ error: String(error), tag }) });
  const queue = new FakeQueue(table);
  const executor = new ForeignExecutor(table, queue);
  const failing = executor.spawn(() => {
    throw new Error("boom");
  }, "black");
  const run = callable(table, 0);
  assertEquals(
    { answer: run(queue.tasks.shift()!), error: takeLastError(), isFinished: failing.isFinished },
    { answer: -1, error: "boom", isFinished: true },
  );
  assertEquals(failing instanceof TaskHandle, true);
  await assertRejects(() => failing, Error, "boom");
  failing.detach();
  assertEquals(lost, [{ error: "Error: boom", tag: "black" }]);
  table.free();
});

Deno.test("spawn() tells the table's onPanic of a panic that nobody can await any more, once", () => {
  const lost: unknown[] = [];
  const table = new TaskTable({ onPanic: (error, _id, tag) => lost.push({ error, tag }) });
  const queue = new FakeQueue(table);
  const executor = new ForeignExecutor(table, queue);
  executor.spawn(() => {
    throw "boom";
  }, "black").detach();
  const run = callable(table, 0);
  run(queue.tasks.shift()!);
  clearLastError();
  assertEquals(lost, [{ error: "boom", tag: "black" }]);
  table.free();
});

Deno.test("tables and executors show what they are, and are JSON", () => {
  const { table, executor } = fake();
  executor.spawn(() => 1, 1);
  assertEquals(JSON.parse(JSON.stringify(executor)), { size: 1, isClosed: false });
  const { functions, ...rest } = JSON.parse(JSON.stringify(table));
  assertEquals(rest, { name: "async_task", isClosed: false, size: 1 });
  assertEquals(functions.slice(0, 2), ["run", "schedule"]);
  assertEquals(Deno.inspect(executor), "ForeignExecutor { size: 1, isClosed: false }");
  table.free();
});

const SYMBOLS = {
  async_task_load: { parameters: ["buffer"], result: "void" },
  executor_push: { parameters: ["u64"], result: "i32" },
  executor_run: { parameters: ["u32"], result: "u32" },
  executor_run_batched: { parameters: ["u32"], result: "u32" },
  executor_clear: { parameters: [], result: "void" },
} as const;

/** Calls `fn` with an executor whose queue is that of the example. */
function withExecutor(
  run: "executor_run" | "executor_run_batched",
  fn: (executor: ForeignExecutor, table: TaskTable, clear: () => void) => Promise<void>,
): Promise<void> {
  const source = `#include "${examplePath("executor.c")}"`;
  return withLibrary({ source, symbols: SYMBOLS }, async (c) => {
    const table = new TaskTable();
    c.async_task_load(table.pointers);
    const executor = new ForeignExecutor(table, {
      push: (task) => void assertEquals(c.executor_push(task), 0),
      run: (limit) => c[run](limit),
    });
    await fn(executor, table, () => c.executor_clear());
    c.executor_clear();
    table.free();
  });
}

for (const run of ["executor_run", "executor_run_batched"] as const) {
  Deno.test({
    name: `${run}() of executor.c runs ten thousand tagged tasks in turns, to their end` + noCompiler,
    ignore,
    fn: () =>
      withExecutor(run, async (executor, table) => {
        const log: number[] = [];
        function* count(): TaskGenerator<number> {
          for (let i = 0; i < 3; i++) {
            log.push(currentTag<number>()!);
            yield* yieldNow();
          }
          return currentTag<number>()!;
        }
        const tags = Array.from({ length: 10_000 }, (_, index) => index);
        const handles = tags.map((tag) => executor.spawn(count(), tag));
        assertEquals(await Promise.all(handles), tags);
        assertEquals(log, [...tags, ...tags, ...tags]);
        assertEquals(table.size, 0);
      }),
  });

  Deno.test({
    name: `${run}() of executor.c runs async functions, and goes on after a panic` + noCompiler,
    ignore,
    fn: () =>
      withExecutor(run, async (executor, table) => {
        const error = new Error("boom");
        const slow = executor.spawn(async ({ tag }) => {
          for (let i = 0; i < 3; i++) await macrotask();
          return `${tag} ${currentTag()}`;
        }, "slow");
        const failing = executor.spawn(async () => {
          await null;
          throw error;
        }, "failing");
        const cancelled = executor.spawn(forever(), "cancelled");
        await macrotask();
        cancelled.cancel("enough");
        assertEquals(await slow, "slow slow");
        assertEquals(await failing.outcome(), { status: "panicked", error });
        assertEquals(await cancelled.outcome(), { status: "cancelled", reason: "enough" });
        assertEquals(table.size, 0);
      }),
  });

  Deno.test({
    name: `executor_clear() drops what is queued for ${run}()` + noCompiler,
    ignore,
    fn: () =>
      withExecutor(run, async (executor, table, clear) => {
        const futures = Array.from({ length: 100 }, () => new Probe());
        const handles = futures.map((future) => executor.spawn(future));
        clear();
        const outcomes = await Promise.all(handles.map((handle) => handle.outcome()));
        assertEquals(outcomes.every(({ status }) => status === "cancelled"), true);
        assertEquals(futures.every(({ polls, drops }) => polls === 0 && drops === 1), true);
        assertEquals(table.size, 0);
        await macrotask();
      }),
  });
}

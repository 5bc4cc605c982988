/** Tasks in the hands of C: what it can do with them, and what comes of what it shouldn't do. */
import { assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { PENDING, pending, pollFn, ready, spawn, type Task, yieldNow } from "../../mod.ts";
import {
  clearLastError,
  takeLastError,
  TaskTable,
  taskTableHeader,
  type TaskTableOptions,
} from "../../lib/ffi/mod.ts";
import { boom, context, Probe, Queue, throwing, thrownBy, throws } from "../helpers.ts";
import { examplePath, noCompiler, withLibrary } from "./compile.ts";

const ignore = noCompiler !== "";

const SYMBOLS = {
  async_task_load: { parameters: ["buffer"], result: "void" },
  async_task_run: { parameters: ["u64"], result: "i32" },
  async_task_schedule: { parameters: ["u64"], result: "i32" },
  async_task_drop: { parameters: ["u64"], result: "i32" },
  async_task_wake: { parameters: ["u64"], result: "i32" },
  async_task_tag: { parameters: ["u64"], result: "i64" },
  async_task_tag_utf8: { parameters: ["u64", "buffer", "i32"], result: "i32" },
  async_task_waker: { parameters: ["u64"], result: "u64" },
  async_task_run_batch: { parameters: ["u32"], result: "i32" },
  fill: { parameters: ["buffer", "u32"], result: "i32" },
} as const;

const SOURCE = `
#define ASYNC_TASK_IMPLEMENTATION
#include "async_task.h"
int32_t fill(const async_task *tasks, uint32_t count);
int32_t fill(const async_task *tasks, uint32_t count) {
  async_task *batch = async_task_batch();
  if (batch == NULL) return -1;
  for (uint32_t i = 0; i < count; i++) batch[i] = tasks[i];
  return ASYNC_TASK_BATCH;
}
`;

type C = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Calls `fn` with the functions of a table as C has them. */
function withTable(
  fn: (c: C, table: TaskTable) => void | Promise<void>,
  options?: TaskTableOptions,
): Promise<void> {
  const library = { source: SOURCE, headers: { "async_task.h": taskTableHeader() }, symbols: SYMBOLS };
  return withLibrary(library, async (c) => {
    const table = new TaskTable(options);
    try {
      clearLastError();
      c.async_task_load(table.pointers);
      await fn(c, table);
    } finally {
      clearLastError();
      table.free();
    }
  });
}

/** A test that needs a compiler. */
function test(
  name: string,
  fn: (c: C, table: TaskTable) => void | Promise<void>,
  options?: TaskTableOptions,
): void {
  Deno.test({ name: name + noCompiler, ignore, fn: () => withTable(fn, options) });
}

test("async_task_run() polls a task once, and uses its handle up", async (c, table) => {
  const queue = new Queue<Task<number>>();
  const future = new Probe((_cx, poll) => poll === 2 ? "out" : PENDING);
  const [task, handle] = spawn(future, queue.schedule, 1);
  const raw = BigInt(table.intoRaw(task));
  assertEquals(
    { result: c.async_task_run(raw), polls: future.polls, size: table.size, lastError: takeLastError() },
    { result: 0, polls: 1, size: 0, lastError: undefined },
  );
  assertEquals({ result: c.async_task_run(raw), polls: future.polls }, { result: -1, polls: 1 });
  assertEquals(takeLastError(), `Cannot run handle ${raw}: it was destroyed already`);
  future.waker!.wake();
  assertEquals(c.async_task_run(BigInt(table.intoRaw(queue.tasks[0]))), 0);
  assertEquals(
    { output: await handle, polls: future.polls, drops: future.drops, schedules: queue.schedules },
    { output: "out", polls: 2, drops: 1, schedules: 1 },
  );
});

test("async_task_run() tells whether the task was handed over again", (c, table) => {
  const queue = new Queue<Task<number>>();
  const [task] = spawn(yieldNow(), queue.schedule, 1);
  assertEquals(
    { result: c.async_task_run(BigInt(table.intoRaw(task))), schedules: queue.schedules },
    { result: 1, schedules: 1 },
  );
  assertEquals(
    { result: c.async_task_run(BigInt(table.intoRaw(task))), schedules: queue.schedules },
    { result: 0, schedules: 1 },
  );
});

test("async_task_run() makes a panic the last error, and the table's onPanic learns of it", async (c) => {
  const seen: unknown[][] = [];
  const table = new TaskTable({ onPanic: (...args) => seen.push(args) });
  c.async_task_load(table.pointers);
  const [task, handle] = spawn(throws, () => {}, "t");
  assertEquals(
    { result: c.async_task_run(BigInt(table.intoRaw(task))), lastError: takeLastError() },
    { result: -1, lastError: "boom" },
  );
  assertEquals(seen, [[boom, task.id, "t"]]);
  assertEquals(await handle.outcome(), { status: "panicked", error: boom });
  table.free();
});

test("async_task_schedule() hands a task to its schedule function", (c, table) => {
  const queue = new Queue<Task<number>>();
  const [task] = spawn(ready(1), queue.schedule, 1);
  assertEquals(
    {
      result: c.async_task_schedule(BigInt(table.intoRaw(task))),
      schedules: queue.schedules,
      size: table.size,
    },
    { result: 0, schedules: 1, size: 0 },
  );
  queue.failure = new Error("full");
  assertEquals(
    { result: c.async_task_schedule(BigInt(table.intoRaw(task))), lastError: takeLastError() },
    { result: -1, lastError: "full" },
  );
  assertEquals(task.run(), false);
});

test("async_task_drop() cancels a task and lets go of it", async (c, table) => {
  const future = new Probe();
  const [task, handle] = spawn(future, () => {}, 1);
  const raw = BigInt(table.intoRaw(task));
  assertEquals(
    { result: c.async_task_drop(raw), polls: future.polls, drops: future.drops },
    { result: 0, polls: 0, drops: 1 },
  );
  assertEquals((await handle.outcome()).status, "cancelled");
  assertEquals({ result: c.async_task_drop(raw), drops: future.drops }, { result: -1, drops: 1 });
  assertEquals(takeLastError(), `Cannot drop handle ${raw}: it was destroyed already`);
});

test("async_task_run(), _schedule() and _drop() take what Task.intoRaw() gives", async (c) => {
  const queue = new Queue<Task<number>>();
  const [task, handle] = spawn(ready(1), queue.schedule, 1);
  assertEquals(c.async_task_schedule(BigInt(task.intoRaw())), 0);
  const raw = BigInt(task.intoRaw());
  assertEquals({ result: c.async_task_run(raw), output: await handle }, { result: 0, output: 1 });
  assertEquals(c.async_task_run(raw), -1);
  assertMatch(takeLastError()!, /^Cannot make a Task of raw handle \d+: it was taken already$/);
  const [other, dropped] = spawn(pending(), queue.schedule, 1);
  assertEquals(c.async_task_drop(BigInt(other.intoRaw())), 0);
  assertEquals((await dropped.outcome()).status, "cancelled");
});

test("async_task_tag() tells an integer", (c, table) => {
  for (
    const [tag, expected] of [[7, 7n], [-7, -7n], [2 ** 53 - 1, 2n ** 53n - 1n], [-(2n ** 63n), -(2n ** 63n)]]
  ) {
    const [task] = spawn(ready(1), () => {}, tag);
    const raw = BigInt(table.intoRaw(task));
    assertEquals(
      { tags: [c.async_task_tag(raw), c.async_task_tag(raw)], lastError: takeLastError() },
      { tags: [expected, expected], lastError: undefined },
    );
  }
  for (const tag of ["red", undefined, 1.5, NaN, {}]) {
    const [task] = spawn(ready(1), () => {}, tag);
    assertEquals(c.async_task_tag(BigInt(table.intoRaw(task))), -1n);
    assertMatch(takeLastError()!, /^Cannot tell the tag of a task: it is not an integer/);
  }
  const [big] = spawn(ready(1), () => {}, 2n ** 63n);
  assertEquals(c.async_task_tag(BigInt(table.intoRaw(big))), -1n);
  assertMatch(
    takeLastError()!,
    /^Cannot return from async_task_tag: expected an integer from .*, got 9223372036854775808n$/,
  );
});

test("async_task_tag() asks the table's own function", (c, table) => {
  const [task] = spawn(ready(1), () => {}, { priority: 3 });
  const [other] = spawn(ready(1), () => {}, null);
  assertEquals(c.async_task_tag(BigInt(table.intoRaw(task))), 3n);
  assertEquals(c.async_task_tag(BigInt(table.intoRaw(other))), -1n);
  assertMatch(takeLastError()!, /null/);
}, { tag: (tag) => (tag as { priority: number }).priority });

test("async_task_tag_utf8() writes a tag as text", (c, table) => {
  const raw = (tag: unknown) => BigInt(table.intoRaw(spawn(ready(1), () => {}, tag)[0]));
  const buffer = new Uint8Array(16);
  assertEquals(c.async_task_tag_utf8(raw("größer"), buffer, 16), 9);
  assertEquals(new TextDecoder().decode(buffer.subarray(0, 9)), "größer\0");
  assertEquals(
    {
      length: c.async_task_tag_utf8(raw(42), buffer, 3),
      text: new TextDecoder().decode(buffer.subarray(0, 3)),
    },
    { length: 3, text: "42\0" },
  );
  assertEquals(c.async_task_tag_utf8(raw("größer"), buffer, 8), -1);
  assertEquals(c.async_task_tag_utf8(raw("größer"), null, 8), -1);
  assertEquals(takeLastError(), undefined);
  assertEquals(c.async_task_tag_utf8(raw(Object.create(null)), buffer, 16), -1);
  assertMatch(takeLastError()!, /convert/);
  assertEquals(c.async_task_tag_utf8(0n, buffer, 16), -1);
  assertEquals(takeLastError(), "Cannot tell the tag of handle 0: it is null");
});

test("async_task_waker() gives a waker that C keeps for longer than the task lives", async (c, table) => {
  const queue = new Queue<Task<number>>();
  const future = new Probe((_cx, poll) => poll === 3 ? "out" : PENDING);
  const [task, handle] = spawn(future, queue.schedule, 1);
  const raw = BigInt(table.intoRaw(task));
  const waker = c.async_task_waker(raw);
  // It is scheduled.
  assertEquals({ result: c.async_task_wake(raw), schedules: queue.schedules }, { result: 0, schedules: 0 });
  assertEquals({ result: c.async_task_run(raw), schedules: queue.schedules }, { result: 0, schedules: 0 });
  for (let turn = 1; turn <= 2; turn++) {
    assertEquals(
      { results: [c.async_task_wake(waker), c.async_task_wake(waker)], queued: queue.tasks.length },
      { results: [0, 0], queued: 1 },
    );
    c.async_task_run(BigInt(table.intoRaw(queue.tasks.pop()!)));
  }
  assertEquals({ output: await handle, polls: future.polls }, { output: "out", polls: 3 });
  assertEquals(
    { result: c.async_task_wake(waker), schedules: queue.schedules, size: table.size },
    { result: 0, schedules: 2, size: 1 },
  );
  assertEquals({ result: c.async_task_drop(waker), size: table.size }, { result: 0, size: 0 });
  assertEquals({ wake: c.async_task_wake(waker), drop: c.async_task_drop(waker) }, { wake: -1, drop: -1 });
  assertEquals(takeLastError(), `Cannot drop handle ${waker}: it was destroyed already`);
});

test("wakerIntoRaw() hands any waker to C", (c, table) => {
  const { waker } = context();
  const raw = table.wakerIntoRaw(waker);
  c.async_task_wake(BigInt(raw));
  c.async_task_wake(BigInt(raw));
  assertEquals(waker.wakes, 2);
  for (const use of [c.async_task_run, c.async_task_schedule, c.async_task_tag, c.async_task_waker]) {
    assertEquals(Number(use(BigInt(raw))) <= 0, true);
    assertMatch(takeLastError()!, /: it is a waker's$/);
  }
  assertThrows(() => table.fromRaw(raw), TypeError, "it is a waker's");
  const failing = table.wakerIntoRaw({ wake: throwing(new Error("asleep")) });
  assertEquals(
    { result: c.async_task_wake(BigInt(failing)), lastError: takeLastError() },
    { result: -1, lastError: "asleep" },
  );
});

test("every function answers with an error when it is given no handle", (c, table) => {
  const other = new TaskTable();
  const [task] = spawn(pending(), () => {}, 1);
  const stranger = BigInt(other.intoRaw(task));
  const own = BigInt(table.intoRaw(task));
  const none = [
    0n,
    1n,
    2n ** 63n,
    2n ** 64n - 1n,
    own + 1n,
    own + 2n ** 20n,
    own - 2n ** 20n,
    stranger,
    0xdeadbeefn,
  ];
  const uses = [
    c.async_task_run,
    c.async_task_schedule,
    c.async_task_drop,
    c.async_task_wake,
    c.async_task_tag,
    c.async_task_waker,
  ];
  for (const use of uses) {
    for (const handle of none) {
      assertEquals(Number(use(handle)) <= 0, true);
      assertMatch(takeLastError()!, /^Cannot /);
    }
  }
  assertEquals(
    { size: table.size, otherSize: other.size, tag: c.async_task_tag(own) },
    { size: 1, otherSize: 1, tag: 1n },
  );
  other.free();
});

test("async_task_run_batch() runs each, and counts those that it can't", async (c, table) => {
  const log: string[] = [];
  const say = (text: string) =>
    BigInt(table.intoRaw(spawn(pollFn(() => void log.push(text)), () => {}, 1)[0]));
  const failing = BigInt(table.intoRaw(spawn(throws, () => {}, 1)[0]));
  const first = say("a");
  const handles = BigUint64Array.of(first, say("b"), first, failing, 0n, 2n ** 64n - 1n, say("c"));
  assertEquals(c.fill(handles as BigUint64Array<ArrayBuffer>, 7), 256);
  assertEquals({ failures: c.async_task_run_batch(7), log }, { failures: 4, log: ["a", "b", "c"] });
  assertMatch(
    takeLastError()!,
    /^Cannot make a Task of raw handle 18446744073709552000: it is not a valid handle$/,
  );
  assertEquals(
    { failures: c.async_task_run_batch(0), lastError: takeLastError() },
    { failures: 0, lastError: undefined },
  );
  assertEquals(c.async_task_run_batch(257), -1);
  assertEquals(takeLastError(), "Cannot run 257 tasks at once: a batch has room for 256");
  assertEquals({ result: c.async_task_run_batch(2 ** 32 - 1), size: table.size }, { result: -1, size: 0 });
  await null;
});

test("async_task_run_batch() may be called by a task that it runs", (c, table) => {
  const log: string[] = [];
  const task = (fn: () => void) => BigInt(table.intoRaw(spawn(pollFn(fn), () => {}, 1)[0]));
  const inner = BigUint64Array.of(task(() => log.push("inner 1")), task(() => log.push("inner 2")));
  const outer = BigUint64Array.of(
    task(() => {
      c.fill(inner as BigUint64Array<ArrayBuffer>, 2);
      log.push(`${c.async_task_run_batch(2)} failed`);
    }),
    task(() => log.push("outer 2")),
  );
  c.fill(outer as BigUint64Array<ArrayBuffer>, 2);
  assertEquals(
    { failures: c.async_task_run_batch(2), log },
    { failures: 0, log: ["inner 1", "inner 2", "0 failed", "outer 2"] },
  );
});

test("a task may be run by another, and not by itself", (c, table) => {
  const queue = new Queue<Task<number>>();
  const results: number[] = [];
  const [inner] = spawn(ready(1), queue.schedule, 2);
  const [task] = spawn(
    pollFn(() => {
      results.push(c.async_task_run(BigInt(table.intoRaw(inner))));
      results.push(c.async_task_run(BigInt(table.intoRaw(task))));
    }),
    queue.schedule,
    1,
  );
  assertEquals(
    { result: c.async_task_run(BigInt(table.intoRaw(task))), results },
    { result: 0, results: [0, -1] },
  );
  assertEquals(takeLastError(), `Cannot run task ${task.id} (1): it is running right now`);
});

test("close() drops what C has, and every function answers with an error", async (c, table) => {
  const future = new Probe();
  const [task, handle] = spawn(future, () => {}, 1);
  const raw = BigInt(table.intoRaw(task));
  const waker = BigInt(table.wakerIntoRaw(context().waker));
  table.close();
  assertEquals(
    { size: table.size, drops: future.drops, status: (await handle.outcome()).status },
    { size: 0, drops: 1, status: "cancelled" },
  );
  for (const use of [c.async_task_run, c.async_task_schedule, c.async_task_drop, c.async_task_wake]) {
    assertEquals({ ofTask: use(raw), ofWaker: use(waker) }, { ofTask: -1, ofWaker: -1 });
    assertMatch(takeLastError()!, /^Cannot call async_task_[a-z]+: its table was closed$/);
  }
  assertEquals(
    { tag: c.async_task_tag(raw), waker: c.async_task_waker(raw), fill: c.fill(new BigUint64Array(1), 1) },
    { tag: -1n, waker: 0n, fill: -1 },
  );
  clearLastError();
  assertEquals(
    { tag: c.async_task_tag_utf8(raw, new Uint8Array(16), 16), batch: c.async_task_run_batch(1) },
    { tag: -1, batch: -1 },
  );
  assertEquals(takeLastError(), "Cannot call async_task_run_batch: its table was closed");
  assertThrows(() => table.intoRaw(task), TypeError, "Cannot hand anything to C: the table was closed");
  assertThrows(() => table.wakerIntoRaw(context().waker), TypeError, "the table was closed");
});

Deno.test("close() drops every task although the clean-up of some fails, and throws what they throw", async () => {
  const table = new TaskTable();
  const closing = (error?: Error) =>
    new Probe().closing(() => {
      if (error !== undefined) throw error;
      return undefined;
    });
  const [first, second] = [new Error("first"), new Error("second")];
  const handles = [closing(first), closing(), closing(second)].map((future) => {
    const [task, handle] = spawn(future, () => {}, 1);
    task.run();
    return [task, handle, future] as const;
  });
  for (const [task, , future] of handles) {
    future.waker!.wake();
    table.intoRaw(task);
  }
  const error = thrownBy(() => table.close()) as SuppressedError;
  assertStrictEquals(error.suppressed, first);
  assertStrictEquals(error.error, second);
  assertEquals(handles.map(([, , future]) => future.drops), [1, 1, 1]);
  assertEquals((await handles[1][1].outcome()).status, "cancelled");
  table.free();
});

Deno.test("fromRaw() takes a task back", () => {
  const table = new TaskTable();
  const [task] = spawn(ready(1), () => {}, 1);
  const raw = table.intoRaw(task);
  assertStrictEquals(table.fromRaw(raw), task);
  assertThrows(
    () => table.fromRaw(raw),
    TypeError,
    `Cannot take back handle ${raw}: it was destroyed already`,
  );
  assertEquals({ rescheduled: task.run(), size: table.size }, { rescheduled: false, size: 0 });
  table.free();
});

Deno.test("taskTableHeader() is what the example includes", async () => {
  assertEquals(await Deno.readTextFile(examplePath("async_task.h")), taskTableHeader());
  const table = new TaskTable();
  assertEquals(table.header(), taskTableHeader());
  table.free();
});

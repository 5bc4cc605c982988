import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CancelledError, PENDING, pollFn, spawn } from "../../mod.ts";
import { blockOn, LocalExecutor } from "../../lib/executor/mod.ts";
import {
  defineTask,
  SharedWaker,
  spawnBlocking,
  TaskHandle,
  ThreadPool,
  WorkerError,
} from "../../lib/thread/mod.ts";
import { CountingWaker, runNow, thrownBy } from "../helpers.ts";
import * as jobs from "./jobs.ts";
import { begun, release, words } from "./words.ts";
import { test } from "./threaded.ts";

test("poll() never waits, and gives the output once", async () => {
  const handle = TaskHandle.spawn(jobs.later, [300, "done"]);
  assertEquals(
    { output: handle.poll(), isFinished: handle.isFinished, cancelled: handle.cancelled },
    { output: { done: false }, isFinished: false, cancelled: false },
  );
  await handle;
  assertEquals(handle.poll(), { done: true, value: "done" });
  assertThrows(() => handle.poll(), TypeError, "Cannot take the result of later: it was taken already");
  assertThrows(() => handle.wait(), TypeError, "it was taken already");
  assertEquals([await handle, await handle], ["done", "done"]);
});

test("wait() blocks until the end, and no longer than it is told", () => {
  assertEquals(TaskHandle.spawn(jobs.count, [1000]).wait(), 1000);
  const slow = TaskHandle.spawn(jobs.later, [60_000]);
  const error = assertThrows(() => slow.wait({ timeout: 20 }), DOMException);
  assertEquals(
    { name: error.name, isFinished: slow.isFinished },
    { name: "TimeoutError", isFinished: false },
  );
  assertThrows(() => slow.wait({ timeout: NaN }), RangeError, "timeout must be a time in ms, got NaN");
  slow.cancel();
  assertThrows(() => slow.wait(), CancelledError);
});

test("a handle can be waited for in all three ways", async () => {
  const handle = spawnBlocking(jobs.echo, [{ a: [1, new Map([["b", 2]])] }]);
  const [task, joined] = spawn(function* () {
    return yield* handle;
  }, runNow);
  task.run();
  const waker = new CountingWaker();
  assertEquals(await handle, { a: [1, new Map([["b", 2]])] });
  assertEquals(await joined, await handle);
  assertEquals(handle.poll({ waker }), await handle);
  const executor = new LocalExecutor();
  assertEquals(await executor.spawn(spawnBlocking(jobs.count, [5])), 5);
});

test("blockOn() sleeps until a job has ended", () => {
  const sum = blockOn(function* () {
    const [a, b] = [spawnBlocking(jobs.later, [5, 1]), spawnBlocking(jobs.later, [1, 2])];
    return (yield* a as TaskHandle<number>) + (yield* b as TaskHandle<number>);
  });
  assertEquals(sum, 3);
});

test("the tag is on the handle, and in the job across its awaits", async () => {
  const handle = TaskHandle.spawn(jobs.tagOf, [], { tag: { id: 7 } });
  assertEquals(
    { tag: handle.tag, output: await handle },
    { tag: { id: 7 }, output: { before: { id: 7 }, after: { id: 7 } } },
  );
  assertEquals(await TaskHandle.spawn(jobs.tagOf, []), { before: undefined, after: undefined });
});

test("cancel() reaches a busy job at once, and its reason comes back", () => {
  const handle = TaskHandle.spawn(jobs.spin, []);
  assertEquals(handle.poll(), { done: false });
  handle.cancel("enough");
  handle.cancel("again");
  assertEquals({ reason: thrownBy(() => handle.wait()), cancelled: handle.cancelled }, {
    reason: "enough",
    cancelled: true,
  });
});

test("a signal cancels the job, also one that was aborted before", async () => {
  const controller = new AbortController();
  const handle = TaskHandle.spawn(jobs.later, [60_000], { signal: controller.signal });
  handle.poll();
  controller.abort("why");
  assertEquals(await handle.outcome(), { status: "cancelled", reason: "why" });
  const late = TaskHandle.spawn(jobs.count, [5], { signal: AbortSignal.abort("early") });
  assertEquals(await late.outcome(), { status: "cancelled", reason: "early" });
});

test("what a job throws comes back as it was", async () => {
  const thrown = async (kind: string) =>
    await TaskHandle.spawn(jobs.fails, [kind]).then(() => assert(false), (error) => error);
  const range = await thrown("range");
  assertEquals(
    { isRangeError: range instanceof RangeError, message: range.message, code: range.code },
    { isRangeError: true, message: "out of range", code: 42 },
  );
  assertEquals(
    { isTypeError: range.cause instanceof TypeError, message: range.cause.message },
    { isTypeError: true, message: "the cause" },
  );
  assert(range.stack.includes("jobs.ts"));
  const aggregate = await thrown("aggregate");
  assertEquals(
    {
      isAggregateError: aggregate instanceof AggregateError,
      first: aggregate.errors[0].message,
      second: aggregate.errors[1],
    },
    { isAggregateError: true, first: "one", second: "two" },
  );
  const dom = await thrown("dom");
  assertEquals(
    { isDOMException: dom instanceof DOMException, name: dom.name },
    { isDOMException: true, name: "TimeoutError" },
  );
  assertEquals((await thrown("circular")).self.self.message, "circular");
  assertEquals(
    { ofFunction: await thrown("function"), ofText: await thrown("a text") },
    { ofFunction: "function ", ofText: "a text" },
  );
});

test("a thread that fails is an error on the handle, whether it is awaited or waited for", async () => {
  const expected: Record<string, { name: string; message: string }> = {
    exit: { name: "WorkerError", message: "Cannot finish dies: it has exited with code 7" },
    close: { name: "WorkerError", message: "Cannot finish dies: it has closed itself" },
    throw: { name: "Error", message: "thrown later" },
    reject: { name: "Error", message: "rejected" },
  };
  for (const [how, { name, message }] of Object.entries(expected)) {
    const awaited = await assertRejects(async () => await TaskHandle.spawn(jobs.dies, [how]), Error);
    const waited = thrownBy(() => TaskHandle.spawn(jobs.dies, [how]).wait({ timeout: 10_000 })) as Error;
    for (const error of [awaited, waited]) {
      assertEquals({ name: error.name, message: error.message }, { name, message });
    }
  }
});

test("a module that is not there, or does not have the job, is an error", async () => {
  const nowhere = defineTask(new URL("./nowhere.ts", import.meta.url), "job", () => 1);
  const missing = defineTask(new URL("./jobs.ts", import.meta.url), "missing", () => 1);
  const broken = defineTask("data:text/javascript,export%20const%20=", "job", () => 1);
  for (
    const [job, text] of [[nowhere, "nowhere.ts"], [missing, "has no task missing"], [broken, ""]] as const
  ) {
    await assertRejects(async () => await TaskHandle.spawn(job, []), WorkerError, text);
    assertThrows(() => TaskHandle.spawn(job, []).wait({ timeout: 10_000 }), WorkerError, text);
  }
});

test("what can't be posted is an error, and leaves others alone", async () => {
  const good = TaskHandle.spawn(jobs.echo, [1]);
  await assertRejects(
    async () => await TaskHandle.spawn(jobs.echo, [() => 1]),
    WorkerError,
    "can't be posted",
  );
  await assertRejects(async () => await TaskHandle.spawn(jobs.unpostable, []), DOMException);
  assertEquals(await good, 1);
});

test("buffers are transferred both ways", async () => {
  const bytes = new Uint8Array(1000).fill(3);
  const echoed = TaskHandle.spawn(jobs.echo, [bytes], { transfer: [bytes.buffer] });
  assertEquals((await echoed as Uint8Array)[999], 3);
  assertEquals(bytes.byteLength, 0);
  assertEquals((await TaskHandle.spawn(jobs.big, [1e6])).length, 1e6);
});

test("terminate() ends a job that doesn't listen", async () => {
  for (const job of [jobs.doze, jobs.burn]) {
    const begun = new Int32Array(new SharedArrayBuffer(4));
    const handle = TaskHandle.spawn<[typeof begun], void>(job, [begun]);
    assertEquals(handle.poll(), { done: false });
    await Atomics.waitAsync(begun, 0, 0).value;
    handle.terminate();
    handle.terminate();
    await assertRejects(async () => await handle, WorkerError, "it was terminated");
  }
});

test("dispose cancels the job and lets go of it", async () => {
  const handle = TaskHandle.spawn(jobs.spin, []);
  handle[Symbol.dispose]();
  handle[Symbol.dispose]();
  await handle.then(() => {}, () => {});
  assertEquals(handle.cancelled, true);
});

test("jobs that wait for each other have a thread each", async () => {
  const here = new Int32Array(new SharedArrayBuffer(4));
  await Promise.all(Array.from({ length: 4 }, () => TaskHandle.spawn(jobs.meet, [here, 4])));
});

test("a thread may have threads of its own", async () => {
  assertEquals(await TaskHandle.spawn(jobs.nested, [100]), 100);
});

test("SharedWaker: another thread wakes a task of this one, blocked or not", async () => {
  const waker = new CountingWaker();
  const shared = new SharedWaker(waker);
  await TaskHandle.spawn(jobs.wakes, [shared.posted]);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assertEquals(waker.wakes, 1);
  shared[Symbol.dispose]();
  TaskHandle.spawn(jobs.wakes, [shared.posted]).wait();
  assertEquals(waker.wakes, 1);

  let count = 0;
  let own: SharedWaker | undefined;
  const polls = blockOn(pollFn((cx) => {
    count++;
    if (own !== undefined) return count;
    own = new SharedWaker(cx.waker);
    TaskHandle.spawn(jobs.wakes, [own.posted]).poll();
    return PENDING;
  }));
  own![Symbol.dispose]();
  assertEquals(polls, 2);
  assertThrows(() => SharedWaker.from({} as never), TypeError, "Cannot make a waker");
});

test("wrong arguments are clear errors", () => {
  assertThrows(() => TaskHandle.spawn({} as never, []), TypeError, "expected what defineTask returns");
  assertThrows(() => TaskHandle.spawn(jobs.count, 5 as never), TypeError, "arguments must be an array");
  assertThrows(() => defineTask("x", "y", () => 1), TypeError);
  assertThrows(() => defineTask(import.meta.url, "", () => 1), TypeError, "needs the name");
  assertThrows(() => defineTask(import.meta.url, "job", 1 as never), TypeError, "expected a function");
  const pool = new ThreadPool({ maxThreads: 1 });
  assertThrows(
    () => pool.spawn(jobs.count, [1], { priority: NaN }),
    RangeError,
    "priority must be a number, got NaN",
  );
  assertThrows(
    () => new ThreadPool({ maxThreads: 0 }),
    RangeError,
    "maxThreads must be a whole number of at least 1, or Infinity, got 0",
  );
  assertThrows(
    () => new ThreadPool({ idleTimeout: -1 }),
    RangeError,
    "idleTimeout must be a time in ms, got -1",
  );
});

test("poll() gives the output without a turn of the event loop", () => {
  const handle = TaskHandle.spawn(jobs.echo, [{ deep: [1] }], { tag: 7 });
  let poll = handle.poll();
  while (!poll.done) poll = handle.poll();
  assertEquals(
    { value: poll.value, tag: handle.tag, isFinished: handle.isFinished },
    { value: { deep: [1] }, tag: 7, isFinished: true },
  );
});

test("poll() throws an error once, and await goes on giving it", async () => {
  const handle = TaskHandle.spawn(jobs.failing, []);
  await assertRejects(async () => await handle, RangeError);
  assertThrows(() => handle.poll(), RangeError);
  assertThrows(() => handle.poll(), TypeError, "it was taken already");
  await assertRejects(async () => await handle, RangeError);
});

test("results are what they were", async () => {
  for (const value of [undefined, null, true, 0, -0, NaN, 10n, "", "\ud800 é", new Date(5), [undefined]]) {
    assertEquals(TaskHandle.spawn(jobs.echo, [value]).wait(), value);
  }
  const value = { map: new Map([[1, new Set([2])]]), floats: new Float64Array(2) };
  assertEquals(await TaskHandle.spawn(jobs.echo, [value]), value);
});

test("a task that is cancelled in yield* leaves the job alone", async () => {
  const executor = new LocalExecutor();
  const state = words();
  const handle = TaskHandle.spawn(jobs.listens, [state]);
  const task = executor.spawn(function* () {
    return yield* handle;
  });
  handle.poll();
  begun(state);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(await task.cancel(), undefined);
  assertEquals({ cancelled: handle.cancelled, isFinished: handle.isFinished }, {
    cancelled: false,
    isFinished: false,
  });
  handle.cancel();
  assertEquals(await handle, undefined);
});

test("as the body of a task, it is cancelled and waited for with it", async () => {
  const executor = new LocalExecutor();
  const state = words();
  const handle = TaskHandle.spawn(jobs.listens, [state]);
  const task = executor.spawn(handle);
  handle.poll();
  begun(state);
  await task.cancel();
  assertEquals(
    { cancelled: handle.cancelled, isFinished: handle.isFinished },
    { cancelled: true, isFinished: true },
  );
});

test("cancel() and terminate() are too late after the end", async () => {
  const handle = TaskHandle.spawn(jobs.echo, [1]);
  await handle;
  handle.cancel();
  handle.terminate();
  handle[Symbol.dispose]();
  assertEquals(
    { cancelled: handle.cancelled, awaited: await handle, waited: handle.wait() },
    { cancelled: false, awaited: 1, waited: 1 },
  );
});

test("startCancelled begins a job that was cancelled on the way", async () => {
  const state = words();
  const handle = TaskHandle.spawn(jobs.hold, [state], { startCancelled: true });
  handle.poll();
  handle.cancel();
  release(state);
  assertEquals(
    { output: await handle, cancelled: handle.cancelled },
    { output: "released", cancelled: true },
  );
  const queued = TaskHandle.spawn(jobs.echo, [1], { startCancelled: true });
  queued.cancel();
  await assertRejects(async () => await queued, CancelledError);
});

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CancelledError } from "../../mod.ts";
import { Scope } from "../../lib/scope/mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { type TaskHandle, ThreadPool, WorkerError } from "../../lib/thread/mod.ts";
import * as jobs from "./jobs.ts";
import { begun, release, words } from "./words.ts";
import { runProgram } from "./run_program.ts";
import { test, until } from "./threaded.ts";

test("a pool uses its threads again, and has no more than its size", async () => {
  await using pool = new ThreadPool({ maxThreads: 2 });
  assertEquals(
    {
      maxThreads: pool.maxThreads,
      size: pool.size,
      queueLength: pool.queueLength,
      activeCount: pool.activeCount,
    },
    { maxThreads: 2, size: 0, queueLength: 0, activeCount: 0 },
  );
  const handles = Array.from({ length: 500 }, (_, i) => pool.spawn(jobs.echo, [i]));
  assertEquals(pool.queueLength, 500);
  assertEquals(await Promise.all(handles), Array.from({ length: 500 }, (_, i) => i));
  assertEquals(
    {
      size: pool.size,
      queueLength: pool.queueLength,
      activeCount: pool.activeCount,
      lost: pool.lost,
    },
    { size: 2, queueLength: 0, activeCount: 0, lost: 0 },
  );
});

test("jobs start by priority, then in order", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  const order: number[] = [];
  const first = pool.spawn(jobs.later, [20]);
  first.poll();
  const rest = [0, 5, -1, 5].map(async (priority, index) => {
    await pool.spawn(jobs.echo, [index], { priority });
    order.push(index);
  });
  await Promise.all([first, ...rest]);
  assertEquals(order, [1, 3, 0, 2]);
});

test("a job that is cancelled in the queue never starts", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  const first = pool.spawn(jobs.later, [20, 1]);
  first.poll();
  const second = pool.spawn(jobs.echo, [2]);
  second.cancel("why");
  assertEquals(
    { queueLength: pool.queueLength, isFinished: second.isFinished },
    { queueLength: 0, isFinished: true },
  );
  assertEquals(await second.outcome(), { status: "cancelled", reason: "why" });
  assertEquals(await first, 1);
});

test("a thread that dies takes only its own job with it", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  for (let i = 0; i < 200; i++) await pool.spawn(jobs.echo, [i]);
  const before = Array.from({ length: 20 }, (_, i) => pool.spawn(jobs.echo, [i]));
  const dying = pool.spawn(jobs.dies, ["exit"]);
  const after = Array.from({ length: 20 }, (_, i) => pool.spawn(jobs.echo, [i]));
  await assertRejects(async () => await dying, WorkerError, "exited with code 7");
  for (const all of [before, after]) {
    assertEquals(
      await Promise.all(all),
      Array.from({ length: 20 }, (_, i) => i),
    );
  }
  assertEquals(pool.size, 1);
});

test("map() keeps the order, and asks for no more items than it needs", async () => {
  await using pool = new ThreadPool({ maxThreads: 2 });
  let asked = 0;
  function* items() {
    for (let i = 0; i < 50; i++) yield (asked++, i);
  }
  const outputs: unknown[] = [];
  for await (const output of pool.map(jobs.echo, items())) {
    outputs.push(output);
    assert(asked <= outputs.length + 4);
  }
  assertEquals(outputs, Array.from({ length: 50 }, (_, i) => i));
  for await (const output of pool.map(jobs.echo, items())) if (output === 3) break;
  assert(asked < 60);
  await assertRejects(async () => {
    for await (const _ of pool.map(jobs.fails, ["range", "dom"]));
  }, RangeError);
});

test("close() waits for all jobs, terminate() for none", async () => {
  const pool = new ThreadPool({ maxThreads: 1 });
  const handles = [1, 2, 3].map((n) => pool.spawn(jobs.later, [5, n]));
  const closed = pool.close();
  assertThrows(() => pool.spawn(jobs.echo, [1]), TypeError, "the pool is closed");
  await closed;
  assertEquals(handles.map((handle) => handle.poll()), [1, 2, 3].map((value) => ({ done: true, value })));
  assertEquals(pool.size, 0);
  const other = new ThreadPool({ maxThreads: 1 });
  const begun = new Int32Array(new SharedArrayBuffer(4));
  const [running, queued] = [other.spawn(jobs.doze, [begun]), other.spawn(jobs.echo, [1])];
  running.poll();
  await Atomics.waitAsync(begun, 0, 0).value;
  other.terminate();
  for (const handle of [running, queued]) {
    await assertRejects(async () => await (handle as TaskHandle<unknown>), WorkerError, "terminated");
  }
  assertEquals(
    {
      size: other.size,
      queueLength: other.queueLength,
      activeCount: other.activeCount,
      lost: other.lost,
    },
    { size: 0, queueLength: 0, activeCount: 0, lost: 1 },
  );
});

test("an idle thread is ended after a while", async () => {
  await using pool = new ThreadPool({ maxThreads: 1, idleTimeout: 10 });
  await pool.spawn(jobs.echo, [1]);
  assertEquals(pool.size, 1);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assertEquals(pool.size, 0);
  assertEquals(await pool.spawn(jobs.echo, [2]), 2);
});

test("a scope may own a job: cancelled with it, and waited for", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  const scope = new Scope(new LocalExecutor());
  const job = pool.spawn(jobs.spin, []);
  scope.spawn(job);
  await new Promise((resolve) => setTimeout(resolve, 30));
  scope.cancel();
  await scope.close();
  assertEquals(
    { cancelled: job.cancelled, isFinished: job.isFinished },
    { cancelled: true, isFinished: true },
  );
});

test("a process with an idle pool exits by itself", async () => {
  const { code, stdout } = await runProgram(`
    const pool = new ThreadPool({ size: 2 });
    console.log(await pool.spawn(jobs.count, [7]));`);
  assertEquals({ code, stdout }, { code: 0, stdout: "7\n" });
});

test("faults: a thousand jobs that throw, are cancelled, terminated or kill their thread all settle", async () => {
  const count = 1_000;
  const pool = new ThreadPool({ maxThreads: 2 });
  const outcomes = { value: 0, thrown: 0, cancelled: 0, lost: 0 };
  const all = Array.from({ length: count }, async (_, i) => {
    const fate = i % 10;
    const handle: TaskHandle<unknown> = i % 250 === 7
      ? pool.spawn(jobs.dies, ["exit"])
      : fate === 1
      ? pool.spawn(jobs.fails, ["range"])
      : fate === 2
      ? pool.spawn(jobs.later, [60_000])
      : i % 50 === 3
      ? pool.spawn(jobs.doze, [])
      : pool.spawn(jobs.echo, [i]);
    if (fate === 2) handle.cancel();
    if (i % 50 === 3) setTimeout(() => handle.terminate(), 20 + i);
    try {
      assertEquals(await handle, i);
      outcomes.value++;
    } catch (error) {
      if (error instanceof CancelledError) outcomes.cancelled++;
      else if (error instanceof WorkerError) outcomes.lost++;
      else if (error instanceof RangeError) outcomes.thrown++;
      else throw error;
    }
  });
  await Promise.all(all);
  assertEquals(outcomes, { value: 776, thrown: 100, cancelled: 100, lost: 24 });
  await pool.close();
  assertEquals(
    { size: pool.size, queueLength: pool.queueLength, activeCount: pool.activeCount },
    { size: 0, queueLength: 0, activeCount: 0 },
  );
});

test("queueLength and activeCount say what waits and what runs", async () => {
  const pool = new ThreadPool({ maxThreads: 2 });
  const states = [words(), words()];
  const held = states.map((state) => pool.spawn(jobs.hold, [state]));
  const waiting = [1, 2, 3].map((n) => pool.spawn(jobs.echo, [n]));
  held[0].poll();
  for (const state of states) begun(state);
  assertEquals(
    { activeCount: pool.activeCount, queueLength: pool.queueLength, size: pool.size },
    { activeCount: 2, queueLength: 3, size: 2 },
  );
  for (const state of states) release(state);
  assertEquals(await Promise.all([...held, ...waiting]), ["released", "released", 1, 2, 3]);
  assertEquals(
    { activeCount: pool.activeCount, queueLength: pool.queueLength },
    { activeCount: 0, queueLength: 0 },
  );
  await pool.close();
});

test("wait() and poll() give jobs to threads while this thread is blocked", async () => {
  const pool = new ThreadPool({ maxThreads: 1 });
  const handles = [1, 2, 3].map((n) => pool.spawn(jobs.echo, [{ n }]));
  assertEquals(handles[2].wait({ timeout: 10_000 }), { n: 3 });
  assertEquals(
    { polled: handles[0].poll(), waited: handles[1].wait() },
    { polled: { done: true, value: { n: 1 } }, waited: { n: 2 } },
  );
  const last = pool.spawn(jobs.echo, [4]);
  let poll = last.poll();
  while (!poll.done) poll = last.poll();
  assertEquals(poll.value, 4);
  await pool.close();
});

test("terminate() of a handle ends its thread alone, and of one that waits, none", async () => {
  const pool = new ThreadPool({ maxThreads: 1 });
  const state = words();
  const [hanging, waiting] = [pool.spawn(jobs.hang, [state]), pool.spawn(jobs.hang, [])];
  const next = pool.spawn(jobs.echo, [3]);
  hanging.poll();
  begun(state);
  waiting.terminate();
  assertThrows(() => waiting.poll(), WorkerError, "it was terminated");
  assertEquals({ size: pool.size, lost: pool.lost }, { size: 1, lost: 0 });
  hanging.terminate();
  assertThrows(() => hanging.wait(), WorkerError, "it was terminated");
  assertEquals(
    { output: await next, size: pool.size, lost: pool.lost },
    { output: 3, size: 1, lost: 1 },
  );
  next.terminate();
  next.cancel();
  assertEquals(
    { output: await next, cancelled: next.cancelled, lost: pool.lost },
    { output: 3, cancelled: false, lost: 1 },
  );
  await pool.close();
});

test("close() may be called again, before anything, and after terminate()", async () => {
  const pool = new ThreadPool({ maxThreads: 1 });
  const state = words();
  const held = pool.spawn(jobs.hold, [state]);
  const waiting = pool.spawn(jobs.hang, []);
  held.poll();
  begun(state);
  const closing = Promise.all([pool.close(), pool.close()]);
  waiting.cancel();
  release(state);
  await closing;
  await pool.close();
  pool.terminate();
  assertEquals(await held, "released");
  await new ThreadPool().close();
  const other = new ThreadPool();
  other.terminate();
  other.terminate();
  await other.close();
});

test("idleTimeout keeps a thread for ever when it is Infinity, and not at all when it is 0", async () => {
  const [ever, never] = [Infinity, 0].map((idleTimeout) => new ThreadPool({ maxThreads: 1, idleTimeout }));
  for (const pool of [ever, never]) await pool.spawn(jobs.echo, [1]);
  await until(() => never.size === 0);
  assertEquals(ever.size, 1);
  for (const pool of [ever, never]) assertEquals(await pool.spawn(jobs.echo, [2]), 2);
  for (const pool of [ever, never]) await pool.close();
});

test("map() uses all threads of the pool, however many they are", async () => {
  const size = navigator.hardwareConcurrency * 2 + 1;
  await using pool = new ThreadPool({ maxThreads: size });
  const here = new Int32Array(new SharedArrayBuffer(4));
  const items = Array.from({ length: size }, (): [typeof here, number] => [here, size]);
  assertEquals((await Array.fromAsync(pool.map(jobs.meetAll, items))).length, size);
});

test("map() that is left, or fails, closes the source and cancels what is under way", async () => {
  await using pool = new ThreadPool({ maxThreads: 2 });
  let closed = 0;
  function* items(): Generator<number> {
    try {
      for (let i = 0;; i++) yield i;
    } finally {
      closed++;
    }
  }
  for await (const output of pool.map(jobs.echo, items())) if (output === 2) break;
  await assertRejects(() => Array.fromAsync(pool.map(jobs.fails as never, items())));
  await until(() => pool.activeCount === 0);
  assertEquals({ closed, queueLength: pool.queueLength }, { closed: 2, queueLength: 0 });
});

test("map() throws what its source throws, and cancels what is under way", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  const source = new RangeError("no more");
  async function* items(): AsyncGenerator<number> {
    yield 60_000;
    await null;
    throw source;
  }
  const error = await assertRejects(
    () => Array.fromAsync(pool.map(jobs.later as never, items())),
    RangeError,
  );
  assertEquals(error, source);
  await until(() => pool.activeCount === 0);
});

test("map() ends with an aborted signal", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  const controller = new AbortController();
  const mapping = pool.map(jobs.echo, [1, 2, 3], { signal: controller.signal });
  assertEquals(await mapping.next(), { done: false, value: 1 });
  controller.abort("enough");
  assertEquals(await Array.fromAsync(mapping).catch((error) => error), "enough");
  assertEquals(await Array.fromAsync(pool.map(jobs.echo, [])), []);
});

/** Several jobs that were given to one thread: what becomes of the others when one of them is held up, or ends it. */
import { assertEquals, assertRejects } from "@std/assert";
import { type TaskHandle, ThreadPool, WorkerError } from "../../lib/thread/mod.ts";
import { blockOn } from "../../lib/executor/mod.ts";
import * as jobs from "./jobs.ts";
import { begun, release, words } from "./words.ts";
import { test } from "./threaded.ts";

/** A pool that has learned that its jobs are quick, and so gives a thread many at a time. */
async function quickPool(size: number): Promise<ThreadPool> {
  const pool = new ThreadPool({ maxThreads: size });
  await Promise.all(Array.from({ length: 3_000 }, (_, i) => pool.spawn(jobs.echo, [i])));
  return pool;
}

function echoes(pool: ThreadPool, length: number): TaskHandle<unknown>[] {
  return Array.from({ length }, (_, i) => pool.spawn(jobs.echo, [i]));
}

test("spawn() gives quick jobs to another thread when theirs is held up", async () => {
  const pool = await quickPool(2);
  const state = words();
  const before = echoes(pool, 100);
  const held = pool.spawn(jobs.hold, [state]);
  const after = echoes(pool, 100);
  assertEquals((await Promise.all([...before, ...after])).length, 200);
  assertEquals(
    { isFinished: held.isFinished, activeCount: pool.activeCount, queueLength: pool.queueLength },
    { isFinished: false, activeCount: 1, queueLength: 0 },
  );
  release(state);
  assertEquals(await held, "released");
  await pool.close();
});

test("wait() gets quick jobs done elsewhere when their thread is held up, though it blocks", async () => {
  const pool = await quickPool(2);
  const state = words();
  const [held, ...others] = [pool.spawn(jobs.hold, [state]), ...echoes(pool, 50)];
  for (const other of others) other.wait({ timeout: 10_000 });
  release(state);
  assertEquals(held.wait(), "released");
  await pool.close();
});

test("blockOn() gets quick jobs done elsewhere when their thread is held up", async () => {
  const pool = await quickPool(2);
  const state = words();
  const [held, ...others] = [pool.spawn(jobs.hold, [state]), ...echoes(pool, 20)];
  blockOn(function* () {
    for (const other of others) yield* other;
  });
  assertEquals(held.isFinished, false);
  release(state);
  assertEquals(held.wait(), "released");
  await pool.close();
});

test("cancel() settles a job at once when it was sent, and not begun", async () => {
  const pool = await quickPool(1);
  const state = words();
  const [held, ...others] = [pool.spawn(jobs.hold, [state]), ...echoes(pool, 5)];
  held.poll();
  begun(state);
  others[2].cancel("enough");
  others[3].terminate();
  assertEquals(
    { cancelled: others[2].isFinished, terminated: others[3].isFinished, held: held.isFinished },
    { cancelled: true, terminated: true, held: false },
  );
  release(state);
  assertEquals(await others[2].outcome(), { status: "cancelled", reason: "enough" });
  await assertRejects(async () => await others[3], WorkerError, "it was terminated");
  assertEquals(
    { before: await others[1], after: await others[4], held: await held },
    { before: 1, after: 4, held: "released" },
  );
  await pool.close();
});

test("terminate() ends one job of many, and begins none of the others twice", async () => {
  const pool = await quickPool(2);
  const counts = new Int32Array(new SharedArrayBuffer(400));
  const state = words();
  const tally = (i: number): TaskHandle<number> => pool.spawn(jobs.tally, [counts, i]);
  const before = Array.from({ length: 50 }, (_, i) => tally(i));
  const held = pool.spawn(jobs.hang, [state]);
  const after = Array.from({ length: 50 }, (_, i) => tally(50 + i));
  while (Atomics.load(state, 0) === 0) held.poll();
  held.terminate();
  await assertRejects(async () => await held, WorkerError, "it was terminated");
  assertEquals(new Set(await Promise.all([...before, ...after])), new Set([0]));
  assertEquals([...counts], Array(100).fill(1));
  await pool.close();
});

test("spawn() tells what is done before a job that never ends", async () => {
  const pool = await quickPool(1);
  const done = [...echoes(pool, 20), pool.spawn(jobs.hang, [])];
  assertEquals((await Promise.all(done.slice(0, 20))).length, 20);
  done[20].terminate();
  await assertRejects(async () => await done[20], WorkerError);
  await pool.close();
});

test("terminate() of a pool leaves no thread, and lets close() end, when many jobs were sent", async () => {
  const pool = await quickPool(1);
  const state = words();
  const handles = [pool.spawn(jobs.hang, [state]), ...echoes(pool, 30)];
  handles[0].poll();
  begun(state);
  const closed = pool.close();
  pool.terminate();
  for (const handle of handles) await assertRejects(async () => await handle, WorkerError, "terminated");
  await closed;
  assertEquals(
    { size: pool.size, queueLength: pool.queueLength, activeCount: pool.activeCount },
    { size: 0, queueLength: 0, activeCount: 0 },
  );
});

test("spawn() fails only what can't be posted when it is sent with others", async () => {
  const pool = await quickPool(1);
  const [bytes, more] = [new Uint8Array(8), new Uint8Array(9)];
  const results = await Promise.allSettled([
    pool.spawn(jobs.echo, ["first"]),
    pool.spawn(jobs.lengthOfBytes, [bytes], { transfer: [bytes.buffer] }),
    pool.spawn(jobs.echo, [() => {}]),
    pool.spawn(jobs.lengthOfBytes, [more], { transfer: [more.buffer, more.buffer] }),
    pool.spawn(jobs.echo, ["last"]),
  ]);
  assertEquals(results.map(({ status }) => status[0]).join(""), "ffrrf");
  assertEquals(bytes.byteLength, 0);
  await pool.close();
});

test("spawn() does a job whose arguments are transferred when the thread before it dies", async () => {
  const pool = await quickPool(1);
  const dying = pool.spawn(jobs.dies, ["exit"]);
  const bytes = new Uint8Array(8);
  const moved = pool.spawn(jobs.lengthOfBytes, [bytes], { transfer: [bytes.buffer] });
  await assertRejects(async () => await dying, WorkerError, "exited");
  assertEquals(await moved, 8);
  await pool.close();
});

test("spawn() survives thousands of jobs in a row that can't be posted", async () => {
  const pool = new ThreadPool({ maxThreads: 1 });
  const handles = Array.from({ length: 5_000 }, () => pool.spawn(jobs.echo, [() => {}]));
  const results = await Promise.allSettled(handles);
  assertEquals(results.filter(({ status }) => status === "rejected").length, 5_000);
  assertEquals(await pool.spawn(jobs.echo, [1]), 1);
  await pool.close();
});

test("spawn() lets jobs wait for each other when they were sent together, and there are threads", async () => {
  const pool = await quickPool(2);
  const here = new Int32Array(new SharedArrayBuffer(4));
  const meeting = [pool.spawn(jobs.meet, [here, 2]), pool.spawn(jobs.meet, [here, 2])];
  await Promise.all([...meeting, ...echoes(pool, 6)]);
  await pool.close();
});

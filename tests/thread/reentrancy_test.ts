/** Whoever is told of the end of a job may do anything with its thread, its pool, and the others. */
import { assertEquals, assertRejects } from "@std/assert";
import { CancelledError } from "../../mod.ts";
import { SharedWaker, TaskHandle, ThreadPool, WorkerError } from "../../lib/thread/mod.ts";
import { boom, macrotask, reported, throws } from "../helpers.ts";
import * as jobs from "./jobs.ts";
import { begun, words } from "./words.ts";
import { test } from "./threaded.ts";

async function warmPool(): Promise<ThreadPool> {
  const pool = new ThreadPool({ maxThreads: 1 });
  for (let i = 0; i < 50; i++) await pool.spawn(jobs.echo, [i]);
  return pool;
}

/** Calls `fn` from the waker of a handle, and gives what it returns. */
function whenWoken<R>(handle: TaskHandle<unknown>, fn: () => R): Promise<R> {
  return new Promise((resolve, reject) => {
    const wake = (): void => {
      try {
        resolve(fn());
      } catch (error) {
        reject(error);
      }
    };
    handle.poll({ waker: { wake } });
  });
}

test("wait() in a waker gets what is done together with its job, and what is begun after it", async () => {
  const pool = await warmPool();
  const [first, second] = [pool.spawn(jobs.echo, [1]), pool.spawn(jobs.echo, [2])];
  const got = await whenWoken(first, () => ({
    second: second.wait({ timeout: 10_000 }),
    third: pool.spawn(jobs.echo, [3]).wait({ timeout: 10_000 }),
  }));
  assertEquals(got, { second: 2, third: 3 });
  await pool.close();
});

test("cancel(), terminate() and dispose in a waker settle the others, and begin nothing twice", async () => {
  const pool = await warmPool();
  const counts = new Int32Array(new SharedArrayBuffer(20));
  const all = [0, 1, 2, 3, 4].map((i) => pool.spawn(jobs.tally, [counts, i]));
  const hanging = pool.spawn(jobs.hang, []);
  await whenWoken(all[0], () => {
    all[1].cancel();
    all[2].terminate();
    all[3][Symbol.dispose]();
    hanging.terminate();
  });
  await Promise.allSettled(all);
  assertEquals(
    { first: await all[0], last: await all[4], firstCount: counts[0], lastCount: counts[4] },
    { first: 0, last: 0, firstCount: 1, lastCount: 1 },
  );
  for (const i of [1, 2, 3]) {
    assertEquals(
      { isFinished: all[i].isFinished, isBegunAtMostOnce: counts[i] < 2 },
      { isFinished: true, isBegunAtMostOnce: true },
    );
  }
  await assertRejects(async () => await hanging, WorkerError, "it was terminated");
  await pool.close();
});

test("terminate() of the pool in a waker ends all", async () => {
  const pool = await warmPool();
  const [first, ...others] = [1, 2, 3, 4].map((n) => pool.spawn(jobs.echo, [n]));
  await whenWoken(first, () => pool.terminate());
  const results = await Promise.allSettled(others);
  assertEquals(
    {
      settled: results.length,
      threadCount: pool.size,
      queueLength: pool.queueLength,
      activeCount: pool.activeCount,
    },
    { settled: 3, threadCount: 0, queueLength: 0, activeCount: 0 },
  );
});

test("wait() in a waker gets the other jobs whose thread has ended", async () => {
  const pool = await warmPool();
  const [dying, next] = [pool.spawn(jobs.dies, ["exit"]), pool.spawn(jobs.echo, [2])];
  assertEquals(await whenWoken(dying, () => next.wait({ timeout: 10_000 })), 2);
  await assertRejects(async () => await dying, WorkerError);
  await pool.close();
});

test("a waker that throws is reported, and keeps nobody from being told", async () => {
  const pool = await warmPool();
  const errors = await reported(async () => {
    const [first, second] = [pool.spawn(jobs.echo, [1]), pool.spawn(jobs.echo, [2])];
    for (const handle of [first, second]) handle.poll({ waker: { wake: throws } });
    assertEquals({ first: await first, second: await second }, { first: 1, second: 2 });
  });
  assertEquals(errors, [boom, boom]);
  assertEquals(await pool.spawn(jobs.echo, [3]), 3);
  await pool.close();
});

test("SharedWaker: one that throws is reported, and keeps nobody from being told", async () => {
  const errors = await reported(async () => {
    using bad = new SharedWaker({ wake: throws });
    const good = Promise.withResolvers<void>();
    using waker = new SharedWaker({ wake: good.resolve });
    SharedWaker.from(structuredClone(bad.posted)).wake();
    SharedWaker.from(structuredClone(waker.posted)).wake();
    await good.promise;
    await macrotask();
  });
  assertEquals(errors, [boom]);
  assertEquals(await TaskHandle.spawn(jobs.echo, [1]), 1);
});

test("dispose in then() lets go of the others", async () => {
  const pool = await warmPool();
  const state = words();
  const hanging = pool.spawn(jobs.listens, [state]);
  const waiting = pool.spawn(jobs.echo, [1]);
  hanging.poll();
  begun(state);
  await TaskHandle.spawn(jobs.echo, [0]).then(() => {
    waiting[Symbol.dispose]();
    hanging[Symbol.dispose]();
  });
  await assertRejects(async () => await waiting, CancelledError);
  assertEquals(
    { cancelled: hanging.cancelled, output: await hanging },
    { cancelled: true, output: undefined },
  );
  await pool.close();
});

test("spawn() in an abort listener of the signal that cancels its job works", async () => {
  const pool = await warmPool();
  const controller = new AbortController();
  const cancelled = pool.spawn(jobs.echo, [1], { signal: controller.signal });
  const next = Promise.withResolvers<unknown>();
  controller.signal.addEventListener("abort", () => next.resolve(pool.spawn(jobs.echo, [2])));
  controller.abort("why");
  assertEquals(await next.promise, 2);
  assertEquals(await cancelled.outcome(), { status: "cancelled", reason: "why" });
  await pool.close();
});

test("wait() in a job blocks its thread, and not the jobs of that job", async () => {
  assertEquals(await TaskHandle.spawn(jobs.waits, [7]), 7);
  assertEquals(TaskHandle.spawn(jobs.waits, [8]).wait({ timeout: 10_000 }), 8);
});

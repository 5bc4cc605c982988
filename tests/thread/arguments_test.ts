/** What the public functions say to arguments that they can't use. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  CancellationToken,
  defineTask,
  SharedWaker,
  spawnBlocking,
  TaskHandle,
  ThreadPool,
} from "../../lib/thread/mod.ts";
import * as jobs from "./jobs.ts";
import { test } from "./threaded.ts";

type Loose = (...args: unknown[]) => unknown;
/** All that a job can be spawned with. */
const pool = new ThreadPool({ maxThreads: 1 });
const spawners: Loose[] = [TaskHandle.spawn, spawnBlocking, pool.spawn.bind(pool)] as Loose[];

test("spawn() throws a TypeError when it is given no job, or no array", () => {
  for (const spawn of spawners) {
    for (
      const job of [undefined, null, 5, () => {}, {}, { url: "x", run() {} }, { url: 1, name: "x", run() {} }]
    ) {
      assertThrows(() => spawn(job, []), TypeError, "Cannot start a job: expected what defineTask returns");
    }
    for (const args of [undefined, null, 5, "text", { length: 0 }]) {
      assertThrows(
        () => spawn(jobs.count, args),
        TypeError,
        "Cannot start count: arguments must be an array",
      );
    }
  }
});

test("spawn() throws when an option is none", () => {
  for (const spawn of spawners) {
    for (const all of [null, 5, "text"]) {
      assertThrows(
        () => spawn(jobs.count, [1], all),
        TypeError,
        "Cannot start count: options must be an object",
      );
    }
    for (const transfer of [null, 5, new ArrayBuffer(1)]) {
      assertThrows(() => spawn(jobs.count, [1], { transfer }), TypeError, "transfer must be an array");
    }
    for (const signal of [null, {}, new AbortController()]) {
      assertThrows(() => spawn(jobs.count, [1], { signal }), TypeError, "signal must be an AbortSignal");
    }
    assertThrows(
      () => spawn(jobs.count, [1], { startCancelled: 1 }),
      TypeError,
      "startCancelled must be a boolean",
    );
    for (const priority of [NaN, null, "1", 1n]) {
      assertThrows(() => spawn(jobs.count, [1], { priority }), RangeError, "priority must be a number, got");
    }
  }
  assertEquals(
    { queueLength: pool.queueLength, activeCount: pool.activeCount },
    { queueLength: 0, activeCount: 0 },
  );
});

test("spawn() takes any number for a priority", async () => {
  const first = pool.spawn(jobs.later, [20]);
  first.poll();
  const order: number[] = [];
  const rest = [-Infinity, 0, -0, 1.5, Infinity, 1e300].map(async (priority) => {
    await pool.spawn(jobs.echo, [1], { priority });
    order.push(priority);
  });
  await Promise.all([first, ...rest]);
  assertEquals(order, [Infinity, 1e300, 1.5, 0, -0, -Infinity]);
});

test("wait() throws a RangeError when its timeout is none", () => {
  const handle = TaskHandle.spawn(jobs.echo, [1]);
  for (const timeout of [NaN, -1, "5", null, 5n]) {
    const error = "Cannot wait for echo: timeout must be a time in ms, got";
    assertThrows(() => handle.wait({ timeout } as never), RangeError, error);
  }
  assertThrows(() => handle.wait(5 as never), TypeError, "Cannot wait for echo: options must be an object");
  assertEquals(handle.wait({ timeout: Infinity }), 1);
});

test("poll() throws a TypeError when it is given a context without a waker", () => {
  const handle = TaskHandle.spawn(jobs.later, [50]);
  for (const cx of [{}, { waker: {} }, { waker: null }]) {
    assertThrows(() => handle.poll(cx as never), TypeError, "Cannot");
  }
  handle[Symbol.dispose]();
});

test("defineTask() throws a TypeError when something is missing", () => {
  const define = defineTask as Loose;
  for (const url of [undefined, null, 5, "", "jobs.ts", {}]) {
    assertThrows(() => define(url, "job", () => {}), TypeError, "Cannot define task job");
  }
  for (const name of [undefined, null, 5, ""]) {
    assertThrows(() => define(import.meta.url, name, () => {}), TypeError, "Cannot define a task");
  }
  for (const run of [undefined, null, 5, {}]) {
    assertThrows(() => define(import.meta.url, "job", run), TypeError, "Cannot define task job");
  }
});

test("new ThreadPool() throws when it can't have that many threads, or for so long", () => {
  for (const size of [0, -1, 1.5, NaN, "2", null, 1n]) {
    assertThrows(
      () => new ThreadPool({ maxThreads: size } as never),
      RangeError,
      "Cannot make a pool: maxThreads must be a whole number",
    );
  }
  for (const idleTimeout of [-1, NaN, "2", null, 1n]) {
    const error = "idleTimeout must be a time in ms, got";
    assertThrows(() => new ThreadPool({ idleTimeout } as never), RangeError, error);
  }
  for (const all of [null, 5]) {
    assertThrows(
      () => new ThreadPool(all as never),
      TypeError,
      "Cannot make a pool: options must be an object",
    );
  }
  assertEquals(new ThreadPool({ maxThreads: Infinity, idleTimeout: Infinity }).maxThreads, Infinity);
});

test("map() throws at once when it is given no job, or nothing to iterate", async () => {
  const map = pool.map.bind(pool) as Loose;
  assertThrows(() => map(5, []), TypeError, "Cannot start a job: expected what defineTask returns");
  for (const items of [undefined, null, 5, {}]) {
    assertThrows(() => map(jobs.echo, items), TypeError, "Cannot map echo: expected an iterable");
  }
  assertThrows(() => map(jobs.echo, [], null), TypeError, "Cannot start echo: options must be an object");
  assertEquals(await Array.fromAsync(pool.map(jobs.echo, "ab")), ["a", "b"]);
  await assertRejects(
    async () => {
      const closed = new ThreadPool();
      await closed.close();
      await closed.map(jobs.echo, [1]).next();
    },
    TypeError,
    "the pool is closed",
  );
});

test("CancellationToken.from() throws a TypeError when it is given no token", () => {
  const { shared } = new CancellationToken();
  const all = [undefined, null, 5, {}, { shared }, { shared, offset: 0 }, { shared, offset: 4, turn: 0 }];
  for (const source of [...all, { shared, offset: -4, turn: 0 }, { shared, offset: 0, turn: 0.5 }]) {
    assertThrows(() => CancellationToken.from(source as never), TypeError, "Cannot make a token");
  }
});

test("SharedWaker throws a TypeError when it is given no waker", () => {
  for (const waker of [undefined, null, 5, {}, { wake: 1 }]) {
    assertThrows(() => new SharedWaker(waker as never), TypeError, "Cannot");
  }
  const { shared, word } = new SharedWaker({ wake() {} }).posted;
  const unshared = new Int32Array(1);
  const all = [undefined, null, {}, { shared }, { word }, { shared, word: unshared }];
  for (const posted of [...all, { shared: new SharedArrayBuffer(4), word }]) {
    assertThrows(() => SharedWaker.from(posted as never), TypeError, "Cannot make a waker");
  }
});

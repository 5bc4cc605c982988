/** What a pool, and a job, can be told, and what they tell. */
import { leastTime } from "../helpers.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { observe } from "../../mod.ts";
import { owner, progress, ThreadPool, WorkerError } from "../../lib/thread/mod.ts";
import * as jobs from "./jobs.ts";
import { test, until } from "./threaded.ts";
import { begun, release, words } from "./words.ts";

const sleeps = (pool: ThreadPool, count: number, ms: number): Promise<unknown[]> =>
  Promise.all(Array.from({ length: count }, () => pool.spawn(jobs.later, [ms])));

test("warmUp() starts all threads, and imports the modules of jobs", async () => {
  const started: number[] = [];
  const pool = new ThreadPool({ maxThreads: 2, onThreadStart: () => started.push(pool.size) });
  await pool.warmUp();
  assertEquals({ size: pool.size, started: started.length }, { size: 2, started: 2 });
  await pool.warmUp(jobs.echo);
  assertEquals({ size: pool.size, output: await pool.spawn(jobs.echo, [1]) }, { size: 2, output: 1 });
  const missing = { ...jobs.echo, name: "missing" };
  await assertRejects(() => pool.warmUp(missing), WorkerError, "has no task missing");
  await assertRejects(() => new ThreadPool({ maxThreads: Infinity }).warmUp(), RangeError, "must be finite");
  await pool.close();
  await assertRejects(() => pool.warmUp(), TypeError, "the pool is closed");
});

test("minThreads are kept when they have nothing to do, the others are not", async () => {
  const ends: string[] = [];
  const pool = new ThreadPool({
    maxThreads: 3,
    minThreads: 1,
    idleTimeout: 5,
    onThreadEnd: (why) => ends.push(why),
  });
  await pool.warmUp();
  await until(() => pool.size === 1);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assertEquals({ size: pool.size, ends }, { size: 1, ends: ["it was closed", "it was closed"] });
  await pool.close();
});

test("maxJobs replaces a thread after so many jobs", async () => {
  let ended = 0;
  const pool = new ThreadPool({ maxThreads: 1, maxJobs: 3, onThreadEnd: () => ended++ });
  for (let i = 0; i < 7; i++) assertEquals(await pool.spawn(jobs.echo, [i]), i);
  assertEquals(ended, 2);
  await Promise.all(Array.from({ length: 7 }, (_, i) => pool.spawn(jobs.echo, [i])));
  await pool.close();
  assertEquals(ended, 5);
});

test("maxQueue: trySpawn() refuses when the queue is full, and ready() waits for room", async () => {
  const pool = new ThreadPool({ maxThreads: 1, maxQueue: 2 });
  const state = words();
  const held = pool.spawn(jobs.hold, [state]);
  held.poll();
  begun(state);
  const queued = [1, 2].map((n) => pool.trySpawn(jobs.echo, [n])!);
  assertEquals({ third: pool.trySpawn(jobs.echo, [3]), queueLength: pool.queueLength }, {
    third: undefined,
    queueLength: 2,
  });
  let isReady = false;
  const ready = pool.ready().then(() => isReady = true);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assertEquals(isReady, false);
  queued[0].cancel();
  await ready;
  const third = pool.trySpawn(jobs.echo, [3])!;
  release(state);
  assertEquals({ second: await queued[1], third: await third }, { second: 2, third: 3 });
  await pool.close();
  assertThrows(() => pool.trySpawn(jobs.echo, [1]), TypeError, "the pool is closed");
});

test("concurrency: 20 jobs that sleep take as long as one, on two threads", async () => {
  await using pool = new ThreadPool({ maxThreads: 2, concurrency: 10 });
  await pool.warmUp(jobs.later);
  const ms = await leastTime(800, () => sleeps(pool, 20, 200));
  assert(ms < 800, `${ms} ms`); // 2,000 one after the other
});

test("concurrency: a thread that dies takes the jobs with it that it was at, and no others", async () => {
  await using pool = new ThreadPool({ maxThreads: 1, concurrency: 3 });
  const states = [words(), words()];
  const running = states.map((state) => pool.spawn(jobs.hang, [state]));
  await until(() => states.every((state) => Atomics.load(state, 0) === 1));
  const waiting = [pool.spawn(jobs.dies, ["exit"]), ...[1, 2, 3].map((n) => pool.spawn(jobs.echo, [n]))];
  const [dead, ...others] = await Promise.allSettled(waiting);
  for (const handle of running) await assertRejects(() => handle, WorkerError);
  assertEquals({ dead: dead.status, others: others.map(({ status }) => status) }, {
    dead: "rejected",
    others: ["fulfilled", "fulfilled", "fulfilled"],
  });
});

test("timeout and deadline cancel a job, and onDeaf ends one that does not listen", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  const late = pool.spawn(jobs.spin, [], { timeout: 20 });
  const error = await assertRejects(() => late, DOMException);
  assertEquals({ name: error.name, lost: pool.lost }, { name: "TimeoutError", lost: 0 });
  const passed = pool.spawn(jobs.hang, [], { deadline: performance.now() - 1, onDeaf: "terminate" });
  await assertRejects(() => passed);
  const deaf = pool.spawn(jobs.doze, [], { timeout: 20, onDeaf: "terminate", grace: 5 });
  await assertRejects(() => deaf, WorkerError, "it did not heed its cancellation");
  const controller = new AbortController();
  const options = { signal: controller.signal, onDeaf: "terminate", grace: 5 } as const;
  const deafToo = pool.spawn(jobs.doze, [], options);
  await until(() => deafToo.toJSON().state === "running");
  controller.abort();
  await assertRejects(() => deafToo, WorkerError);
  assertEquals(await pool.spawn(jobs.echo, [1]), 1);
});

test("timeout counts from when a thread is given the job", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  const [first, second] = [
    pool.spawn(jobs.later, [60]),
    pool.spawn(jobs.later, [1, "done"], { timeout: 50 }),
  ];
  await first;
  assertEquals(await second, "done");
});

test("setUp runs before a thread's first job, tearDown before it ends; a set-up that fails is the job's error", async () => {
  const log = new Int32Array(new SharedArrayBuffer(8));
  const pool = new ThreadPool({ maxThreads: 1, setUp: jobs.setUp, tearDown: jobs.tearDown, maxJobs: 2 });
  assertEquals(await pool.spawn(jobs.wasSetUp, [log]), 1);
  assertEquals(await pool.spawn(jobs.wasSetUp, [log]), 1);
  assertEquals(await pool.spawn(jobs.wasSetUp, [log]), 1);
  await pool.close();
  assertEquals(Atomics.load(log, 0), 2);
  const failing = new ThreadPool({ maxThreads: 1, setUp: jobs.failing });
  await assertRejects(
    async () => await failing.spawn(jobs.echo, [1]),
    WorkerError,
    "its set-up has failed: RangeError: out of range",
  );
  await failing.close();
});

test("progress() tells onProgress, in order and before the end", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  const seen: unknown[] = [];
  const output = await pool.spawn(jobs.tells, [5], { onProgress: (value) => seen.push(value) });
  assertEquals({ output, seen }, { output: "told", seen: [1, { two: 2 }, new Map([[3, 3]]), 4, 5] });
  assertThrows(() => progress(1), TypeError, "no job is running");
  assertThrows(() => owner(), TypeError, "no job is running");
});

test("expose: jobs call functions of their owner, and hear what they throw", async () => {
  const calls: unknown[] = [];
  const expose = {
    log: (...args: unknown[]) => void calls.push(args),
    slowly: async (n: number) => (await new Promise((resolve) => setTimeout(resolve, 5)), 2 * n),
    fails: () => {
      throw Object.assign(new RangeError("of the owner"), { code: 7 });
    },
  };
  await using pool = new ThreadPool({ maxThreads: 1, concurrency: 3, expose });
  const [a, b] = await Promise.all([pool.spawn(jobs.calls, [1]), pool.spawn(jobs.calls, [2])]);
  assertEquals([a, b], [
    {
      doubled: 2,
      error: "RangeError: of the owner 7",
      missing: "TypeError: Cannot call missing: the pool does not expose it",
    },
    {
      doubled: 4,
      error: "RangeError: of the owner 7",
      missing: "TypeError: Cannot call missing: the pool does not expose it",
    },
  ]);
  assertEquals(calls, [[1, { deep: [1] }], [2, { deep: [2] }]]);
});

test("stream() gives what a job yields, in order, and no more than is taken", async () => {
  await using pool = new ThreadPool({ maxThreads: 2 });
  const counts = new Int32Array(new SharedArrayBuffer(4));
  const stream = pool.stream(jobs.yields, [counts, 5_000], { tag: "s" });
  assertEquals({ first: await stream.next(), tag: stream.handle.tag }, {
    first: { done: false, value: 0 },
    tag: "s",
  });
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert(Atomics.load(counts, 0) <= 1_026, `${Atomics.load(counts, 0)} were made`);
  const rest: unknown[] = [];
  for await (const value of stream) rest.push(value);
  assertEquals(rest, Array.from({ length: 4_999 }, (_, i) => i + 1));
  assertEquals({ output: await stream.handle, after: await stream.next() }, {
    output: "all",
    after: { done: true, value: undefined },
  });
  assertEquals(await Array.fromAsync(pool.stream(jobs.yieldsLater, [3])), [{ n: 0 }, { n: 1 }, { n: 2 }]);
});

test("stream() that is left cancels its job, and one whose job throws throws that after what it has yielded", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  const closed = new Int32Array(new SharedArrayBuffer(4));
  for await (const value of pool.stream(jobs.yieldsForEver, [closed])) if (value === 10) break;
  await until(() => Atomics.load(closed, 0) === 1);
  const got: unknown[] = [];
  await assertRejects(
    async () => {
      for await (const value of pool.stream(jobs.yieldsAndFails, [3])) got.push(value);
    },
    RangeError,
    "enough",
  );
  assertEquals(got, [0, 1, 2]);
  const aborted = pool.stream(jobs.yieldsForEver, [closed], { signal: AbortSignal.abort("no") });
  assertEquals(await aborted.next().catch((error) => error), "no");
});

test("statistics() count jobs, and how long they waited and ran", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  await sleeps(pool, 3, 20);
  await pool.spawn(jobs.failing, []).then(undefined, () => {});
  const cancelled = pool.spawn(jobs.spin, []);
  await cancelled.cancel();
  const { completed, failed, cancelled: count, runTime, waitTime, utilization } = pool.statistics();
  assertEquals({ completed, failed, cancelled: count }, { completed: 3, failed: 1, cancelled: 1 });
  assert(runTime.count >= 4 && runTime.max >= 19 && runTime.quantile(0.5) >= 15, `${runTime.quantile(0.5)}`);
  assert(waitTime.max >= 30 && waitTime.mean > 0, `${waitTime.max}`); // the third waited for two
  assert(utilization > 0 && utilization <= 1);
  assertThrows(() => runTime.quantile(2), RangeError, "expected 0 to 1");
});

test("cancel() of a pool cancels what is not done, and the pool goes on", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  const all = [pool.spawn(jobs.spin, []), pool.spawn(jobs.echo, [1]), pool.spawn(jobs.echo, [2])];
  await until(() => all[0].toJSON().state === "running");
  pool.cancel("enough");
  for (const handle of all) assertEquals(await handle.outcome(), { status: "cancelled", reason: "enough" });
  assertEquals(await pool.spawn(jobs.echo, [3]), 3);
});

test("close({ grace }) cancels what is left after it, and ends what does not listen", async () => {
  let emptied = 0;
  const pool = new ThreadPool({ maxThreads: 3, onEmpty: () => emptied++ });
  await pool.warmUp(jobs.echo);
  emptied = 0;
  const [quick, slow, deaf] = [
    pool.spawn(jobs.echo, [1]),
    pool.spawn(jobs.later, [60_000]),
    pool.spawn(jobs.doze, []),
  ];
  const closed = pool.close({ grace: 50 });
  assertThrows(() => pool.spawn(jobs.echo, [1]), TypeError, "the pool is closed");
  assertEquals(await quick, 1);
  await assertRejects(() => slow, Error, "cancelled");
  await assertRejects(() => deaf, WorkerError);
  await closed;
  assertEquals({ size: pool.size, isClosed: pool.isClosed, emptied }, {
    size: 0,
    isClosed: true,
    emptied: 1,
  });
  await assertRejects(() => pool.close({ grace: -1 }), RangeError, "grace must be a time in ms");
});

test("observe() is told of jobs, as of all tasks", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  const log: string[] = [];
  const stop = observe({
    spawn: (_id, tag) => log.push(`spawn ${tag}`),
    close: (_id, tag, status) => log.push(`${status} ${tag}`),
  });
  await pool.spawn(jobs.echo, [1], { tag: "a" });
  await pool.spawn(jobs.failing, [], { tag: "b" }).then(undefined, () => {});
  stop();
  assertEquals(log, ["spawn a", "completed a", "spawn b", "panicked b"]);
});

test("onOutput is told what jobs print", async () => {
  const printed: unknown[] = [];
  await using pool = new ThreadPool({ maxThreads: 1, onOutput: (...print) => printed.push(print) });
  const handle = pool.spawn(jobs.prints, []);
  await handle;
  assertEquals(printed, [["to stdout 7\n", "stdout", handle.id], ["to stderr\n", "stderr", handle.id]]);
});

test("options that are none are refused", () => {
  const make = (options: object) => () => new ThreadPool(options);
  assertThrows(make({ minThreads: 3, maxThreads: 2 }), RangeError, "minThreads must be at most maxThreads");
  assertThrows(make({ concurrency: 0 }), RangeError, "concurrency must be a whole number");
  assertThrows(make({ concurrency: 1e6 }), RangeError, "concurrency must be at most");
  assertThrows(make({ maxJobs: 0.5 }), RangeError, "maxJobs must be");
  assertThrows(make({ maxQueue: -1 }), RangeError, "maxQueue must be");
  assertThrows(make({ setUp: () => {} }), TypeError, "expected what defineTask returns");
  assertThrows(make({ onError: 5 }), TypeError, "expected a function");
  assertThrows(make({ expose: 5 }), TypeError, "expose must be an object");
});

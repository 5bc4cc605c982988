/**
 * The facades beside native async functions and other libraries; `deno task bench` runs it.
 *
 * The reference is a native async function that is queued once, by one `await`, and awaited: as a task is queued
 * once and joined. What has a ratio in a group is compared with the group's first line.
 */
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { AsyncLocalStorage } from "node:async_hooks";
import { spawn as spawnV4 } from "../../lib/v4/mod.ts";
import {
  type Context,
  currentTag,
  type Future,
  type JoinHandle,
  PENDING,
  type Poll,
  spawn,
  type Task,
  yieldNow,
} from "../../mod.ts";
import { group, median, verdict } from "./harness.ts";

const COUNT = 10_000;
/** How many are under way at a time, where they are. */
const BATCH = 1_000;

/** An executor: a ring and a loop. */
const ring: { run(): boolean }[] = new Array(1024);
let head = 0;
let tail = 0;
const schedule = (task: { run(): boolean }): void => {
  ring[tail++ & 1023] = task;
};
function drain(): void {
  while (head !== tail) ring[head++ & 1023].run();
}

class Ready implements Future<number> {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
  poll(_cx: Context): Poll<number> {
    return this.value;
  }
}

const native = async () => {
  await null;
  return 1;
};
// deno-lint-ignore require-await
const nativeWithoutAwait = async () => 1;
const readsTag = async () => {
  await null;
  return currentTag();
};
// deno-lint-ignore require-yield
function* generator(): Generator<never, number, unknown> {
  return 1;
}
function* yielding(count: number) {
  for (let i = 0; i < count; i++) yield* yieldNow();
}

const storage = new AsyncLocalStorage<number>();
/** Keeps what is measured from being optimised away. */
export let sink: unknown;

async function oneByOne(body: () => Promise<unknown>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) sink = await body();
}

async function inBatches(body: () => Promise<unknown>, count: number): Promise<void> {
  for (let done = 0; done < count; done += BATCH) {
    const promises: Promise<unknown>[] = [];
    for (let i = 0; i < BATCH; i++) promises.push(body());
    for (const promise of promises) sink = await promise;
  }
}

function pollTasks(count: number): void {
  for (let i = 0; i < count; i++) {
    const [task, handle] = spawn(new Ready(i), schedule, undefined);
    task.schedule();
    drain();
    sink = handle;
  }
}

function pollTasksV4(count: number): void {
  for (let i = 0; i < count; i++) {
    const [runnable, task] = spawnV4(new Ready(i), schedule);
    runnable.schedule();
    drain();
    sink = task;
  }
}

function generatorTasks(count: number): void {
  for (let i = 0; i < count; i++) {
    const [task, handle] = spawn(generator(), schedule, undefined);
    task.schedule();
    drain();
    sink = handle;
  }
}

/** Spawns a batch, lets the promises settle, and runs again what they woke. */
async function asyncTasks(body: () => Promise<unknown>, tag: unknown, count: number): Promise<void> {
  for (let done = 0; done < count; done += BATCH) {
    const handles: JoinHandle<unknown>[] = [];
    for (let i = 0; i < BATCH; i++) {
      const [task, handle] = spawn(body, schedule, tag);
      task.schedule();
      handles.push(handle);
    }
    const end = tail + BATCH;
    drain();
    while (tail !== end) await null;
    drain();
    sink = handles;
  }
}

const careless = new LocalExecutor({ pump: "manual", follow: false });

/** The same on an executor that follows nobody; detached, as those above are by nobody awaited. */
async function unfollowed(count: number): Promise<void> {
  for (let done = 0; done < count; done += BATCH) {
    for (let i = 0; i < BATCH; i++) careless.spawn(native, i);
    careless.runUntilStalled();
    while (careless.readyCount < BATCH) await null;
    careless.runUntilStalled();
  }
}

async function joined(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const [runnable, task] = spawnV4(new Ready(i), schedule);
    runnable.schedule();
    drain();
    sink = await task;
  }
}

/** Bytes a task that is suspended takes, its future and waker not counted. */
function bytesPerSuspendedTask(count: number): number {
  const gc = (globalThis as { gc?(): void }).gc;
  if (gc === undefined) return NaN;
  const never: Future<never> = { poll: () => PENDING };
  const kept: unknown[] = new Array(count * 2).fill(undefined);
  gc();
  const before = Deno.memoryUsage().heapUsed;
  for (let i = 0; i < count; i++) {
    const [task, handle] = spawn(never, schedule, undefined);
    task.run();
    kept[2 * i] = task;
    kept[2 * i + 1] = handle;
  }
  gc();
  const bytes = (Deno.memoryUsage().heapUsed - before) / count;
  sink = kept;
  return bytes;
}

/** Spawns and queues so many, and then runs them. */
function queued(count: number): void {
  const queue: Task<unknown>[] = new Array(count).fill(undefined);
  let length = 0;
  const push = (task: Task<unknown>): void => {
    queue[length++] = task;
  };
  for (let i = 0; i < count; i++) spawn(new Ready(i), push, undefined)[0].schedule();
  for (let i = 0; i < count; i++) queue[i].run();
}

/** Starts so many native async functions, and then awaits them. */
async function started(count: number): Promise<void> {
  const promises: Promise<number>[] = new Array(count).fill(undefined);
  for (let i = 0; i < count; i++) promises[i] = native();
  for (let i = 0; i < count; i++) sink = await promises[i];
}

/** Nanoseconds each, when `total` are done in portions of `count` that are alive at the same time. */
async function costAt(count: number, run: (count: number) => void | Promise<void>): Promise<number> {
  const total = 3_000_000;
  const times: number[] = [];
  for (let done = 0; done < total; done += count) {
    const start = performance.now();
    await run(count);
    times.push((performance.now() - start) * 1e6 / count);
  }
  return median(times);
}

async function growth(title: string, run: (count: number) => void | Promise<void>): Promise<void> {
  console.log(`\n${title}`);
  const base = await costAt(1_000, run);
  for (const count of [1_000, 10_000, 100_000, 1_000_000]) {
    const cost = await costAt(count, run);
    const goal = count === 1_000_000 && run !== started ? 1.5 : undefined;
    console.log(
      `  ${`${count} tasks`.padEnd(48)}${cost.toFixed(1).padStart(10)} ns${verdict(cost / base, goal)}`,
    );
  }
}

await group("one after the other, each to its end", COUNT, [
  { name: "native async function", run: (count) => oneByOne(native, count) },
  { name: "native async function without an await", run: (count) => oneByOne(nativeWithoutAwait, count) },
  { name: "poll future: spawn + schedule + run", run: pollTasks, goal: 0.65 },
  { name: "generator: spawn + schedule + run", run: generatorTasks, goal: 0.95 },
]);
await group("./v4 beside the root", COUNT, [
  { name: "root: spawn + schedule + run", run: pollTasks },
  { name: "./v4: spawn + schedule + run", run: pollTasksV4, goal: 1.3 },
]);
await group("await", COUNT, [
  { name: "native promise: async call + await", run: (count) => oneByOne(nativeWithoutAwait, count) },
  { name: "./v4: spawn + schedule + run + await task", run: joined },
]);
await group(`${BATCH} at a time, each queued once`, COUNT, [
  { name: "native async function", run: (count) => inBatches(native, count) },
  { name: "async function", run: (count) => asyncTasks(native, undefined, count) },
  {
    name: "async function, currentTag() after an await",
    run: (count) => asyncTasks(readsTag, 1, count),
    goal: 5,
  },
  { name: "async function, follow: false", run: unfollowed, goal: 2.3 },
  {
    name: "  of which AsyncLocalStorage.run + native",
    run: (count) => inBatches(() => storage.run(1, native), count),
  },
]);
await group("one yield", COUNT, [
  {
    name: "await null",
    run: async (count) => {
      for (let i = 0; i < count; i++) await null;
    },
  },
  {
    name: "yield* yieldNow() in a generator",
    run: (count) => {
      spawn(yielding(count), schedule, undefined)[0].schedule();
      drain();
    },
    goal: 1.3,
  },
]);

await growth("native async functions, alive at the same time", started);
await growth("poll futures, alive at the same time", queued);
await growth("poll futures, one after the other", pollTasks);

const bytes = bytesPerSuspendedTask(100_000);
console.log(`\nbytes per suspended task: ${bytes.toFixed(0)}${verdict(bytes / 200, 1)} (of 200)`);

// Loaded only now: what else is on the heap slows everything down.
const { Effect } = await import("effect");
const { run: runOperation } = await import("effection");
const { default: fastq } = await import("fastq");
const { default: pLimit } = await import("p-limit");
const limit = pLimit(BATCH);
const queue = fastq.promise(native, BATCH);
const effect = Effect.gen(function* () {
  yield* Effect.yieldNow();
  return 1;
});
// deno-lint-ignore require-yield
function* operation() {
  return 1;
}
await group(`${BATCH} at a time, beside others`, COUNT, [
  { name: "native async function", run: (count) => inBatches(native, count) },
  { name: "async function", run: (count) => asyncTasks(native, undefined, count) },
  { name: "p-limit", run: (count) => inBatches(() => limit(native), count) },
  { name: "fastq", run: (count) => inBatches(() => queue.push(undefined), count) },
  { name: "Effect.runPromise", run: (count) => inBatches(() => Effect.runPromise(effect), count) },
  { name: "Effection run", run: (count) => inBatches(() => runOperation(operation), count), count: BATCH },
], 11);

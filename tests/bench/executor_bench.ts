/**
 * Executors beside native async functions and other libraries: `deno task bench executor`.
 *
 * The reference is a native async function that is queued once, by one `await`, and awaited.
 */
import { blockOn, limit, LocalExecutor, PriorityExecutor } from "../../lib/executor/mod.ts";
import { Scope } from "../../lib/scope/mod.ts";
import { type Context, type Future, type Poll, yieldNow } from "../../mod.ts";
import { group, median, verdict } from "./harness.ts";

const COUNT = 20_000;
/** How many are under way at a time. */
const BATCH = 1_000;
/** The concurrency at which those are compared that limit it. */
const LIMIT = 8;

class Ready implements Future<number> {
  poll(_cx: Context): Poll<number> {
    return 1;
  }
}
const native = async () => {
  await null;
  return 1;
};
const plain = () => 1;
// deno-lint-ignore require-yield
function* generator(): Generator<never, number, unknown> {
  return 1;
}

/** Starts them in batches, and awaits each. */
const batches = (start: () => PromiseLike<unknown>) => async (count: number): Promise<void> => {
  for (let done = 0; done < count; done += BATCH) {
    const started: PromiseLike<unknown>[] = [];
    for (let i = 0; i < BATCH; i++) started.push(start());
    for (const one of started) await one;
  }
};

const executor = new LocalExecutor();
const careless = new LocalExecutor({ follow: false });
const { Effect } = await import("effect");
const { run: runOperation } = await import("effection");
const { default: fastq } = await import("fastq");
const { default: pLimit } = await import("p-limit");
const { default: PQueue } = await import("p-queue");

await group(`${BATCH} at a time: spawn, run and await`, COUNT, [
  { name: "native async function", run: batches(native) },
  { name: "LocalExecutor: poll future", run: batches(() => executor.spawn(new Ready())), goal: 2.8 },
  { name: "LocalExecutor: function", run: batches(() => executor.spawn(plain)), goal: 4 },
  { name: "LocalExecutor: generator", run: batches(() => executor.spawn(generator)), goal: 2.8 },
  { name: "LocalExecutor: async function, followed", run: batches(() => executor.spawn(native)), goal: 6.5 },
  { name: "LocalExecutor: async function, follow: false", run: batches(() => careless.spawn(native)) },
]);

/** Queued once, as a task is. */
const fiber = Effect.as(Effect.yieldNow(), 1);
await group("beside fibers, the poll future being 1", COUNT, [
  { name: "LocalExecutor: poll future", run: batches(() => executor.spawn(new Ready())) },
  { name: "LocalExecutor: generator", run: batches(() => executor.spawn(generator)) },
  { name: "Effect.runPromise", run: batches(() => Effect.runPromise(fiber)), count: 5_000 },
  {
    name: "Effection run",
    run: batches(() => runOperation(generator)),
    count: BATCH,
  },
], 7);

const limited = limit(new LocalExecutor(), LIMIT);
const pLimited = pLimit(LIMIT);
const pQueue = new PQueue({ concurrency: LIMIT });
const fast = fastq.promise(native, LIMIT);
await group(`async functions, ${LIMIT} at a time`, COUNT, [
  { name: "limit(LocalExecutor)", run: batches(() => limited.spawn(native)) },
  { name: "fastq", run: batches(() => fast.push(undefined)) },
  { name: "p-limit", run: batches(() => pLimited(native)) },
  { name: "p-queue", run: batches(() => pQueue.add(native)) },
], 15);

const scopes = async (count: number): Promise<void> => {
  for (let done = 0; done < count; done += BATCH) {
    const scope = new Scope(executor, { keepOutcomes: false });
    for (let i = 0; i < BATCH; i++) scope.spawn(plain);
    await scope.close();
  }
};
await group("a scope of functions", COUNT, [
  {
    name: "Promise.all of native async functions",
    run: async (count) => {
      for (let done = 0; done < count; done += BATCH) {
        await Promise.all(Array.from({ length: BATCH }, native));
      }
    },
  },
  { name: "Scope", run: scopes },
]);

/** ns per task, for `count` that are queued before the first runs, with priorities from 0 to 9. */
async function priorities(count: number, add: (job: () => void, priority: number) => void): Promise<number> {
  const start = performance.now();
  await new Promise<void>((resolve) => {
    let left = count;
    const job = () => {
      if (--left === 0) resolve();
    };
    for (let i = 0; i < count; i++) add(job, i % 10);
  });
  return (performance.now() - start) * 1e6 / count;
}

console.log("\nqueued with ten priorities, per task");
for (const count of [1_000, 100_000, 1_000_000]) {
  const priority = new PriorityExecutor();
  const ours = await priorities(
    count,
    (job, priority_) => priority.spawn(job, undefined, { priority: priority_ }),
  );
  console.log(`  PriorityExecutor, ${count}`.padEnd(50) + `${ours.toFixed(1).padStart(10)} ns`);
  const queue = new PQueue({ concurrency: LIMIT });
  // p-queue needs minutes for a million.
  if (count > 100_000) continue;
  const theirs = await priorities(count, (job, priority) => void queue.add(job, { priority }));
  console.log(
    `  p-queue, ${count}`.padEnd(50) + `${theirs.toFixed(1).padStart(10)} ns${verdict(theirs / ours)}`,
  );
}

/** How late a native interval of 10 ms is for some seconds, in ms, from the least to the most. */
async function lateness(seconds: number): Promise<number[]> {
  const late: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(now - last - 10);
    last = now;
  }, 10);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  clearInterval(timer);
  return late.sort((a, b) => a - b);
}

/** While the event loop is kept busy for 4 ms at a time: what the machine can do. */
async function bareLateness(): Promise<number[]> {
  let isOver = false;
  const slice = (): void => {
    for (const start = performance.now(); performance.now() - start < 4;);
    if (!isOver) setImmediate(slice);
  };
  slice();
  const late = await lateness(5);
  isOver = true;
  return late;
}

/** While a million tasks are always ready. */
async function floodedLateness(): Promise<number[]> {
  const flooded = new LocalExecutor();
  let isOver = false;
  const busy = function* () {
    while (!isOver) yield* yieldNow();
  };
  for (let i = 0; i < 1_000_000; i++) flooded.spawn(busy);
  // Until every generator has started: their birth is the garbage collector's time, not the executor's.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const late = await lateness(5);
  isOver = true;
  await flooded.close();
  return late;
}

console.log("\na native interval of 10 ms, late by ms");
for (
  const [name, late, goal] of [
    ["busy for 4 ms at a time, without tasks", await bareLateness()],
    ["1e6 tasks that are always ready", await floodedLateness(), 6],
  ] as const
) {
  const [half, most, almost] = [0.5, 0.9, 0.99].map((q) => late[Math.floor(late.length * q)]);
  const text = `median ${half.toFixed(1)}, 90 % ${most.toFixed(1)}, 99 % ${almost.toFixed(1)}`;
  console.log(`  ${name.padEnd(48)}${text}${goal === undefined ? "" : verdict(almost, goal)}`);
}

const blocks = Array.from({ length: 31 }, () => {
  const start = performance.now();
  for (let i = 0; i < 1000; i++) blockOn(new Ready());
  return (performance.now() - start) * 1e3;
});
console.log(`\nblockOn of a ready future: ${median(blocks).toFixed(0)} ns`);

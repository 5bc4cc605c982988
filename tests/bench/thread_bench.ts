/**
 * Jobs on other threads beside other pools: `deno task bench thread`. The rivals are loaded from npm; one that does
 * not run on this runtime says so, and tinypool, which doesn't, is measured on Node.
 */
import { TaskHandle, ThreadPool } from "../../lib/thread/mod.ts";
import { count, echo, lengthOf } from "../thread/jobs.ts";
import { median, verdict } from "./harness.ts";
import { measureOnNode } from "./thread_on_node.ts";

const JOBS = 10_000;
const SIZE = 2;

/** What is compared: runs one trivial job. */
interface Rival {
  name: string;
  run(n: number): PromiseLike<unknown>;
  close(): unknown;
}

const script = `export default (n) => n;`;
const file = await Deno.makeTempFile({ suffix: ".mjs" });
await Deno.writeTextFile(file, script);

async function ours(): Promise<Rival> {
  const pool = new ThreadPool({ maxThreads: SIZE });
  await pool.spawn(echo, [0]);
  return { name: "ThreadPool", run: (n) => pool.spawn(echo, [n]), close: () => pool.close() };
}

async function piscina(): Promise<Rival> {
  const { Piscina } = await import("piscina");
  const pool = new Piscina({ filename: file, minThreads: SIZE, maxThreads: SIZE });
  await pool.run(0);
  return { name: "piscina", run: (n) => pool.run(n), close: () => pool.destroy() };
}

async function poolifier(): Promise<Rival> {
  const { FixedThreadPool } = await import("poolifier");
  const worker = await Deno.makeTempFile({ suffix: ".mjs" });
  await Deno.writeTextFile(
    worker,
    `import { ThreadWorker } from "${
      import.meta.resolve("poolifier")
    }"; export default new ThreadWorker((n) => n);`,
  );
  const pool = new FixedThreadPool(SIZE, worker);
  await pool.execute(0 as never);
  return { name: "poolifier", run: (n) => pool.execute(n as never), close: () => pool.destroy() };
}

async function workerpool(): Promise<Rival> {
  const { default: workerpool } = await import("workerpool");
  const pool = workerpool.pool({ maxWorkers: SIZE, workerType: "thread" });
  const identity = (n: number) => n;
  await pool.exec(identity, [0]);
  return {
    name: "workerpool",
    run: async (n) => await pool.exec(identity, [n]),
    close: () => pool.terminate(true),
  };
}

async function timed(fn: () => unknown): Promise<number> {
  const start = performance.now();
  await fn();
  return performance.now() - start;
}

/** ms for all of them at once, and µs for one at a time. */
async function measure({ run }: Rival): Promise<[number, number]> {
  const all = (): Promise<unknown> => Promise.all(Array.from({ length: JOBS }, (_, n) => run(n)));
  await all();
  const throughput: number[] = [];
  for (let round = 0; round < 5; round++) throughput.push(await timed(all));
  const latency: number[] = [];
  for (let n = 0; n < 500; n++) latency.push(await timed(() => run(n)) * 1000);
  return [median(throughput), median(latency)];
}

console.log(`\n${JOBS} trivial jobs on ${SIZE} threads, and one at a time`);
let ahead: [number, number] | undefined;

function show(name: string, [ms, us]: [number, number]): void {
  ahead ??= [ms, us];
  console.log(
    `  ${name.padEnd(20)}${ms.toFixed(0).padStart(8)} ms${verdict(ms / ahead[0])}` +
      `${us.toFixed(0).padStart(8)} us${verdict(us / ahead[1])}`,
  );
}

for (const make of [ours, poolifier, piscina, workerpool]) {
  try {
    const rival = await make();
    const measured = await measure(rival);
    // Some never end.
    await Promise.race([rival.close(), new Promise((resolve) => setTimeout(resolve, 1_000))]);
    show(rival.name, measured);
  } catch (error) {
    console.log(`  ${make.name.padEnd(20)} does not run here: ${(error as Error).message.split("\n")[0]}`);
  }
}
ahead = undefined;
for (const [name, measured] of Object.entries(await measureOnNode(JOBS, SIZE))) show(name, measured);

const WORK = 300_000_000;
const two = new ThreadPool({ maxThreads: 2 });
await Promise.all([two.spawn(count, [1]), two.spawn(count, [1])]);
const ratios: number[] = [];
for (let round = 0; round < 5; round++) {
  const one = await timed(() => two.spawn(count, [WORK]));
  const both = await timed(() => Promise.all([two.spawn(count, [WORK]), two.spawn(count, [WORK])]));
  ratios.push(2 * one / both);
}
const gain = median(ratios);
console.log(
  `\ntwo busy jobs on two threads: ${gain.toFixed(2)} times one  goal 1.8 ${
    gain >= 1.8 ? "reached" : "MISSED"
  }`,
);

const transfer = async (bytes: number): Promise<number> => {
  const times: number[] = [];
  for (let round = 0; round < 31; round++) {
    const { buffer } = new Uint8Array(bytes);
    times.push(await timed(() => two.spawn(lengthOf, [buffer], { transfer: [buffer] })) * 1000);
  }
  return median(times);
};
const [small, large] = [await transfer(1_000), await transfer(100_000_000)];
console.log(
  `100 MB transferred: ${large.toFixed(0)} us, 1 kB: ${small.toFixed(0)} us${verdict(large / small, 2)}`,
);
await two.close();

const handle = TaskHandle.spawn(echo, [1]);
handle.wait();
const waits: number[] = [];
for (let n = 0; n < 500; n++) waits.push(await timed(() => TaskHandle.spawn(echo, [n]).wait()) * 1000);
console.log(`wait() for a trivial job: ${median(waits).toFixed(0)} us`);
await Deno.remove(file);
Deno.exit();

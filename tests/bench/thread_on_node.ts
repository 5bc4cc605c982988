/** The pool that does not run on Deno, on Node, beside the npm build of this package. */
import { pack, run } from "../tools/pack.ts";

/** The jobs: a module of its own. */
const JOBS = `
import { defineTask } from "@tagged/async-task/thread";
export const echo = defineTask(import.meta.url, "echo", (_token, n) => n);
export default (n) => n;`;

const MAIN = `
import { ThreadPool } from "@tagged/async-task/thread";
import { Tinypool } from "tinypool";
import { echo } from "./jobs.mjs";
const [count, size] = process.argv.slice(2).map(Number);
const median = (all) => all.sort((a, b) => a - b)[all.length >> 1];
async function timed(fn) {
  const start = performance.now();
  await fn();
  return performance.now() - start;
}
async function measure(run) {
  const all = () => Promise.all(Array.from({ length: count }, (_, n) => run(n)));
  await all();
  const [throughput, latency] = [[], []];
  for (let round = 0; round < 5; round++) throughput.push(await timed(all));
  for (let n = 0; n < 500; n++) latency.push(await timed(() => run(n)) * 1000);
  return [median(throughput), median(latency)];
}
const pool = new ThreadPool({ maxThreads: size });
const tiny = new Tinypool({
  filename: new URL("./jobs.mjs", import.meta.url).href,
  minThreads: size,
  maxThreads: size,
});
console.log(JSON.stringify({
  "ThreadPool on Node": await measure((n) => pool.spawn(echo, [n])),
  "tinypool on Node": await measure((n) => tiny.run(n)),
}));
process.exit();`;

/** By name: ms for `count` trivial jobs at once, and µs for one at a time. */
export async function measureOnNode(count: number, size: number): Promise<Record<string, [number, number]>> {
  const folder = await Deno.makeTempDir();
  try {
    await pack(`${folder}/package.tgz`);
    await Deno.writeTextFile(`${folder}/package.json`, `{ "private": true }`);
    await run("npm", ["install", "--silent", "--no-audit", "./package.tgz", "tinypool@^2.0.0"], folder);
    await Deno.writeTextFile(`${folder}/jobs.mjs`, JOBS);
    await Deno.writeTextFile(`${folder}/main.mjs`, MAIN);
    return JSON.parse(await run("node", ["main.mjs", String(count), String(size)], folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

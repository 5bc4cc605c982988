/**
 * Counts primes on all cores: ranges are jobs of a pool, with a progress bar on a terminal, the range as the tag in
 * the log, and Ctrl-C to cancel what is under way.
 *
 *     deno run --allow-read examples/primes.ts
 *
 * @module
 */
import { ThreadPool } from "../lib/thread/mod.ts";
import { countPrimes } from "./jobs.ts";

const LIMIT = Number(Deno.args.find((arg) => /^\d+$/.test(arg)) ?? 200_000);
const RANGES = 20;
const isVerbose = Deno.args.includes("--verbose");
const isShown = !isVerbose && Deno.stdout.isTerminal() && Deno.stderr.isTerminal();

const controller = new AbortController();
const interrupt = (): void => {
  Deno.removeSignalListener("SIGINT", interrupt);
  controller.abort();
};
Deno.addSignalListener("SIGINT", interrupt);

function draw(text: string): void {
  if (isShown) Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
}

const pool = new ThreadPool();
const step = Math.ceil(LIMIT / RANGES);
let done = 0;
const jobs = Array.from({ length: RANGES }, async (_, index) => {
  const [from, to] = [index * step, Math.min((index + 1) * step, LIMIT)];
  const options = { tag: `${from} to ${to}`, signal: controller.signal };
  const count = await pool.spawn(countPrimes, [from, to, isVerbose], options);
  draw(`[${"#".repeat(++done).padEnd(RANGES)}] ${done}/${RANGES}`);
  return count;
});
try {
  const counts = await Promise.all(jobs);
  draw("");
  console.log(`${counts.reduce((sum, count) => sum + count, 0)} primes below ${LIMIT}`);
} catch (error) {
  if (!controller.signal.aborted) throw error;
  await Promise.allSettled(jobs);
  draw("");
  console.error(`interrupted: ${done} of ${RANGES} ranges were done`);
  Deno.exitCode = 130;
} finally {
  Deno.removeSignalListener("SIGINT", interrupt);
  await pool.close();
}

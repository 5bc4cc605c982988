/**
 * Checks all that can be checked, and says how it went: a line a step, failures in full, a summary.
 *
 *     deno task ok [step]...
 *
 * With steps, only those whose names begin so, without coverage. Whatever is written on the way is in one
 * folder outside the repository, which is removed however this ends.
 *
 * @module
 */
import { execute, type Options, type Result } from "./ok/execute.ts";
import { describe, summarize } from "./ok/report.ts";
import { Status } from "./ok/status.ts";
import { byLength, checks, coverage, download, type Run, type Step, tests } from "./ok/steps.ts";

const start = performance.now();
const width = Number(Deno.env.get("DENO_JOBS")) || navigator.hardwareConcurrency;
const controller = new AbortController();
const { signal } = controller;

/** Runs the steps that are wanted, also after one has failed; whether all went well. */
async function ok(run: Run, wanted: string[]): Promise<boolean> {
  const all = byLength([...await tests(run), ...checks()]);
  const steps = wanted.length === 0
    ? all
    : all.filter(({ name }) => wanted.some((start) => name.startsWith(start)));
  if (steps.length === 0) {
    throw new TypeError(`Cannot run ${wanted}: expected ${all.map(({ name }) => name)}`);
  }
  using status = new Status();
  const results: Result[] = [];
  const options: Options = {
    width,
    // Programs that write something anywhere do so there.
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", TMPDIR: run.temp, TEMP: run.temp, TMP: run.temp },
    signal,
    onStart: ({ name }: Step) => status.begin(name),
    onEnd(result: Result) {
      results.push(result);
      status.end(result.step.name, describe(result));
    },
  };
  const isWell = (): boolean => results.every(({ success }) => success);
  await execute([download()], options);
  if (isWell()) await execute(steps, options);
  if (isWell() && run.coverage) await execute([coverage(run)], options);
  if (!signal.aborted) status.print(`\n${summarize(results, performance.now() - start)}`);
  return isWell();
}

/** Removes a folder, into which tests that were interrupted may still write. */
async function remove(folder: string): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    if (await Deno.remove(folder, { recursive: true }).then(() => true, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];
for (const signal of signals) Deno.addSignalListener(signal, () => controller.abort());
const temp = await Deno.realPath(await Deno.makeTempDir({ prefix: "ok-" }));
let success = false;
try {
  success = await ok({ temp, coverage: Deno.args.length === 0 }, Deno.args);
} finally {
  await remove(temp);
}
if (signal.aborted) console.log("interrupted");
Deno.exit(signal.aborted ? 130 : success ? 0 : 1);

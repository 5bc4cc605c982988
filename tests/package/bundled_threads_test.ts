/** Applications that are bundled may start threads: in the ways that `./thread` names, here with esbuild. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Report } from "../everywhere/cases.ts";
import { bundle, bundleSplit } from "../tools/bundle.ts";
import { runtimes } from "../tools/runtimes.ts";

const JOBS = "tests/everywhere/thread_jobs.ts";
const PLACED = "tests/fixtures/placed_jobs.ts";

/** An application whose jobs are in that module. */
function application(jobs: string): string {
  return `
    import { runCases } from "./tests/everywhere/cases.ts";
    import { equal } from "./tests/everywhere/assert.ts";
    import { TaskHandle } from "./lib/thread/mod.ts";
    import { add, tag } from "./${jobs}";
    export const run = () => runCases({ bundled: { "a job": async () => {
      equal([await TaskHandle.spawn(add, [1, 2]), await TaskHandle.spawn(tag, [], { tag: 7 })], [3, 7]);
    } } });`;
}

/** What these files, of which bundle.js has run, report where there are threads. */
async function reports(files: Record<string, string>): Promise<Report[]> {
  const found: Report[] = [];
  for (const name of ["Deno", "Node 20", "Bun", "Chromium"]) {
    const { find, run } = runtimes.find((runtime) => runtime.name === name)!;
    const program = find();
    if (program !== undefined) found.push(await run(program, files));
  }
  return found;
}

function assertPassed(all: Report[]): void {
  assertEquals(all, all.map(() => ({ passed: 1, failed: [], skipped: {} })));
}

Deno.test("jobs are an entry of their own of a bundle that is split and minified", async () => {
  const files = await bundleSplit("bundle", application(JOBS), [JOBS], ["--minify"]);
  assertPassed(await reports(files));
});

Deno.test("jobs are a bundle of their own, whose URL they are defined with", async () => {
  const files = {
    "bundle.js": await bundle(application(PLACED)),
    "placed_jobs.js": await bundle(`export * from "./${PLACED}"`, ["--minify"]),
  };
  assertPassed(await reports(files));
});

Deno.test("an application in one file with its jobs is told so, and starts no threads for ever", async () => {
  const files = {
    "app.js": await bundle(`
      import { TaskHandle } from "./lib/thread/mod.ts";
      import { add } from "./${JOBS}";
      await TaskHandle.spawn(add, [1, 2]);`),
    "bundle.js": `export const run = () => import("./app.js").then(() => ({ failed: [] }),
      ({ name, message }) => ({ failed: [{ name, error: message }] }));`,
  };
  for (const { failed } of await reports(files)) {
    assertEquals(failed.map(({ name }) => name), ["WorkerError"]);
    assertStringIncludes(failed[0].error, "app.js starts its own jobs when it is loaded for them");
  }
});

/** The conformance suite as tests of this Deno, and on every other runtime that is there. */
import { assertEquals } from "@std/assert";
import { readTable } from "../tools/readme.ts";
import { type Bundle, runtimes } from "../tools/runtimes.ts";
import { bundleSuite, suite } from "../tools/suite.ts";
import { prepare } from "./cases.ts";

for (const { name, test, missing } of prepare(await suite())) {
  // Threads outlive a case, and are used again by the next one.
  const sanitize = !name.startsWith("thread: ");
  Deno.test({
    name: `everywhere: ${name}`,
    ignore: missing !== undefined,
    sanitizeOps: sanitize,
    sanitizeResources: sanitize,
    fn: test,
  });
}

let bundle: Promise<Bundle> | undefined;

for (const { name, find, install, run } of runtimes) {
  // One Node there is always, be it that it has to be installed.
  const ignore = name !== "Node 20" && find() === undefined;
  Deno.test({
    name: `the suite passes on ${name}`,
    ignore,
    fn: async () => {
      const { passed, failed, skipped } = await run(await install(), await (bundle ??= bundleSuite()));
      assertEquals(failed.map(({ name, error }) => `${name}: ${error}`), []);
      const missing = Object.values(skipped).reduce((sum, count) => sum + count, 0);
      assertEquals(passed + missing, prepare(await suite()).length);
    },
  });
}

Deno.test("README says what became of every runtime", async () => {
  assertEquals((await readTable("works with")).map(([name]) => name), runtimes.map(({ name }) => name));
});

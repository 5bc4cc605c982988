/**
 * Runs the conformance suite on every runtime that can be had, and says how it went, a line each.
 *
 *     deno task everywhere [--readme] [name]...
 *
 * With names, only the runtimes whose names begin with one of them. `--readme` writes the results to the table of
 * the README.
 *
 * @module
 */
import type { Report } from "../everywhere/cases.ts";
import { writeTable } from "./readme.ts";
import { type Bundle, type Runtime, runtimes, versionOf } from "./runtimes.ts";
import { bundleSuite } from "./suite.ts";

/** What became of one runtime. */
type Result = { name: string; version: string; report: Report } | { name: string; unavailable: string };

async function tryOut(runtime: Runtime, bundle: Bundle): Promise<Result> {
  const { name } = runtime;
  let program;
  try {
    program = await runtime.install();
  } catch (error) {
    return { name, unavailable: (error as Error).message };
  }
  const version = await versionOf(program);
  try {
    return { name, version, report: await runtime.run(program, bundle) };
  } catch (error) {
    const failed = [{ name: "the suite", error: (error as Error).message }];
    return {
      name,
      version,
      report: { passed: 0, failed, skipped: {} },
    };
  }
}

function line(result: Result): string {
  const name = result.name.padEnd(24);
  if ("unavailable" in result) return `${name}skipped: ${result.unavailable}`;
  const { passed, failed, skipped } = result.report;
  const reasons = Object.entries(skipped).map(([reason, count]) => `, ${count} skipped (no ${reason})`);
  return `${name}${result.version.padEnd(18)}${passed} passed, ${failed.length} failed${reasons.join("")}`;
}

/** What the README says of it. */
function row(result: Result): string[] {
  if ("unavailable" in result) return [result.name, "not tried", "", result.unavailable];
  const { passed, skipped } = result.report;
  const lacks = Object.entries(skipped).map(([ability, count]) => `${count} need \`${ability}\``);
  return [result.name, result.version, String(passed), lacks.join(", ")];
}

const names = Deno.args.filter((argument) => !argument.startsWith("-"));
const chosen = runtimes.filter(({ name }) =>
  names.length === 0 || names.some((prefix) => name.startsWith(prefix))
);
const bundle = await bundleSuite();
const results: Result[] = [];
for (const runtime of chosen) {
  const result = await tryOut(runtime, bundle);
  results.push(result);
  console.log(line(result));
  if ("report" in result) {
    for (const { name, error } of result.report.failed) console.log(`  ${name}: ${error}`);
  }
}
if (Deno.args.includes("--readme")) {
  await writeTable("works with", [["runtime", "version", " passed", "skipped"], ...results.map(row)]);
}
if (results.some((result) => "report" in result && result.report.failed.length > 0)) Deno.exit(1);

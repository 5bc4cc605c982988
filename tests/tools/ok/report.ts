/** What `deno task ok` prints. */
import type { Result } from "./execute.ts";

/** How the tests of a step, or of all of them, went. */
interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The counts of Deno's last line; tests that never came to an end are one that failed. */
function countsOf({ step, success, output }: Result): Counts | undefined {
  if (!step.isTests) return undefined;
  const line = output.findLast((line) => /^(?:ok|FAILED) \| \d+ passed/.test(line)) ?? "";
  const count = (word: string): number => Number(RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0);
  const failed = count("failed");
  return {
    passed: count("passed"),
    failed: success ? failed : Math.max(failed, 1),
    skipped: count("ignored"),
  };
}

const isPlain = Deno.noColor || !Deno.stdout.isTerminal();
const green = (text: string): string => isPlain ? text : `\x1b[32m${text}\x1b[0m`;
const red = (text: string): string => isPlain ? text : `\x1b[31m${text}\x1b[0m`;

/** A step that went well in one line, and one that did not with what it has said about that. */
export function describe(result: Result): string {
  const { step, success, time } = result;
  const head = `${success ? green("ok    ") : red("FAILED")}  ${step.name.padEnd(18)}${
    seconds(time).padStart(8)
  }`;
  const line = `${head}  ${details(result)}`.trimEnd();
  return success ? line : `${line}\n\n${failure(result)}\n`;
}

function details(result: Result): string {
  const counts = countsOf(result);
  if (counts !== undefined) return formatCounts(counts);
  if (result.step.name !== "coverage") return "";
  const total = result.output.findLast((line) => line.startsWith("| All files")) ?? "";
  const [branches, _functions, lines] = total.match(/[\d.]+/g) ?? [];
  return lines === undefined ? "" : `${lines} % of lines, ${branches} % of branches`;
}

/** What a step that failed has printed: of tests, what is about those that failed. */
function failure({ step, output }: Result): string {
  const start = step.isTests ? output.lastIndexOf(" ERRORS ") : -1;
  return output.slice(start + 1)
    .filter((line) => !/^(?:Check|Download|Task|Initialize) /.test(line)).join("\n")
    .replaceAll(/\n\n?Stack backtrace:\n {3}0: <unknown>$/gm, "")
    .trim();
}

/** What failed, what took longest, and the counts alone on the last line. */
export function summarize(results: Result[], time: number): string {
  const failed = results.filter(({ success }) => !success).map(({ step }) => step.name);
  const steps = results.map(({ step, time }): [string, number] => [step.name, time]);
  const files = results.flatMap(({ files }) => [...files]);
  const counts = results.map(countsOf).filter((counts) => counts !== undefined);
  const total = (key: keyof Counts): number => counts.reduce((sum, count) => sum + count[key], 0);
  const end = failed.length === 0 ? green("all is well") : `${red("FAILED")}: ${failed.join(", ")}`;
  return [
    `slowest steps: ${slowest(steps)}`,
    ...(files.length > 0 ? [`slowest files: ${slowest(files)}`] : []),
    `${end}, after ${seconds(time)}`,
    formatCounts({ passed: total("passed"), failed: total("failed"), skipped: 0 }),
  ].join("\n");
}

function slowest(times: [name: string, time: number][]): string {
  return times.toSorted(([, a], [, b]) => b - a).slice(0, 5)
    .map(([name, time]) => `${name} ${seconds(time)}`).join(", ");
}

function formatCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function seconds(time: number): string {
  return `${(time / 1000).toFixed(1)} s`;
}

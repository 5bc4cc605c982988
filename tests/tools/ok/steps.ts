/** What `deno task ok` checks, a step each. */
import { writeTests } from "./docs.ts";

/** What a step may need to know of the run that it is part of. */
export interface Run {
  /** A folder that is removed at the end. */
  temp: string;
  /** Whether to measure which lines of `lib` the tests reach. */
  coverage: boolean;
}

/** A run of a program, here always Deno. */
export interface Step {
  name: string;
  args: string[];
  /** Whether these are tests. */
  isTests?: boolean;
}

const root = new URL("../../../", import.meta.url);
const LOCK = ["--lock=tests/deno.lock", "--frozen"];

/** Where little of `lib` is run that isn't elsewhere, or in other programs: no coverage is measured. */
const UNMEASURED = /^tests\/(?:everywhere|examples|load|package)\b/;

/** What takes longest, in order. */
const LONGEST = ["tests/thread", "tests/ffi", "types", "tests/load", "tests/package", "tests/everywhere"];

/** Downloads all that the lock file names, whichever test asks: the others would be in each other's way. */
export function download(): Step {
  return { name: "download", args: ["install", "--quiet", ...LOCK, "--entrypoint", withEnd("_test.ts")[0]] };
}

/** What needs no tests to run; types, those of the documentation's examples among them. */
export function checks(): Step[] {
  return [
    { name: "types", args: ["check", "--doc", ...LOCK, ".", ...withEnd(".md")] },
    { name: "format", args: ["fmt", "--check"] },
    { name: "lint", args: ["lint"] },
    { name: "doc-lint", args: ["run", "--allow-read", "--allow-run", "tests/tools/doc_lint.ts"] },
    { name: "publish", args: ["publish", "--dry-run", "--allow-dirty", "--no-check"] },
  ];
}

/** The tests: a step for each folder, one for all of memory and scale, and one for the documentation. */
export async function tests(run: Run): Promise<Step[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const flags = tasks.test.split(" ").slice(2).filter((flag: string) => flag !== "--doc");
  const groups = Map.groupBy(withEnd("_test.ts"), groupOf);
  groups.set("docs", await writeTests(`${run.temp}/docs`, documented()));
  return Array.from(groups, ([name, paths]): Step => {
    const isMeasured = run.coverage && !UNMEASURED.test(name);
    const coverage = isMeasured ? [`--coverage=${run.temp}/coverage`, "--coverage-raw-data-only"] : [];
    return { name, args: ["test", ...flags, "--no-check", "--frozen", ...coverage, ...paths], isTests: true };
  });
}

/** With the longest first, so that nothing long is left for the end. */
export function byLength(steps: Step[]): Step[] {
  const rank = ({ name }: Step): number => LONGEST.includes(name) ? LONGEST.indexOf(name) : LONGEST.length;
  return steps.sort((a, b) => rank(a) - rank(b));
}

/** What the tests have left in `run.temp`. */
export function coverage(run: Run): Step {
  return { name: "coverage", args: ["run", "-A", "tests/tools/coverage.ts", `${run.temp}/coverage`] };
}

function groupOf(path: string): string {
  if (/\/(?:memory|scale)_test\.ts$/.test(path)) return "tests/load";
  if (path === "tests/readme_test.ts") return "tests/examples";
  return path.slice(0, path.lastIndexOf("/"));
}

/** What has examples that are tested. */
function documented(): string[] {
  return [
    ...withEnd(".md"),
    ...withEnd(".ts").filter((path) => path === "mod.ts" || path.startsWith("lib/")),
  ];
}

/** All files of the repository whose names end so, but those of dot folders and of installed packages. */
function withEnd(end: string, folder = ""): string[] {
  return [...Deno.readDirSync(new URL(`./${folder}`, root))].flatMap(({ name, isDirectory }) => {
    if (!isDirectory) return name.endsWith(end) ? [folder + name] : [];
    return name.startsWith(".") || name === "node_modules" ? [] : withEnd(end, `${folder}${name}/`);
  }).sort();
}

/**
 * Random jobs on threads, with everything that can happen to them, on every runtime that has threads of its own:
 *
 *     deno task soak [seconds] [seed] [runtime]...
 *
 * Every handle must settle, every end of a channel be told, and neither memory nor descriptors grow.
 *
 * @module
 */
import { bundleSplit } from "../tools/bundle.ts";
import { runtimes, versionOf } from "../tools/runtimes.ts";
import type { Soaked } from "./soaking.ts";

const numbers = Deno.args.filter((argument) => /^\d+$/.test(argument)).map(Number);
const names = Deno.args.filter((argument) => !/^\d+$/.test(argument));
const [seconds = 60, seed = Math.floor(Math.random() * 1e9)] = numbers;
const wanted = names.length > 0 ? names : ["Deno", "Node 20", "Node 24", "Bun"];

/** What the line begins with on which a program says how it went. */
const MARK = "@soaked ";
/** How much longer than it soaks a program may take, in ms. */
const SPARE_MS = 60_000;

const flags: Record<string, string[]> = {
  Deno: ["run", "-A", "--no-config", "--v8-flags=--expose-gc"],
  Bun: ["run"],
};

async function run(program: string, args: string[], folder: string): Promise<Soaked> {
  const signal = AbortSignal.timeout(seconds * 1000 + SPARE_MS);
  const options = { args: [...args, "main.js"], cwd: folder, env: { NO_COLOR: "1" }, signal };
  const { code, stdout, stderr } = await new Deno.Command(program, options).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const line = output.split("\n").find((line) => line.startsWith(MARK));
  if (line === undefined || code !== 0) {
    return { problems: [`it ended with exit code ${code}: ${output.trim().slice(-2_000)}`], summary: "" };
  }
  return JSON.parse(line.slice(MARK.length));
}

const files = await bundleSplit(
  "bundle",
  `export { soak } from "./tests/load/soaking.ts";`,
  ["tests/load/soak_jobs.ts"],
);
files["package.json"] = `{ "type": "module" }`;
files["main.js"] = `import { soak } from "./bundle.js";
  console.log(${JSON.stringify(MARK)} + JSON.stringify(await soak(${seconds * 1000}, ${seed})));`;
const folder = await Deno.makeTempDir({ prefix: "soak-" });
let isFine = true;
try {
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
  console.log(`${seconds} s each, seed ${seed}`);
  for (const runtime of runtimes.filter(({ name }) => wanted.includes(name))) {
    const program = await runtime.install();
    const version = await versionOf(program);
    const { problems, summary } = await run(program, flags[runtime.name] ?? ["--expose-gc"], folder);
    isFine &&= problems.length === 0;
    console.log(`${runtime.name.padEnd(10)}${version.padEnd(12)}${summary}`);
    for (const problem of problems) console.log(`  ${problem}`);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
if (!isFine) Deno.exit(1);

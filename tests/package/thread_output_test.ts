/** What jobs print is not lost, and does not wait for their owner: on Node and Bun, whose threads print through it. */
import { assertEquals } from "@std/assert";
import { bundleSplit } from "../tools/bundle.ts";
import { runtimes } from "../tools/runtimes.ts";

const PRINTING = "tests/fixtures/printing_jobs.ts";

const PROGRAM = `
  import { ThreadPool } from "./lib/thread/mod.ts";
  import { print, printAndWait } from "./${PRINTING}";
  const pool = new ThreadPool({ maxThreads: 1 });
  await pool.spawn(print, [100]);
  await pool.close();
  const other = new ThreadPool({ maxThreads: 1 });
  console.log("waited", other.spawn(printAndWait, []).wait({ timeout: 10_000 }));
  await other.close();`;

for (const name of ["Deno", "Node 20", "Node 24", "Bun"]) {
  const runtime = runtimes.find((runtime) => runtime.name === name)!;
  const program = runtime.find();
  Deno.test({
    name: `console.log() in a job is out when its pool is closed, and while its owner is blocked, on ${name}`,
    ignore: program === undefined,
    fn: async () => {
      const folder = await Deno.makeTempDir({ prefix: "output-" });
      try {
        const files = await bundleSplit("main", PROGRAM, [PRINTING]);
        for (const [file, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${file}`, text);
        await Deno.writeTextFile(`${folder}/package.json`, `{ "type": "module" }`);
        const args = name === "Deno" ? ["run", "-A", "--no-config", "main.js"] : ["main.js"];
        const { stdout } = await new Deno.Command(program!, { args, cwd: folder }).output();
        const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
        const expected = Array.from({ length: 100 }, (_, i) => `line ${i}`);
        assertEquals(lines, [...expected, "partly", "waited done"]);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

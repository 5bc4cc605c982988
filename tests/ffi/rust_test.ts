/** Libraries in Rust: the tables are C's, and so everybody's. */
import { assertEquals } from "@std/assert";
import { exportTask, takeLastError } from "../../lib/ffi/mod.ts";
import { exampleArgs, examplePath } from "../examples/run_example.ts";
import { run, runDeno, withFolder } from "../programs.ts";
import { libraryName } from "./compile.ts";
import { EXECUTOR_LINES } from "./example_lines.ts";
import * as jobs from "./jobs.ts";

const isThere = await run("rustc", ["--version"]).then(({ code }) => code === 0, () => false);
const noRust = isThere ? "" : " (ignored: there is no rustc)";

/** Compiles a file to a library, without a warning. Returns its path. */
async function compile(folder: string, file: string): Promise<string> {
  const library = `${folder}/${libraryName("library")}`;
  const args = ["--edition", "2021", "-O", "-D", "warnings", "--crate-type", "cdylib", "-o", library, file];
  const { code, stderr } = await run("rustc", args);
  if (code !== 0) throw new Error(stderr);
  return library;
}

Deno.test({
  name: `executor.rs runs tagged tasks in turns, as executor.c does${noRust}`,
  ignore: !isThere,
  fn: () =>
    withFolder(async (folder) => {
      const library = await compile(folder, examplePath("ffi/executor.rs"));
      const { code, stdout, stderr } = await runDeno(
        exampleArgs("ffi/executor.ts", ["--allow-ffi"], [library]),
      );
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      assertEquals(stdout.trimEnd().split("\n"), EXECUTOR_LINES);
    }),
});

Deno.test({
  name: `a library in Rust runs jobs, and reads their results and errors${noRust}`,
  ignore: !isThere,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withFolder(async (folder) => {
      const table = exportTask(jobs.stats, {
        name: "stats",
        parameters: ["f64", "f64"],
        result: { mean: "f64", count: "u32", isNegative: "bool", total: "i64" },
      });
      const path = await compile(folder, new URL("jobs.rs", import.meta.url).pathname);
      const library = Deno.dlopen(path, { run_jobs: { parameters: ["buffer", "u32"], result: "u32" } });
      try {
        assertEquals(
          { right: library.symbols.run_jobs(table.pointers, 50), lastError: takeLastError() },
          { right: 50, lastError: undefined },
        );
      } finally {
        library.close();
        table.free();
      }
    }),
});

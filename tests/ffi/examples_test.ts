/** The examples in C: built as their headers say, and run. */
import { assertEquals } from "@std/assert";
import { examplePath, run, runExample } from "../examples/run_example.ts";
import { compile, noCompiler } from "./compile.ts";

const ignore = noCompiler !== "";

/** Builds an example in a temporary folder, with the headers that it writes itself. */
async function withExample(name: string, fn: (library: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ffi example " });
  try {
    const headers = await runExample(`ffi/${name}.ts`, ["-A"], ["headers", folder]);
    assertEquals([headers.code, headers.stderr], [0, ""]);
    await fn(await compile(folder, `lib${name}`, [examplePath(`ffi/${name}.c`)]));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: `spin.c runs jobs on threads: one is cancelled, one throws, one dies${noCompiler}`,
  ignore,
  fn: () =>
    withExample("spin", async (library) => {
      const { code, stdout, stderr } = await runExample(
        "ffi/spin.ts",
        ["--allow-ffi", "--allow-read"],
        ["run", library],
      );
      assertEquals(stderr, "");
      assertEquals(stdout.replace(/handle \d+/, "handle N").trimEnd().split("\n"), [
        "spawned: yes",
        "cancelled: 0",
        "polled: nothing, no error",
        "cancelled: 1",
        "waited: a result",
        "destroyed again: Cannot destroy spin handle N: it was destroyed already",
        "failing job: nothing",
        "  because: 7 is no square",
        "square root: 2.0",
        "dying job: nothing",
        "  because: nobody catches this",
      ]);
      assertEquals(code, 0);
    }),
});

Deno.test("spin.ts says how it is used", async () => {
  const { code, stderr } = await run(Deno.execPath(), ["run", "-A", examplePath("ffi/spin.ts")]);
  assertEquals([code, stderr], [2, "Usage: spin.ts headers <folder> | run <library>\n"]);
});

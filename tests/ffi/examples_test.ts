/**
 * The examples in C: built as their headers say, and run; and once more with a sanitizer that watches every
 * access to memory that the C code makes.
 *
 * Valgrind watches JavaScript's as well, but takes a minute: `VALGRIND=valgrind deno test -A tests/ffi`.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { exampleArgs, examplePath } from "../examples/run_example.ts";
import { type Result, run, withFolder } from "../programs.ts";
import {
  compile,
  noCompiler,
  noSanitizer,
  SANITIZE,
  sanitizerEnvironment,
  sanitizerFlags,
} from "./compile.ts";
import { EXECUTOR_LINES } from "./example_lines.ts";

/** A library, the program that loads it, and what that prints. */
interface Example {
  source: string;
  program: string;
  permissions: string[];
  /** What comes before the library's path. */
  args: string[];
  hasHeaders: boolean;
  lines: string[];
}

const spin: Example = {
  source: "ffi/spin.c",
  program: "ffi/spin.ts",
  permissions: ["--allow-ffi", "--allow-read"],
  args: ["run"],
  hasHeaders: true,
  lines: [
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
  ],
};

const executor: Example = {
  source: "ffi/executor.c",
  program: "ffi/executor.ts",
  permissions: ["--allow-ffi"],
  args: [],
  hasHeaders: false,
  lines: EXECUTOR_LINES,
};

/** Runs Deno under another program: with an environment of its own, or a debugger. */
function runUnder(command: string[], args: string[]): Promise<Result> {
  const [program, ...before] = [...command, Deno.execPath()];
  return run(program, [...before, ...args]);
}

/** Builds an example, with the headers that it writes itself, runs it, and compares what it prints. */
function check(example: Example, command: string[], flags: string[]): Promise<void> {
  return withFolder(async (folder) => {
    if (example.hasHeaders) {
      const headers = await runUnder([], exampleArgs(example.program, ["-A"], ["headers", folder]));
      assertEquals({ code: headers.code, stderr: headers.stderr }, { code: 0, stderr: "" });
    }
    const library = await compile(folder, "libexample", [examplePath(example.source)], flags);
    const args = exampleArgs(example.program, example.permissions, [...example.args, library]);
    const { code, stdout, stderr } = await runUnder(command, args);
    assertEquals(stderr, "");
    assertEquals(stdout.replace(/handle \d+/, "handle N").trimEnd().split("\n"), example.lines);
    assertEquals(code, 0);
  });
}

Deno.test({
  name: `spin.c runs jobs on threads: one is cancelled, one throws, one dies${noCompiler}`,
  ignore: noCompiler !== "",
  fn: () => check(spin, [], []),
});

Deno.test({
  name: `executor.c runs tagged tasks in turns when it is run with --allow-ffi${noCompiler}`,
  ignore: noCompiler !== "",
  fn: () => check(executor, [], ["-pedantic"]),
});

Deno.test({
  name: `AddressSanitizer finds what a C library does wrong${noSanitizer}`,
  ignore: noSanitizer !== "",
  fn: () =>
    withFolder(async (folder) => {
      const source = `
#include <stdlib.h>
int f(int index);
int f(int index) {
  int *volatile numbers = calloc(4, sizeof *numbers);
  int number = numbers[index];
  free(numbers);
  return number;
}`;
      await Deno.writeTextFile(`${folder}/wrong.c`, source);
      const library = await compile(folder, "libwrong", [`${folder}/wrong.c`], sanitizerFlags);
      const program = `Deno.dlopen(${JSON.stringify(library)}, { f: { parameters: ["i32"], result: "i32" } })
        .symbols.f(Number(Deno.args[0]));`;
      const right = await runUnder(["env", ...sanitizerEnvironment!], ["eval", program, "3"]);
      assertEquals(right, { code: 0, stdout: "", stderr: "" });
      const wrong = await runUnder(["env", ...sanitizerEnvironment!], ["eval", program, "4"]);
      assertEquals(wrong.code !== 0, true);
      assertMatch(wrong.stderr, /heap-buffer-overflow/);
    }),
});

for (const example of [spin, executor]) {
  Deno.test({
    name: `${example.source} does nothing wrong under AddressSanitizer${noSanitizer}`,
    ignore: noSanitizer !== "",
    fn: () => check(example, ["env", ...sanitizerEnvironment!], sanitizerFlags),
  });
}

/** Tests whose C is watched as well. */
const WATCHED = ["waiting_test.ts", "strings_test.ts"];

Deno.test({
  name: `tests in C do nothing wrong under AddressSanitizer${noSanitizer}`,
  ignore: noSanitizer !== "",
  fn: async () => {
    const files = WATCHED.map((name) => new URL(name, import.meta.url).pathname);
    const command = ["env", `${SANITIZE}=1`, ...sanitizerEnvironment!];
    const { code, stdout, stderr } = await runUnder(command, ["test", "-A", "--no-check", ...files]);
    assertEquals(code, 0, stdout + stderr);
  },
});

const valgrind = Deno.env.get("VALGRIND") ?? "";
const noValgrind = noCompiler || (valgrind === "" ? " (ignored: VALGRIND names no program)" : "");

for (const example of [spin, executor]) {
  Deno.test({
    name: `${example.source} and JavaScript do nothing wrong under Valgrind${noValgrind}`,
    ignore: noValgrind !== "",
    // V8 changes its own code.
    fn: () => check(example, [valgrind, "-q", "--smc-check=all-non-file", "--error-exitcode=9"], []),
  });
}

Deno.test("spin.ts says how it is used", async () => {
  const { code, stderr } = await runUnder([], ["run", "-A", examplePath("ffi/spin.ts")]);
  assertEquals({ code, stderr }, { code: 2, stderr: "Usage: spin.ts headers <folder> | run <library>\n" });
});

/** `deno task ok`: what it prints, and what it leaves behind. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { withFolder } from "../programs.ts";
import type { Result } from "./ok/execute.ts";
import { describe, summarize } from "./ok/report.ts";

const program = new URL("ok.ts", import.meta.url).pathname;

function result(name: string, success: boolean, output: string, isTests = true): Result {
  const files = new Map([[`${name}/a_test.ts`, 1234]]);
  return { step: { name, args: [], isTests }, success, time: 5000, output: output.split("\n"), files };
}

const PASSED =
  "running 3 tests from ./a_test.ts\na ... ok (1ms)\n\nok | 3 passed (2 steps) | 0 failed | 1 ignored (1s)\n";
const FAILED =
  "a ... ok (1ms)\nb ... FAILED (1ms)\n\n ERRORS \n\nb => ./a_test.ts:1:6\nerror: Error: boom\n\n" +
  " FAILURES \n\nb => ./a_test.ts:1:6\n\nFAILED | 3 passed | 2 failed (1s)\n\nerror: Test failed";

Deno.test("describe() has one line for a step that went well", () => {
  assertMatch(
    describe(result("tests/a", true, PASSED)),
    /^.*ok.* {2}tests\/a +5\.0 s {2}3 passed, 0 failed, 1 skipped$/,
  );
});

Deno.test("describe() says of tests what is about those that failed", () => {
  const text = describe(result("tests/a", false, FAILED));
  assertMatch(text, /FAILED.* {2}tests\/a +5\.0 s {2}3 passed, 2 failed\n/);
  assertEquals(text.split("\n\n").slice(1, 3), ["b => ./a_test.ts:1:6\nerror: Error: boom", " FAILURES "]);
});

Deno.test("describe() has all of what else has failed, but for what Deno says of its own work", () => {
  const output = "Check a.ts\nTS1 [ERROR]: boom\n\nDownload b\nerror: Type checking failed.\n\n" +
    "Stack backtrace:\n   0: <unknown>";
  const text = describe(result("types", false, output, false));
  assertStringIncludes(text, "\n\nTS1 [ERROR]: boom\n\nerror: Type checking failed.\n");
  assertEquals(text.includes("backtrace"), false);
});

Deno.test("summarize() ends with the counts of all tests, alone on a line", () => {
  const results = [result("tests/a", true, PASSED), result("tests/b", false, FAILED)];
  const lines = summarize([...results, result("tests/c", false, "it crashed")], 61_000).split("\n");
  assertEquals(lines.at(-1), "6 passed, 3 failed");
  assertMatch(lines.at(-2)!, /FAILED.*: tests\/b, tests\/c, after 61\.0 s$/);
});

Deno.test("deno task ok refuses steps that there are not, and leaves nothing behind", () =>
  withFolder(async (folder) => {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", program, "nonsense"],
      env: { TMPDIR: folder, NO_COLOR: "1" },
    }).output();
    assertEquals({ code, left: [...Deno.readDirSync(folder)] }, { code: 1, left: [] });
    assertStringIncludes(new TextDecoder().decode(stderr), "Cannot run nonsense: expected ");
  }));

Deno.test({
  name: "deno task ok ends when it is interrupted, and leaves nothing behind",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", program, "types"],
        env: { TMPDIR: folder, NO_COLOR: "1" },
        stdout: "piped",
      }).spawn();
      let text = "";
      for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
        if (text === "") child.kill("SIGINT"); // the first step is done
        text += chunk;
      }
      const { code } = await child.status;
      assertEquals({ code, left: [...Deno.readDirSync(folder)] }, { code: 130, left: [] });
      assertMatch(text, /^ok {6}download .*\ninterrupted\n$/);
    }),
});

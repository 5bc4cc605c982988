import { assertEquals, assertStringIncludes } from "@std/assert";
import { exampleArgs, runExample } from "./run_example.ts";

Deno.test("primes.ts --verbose logs every range by its tag", async () => {
  const { code, stdout, stderr } = await runExample("primes.ts", ["--allow-read"], ["--verbose", "100"]);
  assertEquals({ code, stdout }, { code: 0, stdout: "25 primes below 100\n" });
  assertEquals(stderr.trimEnd().split("\n").length, 20);
  assertStringIncludes(stderr, "[95 to 100] 1 primes\n");
});

Deno.test({
  name: "primes.ts stops when it is interrupted, and says how far it got",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    let interrupted = await interruptAfter(500);
    // Nobody listens for the signal yet.
    for (let ms = 1000; interrupted.signal === "SIGINT"; ms *= 2) interrupted = await interruptAfter(ms);
    const { code, stderr } = interrupted;
    assertEquals(
      { code, stderr: new TextDecoder().decode(stderr) },
      { code: 130, stderr: "interrupted: 0 of 20 ranges were done\n" },
    );
  },
});

async function interruptAfter(ms: number): Promise<Deno.CommandOutput> {
  const child = new Deno.Command(Deno.execPath(), {
    args: exampleArgs("primes.ts", ["--allow-read"], ["1000000000"]),
    stdout: "null",
    stderr: "piped",
  }).spawn();
  await new Promise((resolve) => setTimeout(resolve, ms));
  child.kill("SIGINT");
  return await child.output();
}

/** Runs every example but `digest.ts`, and checks every line of its output. */
import { assert, assertEquals } from "@std/assert";
import { examplePath, runExample } from "./run_example.ts";

const MAX_LINES = 80;

const outputs: Record<string, string[]> = {
  "with_metadata.ts": ["long 1", "short 1", "medium 1", "short 2", "short 3", "medium 2", "long 2"],
  "spawn_with_data.ts": [
    "step 1: scheduled 1 times",
    "step 2: scheduled 2 times",
    "step 3: scheduled 3 times",
    "done: scheduled 4 times",
  ],
  "spawn.ts": [
    "spawned: nothing has run yet",
    "running greeter",
    "Hello from the task",
    "running greeter",
    "greeter returned 42",
  ],
  "spawn_local.ts": [
    "the parent sees 0",
    "the child sees 1",
    "both are done: 2",
  ],
  "spawn_on_loop.ts": [
    "left 1",
    "  a promise callback after left 1",
    "right 1",
    "  a promise callback after right 1",
    "left 2",
    "  a promise callback after left 2",
    "right 2",
    "  a promise callback after right 2",
    "left 3",
    "  a promise callback after left 3",
    "right 3",
    "  a promise callback after right 3",
    "left is done",
    "right is done",
  ],
  "block.ts": [
    "blocking",
    "the other thread says 42, after 2 polls",
  ],
  "task_id.ts": [
    "[no task] waiting",
    "[task 1] asking for the head",
    "[task 2] asking for the head",
    "[task 3] asking for the head",
    "[task 1] got the head",
    "[task 2] got the head",
    "[task 3] got the head",
    "[task 1] asking for the body",
    "[task 2] asking for the body",
    "[task 3] asking for the body",
    "[task 1] got the body",
    "[task 2] got the body",
    "[task 3] got the body",
    "[no task] task 1 returned 8",
    "[no task] task 2 returned 8",
    "[no task] task 3 returned 8",
  ],
  "panic_propagation.ts": [
    "6 / 3 = 2",
    "the executor goes on after: Cannot divide by zero",
    "the waiting code has caught: RangeError: Cannot divide by zero",
  ],
  "panic_result.ts": [
    "greet: hello, completed with hello",
    "fail: undefined, panicked with Error: oops",
    "hang: undefined, cancelled because of closing time",
  ],
  "blog_runtime.ts": [
    "the queue is made",
    "first is pending, 5 to go",
    "second is pending, 5 to go",
    "first is pending, 4 to go",
    "second is pending, 4 to go",
    "first is pending, 3 to go",
    "second is pending, 3 to go",
    "first is pending, 2 to go",
    "second is pending, 2 to go",
    "first is pending, 1 to go",
    "second is pending, 1 to go",
    "the answer to second, the answer to first",
  ],
  "priority.ts": [
    "high    input step 1 of 2",
    "high    input step 2 of 2",
    "medium  sensor step 1 of 1",
    "medium  sensor has raised the alarm",
    "medium  sensor step 1 of 1",
    "high    alarm step 1 of 2",
    "high    alarm step 2 of 2",
    "low     backup step 1 of 2",
    "low     index step 1 of 2",
    "low     backup step 2 of 2",
    "low     index step 2 of 2",
  ],
  "pipeline.ts": [
    "8 ms: the reader waits with 8, 2 are queued",
    "11 ms: 1 * 1 = 1",
    "12 ms: the reader waits with 9, 2 are queued",
    "21 ms: 2 * 2 = 4",
    "22 ms: the reader waits with 10, 2 are queued",
    "31 ms: 3 * 3 = 9",
    "32 ms: the reader waits with 11, 2 are queued",
    "41 ms: 4 * 4 = 16",
    "42 ms: the reader waits with 12, 2 are queued",
    "51 ms: 5 * 5 = 25",
    ...[6, 7, 8, 9, 10, 11, 12].map((n) => `${n}1 ms: ${n} * ${n} = ${n * n}`),
    "12 of 12 written, at most 8 under way at a time",
  ],
  "crawler.ts": [
    "/      links to 3",
    "/a     links to 3",
    "/a/1   links to 0",
    "/b     links to 2",
    "/flaky 503 try again",
    "/flaky 503 try again",
    "/flaky links to 1",
    "/gone  is not there",
    "/slow  links to 1",
    "/slow  took too long",
    "7 pages",
  ],
};

outputs["spin.ts"] = [
  "spinner has started, cancelled: false",
  "poll, which never waits: { done: false }",
  "cancelled: true",
  "it has spun more than a thousand times",
  "Cannot take the result of spin: it was taken already",
];
outputs["records.ts"] = [
  "1: 0 steps",
  "2: 1 steps",
  "3: 7 steps",
  "6: 8 steps",
  "7: 16 steps",
  "9: 19 steps",
  "18: 20 steps",
  "25: 23 steps",
  "27: 111 steps",
  "the job had found no more than three others",
];
outputs["primes.ts"] = ["17984 primes below 200000"];

/** What an example needs, where that is something. */
const permissions: Record<string, string[]> = {
  "crawler.ts": ["--allow-net=127.0.0.1"],
  "records.ts": ["--allow-read"],
  "spin.ts": ["--allow-read"],
  "primes.ts": ["--allow-read"],
};

for (const [name, lines] of Object.entries(outputs)) {
  const flags = permissions[name] ?? [];

  Deno.test(`${name} prints what it shows when it is run with ${flags.join() || "no permission"}`, async () => {
    assertEquals(await runExample(name, flags), { code: 0, stdout: lines.join("\n") + "\n", stderr: "" });
  });

  Deno.test(`${name} is short and says how to run it`, async () => {
    const source = await Deno.readTextFile(examplePath(name));
    assert(source.split("\n").length - 1 < MAX_LINES);
    assert(source.startsWith("/**\n"));
    assert(source.includes(` *     ${["deno run", ...flags, `examples/${name}`].join(" ")}\n`));
  });
}

Deno.test("examples are all covered by a test", async () => {
  const files = (await Array.fromAsync(Deno.readDir(examplePath("")))).filter(({ isFile }) => isFile);
  const names = files.map(({ name }) => name);
  const others = ["digest.ts", "jobs.ts", "p_limit.ts", "p_queue.ts"];
  assertEquals(names.sort(), [...Object.keys(outputs), ...others].sort());
});

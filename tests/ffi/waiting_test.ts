/** Waiting for jobs from C: without keeping others from anything, for so long at most, and not at all. */
import { assertEquals, assertMatch } from "@std/assert";
import { clearLastError, exportTask, type FunctionTable, updateLastError } from "../../lib/ffi/mod.ts";
import { errorMessage } from "../../lib/ffi/mod.ts";
import { noCompiler, withLibrary } from "./compile.ts";
import * as jobs from "./jobs.ts";

const ignore = noCompiler !== "";

const SYMBOLS = {
  fails_load: { parameters: ["buffer"], result: "void" },
  sleep_load: { parameters: ["buffer"], result: "void" },
  spin_load: { parameters: ["buffer"], result: "void" },
  message: { parameters: ["i32"], result: "pointer" },
  turns_of: { parameters: ["i32"], result: "u64" },
  join: { parameters: ["i32"], result: "void", nonblocking: true },
  start_cancelling: { parameters: [], result: "i32" },
  start_two: { parameters: [], result: "i32" },
  waiting: { parameters: [], result: "i32" },
  cancel: { parameters: [], result: "void" },
  destroy: { parameters: [], result: "void" },
  wait_and_join: { parameters: ["f64"], result: "i32" },
  wait_in_time_here: { parameters: [], result: "i32" },
  start_in_time: { parameters: [], result: "i32" },
  join_in_time: { parameters: [], result: "i32", nonblocking: true },
  calls_so_far: { parameters: [], result: "i32" },
  was_called_for: { parameters: ["u64"], result: "i32" },
  listen_to: { parameters: ["f64", "i32"], result: "u64" },
  listen_badly: { parameters: [], result: "i32" },
  poll_of: { parameters: ["u64"], result: "f64" },
  destroy_of: { parameters: ["u64"], result: "void" },
  start_errors: { parameters: [], result: "i32" },
  start_long: { parameters: ["buffer"], result: "i32" },
} as const;

type C = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

interface Tables {
  fails: FunctionTable;
  sleep: FunctionTable;
  spin: FunctionTable;
}

/** The pools' threads outlive a test. */
function test(name: string, fn: (c: C, tables: Tables) => void | Promise<void>): void {
  const sanitize = { sanitizeOps: false, sanitizeResources: false };
  Deno.test({ name: name + noCompiler, ignore, ...sanitize, fn: () => withTables(fn) });
}

async function withTables(fn: (c: C, tables: Tables) => void | Promise<void>): Promise<void> {
  const tables = {
    fails: exportTask(jobs.fails, { name: "fails", result: "f64", parameters: ["string"] }),
    sleep: exportTask(jobs.sleep, { name: "sleep", result: "f64", parameters: ["f64"] }),
    spin: exportTask(jobs.spin, { name: "spin", result: "usize" }),
  };
  const all = Object.values(tables);
  const source = await Deno.readTextFile(new URL("waiting.c", import.meta.url));
  const headers = Object.fromEntries(all.map((table) => [`${table.name}.h`, table.header()]));
  await withLibrary({ source, headers, flags: ["-pthread"], symbols: SYMBOLS }, async (c) => {
    for (const table of all) c[`${table.name as keyof Tables}_load`](table.pointers);
    await fn(c, tables);
  });
  clearLastError();
  for (const table of all) table.free();
}

const read = (c: C, index: number): string => Deno.UnsafePointerView.getCString(c.message(index)!);

/** Turns of the event loop, until so many threads of C wait. */
async function untilWaiting(c: C, count: number): Promise<void> {
  while (c.waiting() < count) await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => setTimeout(resolve, 20));
}

test("NAME_wait() on a thread of C's own keeps no other from cancelling", async (c) => {
  assertEquals(c.start_cancelling(), 0);
  await c.join(2);
  assertEquals({ errors: [read(c, 0), read(c, 1)] }, { errors: ["", ""] });
});

test("NAME_wait() on the thread of JavaScript makes the calls of others meanwhile, a cancellation too", (c) => {
  assertEquals({ wait: c.wait_and_join(-1), timed: c.wait_and_join(60_000) }, { wait: 0, timed: 0 });
});

test("NAME_wait() on two threads of C's own gives the result to one, and an error to the other", async (c) => {
  assertEquals(c.start_two(), 0);
  await untilWaiting(c, 2);
  c.cancel();
  await c.join(2);
  const errors = [read(c, 0), read(c, 1)].sort();
  assertEquals(errors[0], "");
  assertMatch(errors[1], /^Cannot wait for spin handle \d+: it was destroyed already$/);
});

test("NAME_wait() on a thread of C's own ends when the handle is destroyed", async (c) => {
  assertEquals(c.start_two(), 0);
  await untilWaiting(c, 2);
  c.destroy();
  await c.join(2);
  for (const index of [0, 1]) {
    assertMatch(read(c, index), /^Cannot wait for spin handle \d+: it was destroyed already$/);
  }
});

test("NAME_wait() on a thread of C's own ends when the table is closed", async (c, { spin }) => {
  assertEquals(c.start_two(), 0);
  await untilWaiting(c, 2);
  spin.close();
  await c.join(2);
  for (const index of [0, 1]) assertEquals(read(c, index), "Cannot call spin_wait: its table was closed");
});

test("NAME_wait_timeout() gives NULL and no error when the time is up, here and on a thread", async (c) => {
  const refusal = "Cannot wait for a job: expected some ms, 0 or more, got -1";
  assertEquals(c.wait_in_time_here(), 0);
  assertEquals({ negative: read(c, 0), failed: read(c, 1) }, { negative: refusal, failed: "because" });
  assertEquals(c.start_in_time(), 0);
  assertEquals(await c.join_in_time(), 0);
  assertEquals({ negative: read(c, 0), failed: read(c, 1) }, { negative: refusal, failed: "because" });
});

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

test("NAME_on_finish() calls back once, on the thread of JavaScript, when the job has ended", async (c) => {
  const handle = c.listen_to(1, 3);
  while (c.calls_so_far() === 0) await turn();
  await turn();
  assertEquals({ calls: c.calls_so_far(), handle: c.was_called_for(handle) }, { calls: 3, handle: 1 });
  assertEquals(c.poll_of(handle), 1);
  c.destroy_of(handle);
  await turn();
  assertEquals(c.calls_so_far(), 3);
});

test("NAME_on_finish() calls back when the handle is destroyed, and from close()", async (c, { sleep }) => {
  const handle = c.listen_to(100, 2);
  c.destroy_of(handle);
  assertEquals(c.calls_so_far(), 0);
  await turn();
  assertEquals(c.calls_so_far(), 2);
  c.listen_to(100, 2);
  sleep.close();
  assertEquals(c.calls_so_far(), 2);
  await turn();
  assertEquals(c.calls_so_far(), 2);
});

test("NAME_on_finish() refuses what is no handle, and what is no callback", (c) => {
  assertEquals(c.listen_badly(), 0);
  assertEquals(read(c, 0), "Cannot listen to sleep: expected a callback, got NULL");
  assertMatch(read(c, 1), /^Cannot listen to sleep handle 7: it is not a valid handle/);
});

test("the last error is each C thread's own, and JavaScript's another", async (c) => {
  updateLastError("ours");
  assertEquals(c.start_errors(), 0);
  await c.join(3);
  assertEquals(
    { errors: [0, 1, 2].map((index) => read(c, index)), right: [0, 1, 2].map((index) => c.turns_of(index)) },
    { errors: ["error 0", "error 1", "error 2"], right: [10n, 10n, 10n] },
  );
  assertEquals(errorMessage(), "ours");
});

test("the last error of a C thread is cut between characters when it is long", async (c) => {
  const text = new TextEncoder().encode(`${"ä🦕".repeat(1000)}\0`);
  assertEquals(c.start_long(text), 0);
  await c.join(1);
  const kept = "ä🦕".repeat(341); // of 6 bytes and 3 units each; one more character of 2 bytes would be 2,048
  assertEquals(
    { text: read(c, 0), bytes: c.turns_of(0), units: c.turns_of(1) },
    { text: kept, bytes: 341n * 6n + 1n, units: 341n * 3n + 1n },
  );
});

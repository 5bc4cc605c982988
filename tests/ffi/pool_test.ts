/** The threads that run C's jobs: how many there are, and who is told of errors that C does not ask for. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { exportTask, type FunctionTable, takeLastError } from "../../lib/ffi/mod.ts";
import { ThreadPool } from "../../lib/thread/mod.ts";
import { runDeno, withFolder } from "../programs.ts";
import { test } from "../thread/threaded.ts";
import { noCompiler, withLibrary } from "./compile.ts";
import * as jobs from "./jobs.ts";

/** Spawns so many jobs, one after the other, and destroys each at once; how many could not be spawned. */
const SOURCE = `
#define ASYNC_TASK_IMPLEMENTATION
#include "sleep.h"
#include "spin.h"
int spawn_and_destroy(int count, double ms);
int spawn_and_destroy(int count, double ms) {
  int failures = 0;
  for (int i = 0; i < count; i++) {
    uint64_t handle = sleep_spawn(ms);
    if (handle == 0) failures++;
    sleep_handle_destroy(handle);
  }
  return failures;
}
/* Cancels a job that waits for its thread: as a thread of its own would, it begins, and says how it ends. */
int cancel_in_queue(void);
int cancel_in_queue(void) {
  uint64_t first = sleep_spawn(20), second = spin_spawn();
  spin_cancel(second);
  int right = spin_cancelled(second) == 1;
  size_t *turns = NULL;
  while ((turns = spin_poll(second)) == NULL) if (last_error_length() != 0) return -1;
  right += *turns == 0;
  spin_result_destroy(turns);
  spin_handle_destroy(second);
  sleep_handle_destroy(first);
  return right;
}
int wait_for_all(int count);
int wait_for_all(int count) {
  static uint64_t handles[100];
  int right = 0;
  for (int i = 0; i < count; i++) handles[i] = sleep_spawn(i % 3);
  for (int i = 0; i < count; i++) {
    double *ms = sleep_wait(handles[i]);
    if (ms != NULL && *ms == i % 3) right++;
    sleep_result_destroy(ms);
  }
  return right;
}
`;

const SYMBOLS = {
  sleep_load: { parameters: ["buffer"], result: "void" },
  spin_load: { parameters: ["buffer"], result: "void" },
  cancel_in_queue: { parameters: [], result: "i32" },
  spawn_and_destroy: { parameters: ["i32", "f64"], result: "i32" },
  wait_for_all: { parameters: ["i32"], result: "i32" },
} as const;

const ignore = noCompiler !== "";

Deno.test({
  name: "NAME_spawn() starts as many threads as there may be, though C gives nobody else a turn" + noCompiler,
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const pool = new ThreadPool({ maxThreads: 3, name: "C" });
    const spin = exportTask(jobs.spin, { name: "spin", result: "usize", pool });
    const sleep = exportTask(jobs.sleep, { name: "sleep", result: "f64", parameters: ["f64"], pool });
    await withLibrary({
      source: SOURCE,
      headers: { "sleep.h": sleep.header(), "spin.h": spin.header() },
      symbols: SYMBOLS,
    }, (c) => {
      c.sleep_load(sleep.pointers);
      assertEquals({ failures: c.spawn_and_destroy(100, 0), areFew: pool.size <= 3 }, {
        failures: 0,
        areFew: true,
      });
      assertEquals({ right: c.wait_for_all(100), areFew: pool.size <= 3 }, { right: 100, areFew: true });
    });
    for (const table of [sleep, spin]) table.free();
    await pool.close();
  },
});

Deno.test({
  name: "NAME_cancel() leaves a job in the queue to begin, and to say how it ends" + noCompiler,
  ignore,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const pool = new ThreadPool({ maxThreads: 1 });
    const sleep = exportTask(jobs.sleep, { name: "sleep", result: "f64", parameters: ["f64"], pool });
    const spin = exportTask(jobs.spin, { name: "spin", result: "usize", pool });
    const headers = { "sleep.h": sleep.header(), "spin.h": spin.header() };
    await withLibrary({ source: SOURCE, headers, symbols: SYMBOLS }, (c) => {
      c.sleep_load(sleep.pointers);
      c.spin_load(spin.pointers);
      assertEquals(c.cancel_in_queue(), 2);
    });
    for (const table of [sleep, spin]) table.free();
    await pool.close();
  },
});

/** How many threads this process has. */
async function threads(): Promise<number> {
  return Number(/Threads:\s+(\d+)/.exec(await Deno.readTextFile("/proc/self/status"))![1]);
}

Deno.test({
  name: "NAME_spawn() uses a thread again that is idle, though C gives nobody else a turn" + noCompiler,
  ignore: ignore || Deno.build.os !== "linux",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const sleep = exportTask(jobs.sleep, { name: "sleep", result: "f64", parameters: ["f64"] });
    const spin = exportTask(jobs.spin, { name: "spin", result: "usize" });
    await withLibrary(
      { source: SOURCE, headers: { "sleep.h": sleep.header(), "spin.h": spin.header() }, symbols: SYMBOLS },
      async (c) => {
        c.sleep_load(sleep.pointers);
        c.wait_for_all(1);
        const before = await threads();
        assertEquals(c.spawn_and_destroy(100, 0), 0);
        const more = await threads() - before;
        assertEquals({ more, areFew: more < 30 }, { more, areFew: true });
      },
    );
    for (const table of [sleep, spin]) table.free();
  },
});

/** `NAME_spawn` and `NAME_handle_destroy`, as C calls them. */
function callable({ pointers }: FunctionTable) {
  const at = (index: number) => Deno.UnsafePointer.create(pointers[index]) as Deno.PointerObject<never>;
  const spawn = new Deno.UnsafeFnPointer(at(0), { parameters: ["buffer"], result: "u64" });
  const destroy = new Deno.UnsafeFnPointer(at(5), { parameters: ["u64"], result: "void" });
  const why = new TextEncoder().encode("boom\0");
  return { spawn: () => spawn.call(why), destroy: (handle: bigint) => destroy.call(handle) };
}

test("a job that has failed is told to the pool's onError, once, when C destroys it unasked", async () => {
  const errors: unknown[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const pool = new ThreadPool({
    maxThreads: 1,
    onError: (error, _id, tag) => {
      errors.push({ error: String(error), tag });
      resolve();
    },
  });
  const fails = exportTask(jobs.fails, {
    name: "fails",
    result: "f64",
    parameters: ["string"],
    tag: "T",
    pool,
  });
  const c = callable(fails);
  const handle = c.spawn();
  await pool.spawn(jobs.sleep, [0]); // on the same thread, after it
  assertEquals(errors, []);
  c.destroy(handle);
  await promise;
  fails.free();
  await pool.close();
  assertEquals({ errors, lastError: takeLastError() }, {
    errors: [{ error: "RangeError: boom", tag: "T" }],
    lastError: undefined,
  });
});

const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

const PROGRAM = `
import { exportTask } from ${url("../../lib/ffi/mod.ts")};
import { fails } from ${url("jobs.ts")};
const table = exportTask(fails, { name: "fails", result: "f64", parameters: ["string"], tag: "T" });
const pointer = (index) => Deno.UnsafePointer.create(table.pointers[index]);
const spawn = new Deno.UnsafeFnPointer(pointer(0), { parameters: ["buffer"], result: "u64" });
const destroy = new Deno.UnsafeFnPointer(pointer(5), { parameters: ["u64"], result: "void" });
const handle = spawn.call(new TextEncoder().encode("boom\\0"));
await new Promise((resolve) => setTimeout(resolve, Number(Deno.args[1])));
if (Deno.args[0] === "destroy") destroy.call(handle);
await new Promise((resolve) => setTimeout(resolve, 100));
console.log("alive");
`;

for (const what of ["destroy", "forget"]) {
  Deno.test(`a job that has failed is printed, and ends no process, when C comes to ${what} it unasked`, () =>
    withFolder(async (folder) => {
      const path = `${folder}/program.ts`;
      await Deno.writeTextFile(path, PROGRAM);
      const runFor = (ms: number) =>
        runDeno(["run", "-A", "--no-config", "--no-check", path, what, String(ms)]);
      let { code, stdout, stderr } = await runFor(250);
      // On a busy machine, the job may not have failed yet.
      for (let ms = 1000; stderr === "" && ms < 20_000; ms *= 4) {
        ({ code, stdout, stderr } = await runFor(ms));
      }
      assertEquals({ code, stdout }, { code: 0, stdout: "alive\n" });
      assertMatch(
        stderr,
        /^Task \d+ \("T"\) has failed, and C has not asked for the error: RangeError: boom/,
      );
      assertEquals(stderr.split("has failed").length, 2);
    }));
}

Deno.test("exportTask() refuses what is no pool", () => {
  const options = { name: "a", result: "void", pool: {} as ThreadPool } as const;
  assertThrows(
    () => exportTask(jobs.giving, options),
    TypeError,
    "Cannot export giving: expected a ThreadPool, got {}",
  );
});

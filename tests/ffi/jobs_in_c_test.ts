/** Jobs as compiled C sees them, through the generated headers. */
import { assertEquals, assertThrows } from "@std/assert";
import { type CType, exportTask, type FunctionTable, takeLastError } from "../../lib/ffi/mod.ts";
import * as jobs from "../thread/jobs.ts";
import { giving } from "./jobs.ts";
import { compiler, noCompiler, withLibrary } from "./compile.ts";

const sanitize = { sanitizeOps: false, sanitizeResources: false, ignore: compiler === undefined };

/** One field of every type, the narrow ones between the wide ones. */
const every: Record<string, CType> = {
  a: "bool",
  b: "u64",
  c: "u8",
  d: "f64",
  e: "i8",
  f: "u32",
  g: "u16",
  h: "i64",
  i: "i16",
  j: "f32",
  k: "i32",
  l: "usize",
  m: "bool",
  n: "isize",
};

/** Waits by polling, and then in one go; tells how each went. */
const SOURCE = `
#define ASYNC_TASK_IMPLEMENTATION
#include "every.h"
#include "failing.h"
#include "spin.h"

_Static_assert(offsetof(every_result, b) == 8 && offsetof(every_result, n) == 88, "fields");
_Static_assert(sizeof(every_result) == 96, "size");
_Static_assert(_Generic(((every_result *)0)->j, float: 1, default: 0), "types");

int32_t polled(void);
int32_t polled(void) {
  uint64_t handle = every_spawn();
  every_result *r = NULL;
  while (r == NULL) {
    r = every_poll(handle);
    if (r == NULL && last_error_length() != 0) return -1;
  }
  int32_t right = r->a && r->b == UINT64_MAX && r->c == 255 && r->d == 0.1 && r->e == -128 &&
    r->f == UINT32_MAX && r->g == 65535 && r->h == INT64_MIN && r->i == -32768 && r->j == 0.5f &&
    r->k == INT32_MIN && r->l == 7 && !r->m && r->n == -7;
  every_result_destroy(r);
  every_handle_destroy(handle);
  return right;
}

/* A failed poll leaves the handle to be destroyed; a wait uses it up, and so nothing can be done with it. */
int32_t failed(char *message, int length);
int32_t failed(char *message, int length) {
  uint64_t handle = failing_spawn();
  while (last_error_length() == 0) if (failing_poll(handle) != NULL) return -1;
  if (error_message_utf8(message, length) <= 0) return -2;
  clear_last_error();
  failing_handle_destroy(handle);
  if (last_error_length() != 0) return -3;
  handle = failing_spawn();
  if (failing_wait(handle) != NULL || last_error_length() == 0) return -4;
  clear_last_error();
  failing_handle_destroy(handle);
  if (last_error_length() == 0) return -5;
  clear_last_error();
  return failing_cancelled(handle) == -1 && last_error_length() != 0;
}

int32_t cancelled(void);
int32_t cancelled(void) {
  uint64_t handle = spin_spawn();
  if (spin_cancelled(handle) != 0) return -1;
  spin_cancel(handle);
  if (spin_cancelled(handle) != 1) return -2;
  if (spin_wait(handle) != NULL) return -3;
  return last_error_length() > 0;
}
`;

const symbols = {
  every_load: { parameters: ["buffer"], result: "void" },
  failing_load: { parameters: ["buffer"], result: "void" },
  spin_load: { parameters: ["buffer"], result: "void" },
  polled: { parameters: [], result: "i32" },
  failed: { parameters: ["buffer", "i32"], result: "i32" },
  cancelled: { parameters: [], result: "i32" },
} as const;

Deno.test({
  name: "exportTask() gives C a job's result, its error, and what it was cancelled for" + noCompiler,
  ...sanitize,
  fn: async () => {
    const tables: Record<string, FunctionTable> = {
      every: exportTask(jobs.everyType, { name: "every", result: every }),
      failing: exportTask(jobs.failing, { name: "failing", result: "f64" }),
      spin: exportTask(jobs.spin, { name: "spin", result: "void" }),
    };
    const headers = Object.fromEntries(
      Object.entries(tables).map(([name, table]) => [`${name}.h`, table.header()]),
    );
    await withLibrary({ source: SOURCE, headers, flags: ["-pedantic"], symbols }, (c) => {
      c.every_load(tables.every.pointers);
      c.failing_load(tables.failing.pointers);
      c.spin_load(tables.spin.pointers);
      const message = new Uint8Array(200);
      assertEquals(
        { polled: c.polled(), failed: c.failed(message, 200), hasError: takeLastError() !== undefined },
        { polled: 1, failed: 1, hasError: true },
      );
      assertEquals(new TextDecoder().decode(message).split("\0")[0], "out of range");
      assertEquals(
        { cancelled: c.cancelled(), lastError: takeLastError()?.replace(/\d+/, "7") },
        { cancelled: 1, lastError: "Task 7 was cancelled" },
      );
    });
    for (const table of Object.values(tables)) table.free();
  },
});

Deno.test("exportTask() refuses what is no job, and options that are none", () => {
  const options = { name: "a", result: "u8" } as const;
  for (const job of [undefined, null, {}, { spawn: 7 }, () => 1]) {
    assertThrows(() => exportTask(job as never, options), TypeError, "expected what defineTask() returns");
  }
  for (const bad of [undefined, {}, { ...options, name: 5 }, { ...options, parameters: 5 }]) {
    assertThrows(
      () => exportTask(giving, bad as never),
      TypeError,
      "Cannot export giving: expected its name",
    );
  }
  for (const name of ["int", "", "1a", "a-b"]) {
    assertThrows(() => exportTask(giving, { ...options, name }), TypeError, "it is not a name there");
  }
  assertThrows(() => exportTask(giving, { ...options, parameters: ["x" as never] }), TypeError, "not a type");
});

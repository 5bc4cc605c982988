/** Strings and bytes as C passes and gets them. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { cFunction, exportTask, FunctionTable } from "../../lib/ffi/mod.ts";
import { noCompiler, withLibrary } from "./compile.ts";
import * as jobs from "./jobs.ts";

const SYMBOLS = {
  greet_load: { parameters: ["buffer"], result: "void" },
  nul_load: { parameters: ["buffer"], result: "void" },
  profile_load: { parameters: ["buffer"], result: "void" },
  reverse_load: { parameters: ["buffer"], result: "void" },
  t_load: { parameters: ["buffer"], result: "void" },
  strings: { parameters: [], result: "i32" },
  bytes: { parameters: [], result: "i32" },
  fields: { parameters: [], result: "i32" },
  functions: { parameters: [], result: "i32" },
} as const;

const makeTables = () => ({
  greet: exportTask(jobs.greet, { name: "greet", parameters: ["string"], result: "string" }),
  nul: exportTask(jobs.withNul, { name: "nul", result: "string" }),
  profile: exportTask(jobs.profile, {
    name: "profile",
    parameters: ["string", "u32", "bytes", "bool"],
    result: {
      isNew: "bool",
      id: "u64",
      name: "string",
      age: "u32",
      photo: "bytes",
      empty: "string",
      nothing: "bytes",
    },
  }),
  reverse: exportTask(jobs.reverse, { name: "reverse", parameters: ["bytes"], result: "bytes" }),
  t: new FunctionTable("t", {
    measure: cFunction(["string", "bytes", "i32"], "i32", -1, (text, bytes, more) => {
      return text.length + bytes.length + more;
    }),
  }),
});

Deno.test({
  name: "strings and bytes are passed to jobs and functions, and given back, alone and as fields" +
    noCompiler,
  ignore: noCompiler !== "",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const tables = makeTables();
    const source = await Deno.readTextFile(new URL("strings.c", import.meta.url));
    const headers = Object.fromEntries(
      Object.entries(tables).map(([name, table]) => [`${name}.h`, table.header()]),
    );
    await withLibrary({ source, headers, symbols: SYMBOLS }, (c) => {
      for (const [name, { pointers }] of Object.entries(tables)) {
        c[`${name as keyof typeof tables}_load`](pointers);
      }
      assertEquals(
        { strings: c.strings(), bytes: c.bytes(), fields: c.fields(), functions: c.functions() },
        { strings: 0, bytes: 0, fields: 0, functions: 0 },
      );
    });
    for (const table of Object.values(tables)) table.free();
  },
});

Deno.test("header() spells strings and bytes, as parameters, results and fields", () => {
  const { greet, profile, reverse, ...others } = makeTables();
  const lines = [
    [greet, "uint64_t greet_spawn(const char *a0);", "char *greet_wait(uint64_t handle);"],
    [reverse, "uint64_t reverse_spawn(const uint8_t *a0, size_t a0_length);"],
    [reverse, "async_task_bytes *reverse_wait(uint64_t handle);"],
    [profile, "uint32_t a1, const uint8_t *a2, size_t a2_length, bool a3);"],
    [profile, "  const char *name;\n  uint32_t age;\n  async_task_bytes photo;\n"],
  ] as const;
  for (const [table, ...parts] of lines) for (const part of parts) assertStringIncludes(table.header(), part);
  for (const table of [greet, profile, reverse, ...Object.values(others)]) table.free();
});

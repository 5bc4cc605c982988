/** Headers as compilers see them: every standard of C and C++ that they are for, and every name that they may have. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  cFunction,
  clearLastError,
  exportTask,
  FunctionTable,
  TaskTable,
  updateLastError,
} from "../../lib/ffi/mod.ts";
import { run, withFolder } from "../programs.ts";
import { ready, spawn } from "../../mod.ts";
import { checkFields, checkNames } from "../../lib/ffi/names.ts";
import { compilers, withLibrary } from "./compile.ts";
import * as jobs from "./jobs.ts";

const C = ["c99", "c11", "gnu11", "c17"];
const CPP = ["c++11", "c++17", "c++20"];
const WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/** Compiles `source` in a folder with the `headers`. */
function syntax(
  [command, language, standard]: readonly string[],
  source: string,
  headers: Record<string, string>,
): Promise<string> {
  return withFolder(async (folder) => {
    for (const [name, text] of Object.entries(headers)) await Deno.writeTextFile(`${folder}/${name}`, text);
    await Deno.writeTextFile(`${folder}/source`, source);
    const args = ["-x", language, `-std=${standard}`, ...WARNINGS, "-c", "-o", `${folder}/out`];
    const { stderr } = await run(command, [...args, `-I${folder}`, `${folder}/source`]);
    return stderr;
  });
}

/** A table of every kind, of all types. */
function tables(): FunctionTable[] {
  const extremes = new FunctionTable("extremes", {
    least: cFunction([], "i64", -(2n ** 63n), () => 0),
    less: cFunction([], "i32", -(2 ** 31), () => 0),
    most: cFunction([], "u64", 2n ** 64n - 1n, () => 0),
    huge: cFunction([], "f32", 1e300, () => 0),
    large: cFunction([], "f64", 1e21, () => 0),
    minus: cFunction([], "f64", -0, () => 0),
    odd: cFunction([], "f64", NaN, () => 0),
    truth: cFunction(["bool", "u8", "i8", "u16", "i16", "u32", "i32"], "bool", false, () => true),
    text: cFunction(["string", "bytes", "pointer"], "pointer", null, () => null),
    none: cFunction([], "void", undefined, () => {}),
  });
  return [
    new TaskTable(),
    extremes,
    new FunctionTable("empty", {}),
    exportTask(jobs.profile, {
      name: "profile",
      parameters: ["string", "u32", "bytes", "bool"],
      result: { id: "u64", isNew: "bool", name: "string", age: "u32", photo: "bytes" },
    }),
    exportTask(jobs.greet, { name: "greet", parameters: ["string"], result: "string" }),
    exportTask(jobs.giving, { name: "nothing", result: {} }),
    exportTask(jobs.giving, { name: "blank", result: "void" }),
    // Names that differ by case alone, and those that were taken by the headers themselves.
    exportTask(jobs.giving, { name: "errors", result: "u8" }),
    exportTask(jobs.spin, { name: "spin", result: "usize" }),
    exportTask(jobs.spin, { name: "Spin", result: "usize" }),
  ];
}

for (const { c, cpp } of compilers) {
  const standards = [
    ...C.map((standard) => [c, "c", standard]),
    ...cpp === undefined ? [] : CPP.map((standard) => [cpp, "c++", standard]),
  ];
  for (const standard of standards) {
    Deno.test(`header() compiles without a warning when it is ${standard[2]} for ${standard[0]}`, async () => {
      const all = tables();
      const headers = Object.fromEntries(all.map((table) => [`h_${table.name}.h`, table.header()]));
      const includes = Object.keys(headers).map((name) => `#include "${name}"\n`).join("");
      const use = "int use(void);\nint use(void) { return last_error_length(); }\n";
      for (const before of ["", "#define ASYNC_TASK_IMPLEMENTATION\n"]) {
        assertEquals(await syntax(standard, `${before}${includes}${includes}${use}`, headers), "");
      }
      // Each alone; that is not another matter in another standard.
      const isFirst = standard[2] === C[0] || standard[2] === CPP[0];
      for (const [name, text] of isFirst ? Object.entries(headers) : []) {
        const alone = `#define ASYNC_TASK_IMPLEMENTATION\n#include "${name}"\n`;
        assertEquals(await syntax(standard, alone, { [name]: text }), "", name);
      }
      for (const table of all) table.free();
    });
  }
}

Deno.test("header() says how a result is freed, and how not", () => {
  const spin = exportTask(jobs.spin, { name: "spin", result: "usize" });
  assertStringIncludes(spin.header(), "A result is freed with spin_result_destroy, and not with free().");
  spin.free();
});

/** What a name can be in a header. */
const uses = {
  field: (name: string) => checkFields("q_result", [name]),
  key: (name: string) => checkNames("q", [name]),
  table: (name: string) => checkNames(name, ["get"]),
};

const isRefused = (check: () => void): boolean => {
  try {
    check();
    return false;
  } catch {
    return true;
  }
};

Deno.test("FunctionTable refuses names that C or C++ can't have", () => {
  const keywords =
    "asm and or xor not compl bitand bitor and_eq requires concept decltype wchar_t char8_t co_await consteval " +
    "const_cast typeof linux unix int class NULL NAN INFINITY INT8_MAX UINT64_C SIZE_MAX EOF errno size_t uint8_t";
  const accepted = keywords.split(" ").flatMap((name) =>
    Object.entries(uses).filter(([, check]) => !isRefused(() => check(name))).map(([use]) => `${use} ${name}`)
  );
  assertEquals(accepted, []);
  for (const name of ["async_task", "async_task_x", "ASYNC_TASK"]) {
    assertThrows(() => new FunctionTable(name, {}), TypeError, "it is a name of this package's headers");
  }
});

Deno.test("FunctionTable takes names that only look as if C had them", () => {
  const names =
    "min max mean count id index first last error data length size name time clock timer value e i".split(
      " ",
    );
  const refused = names.flatMap((name) =>
    Object.entries(uses).filter(([, check]) => isRefused(() => check(name))).map(([use]) => `${use} ${name}`)
  );
  assertEquals(refused, []);
});

Deno.test("FunctionTable refuses what is two names in one header", () => {
  const get = cFunction([], "i32", -1, () => 1);
  for (
    const [name, key, whole] of [
      ["last", "error_length", "last_error_length"],
      ["last", "error_length_utf16", "last_error_length_utf16"],
      ["clear_last", "error", "clear_last_error"],
      ["error", "message_utf8", "error_message_utf8"],
    ]
  ) {
    assertThrows(
      () => new FunctionTable(name, { [key]: get }),
      TypeError,
      `Cannot make ${whole}: every header has`,
    );
  }
  for (const key of ["errors", "functions", "load", "loaded", "table", "owner", "serve"]) {
    assertThrows(() => new FunctionTable("t", { [key]: get }), TypeError, "the header has one already");
  }
  assertThrows(() => new FunctionTable("pthread", { create: get }), TypeError, '"pthread_create"');
  assertThrows(() => new FunctionTable("t", { t_table: get }), TypeError, "it is a type of the header's");
  assertThrows(
    () => exportTask(jobs.profile as never, { name: "q", result: { q_result: "u8" } as never }),
    TypeError,
    "it is a type of the header's",
  );
});

/** Every word that the headers bring along, as the compiler sees them. */
async function wordsOf(compiler: string, header: string): Promise<string[]> {
  const macros = await run(compiler, ["-std=gnu11", "-dM", "-E", "-x", "c", header]);
  const text = await run(compiler, ["-std=gnu11", "-E", "-x", "c", header]);
  const defined = [...macros.stdout.matchAll(/^#define (\w+)/gm)].map(([, name]) => name);
  const declared = text.stdout.match(/\b[A-Za-z]\w*\b/g)!;
  return [...new Set([...defined, ...declared])].filter((name) => /^(?!empty_)[A-Za-z]/.test(name));
}

for (const { c, cpp } of compilers) {
  Deno.test(`every name that is accepted compiles, whatever the headers bring along, with ${c}`, async () => {
    const table = tables();
    const text = table[2].header();
    for (const each of table) each.free();
    await withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/h.h`, `#define ASYNC_TASK_IMPLEMENTATION\n${text}`);
      const words = await wordsOf(c, `${folder}/h.h`);
      assertEquals(words.length > 500, true);
      const { headers, source } = makeUse(words);
      for (const standard of [[c, "c", "gnu11"], ...cpp === undefined ? [] : [[cpp, "c++", "gnu++17"]]]) {
        assertEquals(await syntax(standard, source, headers), "");
      }
    });
  });
}

/** One program that has all of these names for all that they may be. */
function makeUse(words: readonly string[]): { headers: Record<string, string>; source: string } {
  const get = cFunction([], "i32", -1, () => 1);
  const accepted = (check: (name: string) => void) => words.filter((name) => !isRefused(() => check(name)));
  const fields = Object.fromEntries(
    accepted((name) => checkFields("fields_result", [name])).map((name) => [name, "u8"]),
  );
  const keys = Object.fromEntries(accepted((name) => checkNames("keys", [name])).map((name) => [name, get]));
  const all = [
    exportTask(jobs.giving, { name: "fields", result: fields as Record<string, "u8"> }),
    new FunctionTable("keys", keys),
  ];
  for (const [name, parts] of splits(words)) {
    const ok = parts.filter((key) => !isRefused(() => checkNames(name, [key])));
    if (ok.length > 0) all.push(new FunctionTable(name, Object.fromEntries(ok.map((key) => [key, get]))));
  }
  const headers = Object.fromEntries(all.map((table, index) => [`h${index}.h`, table.header()]));
  for (const table of all) table.free();
  const includes = Object.keys(headers).map((name) => `#include "${name}"\n`).join("");
  return { headers, source: `#define ASYNC_TASK_IMPLEMENTATION\n${includes}` };
}

/** What could be the name of a table, and those of its functions. */
function splits(words: readonly string[]): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const word of words) {
    const [, name, key] = /^([A-Za-z0-9]+)_(\w+)$/.exec(word) ?? [];
    if (name !== undefined) all.set(name, [...all.get(name) ?? [], key]);
  }
  return all;
}

const CLASS = `
#define ASYNC_TASK_IMPLEMENTATION
#include "async_task.h"
#include "greet.h"
#include <string>

/* A result that frees itself. */
struct Greeting {
  char *text;
  explicit Greeting(uint64_t handle) : text(greet_wait(handle)) {}
  ~Greeting() { greet_result_destroy(text); }
};

extern "C" int32_t greets(const char *name) {
  const Greeting greeting(greet_spawn(name));
  return greeting.text != nullptr && std::string(greeting.text) == "Hello, " + std::string(name) + "!";
}

extern "C" int32_t runs(async_task task) {
  return async_task_run(task);
}
`;

for (const { cpp } of compilers) {
  Deno.test({
    name: `a library in C++ runs jobs and tasks, compiled by ${cpp}`,
    ignore: cpp === undefined,
    sanitizeResources: false,
    sanitizeOps: false,
    fn: async () => {
      const tables = new TaskTable();
      const greet = exportTask(jobs.greet, { name: "greet", parameters: ["string"], result: "string" });
      const headers = { "async_task.h": tables.header(), "greet.h": greet.header() };
      const symbols = {
        async_task_load: { parameters: ["buffer"], result: "void" },
        greet_load: { parameters: ["buffer"], result: "void" },
        greets: { parameters: ["buffer"], result: "i32" },
        runs: { parameters: ["u64"], result: "i32" },
      } as const;
      await withLibrary({ source: CLASS, headers, symbols, language: [cpp!, "c++11"] }, async (c) => {
        c.async_task_load(tables.pointers);
        c.greet_load(greet.pointers);
        const [task, handle] = spawn(ready("ran"), () => {}, 1);
        const name = new TextEncoder().encode("Ada\0");
        assertEquals(
          { greets: c.greets(name), runs: c.runs(BigInt(tables.intoRaw(task))), output: await handle },
          { greets: 1, runs: 0, output: "ran" },
        );
      });
      tables.free();
      greet.free();
    },
  });
}

const LAST = `
#define ASYNC_TASK_IMPLEMENTATION
#include "one.h"
#include "two.h"
int length(void);
int length(void) { return last_error_length(); }
`;

const ignore = compilers.length === 0;

Deno.test({
  name:
    "NAME_load(NULL) has C forget the last error's functions, too, and free() leaves those of other tables",
  ignore,
  fn: async () => {
    const tables = ["one", "two"].map((name) =>
      new FunctionTable(name, { fail: cFunction([], "i32", -1, () => -1) })
    );
    const headers = Object.fromEntries(tables.map((table) => [`${table.name}.h`, table.header()]));
    const symbols = {
      one_load: { parameters: ["buffer"], result: "void" },
      two_load: { parameters: ["buffer"], result: "void" },
      length: { parameters: [], result: "i32" },
    } as const;
    await withLibrary({ source: LAST, headers, symbols }, (c) => {
      c.one_load(tables[0].pointers);
      c.two_load(tables[1].pointers);
      updateLastError("four");
      c.two_load(null);
      tables[1].free();
      assertEquals(c.length(), 5);
      c.one_load(null);
      tables[0].free();
      assertEquals(c.length(), 0);
      clearLastError();
    });
  },
});

Deno.test({
  name: "free() leaves the functions of the last error to those who have other tables, without a header",
  fn: () => {
    const [one, two] = ["one", "two"].map((name) => new FunctionTable(name, {}));
    const pointer = Deno.UnsafePointer.create(two.pointers[0])!;
    const length = new Deno.UnsafeFnPointer(pointer as Deno.PointerObject<never>, {
      parameters: [],
      result: "i32",
    });
    updateLastError("four");
    two.free();
    assertEquals(length.call(), 5);
    clearLastError();
    one.free();
  },
});

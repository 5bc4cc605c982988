/** Tables of functions: what C gets of them, whatever it does, and whatever they do. */
import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import {
  cFunction,
  clearLastError,
  FunctionTable,
  takeLastError,
  updateLastError,
} from "../../lib/ffi/mod.ts";
import { noCompiler, withLibrary } from "./compile.ts";

const ignore = noCompiler !== "";

Deno.test("FunctionTable gives an address for each function, those of the last error, and one for threads", () => {
  const table = new FunctionTable("two", {
    one: cFunction([], "void", undefined, () => {}),
    two: cFunction(["f64"], "f64", NaN, (x) => x),
  });
  const addresses = table.pointers.subarray(0, -1); // the last one says which thread this is
  assertEquals(
    { count: addresses.length, distinct: new Set(addresses).size },
    { count: 2 + 5 + 1, distinct: 2 + 5 + 1 },
  );
  assertEquals(table.pointers.every((address) => address > 4096n), true);
  table.free();
});

Deno.test("FunctionTable refuses what is no name in C, and what is no function", () => {
  const one = cFunction([], "void", undefined, () => {});
  for (const name of ["", "a b", "1", "_a", "é", "int", "x;"]) {
    assertThrows(() => new FunctionTable(name, {}), TypeError, "it is not a name there");
    assertThrows(() => new FunctionTable("ok", { [name]: one }), TypeError, "it is not a name there");
  }
  assertThrows(
    () => new FunctionTable("ok", { f: (() => (() => {}))() as never }),
    TypeError,
    "Cannot make ok_f: expected what cFunction() returns, got a function",
  );
  assertThrows(() => new FunctionTable("ok", { f: null as never }), TypeError, "Cannot make ok_f");
});

Deno.test("cFunction() refuses what is no type, no body, or no fallback", () => {
  assertThrows(
    () => cFunction(["int" as never], "void", undefined, () => {}),
    TypeError,
    'Cannot use "int" in C',
  );
  assertThrows(
    () => cFunction(["constructor" as never], "void", undefined, () => {}),
    TypeError,
    "it is not a type",
  );
  assertThrows(() => cFunction([], "string" as never, 0 as never, () => 0 as never), TypeError, "not a type");
  assertThrows(() => cFunction([], "i32", 0, 7 as never), TypeError, "its body is not a function, got 7");
  assertThrows(() => cFunction([], "i32", 2 ** 31, () => 0), TypeError, "it can't return its fallback");
  assertThrows(() => cFunction([], "u8", -1, () => 0), TypeError, "it can't return its fallback");
});

/** What C gets, and the last error is. */
interface Got {
  value: unknown;
  error: string | undefined;
}

const gives = (value: unknown): Got => ({ value, error: undefined });
const fails = (value: unknown, why: string): Got => ({ value, error: `Cannot return from t_get: ${why}` });

/** What C gets when it calls a function of this type that returns one of these values. */
function returned(
  type: string,
  fallback: unknown,
  values: unknown[],
  call: (fn: Deno.PointerObject) => unknown,
): Got[] {
  let value: unknown;
  const table = new FunctionTable("t", {
    get: cFunction([], type as "i32", fallback as number, () => value as number),
  });
  const results = values.map((each) => {
    value = each;
    clearLastError();
    return { value: call(Deno.UnsafePointer.create(table.pointers[0])!), error: takeLastError() };
  });
  table.free();
  return results;
}

const RETURNING = `
#include <stdint.h>
#include <stdbool.h>
#define CALL(name, type) type name(type (*f)(void)); type name(type (*f)(void)) { return f(); }
CALL(i32, int32_t) CALL(u8, uint8_t) CALL(u64, uint64_t) CALL(i64, int64_t) CALL(f64, double) CALL(boolean, bool)
CALL(address, uint64_t)
`;

Deno.test({
  name: "cFunction() returns to C what is of its type, and its fallback for what isn't" + noCompiler,
  ignore,
  fn: () =>
    withLibrary({
      source: RETURNING,
      symbols: {
        i32: { parameters: ["function"], result: "i32" },
        u8: { parameters: ["function"], result: "u8" },
        u64: { parameters: ["function"], result: "u64" },
        i64: { parameters: ["function"], result: "i64" },
        f64: { parameters: ["function"], result: "f64" },
        boolean: { parameters: ["function"], result: "bool" },
        address: { parameters: ["function"], result: "u64" },
      },
    }, ({ i32, u8, u64, i64, f64, boolean, address }) => {
      assertEquals(returned("i32", -7, [0, -0, 2 ** 31 - 1, -(2 ** 31)], i32), [
        gives(0),
        gives(0),
        gives(2 ** 31 - 1),
        gives(-(2 ** 31)),
      ]);
      const all = [1n, 2 ** 31, 1.5, NaN, "1", null, undefined, Promise.resolve(1), {}];
      const range = "an integer from -2147483648 to 2147483647";
      assertEquals(
        returned("i32", -7, all, i32),
        [
          "a number, got 1n",
          `${range}, got 2147483648`,
          `${range}, got 1.5`,
          `${range}, got NaN`,
          'a number, got "1"',
          "a number, got null",
          "a number, got undefined",
          "a number, got Promise",
          "a number, got {}",
        ].map((expected) => fails(-7, `expected ${expected}`)),
      );
      assertEquals(returned("u8", 9, [255, 256, -1], u8), [
        gives(255),
        fails(9, "expected an integer from 0 to 255, got 256"),
        fails(9, "expected an integer from 0 to 255, got -1"),
      ]);
      assertEquals(returned("u64", 9n, [2 ** 53 - 1, 2n ** 64n - 1n, 2n ** 64n, 2 ** 53, -1], u64), [
        gives(2n ** 53n - 1n),
        gives(2n ** 64n - 1n),
        fails(9n, "expected an integer from 0 to 18446744073709551615, got 18446744073709551616n"),
        fails(9n, "expected a safe integer from 0 to 18446744073709551615, got 9007199254740992"),
        fails(9n, "expected a safe integer from 0 to 18446744073709551615, got -1"),
      ]);
      assertEquals(returned("i64", 0, [-5, -(2n ** 63n), true], i64), [
        gives(-5n),
        gives(-(2n ** 63n)),
        fails(0n, "expected a number or a bigint, got true"),
      ]);
      assertEquals(returned("f64", NaN, [1.5, Infinity, 1n], f64), [
        gives(1.5),
        gives(Infinity),
        fails(NaN, "expected a number, got 1n"),
      ]);
      assertEquals(returned("bool", false, [true, false, 1], boolean), [
        gives(true),
        gives(false),
        fails(false, "expected a boolean, got 1"),
      ]);
      const somewhere = Deno.UnsafePointer.create(4096n);
      assertEquals(returned("pointer", null, [null, somewhere, {}, 4096n], address), [
        gives(0n),
        gives(4096n),
        fails(0n, "expected a pointer of Deno's, or null, got {}"),
        fails(0n, "expected a pointer of Deno's, or null, got 4096n"),
      ]);
    }),
});

/** A library that calls what it is given, as often as it is told. */
const CALLER = `
#define ASYNC_TASK_IMPLEMENTATION
#include "t.h"
int32_t twice(int32_t x);
int32_t twice(int32_t x) {
  int32_t first = t_add(x, 1);
  return first < 0 ? first : t_add(first, x);
}
int read_utf8(char *buffer, int length);
int read_utf8(char *buffer, int length) { return error_message_utf8(buffer, length); }
int read_utf16(uint16_t *buffer, int length);
int read_utf16(uint16_t *buffer, int length) { return error_message_utf16(buffer, length); }
int lengths(void);
int lengths(void) { return last_error_length() * 1000 + last_error_length_utf16(); }
void forget(void);
void forget(void) { clear_last_error(); }
double many(void);
double many(void) { return t_many(-1, 2, 3, 4, 5, true, NULL); }
void run(void);
void run(void) { t_run(); }
`;

const SYMBOLS = {
  t_load: { parameters: ["buffer"], result: "void" },
  twice: { parameters: ["i32"], result: "i32" },
  read_utf8: { parameters: ["buffer", "i32"], result: "i32" },
  read_utf16: { parameters: ["buffer", "i32"], result: "i32" },
  lengths: { parameters: [], result: "i32" },
  forget: { parameters: [], result: "void" },
  many: { parameters: [], result: "f64" },
  run: { parameters: [], result: "void" },
} as const;

type Caller = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Calls `fn` with a table, and a library that calls its functions. */
function withCaller(
  fn: (symbols: Caller, table: FunctionTable, doing: { run: () => void }) => void | Promise<void>,
): Promise<void> {
  const doing = { run: () => {} };
  const table = new FunctionTable("t", {
    add: cFunction(["i32", "i32"], "i32", -1, (a, b) => {
      if (b === 13) throw new RangeError("Cannot add 13: it is unlucky 🦕");
      return a + b;
    }),
    many: cFunction(
      ["i8", "u16", "f32", "i64", "usize", "bool", "pointer"],
      "f64",
      NaN,
      (a, b, c, d, e, f, g) => a + b + c + Number(d) + Number(e) + Number(f) + (g === null ? 0.5 : 0),
    ),
    run: cFunction([], "void", undefined, () => doing.run()),
  });
  const library = { source: CALLER, headers: { "t.h": table.header() }, symbols: SYMBOLS };
  return withLibrary(library, async (symbols) => {
    try {
      symbols.t_load(table.pointers);
      await fn(symbols, table, doing);
    } finally {
      clearLastError();
      table.free();
    }
  });
}

Deno.test({
  name: "FunctionTable makes functions that C calls, with arguments of all types" + noCompiler,
  ignore,
  fn: () =>
    withCaller((symbols) => {
      assertEquals(symbols.twice(20), 41);
      assertEquals(symbols.many(), -1 + 2 + 3 + 4 + 5 + 1 + 0.5);
      assertEquals(symbols.lengths(), 0);
    }),
});

Deno.test({
  name: "FunctionTable gives C the fallback and the last error when a function throws" + noCompiler,
  ignore,
  fn: () =>
    withCaller((symbols) => {
      assertEquals(symbols.twice(13), -1); // the second call throws
      const text = "Cannot add 13: it is unlucky 🦕";
      const bytes = new TextEncoder().encode(text).length + 1;
      assertEquals(symbols.lengths(), bytes * 1000 + text.length + 1);
      assertEquals(symbols.twice(1), 3);
      assertEquals(symbols.lengths(), bytes * 1000 + text.length + 1); // stays until it is cleared
      symbols.forget();
      assertEquals(symbols.lengths(), 0);
    }),
});

Deno.test({
  name: "error_message_utf8() writes the message if there is room, and says -1 if there isn't" + noCompiler,
  ignore,
  fn: () =>
    withCaller((symbols) => {
      const buffer = new Uint8Array(16).fill(0xaa);
      assertEquals(
        { length: symbols.read_utf8(buffer, 16), ofNull: symbols.read_utf8(null, 0) },
        { length: 0, ofNull: 0 },
      );
      updateLastError("größer");
      for (const length of [8, 0, -1, -(2 ** 31)]) assertEquals(symbols.read_utf8(buffer, length), -1);
      assertEquals(
        { withLength: symbols.read_utf8(null, 16), withoutLength: symbols.read_utf8(null, 0) },
        { withLength: -1, withoutLength: -1 },
      );
      assertEquals(buffer, new Uint8Array(16).fill(0xaa));
      assertEquals(
        { exact: symbols.read_utf8(buffer, 9), roomy: symbols.read_utf8(buffer, 16) },
        { exact: 9, roomy: 9 },
      );
      assertEquals(new TextDecoder().decode(buffer.subarray(0, 9)), "größer\0");
      assertEquals(buffer[9], 0xaa);
    }),
});

Deno.test({
  name: "error_message_utf16() is given units and answers bytes, as in Rust" + noCompiler,
  ignore,
  fn: () =>
    withCaller((symbols) => {
      const buffer = new Uint16Array(8).fill(0xaaaa);
      assertEquals(
        { length: symbols.read_utf16(buffer, 8), ofNull: symbols.read_utf16(null, 0) },
        { length: 0, ofNull: 0 },
      );
      updateLastError("ö🦕");
      for (const length of [3, 0, -1, -(2 ** 31)]) assertEquals(symbols.read_utf16(buffer, length), -1);
      assertEquals(symbols.read_utf16(null, 8), -1);
      assertEquals(buffer, new Uint16Array(8).fill(0xaaaa));
      assertEquals(symbols.read_utf16(buffer, 4), 8);
      assertEquals(String.fromCharCode(...buffer.subarray(0, 4)), "ö🦕\0");
      assertEquals(buffer[4], 0xaaaa);
    }),
});

Deno.test({
  name: "close() has every function answer with an error, and those of the last error go on" + noCompiler,
  ignore,
  fn: () =>
    withCaller((symbols, table) => {
      assertEquals({ twice: symbols.twice(20), isClosed: table.isClosed }, { twice: 41, isClosed: false });
      table.close();
      table.close();
      assertEquals({ twice: symbols.twice(20), isClosed: table.isClosed }, { twice: -1, isClosed: true });
      const buffer = new Uint8Array(100);
      const length = symbols.read_utf8(buffer, 100);
      assertEquals(
        new TextDecoder().decode(buffer.subarray(0, length)),
        "Cannot call t_add: its table was closed\0",
      );
      assertEquals(symbols.many(), NaN);
      symbols.forget();
      assertEquals(symbols.lengths(), 0);
    }),
});

Deno.test({
  name: "close() may be called by a function of the table, and free() may not" + noCompiler,
  ignore,
  fn: () =>
    withCaller((symbols, table, doing) => {
      doing.run = () => table.free();
      symbols.run();
      assertEquals(takeLastError(), "Cannot free table t: C is calling one of its functions");
      doing.run = () => {
        table.close();
        symbols.twice(1);
      };
      symbols.run();
      assertEquals(takeLastError(), "Cannot call t_add: its table was closed");
    }),
});

Deno.test("free() may be called twice, and close() after it", () => {
  const table = new FunctionTable("t", { one: cFunction([], "void", undefined, () => {}) });
  for (let i = 0; i < 2; i++) table.free();
  table.close();
  table[Symbol.dispose]();
  assertEquals(
    { isClosed: table.isClosed, functions: table.pointers.length },
    { isClosed: true, functions: 1 + 5 + 1 + 1 },
  );
});

Deno.test({
  name: "NAME_load() forgets the table when it is given NULL, and functions without a table fail" +
    noCompiler,
  ignore,
  fn: () =>
    withCaller((symbols, table) => {
      symbols.t_load(null);
      table.free();
      assertEquals({ twice: symbols.twice(20), many: symbols.many() }, { twice: -1, many: NaN });
      symbols.run();
    }),
});

Deno.test({
  name: "FunctionTable survives functions that call each other until the stack is full" + noCompiler,
  ignore,
  fn: () =>
    withCaller((symbols, table, doing) => {
      let calls = 0;
      doing.run = () => {
        calls++;
        symbols.run();
      };
      assertEquals(symbols.twice(20), 41);
      try {
        symbols.run();
      } catch (error) {
        assertMatch(String(error), /RangeError/);
      }
      assertEquals(calls > 100, true);
      assertEquals({ twice: symbols.twice(20), isClosed: table.isClosed }, { twice: 41, isClosed: false });
      doing.run = () => table.free();
      symbols.run();
      assertStringIncludes(takeLastError() ?? "", "C is calling one of its functions");
      table.close();
    }),
});

Deno.test("header() spells every type, and reads the same in every program", () => {
  const table = new FunctionTable("all", {
    none: cFunction([], "void", undefined, () => {}),
    wide: cFunction(["u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64"], "u64", 2n ** 64n - 1n, () => 0),
    rest: cFunction(["usize", "isize", "f32", "f64", "bool", "pointer"], "f64", -Infinity, () => 0),
    negative: cFunction([], "i64", -5n, () => 0),
    where: cFunction([], "pointer", null, () => null),
    infinite: cFunction([], "f32", Infinity, () => 0),
    odd: cFunction([], "f32", NaN, () => 0),
  });
  const header = table.header();
  for (
    const line of [
      "ASYNC_TASK_API void all_none(void);",
      "uint64_t all_wide(uint8_t a0, int8_t a1, uint16_t a2, int16_t a3, uint32_t a4, int32_t a5, uint64_t a6, int64_t a7);",
      "double all_rest(size_t a0, ptrdiff_t a1, float a2, double a3, bool a4, void *a5);",
      "18446744073709551615ull;",
      ": -INFINITY;",
      ": -5ll;",
      "ASYNC_TASK_API void *all_where(void);",
      ": INFINITY;",
      ": NAN;",
      ": NULL;",
    ]
  ) assertStringIncludes(header, line);
  assertEquals(table.header(), header);
  table.free();
});

Deno.test({
  name: "header() compiles without a warning, alone and beside another" + noCompiler,
  ignore,
  fn: async () => {
    const one = new FunctionTable("one", {
      get: cFunction(["u64", "pointer"], "i64", -5n, () => 0),
      where: cFunction([], "pointer", null, () => null),
      odd: cFunction([], "f32", NaN, () => 0),
    });
    const two = new FunctionTable("two", { get: cFunction([], "bool", false, () => true) });
    const headers = { "one.h": one.header(), "two.h": two.header() };
    const flags = ["-pedantic"];
    const declared = `#include "one.h"\n#include "two.h"\n#include "one.h"\n`;
    await withLibrary({ source: declared, headers, flags, symbols: {} }, () => {});
    const symbols = {
      one_load: { parameters: ["buffer"], result: "void" },
      two_load: { parameters: ["buffer"], result: "void" },
      two_get: { parameters: [], result: "bool" },
      last_error_length: { parameters: [], result: "i32" },
    } as const;
    const source = `#define ASYNC_TASK_IMPLEMENTATION\n${declared}`;
    await withLibrary({ source, headers, flags, symbols }, ({ two_load, two_get, last_error_length }) => {
      assertEquals({ got: two_get(), length: last_error_length() }, { got: false, length: 0 });
      updateLastError("four");
      two_load(two.pointers);
      assertEquals({ got: two_get(), length: last_error_length() }, { got: true, length: 5 });
      clearLastError();
    });
    one.free();
    two.free();
  },
});

const THREADS = `
#define ASYNC_TASK_IMPLEMENTATION
#include "t.h"
#include <pthread.h>
static pthread_t thread;
static int32_t calls, sum;
static char message[100];
static void *work(void *unused) {
  (void)unused;
  for (int32_t i = 0; i < calls; i++) sum += t_add(i, 1);
  t_run();
  if (error_message_utf8(message, sizeof message) != last_error_length()) sum = -1;
  return NULL;
}
const char *read_message(void);
const char *read_message(void) { return message; }
int start(int32_t count);
int start(int32_t count) {
  calls = count;
  sum = 0;
  return pthread_create(&thread, NULL, work, NULL);
}
int32_t join(void);
int32_t join(void) {
  pthread_join(thread, NULL);
  return sum;
}
`;

Deno.test({
  name: "FunctionTable answers calls of a C thread, errors included" + noCompiler,
  ignore,
  fn: async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const table = new FunctionTable("t", {
      add: cFunction(["i32", "i32"], "i32", -1000, (a, b) => {
        if (a === 3) throw new RangeError("Cannot add to 3");
        return a + b;
      }),
      run: cFunction([], "void", undefined, () => resolve()),
    });
    await withLibrary({
      source: THREADS,
      headers: { "t.h": table.header() },
      flags: ["-pthread"],
      symbols: {
        t_load: { parameters: ["buffer"], result: "void" },
        start: { parameters: ["i32"], result: "i32" },
        join: { parameters: [], result: "i32", nonblocking: true },
        read_message: { parameters: [], result: "pointer" },
      },
    }, async ({ t_load, start, join, read_message }) => {
      const read = () => Deno.UnsafePointerView.getCString(read_message()!);
      t_load(table.pointers);
      table.ref();
      assertEquals(start(10), 0);
      await promise;
      assertEquals(await join(), 1 + 2 + 3 - 1000 + 5 + 6 + 7 + 8 + 9 + 10);
      assertEquals({ theirs: read(), ours: takeLastError() }, { theirs: "Cannot add to 3", ours: undefined });
      table.unref();
      table.close();
      start(2);
      assertEquals(await join(), -2000);
      const error = "Cannot call t_run: its table was closed";
      assertEquals({ theirs: read(), ours: takeLastError() }, { theirs: error, ours: undefined });
    });
    table.free();
  },
});

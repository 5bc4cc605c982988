/** What C gets of a job, called as C would. */
import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { exportTask, type FunctionTable, type ResultType, takeLastError } from "../../lib/ffi/mod.ts";
import * as jobs from "../thread/jobs.ts";
import { giving } from "./jobs.ts";
import { test } from "../thread/threaded.ts";

/** The functions of a table, through their addresses. */
function load({ pointers }: FunctionTable, parameters: Deno.NativeType[] = []) {
  const at = (index: number) => Deno.UnsafePointer.create(pointers[index])!;
  const fn = <const P extends Deno.NativeType[], const R extends Deno.NativeResultType>(
    index: number,
    parameters: P,
    result: R,
  ) => {
    const native = new Deno.UnsafeFnPointer(at(index) as never, { parameters, result });
    return native.call.bind(native) as (...args: unknown[]) => unknown;
  };
  return {
    spawn: fn(0, parameters, "u64") as (...args: unknown[]) => bigint,
    poll: fn(1, ["u64"], "pointer") as (handle: bigint) => Deno.PointerValue,
    wait: fn(2, ["u64"], "pointer") as (handle: bigint) => Deno.PointerValue,
    cancel: fn(3, ["u64"], "void") as (handle: bigint) => void,
    cancelled: fn(4, ["u64"], "i32") as (handle: bigint) => number,
    handleDestroy: fn(5, ["u64"], "void") as (handle: bigint) => void,
    resultDestroy: fn(6, ["pointer"], "void") as (result: Deno.PointerValue) => void,
  };
}

const view = (pointer: Deno.PointerValue) => new Deno.UnsafePointerView(pointer!);

test("a job runs to its result, which lives until it is destroyed", () => {
  const table = exportTask(jobs.count, { name: "count", result: "u32", parameters: ["u32"] });
  const c = load(table, ["u32"]);
  const handle = c.spawn(1000);
  assertEquals({ isHandle: handle !== 0n, cancelled: c.cancelled(handle) }, { isHandle: true, cancelled: 0 });
  const result = c.wait(handle);
  assertEquals(takeLastError(), undefined);
  assertEquals(view(result).getUint32(), 1000);
  c.resultDestroy(result);
  assertEquals(takeLastError(), undefined);
  c.resultDestroy(result);
  assertStringIncludes(takeLastError()!, "it is not a valid handle, or was destroyed already");
  c.resultDestroy(null);
  assertEquals(takeLastError(), undefined);
  table.free();
});

test("poll gives null while the job runs, then the result once", () => {
  const table = exportTask(jobs.count, { name: "count", result: "f64", parameters: ["u32"] });
  const c = load(table, ["u32"]);
  const handle = c.spawn(3);
  let result: Deno.PointerValue = null;
  while ((result = c.poll(handle)) === null) assertEquals(takeLastError(), undefined);
  assertEquals(view(result).getFloat64(), 3);
  c.resultDestroy(result);
  assertEquals(c.poll(handle), null);
  assertStringIncludes(takeLastError()!, "it was taken already");
  c.handleDestroy(handle);
  table.free();
});

/** Every function that takes a handle, what it answers when it can't, and what it says then. */
function refusals(c: ReturnType<typeof load>, handle: bigint): string[] {
  const calls = [
    [c.poll, null],
    [c.wait, null],
    [c.cancel, undefined],
    [c.cancelled, -1],
    [c.handleDestroy, undefined],
  ] as const;
  return calls.map(([call, answer]) => {
    assertEquals(call(handle) ?? answer, answer);
    return takeLastError()!;
  });
}

test("handles that are null, made up, another table's, stale, or destroyed twice are errors", () => {
  const table = exportTask(jobs.spin, { name: "spin", result: "void" });
  const other = exportTask(jobs.count, { name: "count", result: "u32", parameters: ["u32"] });
  const [c, stranger] = [load(table), load(other, ["u32"])];
  const kept = c.spawn();
  const destroyed = c.spawn();
  c.handleDestroy(destroyed);
  assertEquals(takeLastError(), undefined);
  const theirs = stranger.spawn(1);
  const waited = stranger.spawn(2);
  stranger.resultDestroy(stranger.wait(waited));
  for (
    const [functions, bad, why] of [
      [c, 0n, "it is null"],
      [c, 12345n, "it is not a valid handle"],
      [c, 2n ** 64n - 1n, "it is not a valid handle"],
      [c, kept + 2n, "it is not a valid handle"],
      [c, kept + 2n ** 20n, "it is not a valid handle"],
      [c, kept + 2n ** 53n, "it is not a valid handle"],
      [c, theirs, "another table's"],
      [c, destroyed, "it was destroyed already"],
      [stranger, waited, "it was destroyed already"],
    ] as const
  ) {
    for (const text of refusals(functions, bad)) assertStringIncludes(text, why);
  }
  assertEquals(
    { own: c.cancelled(kept), theirs: stranger.cancelled(theirs), lastError: takeLastError() },
    { own: 0, theirs: 0, lastError: undefined },
  );
  table.free();
  other.free();
});

test("results that are made up, or another table's, are errors, and stay as they are", () => {
  const tables = ["one", "two"].map((name) =>
    exportTask(jobs.count, { name, result: "u32", parameters: ["u32"] })
  );
  const [one, two] = tables.map((table) => load(table, ["u32"]));
  const result = one.wait(one.spawn(7));
  for (const bad of [Deno.UnsafePointer.create(12345n), Deno.UnsafePointer.offset(result!, 4), result]) {
    two.resultDestroy(bad);
    assertStringIncludes(takeLastError()!, "it is not a valid handle, or was destroyed already");
  }
  assertEquals(view(result).getUint32(), 7);
  tables[0].close();
  assertEquals(view(result).getUint32(), 7);
  one.resultDestroy(result); // C gives back what it has, whatever was closed
  assertEquals(takeLastError(), undefined);
  for (const table of tables) table.free();
});

test("a struct is laid out as C does, and its fields are checked", () => {
  const echoed = (result: ResultType) => exportTask(jobs.echo, { name: "echo", result, parameters: ["f64"] });
  const made = exportTask(jobs.struct, {
    name: "made",
    result: { a: "u8", b: "f64", c: "u16", d: "i64", e: "bool" },
  });
  const c = load(made);
  const result = c.wait(c.spawn());
  const read = view(result);
  assertEquals(
    {
      a: read.getUint8(0),
      b: read.getFloat64(8),
      c: read.getUint16(16),
      d: read.getBigInt64(24),
      e: read.getBool(32),
    },
    { a: 1, b: 2.5, c: 3, d: -4n, e: true },
  );
  c.resultDestroy(result);
  assertStringIncludes(
    made.header(),
    "uint8_t a;\n  double b;\n  uint16_t c;\n  int64_t d;\n  bool e;\n} made_result;",
  );
  made.free();
  const wrong = [["u8", 300, "expected an integer from 0 to 255, got 300"], [
    { a: "u8" },
    1,
    "field a",
  ]] as const;
  for (const [type, value, why] of wrong) {
    const table = echoed(type);
    const c = load(table, ["f64"]);
    assertEquals(c.wait(c.spawn(value)), null);
    assertStringIncludes(takeLastError()!, why);
    table.free();
  }
});

test("a result that takes no room is not null, and allocates nothing", () => {
  for (const result of ["void", {}] as const) {
    const table = exportTask(giving, { name: "nothing", result });
    const c = load(table);
    const [one, two] = [c.wait(c.spawn()), c.wait(c.spawn())];
    assertEquals(
      { isResult: one !== null, isSame: Deno.UnsafePointer.equals(one, two) },
      { isResult: true, isSame: true },
    );
    c.resultDestroy(one);
    c.resultDestroy(two);
    assertEquals(takeLastError(), undefined);
    table.free();
  }
});

test("what a job throws, and the death of its thread, become the last error", () => {
  const fails = exportTask(jobs.failing, { name: "fails", result: "u32" });
  const c = load(fails);
  assertEquals(c.wait(c.spawn()), null);
  assertStringIncludes(takeLastError()!, "out of range");
  fails.free();
});

test("after close() every function answers with an error, and what C has forgotten is cancelled", () => {
  const table = exportTask(jobs.spin, { name: "spin", result: "void" });
  const c = load(table);
  const handle = c.spawn();
  table.close();
  assertEquals(c.spawn(), 0n);
  assertEquals(takeLastError(), "Cannot call spin_spawn: its table was closed");
  for (const text of refusals(c, handle)) {
    assertMatch(text, /^Cannot call spin_[a-z_]+: its table was closed$/);
  }
  table.free();
});

test("names and types are checked", () => {
  assertThrows(
    () => exportTask(giving, { name: "a b", result: "u32" }),
    TypeError,
    "it is not a name there",
  );
  assertThrows(
    () => exportTask(giving, { name: "a", result: "int" as never }),
    TypeError,
    "it is not a type",
  );
  assertThrows(
    () => exportTask(giving, { name: "a", result: 5 as never }),
    TypeError,
    "expected a type, or a struct of types, got 5",
  );
  assertThrows(
    () => exportTask(giving, { name: "a", result: { "b c": "u8" } }),
    TypeError,
    "it is not a name there",
  );
});

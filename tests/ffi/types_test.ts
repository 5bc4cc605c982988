/** What the compiler of TypeScript lets through. */
import { assertEquals } from "@std/assert";
import { exportTask, type FunctionTable } from "../../lib/ffi/mod.ts";
import * as jobs from "./jobs.ts";

Deno.test("exportTask() takes a job that fits the types that C is told of", () => {
  const tables: FunctionTable[] = [
    exportTask(jobs.greet, { name: "a", parameters: ["string"], result: "string" }),
    exportTask(jobs.sleep, { name: "a", parameters: ["i32"], result: "f64" }),
    // What nobody knows is found out when the job gives it.
    exportTask(jobs.giving, { name: "a", result: { x: "u8" } }),
    exportTask(jobs.greet, { name: "a", parameters: ["string"], result: "void" }),
    exportTask(jobs.profile, {
      name: "a",
      parameters: ["string", "u8", "bytes", "bool"],
      result: { id: "u64", name: "string" },
    }),
  ];
  for (const table of tables) table.free();
  assertEquals(tables.map(({ isClosed }) => isClosed), [true, true, true, true, true]);
});

const profile = { name: "a", parameters: ["string", "u8", "bytes", "bool"] } as const;

Deno.test("exportTask() refuses a job that doesn't fit them, when it is compiled", () => {
  const wrong = [
    // @ts-expect-error a string is no uint64_t
    () => exportTask(jobs.greet, { name: "a", parameters: ["u64"], result: "string" }),
    // @ts-expect-error a struct is no string
    () => exportTask(jobs.greet, { name: "a", parameters: ["string"], result: { a: "u8" } }),
    // @ts-expect-error a 64-bit integer is no number
    () => exportTask(jobs.sleep, { name: "a", parameters: ["u64"], result: "f64" }),
    // @ts-expect-error it takes a string
    () => exportTask(jobs.greet, { name: "a", result: "string" }),
    // @ts-expect-error there is no such field
    () => exportTask(jobs.profile, { ...profile, result: { b: "u8" } }),
    // @ts-expect-error a field of another type
    () => exportTask(jobs.profile, { ...profile, result: { age: "bool" } }),
    // @ts-expect-error there is no such type
    () => exportTask(jobs.sleep, { name: "a", parameters: ["i128"], result: "f64" }),
  ];
  assertEquals(wrong.length, 7);
});

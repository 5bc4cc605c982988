/** What is kept for C, and what it lets go of. */
import { assertEquals } from "@std/assert";
import { cFunction, exportTask, FunctionTable, TaskTable } from "../../lib/ffi/mod.ts";
import { pending, spawn } from "../../mod.ts";
import { macrotask } from "../helpers.ts";
import { collect, isCollected, memoryTests } from "../memory.ts";
import { echo } from "../thread/jobs.ts";

const test = memoryTests(import.meta.url);

/** Calls a function as C does, by its address alone. */
function call(address: bigint): number {
  const pointer = Deno.UnsafePointer.create(address) as Deno.PointerObject<{ parameters: []; result: "i32" }>;
  return new Deno.UnsafeFnPointer(pointer, { parameters: [], result: "i32" }).call();
}

const makers: Record<string, () => FunctionTable> = {
  FunctionTable: () => new FunctionTable("t", { seven: cFunction([], "i32", -1, () => 7) }),
  TaskTable: () => new TaskTable(),
  exportTask: () => exportTask(echo, { name: "echo", result: "f64", parameters: ["f64"] }),
};

for (const [name, make] of Object.entries(makers)) {
  test(`${name} is kept while C may hold it, closed or not, and let go of when it is freed`, async () => {
    for (const isClosed of [false, true]) {
      let table: FunctionTable | undefined = make();
      if (isClosed) table.close();
      const reference = new WeakRef(table);
      table = undefined;
      assertEquals(await isCollected(reference, 3), false);
      reference.deref()!.free();
      assertEquals(await isCollected(reference), true);
    }
  });
}

// These functions are never freed.
test("a function goes on answering when nobody but C knows of it", { sanitizeResources: false }, async () => {
  const address = (() => makers.FunctionTable().pointers[0])();
  const closed = (() => {
    using table = makers.FunctionTable();
    return table.pointers[0];
  })();
  for (let turn = 0; turn < 3; turn++) {
    await macrotask();
    collect();
    assertEquals({ open: call(address), closed: call(closed) }, { open: 7, closed: -1 });
  }
});

test("a task is kept while C has it, and let go of when the table is closed", async () => {
  const table = new TaskTable();
  const reference = (() => {
    const [task] = spawn(pending(), () => {}, 1);
    table.intoRaw(task);
    return new WeakRef(task);
  })();
  assertEquals(await isCollected(reference, 3), false);
  table.close();
  assertEquals(await isCollected(reference), true);
  table.free();
});

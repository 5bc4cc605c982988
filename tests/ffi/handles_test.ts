/** Opaque handles: what they name, and what is none. */
import { assertEquals, assertThrows } from "@std/assert";
import { bigintOf, HandleTable, numberOf } from "../../lib/ffi/handles.ts";
import fc from "fast-check";

const SLOTS = 2 ** 20;
const GENERATIONS = 2 ** 17;

function refusal(table: HandleTable<string>, handle: number): string {
  const error = assertThrows(() => table.get(handle, "poll"), TypeError);
  assertEquals(assertThrows(() => table.remove(handle, "poll"), TypeError).message, error.message);
  assertEquals(table.find(handle), undefined);
  return error.message.replace(/^Cannot poll handle [^:]+: /, "");
}

Deno.test("HandleTable gives a value as often as it is asked, until it is removed", () => {
  const table = new HandleTable<string>("handle");
  const [a, b] = [table.insert("a"), table.insert("b")];
  assertEquals(
    { a: table.get(a, "poll"), aAgain: table.get(a, "poll"), b: table.find(b), size: table.size },
    { a: "a", aAgain: "a", b: "b", size: 2 },
  );
  assertEquals({ removed: table.remove(a, "destroy"), size: table.size }, { removed: "a", size: 1 });
  assertEquals(refusal(table, a), "it was destroyed already");
  assertEquals(table.get(b, "poll"), "b");
});

Deno.test("HandleTable gives out safe integers that fit a pointer", () => {
  for (let i = 0; i < 100; i++) {
    const handle = new HandleTable<string>("handle").insert("a");
    assertEquals(Number.isSafeInteger(handle) && handle >= 2 ** 37, true);
  }
});

Deno.test("bigintOf() and numberOf() agree with BigInt() and Number(), whatever C passes", () => {
  fc.assert(fc.property(fc.maxSafeNat(), (handle) => {
    assertEquals(
      { bigint: bigintOf(handle), number: numberOf(BigInt(handle)) },
      { bigint: BigInt(handle), number: handle },
    );
  }));
  fc.assert(fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (raw) => assertEquals(numberOf(raw), Number(raw))));
});

Deno.test("HandleTable says what is wrong with a handle", () => {
  const table = new HandleTable<string>("handle");
  const other = new HandleTable<string>("handle");
  const handle = table.insert("a");
  const stranger = other.insert("b");
  assertEquals(refusal(table, 0), "it is null");
  assertEquals(refusal(table, stranger), "it is not a valid handle, or another table's");
  assertEquals(refusal(table, handle + SLOTS), "it is not a valid handle");
  assertEquals(refusal(table, handle + 1), "it is not a valid handle");
  assertEquals(refusal(table, handle - SLOTS), "it is not a valid handle");
  for (
    const none of [-1, -handle, 0.5, NaN, Infinity, 2 ** 53, 2 ** 64, 1, undefined as never]
  ) {
    assertEquals(refusal(table, none).startsWith("it is not a valid handle"), true, `${none}`);
  }
  table.remove(handle, "destroy");
  table.insert("again");
  assertEquals(refusal(table, handle), "it was destroyed already");
  assertEquals(refusal(table, handle - SLOTS), "it is not a valid handle");
});

Deno.test("HandleTable never gives out a handle twice, though it uses slots again", () => {
  const table = new HandleTable<string>("handle");
  const first = table.insert("a");
  let last = first;
  for (let use = 2; use < GENERATIONS; use++) {
    table.remove(last, "destroy");
    last = table.insert("a");
    if (last !== first + (use - 1) * SLOTS) throw new Error(`${last} after ${first}`);
  }
  table.remove(last, "destroy");
  const next = table.insert("b");
  assertEquals(next, first + 1); // the slot is retired
  assertEquals(
    { last: refusal(table, last), next: table.get(next, "poll") },
    { last: "it was destroyed already", next: "b" },
  );
});

Deno.test("HandleTable refuses when a million handles are out", () => {
  const table = new HandleTable<number>("handle");
  const handles = Array.from({ length: SLOTS }, (_, index) => table.insert(index));
  assertThrows(() => table.insert(-1), RangeError, "Cannot make a handle: 1048576 of them are out already");
  assertEquals(table.remove(handles[7], "destroy"), 7);
  assertEquals(table.get(table.insert(-1), "poll"), -1);
  assertEquals(table.clear().length, SLOTS);
  assertEquals(table.size, 0);
});

Deno.test("HandleTable agrees with a Map, whatever is done", () => {
  fc.assert(fc.property(fc.array(fc.nat(9), { maxLength: 200 }), (steps) => {
    const table = new HandleTable<number>("handle");
    const model = new Map<number, number>();
    const dead: number[] = [];
    for (const [index, step] of steps.entries()) {
      const known = [...model.keys()];
      if (step < 5 || known.length === 0) model.set(table.insert(index), index);
      else {
        const handle = known[step % known.length];
        assertEquals(table.remove(handle, "destroy"), model.get(handle));
        model.delete(handle);
        dead.push(handle);
      }
      assertEquals(table.size, model.size);
      for (const [handle, value] of model) assertEquals(table.get(handle, "poll"), value);
      for (const handle of dead) assertEquals(table.find(handle), undefined);
    }
  }));
});

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { Deque } from "../../lib/internal/deque.ts";

type Op = "push" | "unshift" | "shift" | "pop";

const ops = fc.array(
  fc.tuple(fc.constantFrom<Op>("push", "unshift", "shift", "pop"), fc.integer({ min: 1, max: 60 })),
  { maxLength: 30 },
);

Deno.test("Deque does what an array does, after any sequence of operations", () => {
  fc.assert(fc.property(ops, (ops) => {
    const deque = new Deque<number>();
    const array: number[] = [];
    let next = 0;
    for (const [op, times] of ops) {
      for (let i = 0; i < times; i++) {
        if (op === "push" || op === "unshift") {
          deque[op](next);
          array[op](next++);
        } else assertStrictEquals(deque[op](), array[op]());
        assertEquals({ length: deque.length, peek: deque.peek() }, { length: array.length, peek: array[0] });
      }
      assertEquals(deque.toArray(), array);
    }
    while (array.length > 0) assertStrictEquals(deque.shift(), array.shift());
    assertEquals(
      { length: deque.length, shift: deque.shift(), pop: deque.pop(), peek: deque.peek() },
      { length: 0, shift: undefined, pop: undefined, peek: undefined },
    );
  }));
});

Deno.test("Deque grows with its items, and shrinks again, from either end", () => {
  for (const remove of ["shift", "pop"] as const) {
    const deque = new Deque<number>();
    assertEquals(deque.capacity, 16);
    for (let i = 0; i < 100_000; i++) deque.push(i);
    assert(deque.capacity >= 100_000 && deque.capacity < 101_000, `${deque.capacity}`);
    for (let i = 0; i < 99_000; i++) deque[remove]();
    assert(deque.capacity <= 2000, `${deque.capacity}`);
    for (let i = 0; i < 1000; i++) deque[remove]();
    assert(deque.capacity <= 512, `${deque.capacity}`);
  }
});

Deno.test("Deque grows at the front, too", () => {
  const deque = new Deque<number>();
  for (let i = 0; i < 10_000; i++) deque.unshift(i);
  assert(deque.capacity < 11_000, `${deque.capacity}`);
  for (let i = 0; i < 10_000; i++) assertEquals(deque.pop(), i);
  assert(deque.capacity <= 512);
});

Deno.test("Deque.clear() removes everything, and the room for it", () => {
  const deque = new Deque<number>();
  for (let i = 0; i < 1000; i++) deque.push(i);
  deque.clear();
  assertEquals(
    { length: deque.length, capacity: deque.capacity, items: deque.toArray() },
    { length: 0, capacity: 16, items: [] },
  );
  deque.unshift(1);
  deque.push(2);
  assertEquals(deque.toArray(), [1, 2]);
});

Deno.test("Deque keeps `undefined` like any other item", () => {
  const deque = new Deque<undefined>();
  deque.push(undefined);
  assertEquals(
    { length: deque.length, shifted: deque.shift(), lengthThen: deque.length },
    { length: 1, shifted: undefined, lengthThen: 0 },
  );
});

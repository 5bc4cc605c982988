import { assert, assertEquals } from "@std/assert";
import { collect } from "../memory.ts";
import { check, faults, load } from "./load.ts";

const COUNT = 50_000;

Deno.test("load: many tasks that sleep, send and receive lose nothing", async () => {
  assertEquals(await load(COUNT), { sum: COUNT * (COUNT - 1) / 2, left: 0, sleeping: 0 });
});

Deno.test("faults: many tasks that throw or are cancelled at random points all end, once", async () => {
  for (const seed of [1, 2]) check(await faults(COUNT, seed));
});

Deno.test("load: nothing is left of many tasks", async () => {
  await load(COUNT);
  collect();
  const before = Deno.memoryUsage().heapUsed;
  for (let i = 0; i < 3; i++) await load(COUNT);
  await faults(COUNT, 3);
  collect();
  assert(Deno.memoryUsage().heapUsed - before < 4e6);
});

/** A million tasks: `deno task load`. Prints how long it takes and what is left in memory. */
import { assertEquals } from "@std/assert";
import { collect } from "../memory.ts";
import { check, faults, load } from "./load.ts";

const COUNT = 1_000_000;

for (let round = 1; round <= 3; round++) {
  const start = performance.now();
  assertEquals(await load(COUNT), { sum: COUNT * (COUNT - 1) / 2, left: 0, sleeping: 0 });
  const loaded = performance.now();
  check(await faults(COUNT, round));
  const ended = performance.now();
  collect();
  console.log(
    `round ${round}: load ${(loaded - start).toFixed(0)} ms, faults ${(ended - loaded).toFixed(0)} ms, ` +
      `${(Deno.memoryUsage().heapUsed / 1e6).toFixed(1)} MB left`,
  );
}

/** The order of priorities, against a sort. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { PriorityExecutor } from "../../lib/executor/mod.ts";

Deno.test("setPriority() at random leaves the order that a stable sort makes", () => {
  const moves = fc.array(fc.record({ which: fc.nat(30), priority: fc.integer({ min: -2, max: 2 }) }));
  const spawned = fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(spawned, moves, fc.nat(10), (spawned, moves, early) => {
      const executor = new PriorityExecutor({ pump: "manual", ageing: Infinity });
      const log: number[] = [];
      const priorities = [...spawned];
      const tasks = spawned.map((priority, n) => executor.spawn(() => log.push(n), n, { priority }));
      const model = () => {
        const left = priorities.map((priority, n) => ({ priority, n })).filter(({ n }) => !log.includes(n));
        return left.sort((a, b) => b.priority - a.priority).map(({ n }) => n);
      };
      for (const { which, priority } of moves) {
        const n = which % tasks.length;
        executor.setPriority(tasks[n], priority);
        priorities[n] = priority;
      }
      for (let i = 0; i < Math.min(early, tasks.length); i++) {
        const [next] = model();
        executor.tryTick();
        assertEquals(log.at(-1), next);
      }
      const expected = [...log, ...model()];
      executor.runUntilStalled();
      assertEquals(log, expected);
    }),
    { numRuns: 500 },
  );
});

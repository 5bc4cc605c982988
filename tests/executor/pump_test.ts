/** How long an executor keeps the event loop: exactly as many steps as its options say. */
import { assertEquals } from "@std/assert";
import { yieldNow } from "../../mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";

/** How many steps a busy task makes between two turns of the event loop, for the first turns. */
async function stepsPerTurn(options: { budget?: number; maxPolls?: number }): Promise<number[]> {
  const executor = new LocalExecutor(options);
  let steps = 0;
  const busy = executor.spawn(function* () {
    // Ends by itself, so that a pump that never lets go fails the test, and does not hang it.
    while (steps < 10_000) {
      steps++;
      yield* yieldNow();
    }
  });
  // The first turn of a process may last for two.
  await new Promise((resolve) => setImmediate(resolve));
  const turns: number[] = [];
  for (let i = 0; i < 6; i++) {
    const before = steps;
    await new Promise((resolve) => setImmediate(resolve));
    turns.push(steps - before);
  }
  await busy.cancel();
  return turns;
}

Deno.test("budget: 0 gives the event loop a turn after every step", async () => {
  assertEquals(await stepsPerTurn({ budget: 0 }), [1, 1, 1, 1, 1, 1]);
});

Deno.test("maxPolls is exact, above and below what is run between two readings of the clock", async () => {
  for (const maxPolls of [1, 2, 31, 33, 100]) {
    assertEquals(
      await stepsPerTurn({ maxPolls, budget: 1000 }),
      Array.from({ length: 6 }, () => maxPolls),
      `maxPolls: ${maxPolls}`,
    );
  }
});

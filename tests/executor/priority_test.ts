import { assert, assertEquals, assertThrows } from "@std/assert";
import { yieldNow } from "../../mod.ts";
import { LocalExecutor, PriorityExecutor } from "../../lib/executor/mod.ts";

Deno.test("PriorityExecutor runs the highest priority first, and in order within one", () => {
  const executor = new PriorityExecutor({ pump: "manual" });
  const log: string[] = [];
  [0, 1.5, -Infinity, 1.5, Infinity, 0].forEach((priority, index) =>
    executor.spawn(() => log.push(`${priority}#${index}`), undefined, { priority })
  );
  executor.runUntilStalled();
  assertEquals(log, ["Infinity#4", "1.5#1", "1.5#3", "0#0", "0#5", "-Infinity#2"]);
});

Deno.test("PriorityExecutor lets nobody starve: the bound of its documentation", () => {
  for (const ageing of [1, 2, 7, 64]) {
    const executor = new PriorityExecutor({ pump: "manual", ageing });
    let steps = 0;
    for (let i = 0; i < 3; i++) {
      executor.spawn(
        function* () {
          for (;; steps++) yield* yieldNow();
        },
        undefined,
        { priority: 10 },
      );
    }
    for (let i = 0; i < 50; i++) executor.tryTick();
    const startedAt: number[] = [];
    const begin = steps;
    for (let n = 0; n < 5; n++) {
      executor.spawn(() => startedAt.push(steps - begin), undefined, { priority: -n });
    }
    for (let i = 0; i < 20 * ageing; i++) executor.tryTick();
    assertEquals(startedAt.length, 5);
    // The three busy ones were ready for longer, and then one more each.
    startedAt.forEach((at, n) => assert(at <= ageing * (3 + n + 1), `${at} > ${ageing} * ${4 + n}`));
    executor.close();
  }
});

Deno.test("ageing: Infinity lets low priorities starve", () => {
  const executor = new PriorityExecutor({ pump: "manual", ageing: Infinity });
  let hasRun = false;
  executor.spawn(() => (hasRun = true));
  executor.spawn(
    function* () {
      for (;;) yield* yieldNow();
    },
    undefined,
    { priority: 1 },
  );
  for (let i = 0; i < 1000; i++) executor.tryTick();
  assertEquals(hasRun, false);
});

Deno.test("setPriority() moves a ready task, and one that waits", () => {
  const executor = new PriorityExecutor({ pump: "manual" });
  const log: string[] = [];
  const spawn = (name: string, priority: number) =>
    executor.spawn(
      function* () {
        log.push(name);
        yield* yieldNow();
        log.push(name);
      },
      undefined,
      { priority },
    );
  const low = spawn("low", 0);
  spawn("high", 1);
  executor.setPriority(low, 2);
  executor.tryTick();
  executor.setPriority(low, -1);
  executor.runUntilStalled();
  assertEquals(log, ["low", "high", "high", "low"]);
  executor.setPriority(low, 5);
  assertEquals(executor.priorityOf(low), 5);
});

Deno.test("priorities and tasks are checked", () => {
  const executor = new PriorityExecutor({ pump: "manual" });
  assertThrows(
    () => new PriorityExecutor({ ageing: 0 }),
    RangeError,
    "expected ageing to be 1 or more, got 0",
  );
  assertThrows(
    () => executor.spawn(() => 1, 1, { priority: NaN }),
    RangeError,
    "expected a priority other than NaN, got NaN",
  );
  assertThrows(
    () => executor.withPriority("1" as never),
    RangeError,
    'expected a priority other than NaN, got "1"',
  );
  const task = executor.spawn(() => 1);
  assertThrows(
    () => executor.setPriority(task, NaN),
    RangeError,
    "expected a priority other than NaN, got NaN",
  );
  for (const other of [new LocalExecutor(), new PriorityExecutor()]) {
    const foreign = other.spawn(() => 1);
    assertThrows(() => executor.setPriority(foreign, 1), TypeError, "not one of this executor's");
    assertThrows(() => executor.priorityOf(foreign), TypeError, "not one of this executor's");
  }
});

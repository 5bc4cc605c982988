import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { fromPromise, pending, pollFn, ready, yieldNow } from "../../mod.ts";
import { blockOn, DeadlockError, LocalExecutor } from "../../lib/executor/mod.ts";
import { interval, sleep, SystemClock, systemClock, timeout, VirtualClock } from "../../lib/time/mod.ts";

Deno.test("blockOn() gives the output of futures, generators and functions", () => {
  assertEquals(blockOn(ready(1)), 1);
  assertEquals(blockOn(() => 2), 2);
  assertEquals(
    blockOn(function* () {
      yield* yieldNow();
      return 3;
    }),
    3,
  );
});

Deno.test("blockOn() throws what the future throws", () => {
  const error = new Error("boom");
  const thrown = assertThrows(() =>
    blockOn(() => {
      throw error;
    })
  );
  assertStrictEquals(thrown, error);
});

Deno.test("blockOn() runs the executor that the future needs", async () => {
  const executor = new LocalExecutor();
  const log: string[] = [];
  const task = executor.spawn(function* () {
    for (let i = 0; i < 200; i++) yield* yieldNow();
    log.push("task");
    return 1;
  });
  assertEquals(blockOn(task, { executor }), 1);
  assertEquals({ log, output: await task }, { log: ["task"], output: 1 });
});

Deno.test("blockOn() wakes whoever is due, while it waits and while it is busy", () => {
  const executor = new LocalExecutor({ pump: "manual" });
  let isOver = false;
  const busy = executor.spawn(function* () {
    while (!isOver) yield* yieldNow();
    return "busy";
  });
  const start = performance.now();
  const result = blockOn(function* () {
    yield* sleep(3);
    isOver = true;
    yield* sleep(3);
    return yield* busy;
  }, { executor });
  assertEquals({ result, hasSlept: performance.now() - start >= 6 }, { result: "busy", hasSlept: true });
  assertEquals(systemClock.nextDeadline, Infinity);
});

Deno.test("blockOn() lets time pass on a virtual clock, and takes another clock", () => {
  const clock = new VirtualClock();
  const times = blockOn(function* () {
    const ticks = interval(1000, { clock });
    return [yield* ticks.tick(), yield* ticks.tick()];
  }, { clock });
  assertEquals(times, [1000, 2000]);
  assertThrows(() => blockOn(timeout(pending(), 50, { clock }), { clock }), DOMException, "the time is up");
  const own = new SystemClock();
  blockOn(sleep(1, { clock: own }), { clock: own });
});

Deno.test("blockOn() throws a DeadlockError that names the tasks when nothing can wake them", () => {
  const executor = new LocalExecutor();
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  const tags = [{ id: 7 }, "reader", undefined, cyclic, Symbol("odd")];
  const ids = tags.map((tag) => executor.spawn(pending(), tag).id);
  const error: DeadlockError = assertThrows(() => blockOn(pending(), { executor }), DeadlockError);
  assertEquals(
    error.message,
    `Cannot go on: nothing can wake the future, task ${ids[0]} ({ id: 7 }), task ${ids[1]} ("reader"), ` +
      `task ${ids[2]}, task ${ids[3]} ({ self: {…} }), task ${ids[4]} (Symbol(odd))`,
  );
  assertEquals(error.tasks.map(({ id }) => id), ids);
  assertEquals(executor.size, 5);
});

Deno.test("blockOn() runs the clean-up of what it gives up", () => {
  let isClean = false;
  assertThrows(() =>
    blockOn(function* () {
      try {
        yield* pending();
      } finally {
        isClean = true;
      }
    }), DeadlockError);
  assertEquals(isClean, true);
});

Deno.test("blockOn() says so when an async function or a promise can't go on", () => {
  assertThrows(
    () => blockOn(fromPromise(new Promise(() => {}))),
    DeadlockError,
    "nothing can wake the future",
  );
  assertThrows(() => blockOn(async () => await null), DeadlockError);
});

Deno.test("blockOn() refuses to be called inside of itself, and can be called again after an error", () => {
  assertThrows(
    () => blockOn(() => blockOn(ready(1))),
    TypeError,
    "Cannot block: this thread is in blockOn already",
  );
  assertThrows(() => blockOn(1 as never), TypeError, "Cannot spawn 1");
  assertEquals(blockOn(pollFn(() => 1)), 1);
});

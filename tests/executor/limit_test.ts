import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { pending, pollFn, yieldNow } from "../../mod.ts";
import { limit, LocalExecutor } from "../../lib/executor/mod.ts";
import { aborted, macrotask, Probe } from "../helpers.ts";

Deno.test("limit() starts tasks in order, at most so many at a time", async () => {
  const limited = limit(new LocalExecutor(), 2);
  const log: string[] = [];
  let active = 0;
  const tasks = [1, 2, 3, 4, 5].map((n) =>
    limited.spawn(async () => {
      log.push(`${n} of ${++active}`);
      await macrotask();
      active--;
      return n;
    })
  );
  await macrotask();
  assertEquals(limited.concurrency, 2);
  assertEquals(await Promise.all(tasks), [1, 2, 3, 4, 5]);
  assertEquals(log, ["1 of 1", "2 of 2", "3 of 2", "4 of 2", "5 of 2"]);
  assertEquals({ active: limited.active, waiting: limited.waiting }, { active: 0, waiting: 0 });
});

Deno.test("limit() passes the turn on after a panic and after a cancellation, clean-up included", async () => {
  const limited = limit(new LocalExecutor(), 1);
  const closing = Promise.withResolvers<void>();
  const first = limited.spawn(async ({ signal }) => {
    await aborted(signal);
    await closing.promise;
  });
  const second = limited.spawn(() => {
    throw new Error("boom");
  });
  const third = limited.spawn(() => 3);
  const secondFailed = assertRejects(async () => await second, Error, "boom");
  await macrotask();
  const cancelled = first.cancel();
  await macrotask();
  assertEquals({ active: limited.active, waiting: limited.waiting }, { active: 1, waiting: 2 });
  closing.resolve();
  assertEquals(await cancelled, undefined);
  await secondFailed;
  assertEquals(await third, 3);
  assertEquals({ active: limited.active, waiting: limited.waiting }, { active: 0, waiting: 0 });
});

Deno.test("limit() never starts what is cancelled while it waits", async () => {
  const executor = new LocalExecutor();
  const limited = limit(executor, 1);
  const first = limited.spawn(pending());
  let hasStarted = false;
  const probe = new Probe();
  const waiting = [limited.spawn(() => (hasStarted = true)), limited.spawn(probe)];
  await macrotask();
  assertEquals({ active: limited.active, waiting: limited.waiting }, { active: 1, waiting: 2 });
  await waiting[0].cancel();
  await waiting[1].cancel();
  assertEquals({ active: limited.active, waiting: limited.waiting }, { active: 1, waiting: 0 });
  const last = limited.spawn(() => "last");
  await first.cancel();
  assertEquals(await last, "last");
  assertEquals(
    { hasStarted, polls: probe.polls, drops: probe.drops },
    { hasStarted: false, polls: 0, drops: 1 },
  );
});

Deno.test("limit() is not troubled by a body that is cancelled when its turn has just come", async () => {
  const executor = new LocalExecutor({ pump: "manual" });
  const limited = limit(executor, 1);
  const first = limited.spawn(function* () {
    yield* yieldNow();
    return 1;
  });
  const second = limited.spawn(pollFn(() => 2));
  const third = limited.spawn(() => 3);
  for (let i = 0; i < 4; i++) executor.tryTick();
  assertEquals({ active: limited.active, waiting: limited.waiting }, { active: 1, waiting: 1 });
  const cancelled = second.cancel();
  executor.runUntilStalled();
  assertEquals(
    { first: await first, second: await cancelled, third: await third, active: limited.active },
    { first: 1, second: undefined, third: 3, active: 0 },
  );
});

Deno.test("limit() of a limit, and many limits on one executor", async () => {
  const executor = new LocalExecutor();
  const outer = limit(executor, 3);
  const inner = limit(outer, 1);
  const tasks = [1, 2, 3, 4].map((n) => inner.spawn(async () => (await null, n)));
  assertEquals(await Promise.all(tasks), [1, 2, 3, 4]);
});

Deno.test("limit() refuses what is no number of tasks", () => {
  for (const n of [0, -1, 1.5, NaN, "2" as never]) {
    assertThrows(
      () => limit(new LocalExecutor(), n),
      RangeError,
      "expected concurrency to be a whole number from 1",
    );
  }
  limit(new LocalExecutor(), Infinity);
});

import { assertEquals, assertThrows } from "@std/assert";
import { interval, sleep, SystemClock, VirtualClock } from "../../lib/time/mod.ts";
import { context, CountingWaker, macrotask, throws } from "../helpers.ts";

Deno.test("advance() wakes by deadline, then by registration, with now() at the deadline", () => {
  const clock = new VirtualClock({ now: 100 });
  const log: { name: string; now: number }[] = [];
  for (const [at, name] of [[110.5, "c"], [105, "a"], [110.2, "b"], [110.5, "d"], [130, "e"]] as const) {
    clock.register(at, { wake: () => void log.push({ name, now: clock.now() }) });
  }
  assertEquals(clock.advance(20), 4);
  assertEquals(log, [
    { name: "a", now: 105 },
    { name: "b", now: 110.2 },
    { name: "c", now: 110.5 },
    { name: "d", now: 110.5 },
  ]);
  assertEquals(
    { now: clock.now(), timers: clock.size, nextDeadline: clock.nextDeadline },
    { now: 120, timers: 1, nextDeadline: 130 },
  );
});

Deno.test("advance(0) wakes those who are due, and what has passed is due now", () => {
  const clock = new VirtualClock({ now: 10 });
  const waker = new CountingWaker();
  clock.register(-5, waker);
  clock.register(10, waker);
  clock.register(10.1, waker);
  assertEquals({ nextDeadline: clock.nextDeadline, wakes: waker.wakes }, { nextDeadline: 10, wakes: 0 });
  assertEquals(
    { woken: clock.advance(0), now: clock.now(), wakes: waker.wakes },
    { woken: 2, now: 10, wakes: 2 },
  );
});

Deno.test("advance() takes what is registered meanwhile, and a waker may advance in its turn", () => {
  const clock = new VirtualClock();
  const log: number[] = [];
  const wake = (): void => void log.push(clock.now());
  clock.register(5, { wake: () => void clock.register(8, { wake }) });
  clock.register(6, { wake: () => void clock.advance(10) });
  clock.register(20, { wake });
  assertEquals(clock.advance(10), 2);
  assertEquals({ log, now: clock.now() }, { log: [8], now: 16 });
});

Deno.test("advance() takes neither NaN, negative nor infinite durations", () => {
  const clock = new VirtualClock();
  for (const ms of [NaN, -1, Infinity]) {
    assertThrows(() => clock.advance(ms), RangeError, `0 or more, got ${ms}`);
  }
  assertThrows(
    () => new VirtualClock({ now: NaN }),
    RangeError,
    "expected now to be a finite number of ms, got NaN",
  );
  assertEquals(clock.now(), 0);
});

Deno.test("advance() goes the whole way when a waker throws", () => {
  const clock = new VirtualClock();
  const waker = new CountingWaker();
  clock.register(1, { wake: throws });
  clock.register(2, waker);
  assertThrows(() => clock.advance(5), Error, "boom");
  assertEquals({ wakes: waker.wakes, now: clock.now(), timers: clock.size }, { wakes: 1, now: 5, timers: 0 });
});

Deno.test("advanceToNext() wakes all of the next deadline, and nobody when only Infinity is left", () => {
  const clock = new VirtualClock();
  const waker = new CountingWaker();
  clock.register(5, waker);
  clock.register(5, waker);
  clock.register(7, waker);
  const forever = clock.register(Infinity, waker);
  assertEquals(
    { advanced: clock.advanceToNext(), now: clock.now(), wakes: waker.wakes },
    { advanced: true, now: 5, wakes: 2 },
  );
  assertEquals(
    { advanced: clock.advanceToNext(), now: clock.now(), wakes: waker.wakes },
    { advanced: true, now: 7, wakes: 3 },
  );
  assertEquals(
    { advanced: clock.advanceToNext(), now: clock.now(), wakes: waker.wakes, timers: clock.size },
    { advanced: false, now: 7, wakes: 3, timers: 1 },
  );
  clock.cancel(forever);
  assertEquals(clock.size, 0);
});

Deno.test("cancel() takes one out of the middle, the head and the tail of a deadline", () => {
  for (const gone of [0, 1, 2]) {
    const clock = new VirtualClock();
    const log: number[] = [];
    const entries = [0, 1, 2].map((i) => clock.register(5, { wake: () => void log.push(i) }));
    clock.cancel(entries[gone]);
    clock.cancel(entries[gone]);
    clock.advance(5);
    assertEquals(log, [0, 1, 2].filter((i) => i !== gone));
  }
});

Deno.test("autoAdvance goes to the next deadline once all microtasks are done", async () => {
  const clock = new VirtualClock({ autoAdvance: true });
  const log: string[] = [];
  const slow = async (name: string, ms: number): Promise<void> => {
    await sleep(ms, { clock });
    for (let i = 0; i < 50; i++) await null;
    log.push(`${name} ${clock.now()}`);
  };
  await Promise.all([slow("b", 20), slow("a", 10), slow("c", 30).then(() => slow("d", 5))]);
  assertEquals(log, ["a 10", "b 20", "c 30", "d 35"]);
});

Deno.test("autoAdvance stands still while its function says that something is going on", async () => {
  let isIdle = false;
  let asked = 0;
  const clock = new VirtualClock({ autoAdvance: () => (asked++, isIdle) });
  const done = sleep(10, { clock }).then(() => {});
  while (asked < 3) await macrotask();
  assertEquals(clock.now(), 0);
  isIdle = true;
  await done;
  assertEquals({ now: clock.now(), timers: clock.size }, { now: 10, timers: 0 });
});

Deno.test("autoAdvance asks for no macrotask when nobody waits any more", async () => {
  let asked = 0;
  const clock = new VirtualClock({ autoAdvance: () => (asked++, true) });
  clock.cancel(clock.register(5, new CountingWaker()));
  clock.register(Infinity, new CountingWaker());
  clock.register(5, new CountingWaker());
  clock.advance(5);
  await macrotask();
  await macrotask();
  assertEquals({ asked, now: clock.now(), timers: clock.size }, { asked: 0, now: 5, timers: 1 });
});

Deno.test("autoAdvance does without setImmediate", async () => {
  const { setImmediate } = globalThis;
  Reflect.deleteProperty(globalThis, "setImmediate");
  try {
    const clock = new VirtualClock({ autoAdvance: true });
    clock.cancel(clock.register(5, new CountingWaker()));
    await sleep(10, { clock });
    assertEquals(clock.now(), 10);
  } finally {
    Object.assign(globalThis, { setImmediate });
  }
});

Deno.test("clocks, sleeps and intervals show what there is to know about them", () => {
  const clock = new VirtualClock({ now: 5 });
  const nap = sleep(10, { clock });
  const ticks = interval(10, { clock });
  const idle = nap.toJSON().state;
  nap.poll(context());
  ticks.tick().poll(context());
  assertEquals(
    { idle, nap: nap.toJSON(), ticks: ticks.toJSON(), clock: clock.toJSON() },
    {
      idle: "idle",
      nap: { deadline: 15, state: "waiting" },
      ticks: { period: 10, due: 15, waiting: 1, isClosed: false },
      clock: { now: 5, size: 2, nextDeadline: 15 },
    },
  );
  const systemView = new SystemClock({ now: () => 7, setTimeout: () => 1, clearTimeout() {} });
  assertEquals(Deno.inspect(systemView), "SystemClock { now: 7, size: 0 }");
  assertEquals(Deno.inspect(new VirtualClock()), "VirtualClock { now: 0, size: 0 }");
});

import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { PENDING, spawn } from "../../mod.ts";
import { interval, type IntervalOptions, type MissedTicks, VirtualClock } from "../../lib/time/mod.ts";
import { context, macrotask, Queue, thrownBy } from "../helpers.ts";
import { CountingSignal } from "./counting_signal.ts";

/** The ticks of an interval of 10 ms that are taken when the clock is at these times, and the next one's time. */
function take(times: number[], options: IntervalOptions): (number | typeof PENDING)[] {
  const clock = new VirtualClock();
  const ticks = interval(10, { clock, ...options });
  const taken = times.map((time) => {
    clock.advance(time - clock.now());
    const tick = ticks.tick();
    const output = tick.poll(context());
    tick[Symbol.dispose]();
    return output;
  });
  ticks.tick().poll(context());
  return [...taken, clock.nextDeadline];
}

Deno.test("interval() ticks every period, for the first time after one", () => {
  assertEquals(take([0, 9, 10, 19, 20], {}), [PENDING, PENDING, 10, PENDING, 20, 30]);
});

Deno.test("interval() ticks for the first time at start", () => {
  assertEquals(take([0, 5, 10], { start: 0 }), [0, PENDING, 10, 20]);
  assertEquals(take([0, 25, 30], { start: 25 }), [PENDING, 25, PENDING, 35]);
});

Deno.test("a tick that is at most 5 ms late is not missed, whatever becomes of missed ones", () => {
  for (const missed of ["burst", "delay", "skip"] as const) {
    assertEquals(take([15, 20], { missed }), [10, 20, 30], missed);
  }
});

const cases: Record<MissedTicks, (number | typeof PENDING)[]> = {
  burst: [10, 20, 30, PENDING, 40],
  delay: [10, PENDING, PENDING, PENDING, 45],
  skip: [10, PENDING, PENDING, PENDING, 40],
};
for (const [missed, expected] of Object.entries(cases) as [MissedTicks, (number | typeof PENDING)[]][]) {
  Deno.test(`missed ticks: ${missed}`, () => {
    assertEquals(take([35, 35, 35, 35], { missed }), expected);
  });
}

Deno.test("missed ticks: skip keeps to the multiples of the period when it is late by whole periods", () => {
  assertEquals(take([30, 30, 40], { missed: "skip" }), [10, PENDING, 40, 50]);
});

Deno.test("missed ticks: skip is the default", () => {
  assertEquals(take([35, 35], {}), take([35, 35], { missed: "skip" }));
});

Deno.test("interval() owes one tick when the clock has jumped by an hour", () => {
  const hour = 3_600_000;
  assertEquals(take([hour, hour, hour + 10], {}), [10, PENDING, hour + 10, hour + 20]);
});

Deno.test("interval() refuses what is no period, no time, and no way to miss ticks", () => {
  for (const ms of [0, -1, -Infinity]) {
    assertThrows(() => interval(ms), RangeError, `Cannot tick: expected a period above 0 ms, got ${ms}`);
  }
  assertThrows(() => interval(NaN), RangeError, "Cannot tick: expected ms, got NaN");
  assertThrows(() => interval("5" as never), TypeError, 'Cannot tick: expected ms, got "5"');
  assertThrows(() => interval(5, { start: NaN }), RangeError, "Cannot tick: expected ms, got NaN");
  for (const missed of ["never", "toString"]) {
    assertThrows(
      () => interval(5, { missed: missed as never }),
      TypeError,
      `"delay" or "burst", got "${missed}"`,
    );
  }
});

Deno.test("interval(Infinity) never ticks", () => {
  const clock = new VirtualClock();
  const tick = interval(Infinity, { clock }).tick();
  assertStrictEquals(tick.poll(context()), PENDING);
  clock.advance(1e12);
  assertEquals({ output: tick.poll(context()), timers: clock.size }, { output: PENDING, timers: 0 });
});

Deno.test("for await gets the time of each tick, and leaving the loop disposes the interval", async () => {
  const clock = new VirtualClock({ autoAdvance: true });
  const ticks = interval(10, { clock });
  const times: number[] = [];
  for await (const time of ticks) {
    times.push(time);
    if (times.length === 3) break;
  }
  assertEquals({ times, now: clock.now(), timers: clock.size }, { times: [10, 20, 30], now: 30, timers: 0 });
  assertEquals(await ticks.next(), { done: true, value: undefined });
});

Deno.test("next() called several times at once gives one tick each, in order", async () => {
  const clock = new VirtualClock({ autoAdvance: true });
  const ticks = interval(10, { clock });
  const results = await Promise.all([ticks.next(), ticks.next(), ticks.next()]);
  assertEquals(results.map(({ value }) => value), [10, 20, 30]);
  assertEquals({ now: clock.now(), timers: clock.size }, { now: 30, timers: 0 });
});

Deno.test("next() is a future: nothing is registered before it is waited for, nor after it is let go of", () => {
  const clock = new VirtualClock();
  const ticks = interval(10, { clock });
  const next = ticks.next();
  const idle = clock.size;
  assertStrictEquals(next.poll(context()), PENDING);
  const waiting = clock.size;
  next[Symbol.dispose]();
  assertEquals({ idle, waiting, dropped: clock.size }, { idle: 0, waiting: 1, dropped: 0 });
  clock.advance(10);
  assertEquals(next.poll(context()), { done: false, value: 10 });
});

Deno.test("a generator task takes next() with yield*", () => {
  const clock = new VirtualClock();
  const ticks = interval(10, { clock });
  const results: unknown[] = [];
  const [task] = spawn(function* () {
    for (;;) {
      const result = yield* ticks.next();
      results.push(result);
      if (result.done) return;
    }
  }, (task) => void task.run());
  task.run();
  clock.advance(10);
  ticks[Symbol.dispose]();
  assertEquals(results, [{ done: false, value: 10 }, { done: true, value: undefined }]);
});

Deno.test("tick() gives the same as often as it is asked, and takes one tick", async () => {
  const clock = new VirtualClock({ autoAdvance: true });
  const ticks = interval(10, { clock });
  const tick = ticks.tick();
  assertEquals(await Promise.all([tick, tick]), [10, 10]);
  assertEquals({ polled: tick.poll(context()), awaited: await tick }, { polled: 10, awaited: 10 });
  assertEquals(await ticks.tick(), 20);
});

Deno.test("tick() registers one wake-up while it waits, for whoever polled last", () => {
  const clock = new VirtualClock();
  const [first, second] = [context(), context()];
  const tick = interval(10, { clock }).tick();
  assertEquals(clock.size, 0);
  tick.poll(first);
  tick.poll(second);
  assertEquals(clock.size, 1);
  clock.advance(10);
  assertEquals(
    { firstWakes: first.waker.wakes, secondWakes: second.waker.wakes, timers: clock.size },
    { firstWakes: 0, secondWakes: 1, timers: 0 },
  );
  assertEquals(tick.poll(second), 10);
});

Deno.test("tick() that is let go of loses no tick, and leaves nothing registered", () => {
  const clock = new VirtualClock();
  const ticks = interval(10, { clock });
  const tick = ticks.tick();
  tick.poll(context());
  clock.advance(10);
  tick[Symbol.dispose]();
  tick[Symbol.dispose]();
  assertEquals({ timers: clock.size, output: ticks.tick().poll(context()) }, { timers: 0, output: 10 });
});

Deno.test("a generator task takes ticks with yield*, and lets go of them when it is cancelled", () => {
  const clock = new VirtualClock();
  const ticks = interval(10, { clock });
  const queue = new Queue();
  const times: number[] = [];
  const [task, handle] = spawn(function* () {
    for (;;) times.push(yield* ticks.tick());
  }, queue.schedule);
  task.run();
  for (let i = 0; i < 3; i++) {
    clock.advance(10);
    queue.run();
  }
  assertEquals(
    { times, schedules: queue.schedules, timers: clock.size },
    { times: [10, 20, 30], schedules: 3, timers: 1 },
  );
  handle.cancel();
  queue.run();
  assertEquals(clock.size, 0);
});

Deno.test("yield* waits for a tick that is awaited already, and both get it", async () => {
  const clock = new VirtualClock({ autoAdvance: true });
  const tick = interval(10, { clock }).tick();
  const awaited = tick.then((time) => time);
  const [task, handle] = spawn(function* () {
    return yield* tick;
  }, (task) => void task.run());
  task.run();
  assertEquals({ awaited: await awaited, output: await handle }, { awaited: 10, output: 10 });
});

Deno.test("dispose() ends a pending next(), and makes a pending tick() throw", async () => {
  const clock = new VirtualClock();
  const ticks = interval(10, { clock });
  const next = ticks.next().then();
  const tick = ticks.tick().then();
  await null;
  assertEquals(clock.size, 2);
  ticks[Symbol.dispose]();
  assertEquals(await next, { done: true, value: undefined });
  await assertRejects(() => tick, TypeError, "Cannot wait for a tick: the interval was disposed");
  assertEquals(clock.size, 0);
});

Deno.test("reset() starts the period anew, for those who wait, too", () => {
  const clock = new VirtualClock();
  const ticks = interval(10, { clock });
  const cx = context();
  const tick = ticks.tick();
  tick.poll(cx);
  clock.advance(7);
  ticks.reset();
  assertEquals(cx.waker.wakes, 1);
  assertStrictEquals(tick.poll(cx), PENDING);
  assertEquals({ timers: clock.size, nextDeadline: clock.nextDeadline }, { timers: 1, nextDeadline: 17 });
  clock.advance(10);
  assertEquals({ wakes: cx.waker.wakes, output: tick.poll(cx) }, { wakes: 2, output: 17 });
});

Deno.test("an aborted signal is asked first, and its reason thrown as it is", async () => {
  const clock = new VirtualClock();
  const signal = new CountingSignal();
  const ticks = interval(10, { clock, signal: signal.signal, missed: "burst" });
  const cx = context();
  const tick = ticks.tick();
  tick.poll(cx);
  assertEquals({ listeners: signal.listeners, timers: clock.size }, { listeners: 1, timers: 1 });
  clock.advance(100);
  assertEquals(tick.poll(cx), 10);
  const next = ticks.tick();
  assertEquals(next.poll(cx), 20);
  const reason = new Error("enough");
  signal.abort(reason);
  assertStrictEquals(thrownBy(() => ticks.tick().poll(cx)), reason);
  assertStrictEquals(await assertRejects(() => ticks.next()), reason);
  assertEquals(
    { output: next.poll(cx), added: signal.added, listeners: signal.listeners, timers: clock.size },
    { output: 20, added: 1, listeners: 0, timers: 0 },
  );
});

Deno.test("an abort wakes whoever waits for a tick, and leaves nothing registered", async () => {
  const clock = new VirtualClock();
  const signal = new CountingSignal();
  const next = interval(10, { clock, signal: signal.signal }).next();
  await macrotask();
  signal.abort("enough");
  assertEquals(await next.catch((reason) => reason), "enough");
  assertEquals({ timers: clock.size, listeners: signal.listeners }, { timers: 0, listeners: 0 });
});

Deno.test("interval() asks a clock whose time goes on by itself", () => {
  let now = 0;
  const clock = { now: () => now++, register: () => ({}), cancel: () => {} };
  const ticks = interval(2, { clock });
  const tick = ticks.tick();
  assertStrictEquals(tick.poll(context()), PENDING); // at 1, due at 2
  assertEquals(tick.poll(context()), 2);
  const second = ticks.tick(); // due at 4
  assertStrictEquals(second.poll(context()), PENDING); // at 3
  const third = ticks.tick();
  assertEquals(third.poll(context()), 4);
  now = 5;
  assertStrictEquals(second.poll(context()), PENDING); // at 5: the tick was taken, now due at 6
  assertEquals(second.poll(context()), 6);
});

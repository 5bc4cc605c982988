import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { mock } from "node:test";
import { PENDING, spawn } from "../../mod.ts";
import { type Clock, sleep, sleepUntil, VirtualClock } from "../../lib/time/mod.ts";
import { boom, context, CountingWaker, macrotask, Queue, reported, thrownBy, throws } from "../helpers.ts";
import { CountingSignal } from "./counting_signal.ts";

Deno.test("sleep() counts from its call, and registers nothing until it is polled", () => {
  const clock = new VirtualClock({ now: 100 });
  const nap = sleep(10, { clock });
  assertEquals(
    { deadline: nap.deadline, isElapsed: nap.isElapsed, timers: clock.size },
    { deadline: 110, isElapsed: false, timers: 0 },
  );
  clock.advance(4);
  const cx = context();
  assertStrictEquals(nap.poll(cx), PENDING);
  assertEquals({ timers: clock.size, nextDeadline: clock.nextDeadline }, { timers: 1, nextDeadline: 110 });
  clock.advance(6);
  assertEquals(
    { wakes: cx.waker.wakes, timers: clock.size, isElapsed: nap.isElapsed },
    { wakes: 1, timers: 0, isElapsed: true },
  );
  assertEquals(
    { output: nap.poll(cx), outputAgain: nap.poll(cx) },
    { output: undefined, outputAgain: undefined },
  );
});

Deno.test("sleep() wakes whoever polled last, once", () => {
  const clock = new VirtualClock();
  const [first, second] = [context(), context()];
  const nap = sleep(10, { clock });
  nap.poll(first);
  nap.poll(second);
  assertEquals(clock.size, 1);
  clock.advance(20);
  assertEquals(
    { firstWakes: first.waker.wakes, secondWakes: second.waker.wakes },
    { firstWakes: 0, secondWakes: 1 },
  );
});

Deno.test("sleep() is pending once when its time has come already", () => {
  for (const ms of [0, -1, -Infinity]) {
    const clock = new VirtualClock({ now: 50 });
    const nap = sleep(ms, { clock });
    const cx = context();
    assertStrictEquals(nap.poll(cx), PENDING);
    assertEquals(clock.advance(0), 1);
    assertEquals(
      { wakes: cx.waker.wakes, output: nap.poll(cx), timers: clock.size },
      { wakes: 1, output: undefined, timers: 0 },
    );
  }
});

Deno.test("sleep() is ready in a later poll when its time has come, even if the clock had no turn", () => {
  let now = 0;
  const inner = new VirtualClock();
  const clock: Clock = {
    now: () => now,
    register: (at, waker) => inner.register(at, waker),
    cancel: (entry) => inner.cancel(entry),
  };
  const nap = sleep(10, { clock });
  nap.poll(context());
  now = 10;
  assertEquals(
    { output: nap.poll(context()), timers: inner.size, isElapsed: nap.isElapsed },
    { output: undefined, timers: 0, isElapsed: true },
  );
});

Deno.test("sleep(Infinity) is never over, and registers nothing with the clock", async () => {
  const clock = new VirtualClock();
  const controller = new AbortController();
  const nap = sleep(Infinity, { clock, signal: controller.signal });
  const cx = context();
  assertStrictEquals(nap.poll(cx), PENDING);
  clock.advance(1e300);
  assertStrictEquals(nap.poll(cx), PENDING);
  assertEquals({ timers: clock.size, wakes: cx.waker.wakes }, { timers: 0, wakes: 0 });
  const waits = nap.then();
  controller.abort("enough");
  assertStrictEquals(await waits.catch((reason) => reason), "enough");
});

Deno.test("sleep() and sleepUntil() take neither NaN nor what is no number", () => {
  assertThrows(() => sleep(NaN), RangeError, "Cannot sleep: expected ms, got NaN");
  assertThrows(() => sleepUntil(NaN), RangeError, "Cannot sleep: expected ms, got NaN");
  assertThrows(() => sleep("5" as never), TypeError, 'Cannot sleep: expected ms, got "5"');
});

Deno.test("sleepUntil() is over at its time", () => {
  const clock = new VirtualClock({ now: 50 });
  const nap = sleepUntil(70, { clock });
  const cx = context();
  nap.poll(cx);
  clock.advance(19);
  assertEquals(cx.waker.wakes, 0);
  clock.advance(1);
  assertEquals({ wakes: cx.waker.wakes, output: nap.poll(cx) }, { wakes: 1, output: undefined });
});

Deno.test("sleep() refuses what is no waker, and registers nothing", () => {
  const clock = new VirtualClock();
  const nap = sleep(5, { clock });
  assertThrows(() => nap.poll({ waker: {} as never }), TypeError, "no wake() method");
  assertEquals(clock.size, 0);
  nap.poll(context());
  assertThrows(() => nap.poll({ waker: {} as never }), TypeError, "no wake() method");
});

Deno.test("sleep() may be awaited by several at once, and after its end", async () => {
  const clock = new VirtualClock();
  const nap = sleep(10, { clock });
  let count = 0;
  const waits = [nap, nap, nap].map(async (nap) => void (await nap, count++));
  await null;
  assertEquals(clock.size, 1);
  clock.advance(10);
  await Promise.all(waits);
  assertEquals({ count, timers: clock.size, output: await nap }, { count: 3, timers: 0, output: undefined });
});

Deno.test("a generator task sleeps with yield*, one schedule a sleep", async () => {
  const clock = new VirtualClock();
  const queue = new Queue();
  const [task, handle] = spawn(function* () {
    yield* sleep(10, { clock });
    yield* sleep(0, { clock });
    yield* sleep(5, { clock });
    return clock.now();
  }, queue.schedule);
  task.run();
  for (const ms of [10, 0, 5]) {
    clock.advance(ms);
    queue.run();
  }
  assertEquals(
    { output: await handle, schedules: queue.schedules, timers: clock.size },
    { output: 15, schedules: 3, timers: 0 },
  );
});

Deno.test("a generator task that is cancelled while it sleeps leaves nothing registered", async () => {
  const clock = new VirtualClock();
  const signal = new CountingSignal();
  const queue = new Queue();
  const [task, handle] = spawn(function* () {
    yield* sleep(10, { clock, signal: signal.signal });
  }, queue.schedule);
  task.run();
  assertEquals({ timers: clock.size, listeners: signal.listeners }, { timers: 1, listeners: 1 });
  handle.cancel("enough");
  queue.run();
  assertEquals(
    { timers: clock.size, listeners: signal.listeners, schedules: queue.schedules },
    { timers: 0, listeners: 0, schedules: 1 },
  );
  assertEquals(await handle.outcome(), { status: "cancelled", reason: "enough" });
});

Deno.test("dispose() takes the wake-up back, and a later poll registers it anew", () => {
  const clock = new VirtualClock();
  const cx = context();
  const nap = sleep(10, { clock });
  nap[Symbol.dispose]();
  nap.poll(cx);
  nap[Symbol.dispose]();
  nap[Symbol.dispose]();
  assertEquals(clock.size, 0);
  nap.poll(cx);
  clock.advance(10);
  nap[Symbol.dispose]();
  assertEquals({ wakes: cx.waker.wakes, output: nap.poll(cx) }, { wakes: 1, output: undefined });
});

Deno.test("sleep() asks for an aborted signal first, and listens to nothing then", async () => {
  const reason = new Error("enough");
  const clock = new VirtualClock();
  const signal = new CountingSignal();
  signal.abort(reason);
  const nap = sleep(0, { clock, signal: signal.signal });
  assertStrictEquals(thrownBy(() => nap.poll(context())), reason);
  assertStrictEquals(thrownBy(() => nap.poll(context())), reason);
  assertStrictEquals(await assertRejects(async () => await nap), reason);
  assertEquals({ timers: clock.size, added: signal.added }, { timers: 0, added: 0 });
});

Deno.test("sleep() throws the reason when it is aborted, and leaves nothing registered", () => {
  const clock = new VirtualClock();
  const signal = new CountingSignal();
  const cx = context();
  const nap = sleep(10, { clock, signal: signal.signal });
  nap.poll(cx);
  nap.poll(cx);
  assertEquals({ timers: clock.size, added: signal.added }, { timers: 1, added: 1 });
  signal.abort("enough");
  assertEquals(
    { wakes: cx.waker.wakes, timers: clock.size, listeners: signal.listeners },
    { wakes: 1, timers: 0, listeners: 0 },
  );
  assertEquals(
    { thrown: thrownBy(() => nap.poll(cx)), isElapsed: nap.isElapsed },
    { thrown: "enough", isElapsed: false },
  );
});

Deno.test("sleep() ignores the signal once its time has come", () => {
  const clock = new VirtualClock();
  const signal = new CountingSignal();
  const cx = context();
  const nap = sleep(10, { clock, signal: signal.signal });
  nap.poll(cx);
  clock.advance(10);
  assertEquals({ added: signal.added, listeners: signal.listeners }, { added: 1, listeners: 0 });
  signal.abort("late");
  assertEquals({ wakes: cx.waker.wakes, output: nap.poll(cx) }, { wakes: 1, output: undefined });
});

Deno.test("sleep() makes one listener of 1,000 that wait for a signal, and tells them in order", () => {
  const clock = new VirtualClock();
  const signal = new CountingSignal();
  const log: number[] = [];
  const naps = Array.from({ length: 1000 }, (_, n) => {
    const nap = sleep(10, { clock, signal: signal.signal });
    nap.poll({ waker: { wake: () => void log.push(n) } });
    return nap;
  });
  naps[0][Symbol.dispose]();
  assertEquals({ added: signal.added, listeners: signal.listeners }, { added: 1, listeners: 1 });
  for (const nap of naps.slice(500)) nap[Symbol.dispose]();
  signal.abort("enough");
  assertEquals(log, Array.from({ length: 499 }, (_, n) => n + 1));
  assertEquals(
    { added: signal.added, listeners: signal.listeners, timers: clock.size },
    { added: 1, listeners: 0, timers: 0 },
  );
});

Deno.test("sleep() whose waker throws when it is aborted is reported, and the others are woken", async () => {
  const errors = await reported(() => {
    const controller = new AbortController();
    const waker = new CountingWaker();
    const options = { clock: new VirtualClock(), signal: controller.signal };
    sleep(10, options).poll({ waker: { wake: throws } });
    sleep(10, options).poll({ waker });
    controller.abort();
    assertEquals(waker.wakes, 1);
  });
  assertEquals(errors, [boom]);
});

Deno.test("sleep() that waits again for a signal listens again", () => {
  const clock = new VirtualClock();
  const signal = new CountingSignal();
  const nap = sleep(10, { clock, signal: signal.signal });
  for (let i = 0; i < 3; i++) {
    nap.poll(context());
    nap[Symbol.dispose]();
  }
  assertEquals({ added: signal.added, listeners: signal.listeners }, { added: 3, listeners: 0 });
});

Deno.test("sleep() uses real time by default, and fires never early, nor at once by overflow", async () => {
  const start = performance.now();
  await sleep(2);
  assertEquals(performance.now() - start >= 2, true);

  const waker = new CountingWaker();
  const long = sleep(2 ** 31 + 5);
  long.poll({ waker });
  await macrotask();
  await macrotask();
  assertEquals({ wakes: waker.wakes, output: long.poll({ waker }) }, { wakes: 0, output: PENDING });
  long[Symbol.dispose]();
});

Deno.test("sleep() takes the fake timers of a test framework", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const now = performance.now.bind(performance);
  let passed = 0;
  performance.now = () => now() + passed;
  try {
    let isOver = false;
    const nap = sleep(3_000_000_000).then(() => isOver = true);
    await null;
    for (passed = 1e9; passed <= 2e9; passed += 1e9) {
      mock.timers.tick(1e9);
      await null;
    }
    assertEquals(isOver, false);
    passed = 3e9 + 1e6;
    mock.timers.tick(1e9 + 1e6);
    await nap;
    assertEquals(isOver, true);
  } finally {
    performance.now = now;
    mock.timers.reset();
  }
});

Deno.test("reset() moves the end, for all who wait, to earlier and to later", async () => {
  const clock = new VirtualClock();
  const nap = sleep(10, { clock });
  nap.reset(20);
  const waits = Promise.all([nap.then(() => clock.now()), nap.then(() => clock.now())]);
  assertEquals({ deadline: nap.deadline, nextDeadline: clock.nextDeadline, timers: clock.size }, {
    deadline: 20,
    nextDeadline: 20,
    timers: 1,
  });
  clock.advance(19);
  nap.reset(Infinity);
  assertEquals({ deadline: nap.deadline, timers: clock.size }, { deadline: Infinity, timers: 0 });
  clock.advance(1);
  nap.reset(5);
  clock.advance(5);
  assertEquals({ waits: await waits, isElapsed: nap.isElapsed, timers: clock.size }, {
    waits: [25, 25],
    isElapsed: true,
    timers: 0,
  });
  assertThrows(() => nap.reset(1), TypeError, "Cannot reset the sleep: it is elapsed");
  assertThrows(
    () => sleep(1, { clock }).reset(NaN),
    RangeError,
    "Cannot reset the sleep: expected ms, got NaN",
  );
});

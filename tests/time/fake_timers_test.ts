/** Sleeps under the fake timers of test frameworks, which replace different things. */
import { assertEquals, assertRejects } from "@std/assert";
import { mock } from "node:test";
import { pending, yieldNow } from "../../mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { FakeTime } from "./fake_time.ts";
import { interval, sleep, systemClock, timeout } from "../../lib/time/mod.ts";

interface Fake {
  tick(ms: number): void;
  restore(): void;
}

const frameworks: Record<string, () => Fake> = {
  "FakeTime": () => {
    const time = new FakeTime();
    return { tick: (ms) => time.tick(ms), restore: () => time.restore() };
  },
  "FakeTime, from 0": () => {
    const time = new FakeTime(0);
    return { tick: (ms) => time.tick(ms), restore: () => time.restore() };
  },
  "mock.timers of Node": () => {
    // All of them but setImmediate: Deno's own does nothing any more when that is among them.
    mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
    return { tick: (ms) => mock.timers.tick(ms), restore: () => mock.timers.reset() };
  },
  "mock.timers of Node, setTimeout alone": () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    return { tick: (ms) => mock.timers.tick(ms), restore: () => mock.timers.reset() };
  },
};

/** Lets everything run that does not wait for time. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await null;
}

for (const [name, install] of Object.entries(frameworks)) {
  const test = (title: string, fn: (fake: Fake) => Promise<void>) =>
    Deno.test(`${name}: ${title}`, async () => {
      const fake = install();
      try {
        await fn(fake);
      } finally {
        fake.restore();
      }
      assertEquals(systemClock.size, 0);
    });

  test("sleep() ends at its tick, and not before", async (fake) => {
    let isOver = false;
    const slept = sleep(1000).then(() => isOver = true);
    fake.tick(999);
    await settle();
    assertEquals(isOver, false);
    fake.tick(1);
    await slept;
  });

  test("sleep() ends when it is ticked synchronously", async (fake) => {
    const slept = sleep(1000).then();
    fake.tick(1000);
    await slept;
  });

  test("sleeps that begin between ticks end in their order", async (fake) => {
    const log: number[] = [];
    const first = sleep(1000).then(() => log.push(1000));
    fake.tick(500);
    const second = sleep(499).then(() => log.push(999));
    const third = sleep(501).then(() => log.push(1001));
    fake.tick(499);
    await settle();
    assertEquals(log, [999]);
    fake.tick(1);
    await settle();
    assertEquals(log, [999, 1000]);
    fake.tick(1);
    await Promise.all([first, second, third]);
    assertEquals(log, [999, 1000, 1001]);
  });

  test("one task sleeps again and again", async (fake) => {
    const executor = new LocalExecutor();
    let naps = 0;
    const task = executor.spawn(async () => {
      for (; naps < 5; naps++) await sleep(100);
      return "rested";
    });
    for (let i = 0; i < 5; i++) {
      await settle();
      assertEquals(naps, i);
      fake.tick(100);
    }
    assertEquals(await task, "rested");
  });

  test("timeout(), spawn() with a timeout and interval() go by that time", async (fake) => {
    const late = assertRejects(async () => await timeout(pending(), 50), DOMException);
    const task = new LocalExecutor().spawn(pending(), "t", { timeout: 60 });
    const ticks = interval(20);
    const start = systemClock.now();
    const first = ticks.tick().then((time) => Math.round(time - start));
    await settle();
    fake.tick(20);
    assertEquals(await first, 20);
    fake.tick(30);
    await late;
    fake.tick(10);
    assertEquals((await task.outcome()).status, "cancelled");
  });

  test("sleep(0) lets others run, and a sleep that is let go of is forgotten", async (fake) => {
    const nap = sleep(0).then();
    const forgotten = sleep(1000);
    forgotten.poll({ waker: { wake() {} } });
    assertEquals(systemClock.size, 2);
    forgotten[Symbol.dispose]();
    fake.tick(0);
    fake.tick(1);
    await nap;
  });

  test("an executor lets go of the event loop, and goes on, without a tick", async () => {
    const executor = new LocalExecutor({ maxPolls: 1 });
    let steps = 0;
    await executor.spawn(function* () {
      for (; steps < 5; steps++) yield* yieldNow();
    });
    assertEquals(steps, 5);
  });
}

Deno.test("what sleeps when the fake timers come, and when they go, is woken in its own time", async () => {
  const before = sleep(5).then();
  await null;
  const time = new FakeTime();
  let isOver = false;
  const within = sleep(1000);
  void within.then(() => isOver = true);
  time.tick(3_600_000 - 1);
  await settle();
  time.restore();
  assertEquals(isOver, true);
  await before;
  const start = performance.now();
  await sleep(2);
  assertEquals({ isLate: performance.now() - start > 1000, timers: systemClock.size }, {
    isLate: false,
    timers: 0,
  });
});

Deno.test("what is let go of after the fake timers have gone clears nobody else's timer", async () => {
  const time = new FakeTime();
  const forgotten = sleep(1000);
  forgotten.poll({ waker: { wake() {} } });
  time.restore();
  const fired = Promise.all([1, 2, 3].map((ms) => new Promise((resolve) => setTimeout(resolve, ms))));
  forgotten[Symbol.dispose]();
  await fired;
  assertEquals(systemClock.size, 0);
});

/** Real time on fake native timers; two tests at the end use those of the runtime. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SystemClock, systemClock } from "../../lib/time/mod.ts";
import { CountingWaker } from "../helpers.ts";
import { local, printed } from "../programs.ts";
import { FakeNative, FakeRequests } from "./fake_native.ts";

function setup(time = 0): { native: FakeNative; clock: SystemClock; waker: CountingWaker } {
  const native = new FakeNative(time);
  return { native, clock: new SystemClock(native), waker: new CountingWaker() };
}

Deno.test("register() sets one native timer, for the first deadline, however many wait", async () => {
  const { native, clock, waker } = setup(100);
  for (let ms = 1000; ms > 0; ms--) clock.register(100 + ms, waker);
  assertEquals(
    { sets: native.sets, timers: clock.size, nextDeadline: clock.nextDeadline },
    { sets: 0, timers: 1000, nextDeadline: 101 },
  );
  await null;
  assertEquals(
    { sets: native.sets, clears: native.clears, ms: native.timer!.ms },
    { sets: 1, clears: 0, ms: 1 },
  );
});

Deno.test("register() replaces the native timer only when the new deadline is earlier", async () => {
  const { native, clock, waker } = setup();
  clock.register(10, waker);
  await null;
  clock.register(20, waker);
  await null;
  assertEquals({ sets: native.sets, clears: native.clears }, { sets: 1, clears: 0 });
  clock.register(5, waker);
  await null;
  assertEquals(
    { sets: native.sets, clears: native.clears, ms: native.timer!.ms },
    { sets: 2, clears: 1, ms: 5 },
  );
});

Deno.test("the native timer wakes all who are due, in order, and is set for the next", async () => {
  const { native, clock } = setup();
  const log: string[] = [];
  for (const [at, name] of [[7, "c"], [5, "a"], [9, "d"], [5, "b"]] as const) {
    clock.register(at, { wake: () => void log.push(name) });
  }
  await null;
  await native.fire(8);
  assertEquals(log, ["a", "b", "c"]);
  assertEquals(
    { sets: native.sets, clears: native.clears, ms: native.timer!.ms },
    { sets: 2, clears: 0, ms: 1 },
  );
  await native.fire(9);
  assertEquals(log, ["a", "b", "c", "d"]);
  assertEquals(
    { sets: native.sets, timer: native.timer, nextDeadline: clock.nextDeadline },
    { sets: 2, timer: undefined, nextDeadline: Infinity },
  );
});

Deno.test("nobody is woken early when the native timer fires early", async () => {
  const { native, clock, waker } = setup(0.5);
  clock.register(10.2, waker);
  await null;
  assertEquals({ nextDeadline: clock.nextDeadline, ms: native.timer!.ms }, { nextDeadline: 11, ms: 10 });
  await native.fire(9.9);
  assertEquals({ wakes: waker.wakes, ms: native.timer!.ms }, { wakes: 0, ms: 1 });
  await native.fire(10.9);
  assertEquals({ wakes: waker.wakes, ms: native.timer!.ms }, { wakes: 0, ms: 0 });
  await native.fire(11);
  assertEquals(
    { wakes: waker.wakes, sets: native.sets, timer: native.timer },
    { wakes: 1, sets: 3, timer: undefined },
  );
});

Deno.test("a deadline beyond 2^31 - 1 ms is approached in steps", async () => {
  const max = 2 ** 31 - 1;
  const { native, clock, waker } = setup();
  clock.register(2.5 * max, waker);
  await null;
  assertEquals(native.timer!.ms, max);
  await native.fire(max);
  assertEquals({ wakes: waker.wakes, ms: native.timer!.ms }, { wakes: 0, ms: max });
  await native.fire(2 * max);
  assertEquals(
    { wakes: waker.wakes, ms: native.timer!.ms },
    { wakes: 0, ms: Math.ceil(2.5 * max) - 2 * max },
  );
  await native.fire(3 * max);
  assertEquals(
    { wakes: waker.wakes, sets: native.sets, timers: clock.size },
    { wakes: 1, sets: 3, timers: 0 },
  );
});

Deno.test("register() with Infinity sets no native timer", async () => {
  const { native, clock, waker } = setup();
  const entry = clock.register(Infinity, waker);
  await null;
  assertEquals(
    { sets: native.sets, timers: clock.size, nextDeadline: clock.nextDeadline },
    { sets: 0, timers: 1, nextDeadline: Infinity },
  );
  clock.cancel(entry);
  await null;
  assertEquals(
    { sets: native.sets, clears: native.clears, timers: clock.size },
    { sets: 0, clears: 0, timers: 0 },
  );
});

Deno.test("register() takes neither NaN nor what is no waker", () => {
  const { clock, waker } = setup();
  assertThrows(() => clock.register(NaN, waker), RangeError, "Cannot register a waker: expected ms, got NaN");
  assertThrows(() => clock.register(1, {} as never), TypeError, "no wake() method");
  assertEquals(clock.size, 0);
});

Deno.test("cancel() of the last clears the native timer, and of another leaves it", async () => {
  const { native, clock, waker } = setup();
  const first = clock.register(5, waker);
  const second = clock.register(10, waker);
  await null;
  clock.cancel(first);
  clock.cancel(first);
  await null;
  assertEquals(
    { sets: native.sets, clears: native.clears, timers: clock.size },
    { sets: 1, clears: 0, timers: 1 },
  );
  await native.fire(5);
  assertEquals({ wakes: waker.wakes, ms: native.timer!.ms }, { wakes: 0, ms: 5 });
  clock.cancel(second);
  await null;
  assertEquals(
    { sets: native.sets, clears: native.clears, timer: native.timer, timers: clock.size },
    { sets: 2, clears: 1, timer: undefined, timers: 0 },
  );
});

Deno.test("cancel() in the same turn as register() costs no native timer", async () => {
  const { native, clock, waker } = setup();
  for (let i = 0; i < 10; i++) clock.cancel(clock.register(5, waker));
  await null;
  assertEquals({ sets: native.sets, timers: clock.size }, { sets: 0, timers: 0 });
});

Deno.test("cancel() by a waker keeps another from being woken that is due", async () => {
  const { native, clock, waker } = setup();
  clock.register(5, { wake: () => clock.cancel(second) });
  const second = clock.register(5, waker);
  await null;
  await native.fire(5);
  assertEquals({ wakes: waker.wakes, timers: clock.size }, { wakes: 0, timers: 0 });
});

Deno.test("who registers again while being woken is woken a ms later, so that firing ends", async () => {
  const { native, clock } = setup();
  let wakes = 0;
  const again = { wake: (): void => void (++wakes < 3 && clock.register(-5, again)) };
  clock.register(0, again);
  await null;
  assertEquals(native.timer!.ms, 0);
  await native.fire(0);
  assertEquals({ wakes, ms: native.timer!.ms }, { wakes: 1, ms: 1 });
  await native.fire(1.5);
  assertEquals({ wakes, ms: native.timer!.ms }, { wakes: 2, ms: 0 });
  await native.fire(2);
  assertEquals({ wakes, timer: native.timer }, { wakes: 3, timer: undefined });
});

Deno.test("fire() wakes the others, too, when wakers throw, and throws all their errors", async () => {
  const { native, clock, waker } = setup();
  const boom = (message: string) => ({
    wake: () => {
      throw new Error(message);
    },
  });
  clock.register(1, boom("first"));
  clock.register(1, waker);
  clock.register(2, boom("second"));
  clock.register(9, waker);
  await null;
  const error = await assertRejects(() => native.fire(3)) as SuppressedError;
  assertEquals(
    { error: error.error.message, suppressed: error.suppressed.message },
    { error: "second", suppressed: "first" },
  );
  assertEquals(
    { wakes: waker.wakes, timers: clock.size, ms: native.timer!.ms },
    { wakes: 1, timers: 1, ms: 6 },
  );
});

Deno.test("fire() wakes by hand whoever is due, and counts them", async () => {
  const { native, clock, waker } = setup();
  clock.register(5, waker);
  clock.register(6, waker);
  await null;
  native.time = 5.5;
  assertEquals(
    { fired: clock.fire(), firedAgain: clock.fire(), wakes: waker.wakes },
    { fired: 1, firedAgain: 0, wakes: 1 },
  );
  await native.fire(6);
  assertEquals({ wakes: waker.wakes, timer: native.timer }, { wakes: 2, timer: undefined });
});

Deno.test("systemClock is performance.now(), and never early", async () => {
  const start = performance.now();
  assert(systemClock.now() >= start);
  await Promise.all([3, 1, 2].map((ms) =>
    new Promise<void>((resolve) => {
      const at = start + ms / 3;
      systemClock.register(at, {
        wake() {
          assert(performance.now() >= at);
          resolve();
        },
      });
    })
  ));
  assertEquals(systemClock.size, 0);
});

Deno.test("the process ends when nobody waits any more, and not before", async () => {
  const code = `
    import { sleep } from ${local("lib/time/mod.ts")};
    const forgotten = sleep(1e9);
    forgotten.then(() => {});
    forgotten[Symbol.dispose]();
    sleep(Infinity).then(() => {});
    sleep(5).then(() => console.log("slept"));
  `;
  assertEquals(await printed(code), "slept\n");
});

Deno.test("who waits on unrefClock does not keep the process, and is woken while it lives", async () => {
  const code = `
    import { sleep, unrefClock } from ${local("lib/time/mod.ts")};
    sleep(1e9, { clock: unrefClock }).then(() => console.log("too late"));
    sleep(5, { clock: unrefClock }).then(() => console.log("slept"));
    await sleep(50);
  `;
  assertEquals(await printed(code), "slept\n");
});

Deno.test("where a timer is lost with its request, everyone who waits has one", () => {
  const native = new FakeRequests();
  const clock = new SystemClock(native);
  const [first, second, third] = [new CountingWaker(), new CountingWaker(), new CountingWaker()];
  clock.register(10, first);
  clock.register(10, second);
  const entry = clock.register(20, third);
  assertEquals(
    { ms: native.timers.map(({ ms }) => ms), timers: clock.size, nextDeadline: clock.nextDeadline },
    { ms: [10, 10, 20], timers: 3, nextDeadline: 10 },
  );
  native.fire(1, 9.5);
  assertEquals({ wakes: second.wakes, ms: native.timers.map(({ ms }) => ms) }, { wakes: 0, ms: [10, 20, 0] });
  native.fire(2, 10);
  assertEquals(
    { firstWakes: first.wakes, secondWakes: second.wakes, timers: clock.size },
    { firstWakes: 0, secondWakes: 1, timers: 2 },
  );
  clock.cancel(entry);
  clock.cancel(entry);
  assertEquals(
    { clears: native.clears, nativeTimers: native.timers.length, nextDeadline: clock.nextDeadline },
    { clears: 1, nativeTimers: 1, nextDeadline: 10 },
  );
  assertEquals(
    { fired: clock.fire(), wakes: first.wakes, timers: clock.size },
    { fired: 1, wakes: 1, timers: 0 },
  );
  native.fire(0, 11);
  assertEquals(
    { firstWakes: first.wakes, thirdWakes: third.wakes, nativeTimers: native.timers.length },
    { firstWakes: 1, thirdWakes: 0, nativeTimers: 0 },
  );
  clock.register(Infinity, first);
  assertEquals({ timers: clock.size, nativeTimers: native.timers.length }, { timers: 1, nativeTimers: 0 });
});

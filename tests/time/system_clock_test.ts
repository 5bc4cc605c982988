/** Real time on fake native timers; two tests at the end use those of the runtime. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SystemClock, systemClock } from "../../lib/time/mod.ts";
import { CountingWaker } from "../helpers.ts";
import { FakeNative, FakeRequests } from "./fake_native.ts";

function setup(time = 0): { native: FakeNative; clock: SystemClock; waker: CountingWaker } {
  const native = new FakeNative(time);
  return { native, clock: new SystemClock(native), waker: new CountingWaker() };
}

Deno.test("register() sets one native timer, for the first deadline, however many wait", async () => {
  const { native, clock, waker } = setup(100);
  for (let ms = 1000; ms > 0; ms--) clock.register(100 + ms, waker);
  assertEquals([native.sets, clock.size, clock.nextDeadline], [0, 1000, 101]);
  await null;
  assertEquals([native.sets, native.clears, native.timer!.ms], [1, 0, 1]);
});

Deno.test("register() replaces the native timer only when the new deadline is earlier", async () => {
  const { native, clock, waker } = setup();
  clock.register(10, waker);
  await null;
  clock.register(20, waker);
  await null;
  assertEquals([native.sets, native.clears], [1, 0]);
  clock.register(5, waker);
  await null;
  assertEquals([native.sets, native.clears, native.timer!.ms], [2, 1, 5]);
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
  assertEquals([native.sets, native.clears, native.timer!.ms], [2, 0, 1]);
  await native.fire(9);
  assertEquals(log, ["a", "b", "c", "d"]);
  assertEquals([native.sets, native.timer, clock.nextDeadline], [2, undefined, Infinity]);
});

Deno.test("nobody is woken early when the native timer fires early", async () => {
  const { native, clock, waker } = setup(0.5);
  clock.register(10.2, waker);
  await null;
  assertEquals([clock.nextDeadline, native.timer!.ms], [11, 10]);
  await native.fire(9.9);
  assertEquals([waker.wakes, native.timer!.ms], [0, 1]);
  await native.fire(10.9);
  assertEquals([waker.wakes, native.timer!.ms], [0, 0]);
  await native.fire(11);
  assertEquals([waker.wakes, native.sets, native.timer], [1, 3, undefined]);
});

Deno.test("a deadline beyond 2^31 - 1 ms is approached in steps", async () => {
  const max = 2 ** 31 - 1;
  const { native, clock, waker } = setup();
  clock.register(2.5 * max, waker);
  await null;
  assertEquals(native.timer!.ms, max);
  await native.fire(max);
  assertEquals([waker.wakes, native.timer!.ms], [0, max]);
  await native.fire(2 * max);
  assertEquals([waker.wakes, native.timer!.ms], [0, Math.ceil(2.5 * max) - 2 * max]);
  await native.fire(3 * max);
  assertEquals([waker.wakes, native.sets, clock.size], [1, 3, 0]);
});

Deno.test("register() with Infinity sets no native timer", async () => {
  const { native, clock, waker } = setup();
  const entry = clock.register(Infinity, waker);
  await null;
  assertEquals([native.sets, clock.size, clock.nextDeadline], [0, 1, Infinity]);
  clock.cancel(entry);
  await null;
  assertEquals([native.sets, native.clears, clock.size], [0, 0, 0]);
});

Deno.test("register() takes neither NaN nor what is no waker", () => {
  const { clock, waker } = setup();
  assertThrows(() => clock.register(NaN, waker), RangeError, "Cannot register a waker: NaN");
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
  assertEquals([native.sets, native.clears, clock.size], [1, 0, 1]);
  await native.fire(5);
  assertEquals([waker.wakes, native.timer!.ms], [0, 5]);
  clock.cancel(second);
  await null;
  assertEquals([native.sets, native.clears, native.timer, clock.size], [2, 1, undefined, 0]);
});

Deno.test("cancel() in the same turn as register() costs no native timer", async () => {
  const { native, clock, waker } = setup();
  for (let i = 0; i < 10; i++) clock.cancel(clock.register(5, waker));
  await null;
  assertEquals([native.sets, clock.size], [0, 0]);
});

Deno.test("cancel() by a waker keeps another from being woken that is due", async () => {
  const { native, clock, waker } = setup();
  clock.register(5, { wake: () => clock.cancel(second) });
  const second = clock.register(5, waker);
  await null;
  await native.fire(5);
  assertEquals([waker.wakes, clock.size], [0, 0]);
});

Deno.test("who registers again while being woken is woken a ms later, so that firing ends", async () => {
  const { native, clock } = setup();
  let wakes = 0;
  const again = { wake: (): void => void (++wakes < 3 && clock.register(-5, again)) };
  clock.register(0, again);
  await null;
  assertEquals(native.timer!.ms, 0);
  await native.fire(0);
  assertEquals([wakes, native.timer!.ms], [1, 1]);
  await native.fire(1.5);
  assertEquals([wakes, native.timer!.ms], [2, 0]);
  await native.fire(2);
  assertEquals([wakes, native.timer], [3, undefined]);
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
  assertEquals([error.error.message, error.suppressed.message], ["second", "first"]);
  assertEquals([waker.wakes, clock.size, native.timer!.ms], [1, 1, 6]);
});

Deno.test("fire() wakes by hand whoever is due, and counts them", async () => {
  const { native, clock, waker } = setup();
  clock.register(5, waker);
  clock.register(6, waker);
  await null;
  native.time = 5.5;
  assertEquals([clock.fire(), clock.fire(), waker.wakes], [1, 0, 1]);
  await native.fire(6);
  assertEquals([waker.wakes, native.timer], [2, undefined]);
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
    import { sleep } from ${JSON.stringify(new URL("../../lib/time/mod.ts", import.meta.url).href)};
    const forgotten = sleep(1e9);
    forgotten.then(() => {});
    forgotten[Symbol.dispose]();
    sleep(Infinity).then(() => {});
    sleep(5).then(() => console.log("slept"));
  `;
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", code] }).output();
  assertEquals(new TextDecoder().decode(stdout), "slept\n");
});

Deno.test("where a timer is lost with its request, everyone who waits has one", () => {
  const native = new FakeRequests();
  const clock = new SystemClock(native);
  const [first, second, third] = [new CountingWaker(), new CountingWaker(), new CountingWaker()];
  clock.register(10, first);
  clock.register(10, second);
  const entry = clock.register(20, third);
  assertEquals([native.timers.map(({ ms }) => ms), clock.size, clock.nextDeadline], [[10, 10, 20], 3, 10]);
  native.fire(1, 9.5);
  assertEquals([second.wakes, native.timers.map(({ ms }) => ms)], [0, [10, 20, 0]]);
  native.fire(2, 10);
  assertEquals([first.wakes, second.wakes, clock.size], [0, 1, 2]);
  clock.cancel(entry);
  clock.cancel(entry);
  assertEquals([native.clears, native.timers.length, clock.nextDeadline], [1, 1, 10]);
  assertEquals([clock.fire(), first.wakes, clock.size], [1, 1, 0]);
  native.fire(0, 11);
  assertEquals([first.wakes, third.wakes, native.timers.length], [1, 0, 0]);
  clock.register(Infinity, first);
  assertEquals([clock.size, native.timers.length], [1, 0]);
});

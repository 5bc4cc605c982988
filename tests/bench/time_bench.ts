/**
 * Sleeps beside native timers, 1e5 at a time: `deno run -A tests/bench/time_bench.ts`.
 *
 * What is created has 1 to 10 ms to go, and a round ends when the last has fired: both sides pay for that.
 */
import { type Context, pending, spawn } from "../../mod.ts";
import { sleep, timeout, VirtualClock } from "../../lib/time/mod.ts";
import { group } from "./harness.ts";

const COUNT = 100_000;

/** Resolves when `done` was called `count` times. */
function countdown(count: number, start: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    start(() => {
      if (--left === 0) resolve();
    });
  });
}

const delay = (i: number): number => 1 + i % 10;

const timers = (count: number): Promise<void> =>
  countdown(count, (done) => {
    for (let i = 0; i < count; i++) setTimeout(done, delay(i));
  });

const polled = (count: number): Promise<void> =>
  countdown(count, (done) => {
    const cx: Context = { waker: { wake: done } };
    for (let i = 0; i < count; i++) sleep(delay(i)).poll(cx);
  });

const promised = (count: number): Promise<void> =>
  countdown(count, (done) => {
    for (let i = 0; i < count; i++) new Promise<void>((resolve) => setTimeout(resolve, delay(i))).then(done);
  });

const awaited = (count: number): Promise<void> =>
  countdown(count, (done) => {
    for (let i = 0; i < count; i++) sleep(delay(i)).then(done);
  });

function* nap(ms: number, done: () => void) {
  yield* sleep(ms);
  done();
}

const tasks = (count: number): Promise<void> =>
  countdown(count, (done) => {
    for (let i = 0; i < count; i++) spawn(nap(delay(i), done), (task) => void task.run())[0].run();
  });

await group("1e5 created and fired", COUNT, [
  { name: "setTimeout", run: timers },
  { name: "sleep, polled", run: polled, goal: 1 },
  { name: "sleep, in a generator task each", run: tasks, goal: 1 },
], 7);

await group("1e5 created, fired and awaited", COUNT, [
  { name: "new Promise of setTimeout", run: promised },
  { name: "sleep", run: awaited, goal: 1 },
], 7);

const idle: Context = { waker: { wake() {} } };
const never = pending();

await group("1e5 created and cancelled", COUNT, [
  {
    name: "setTimeout",
    run: (count) => {
      const ids = Array.from({ length: count }, (_, i) => setTimeout(() => {}, 1000 + delay(i)));
      for (const id of ids) clearTimeout(id);
    },
  },
  {
    name: "sleep",
    goal: 1,
    run: (count) => {
      const naps = Array.from({ length: count }, (_, i) => sleep(1000 + delay(i)));
      for (const nap of naps) nap.poll(idle);
      for (const nap of naps) nap[Symbol.dispose]();
    },
  },
  {
    name: "timeout of a future that never ends",
    run: (count) => {
      for (let i = 0; i < count; i++) {
        const future = timeout(never, 1000);
        future.poll(idle);
        future[Symbol.dispose]();
      }
    },
  },
], 7);

await group("one after the other, cancelled before the next turn", 20_000, [
  {
    name: "setTimeout",
    run: async (count) => {
      for (let i = 0; i < count; i++) {
        const id = setTimeout(() => {}, 1000);
        await null;
        clearTimeout(id);
      }
    },
  },
  {
    name: "sleep",
    goal: 1,
    run: async (count) => {
      for (let i = 0; i < count; i++) {
        const nap = sleep(1000);
        nap.poll(idle);
        await null;
        nap[Symbol.dispose]();
      }
    },
  },
], 7);

const random = Array.from({ length: COUNT }, () => Math.random() * 1e6);

await group("1e5 on a VirtualClock", COUNT, [
  {
    name: "due at 10 different times",
    run: (count) => {
      const clock = new VirtualClock();
      for (let i = 0; i < count; i++) sleep(delay(i), { clock }).poll(idle);
      clock.advance(10);
    },
  },
  {
    name: "due at 1e5 different times",
    run: (count) => {
      const clock = new VirtualClock();
      for (let i = 0; i < count; i++) sleep(random[i], { clock }).poll(idle);
      clock.advance(1e6);
    },
  },
], 7);

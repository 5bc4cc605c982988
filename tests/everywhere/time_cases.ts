/** Clocks, and what waits for them. */
import { spawn, type TaskGenerator } from "../../mod.ts";
import {
  deadline,
  interval,
  sleep,
  sleepUntil,
  SystemClock,
  systemClock,
  timeout,
  VirtualClock,
} from "../../lib/time/mod.ts";
import { context, macrotask, Queue, runNow } from "../helpers.ts";
import { equal, rejects } from "./assert.ts";
import type { Cases } from "./cases.ts";

export const cases: Cases = {
  "sleep() waits for real time, never less": async () => {
    const before = systemClock.now();
    await Promise.all([sleep(20), sleep(5), sleepUntil(before + 10)]);
    const passed = systemClock.now() - before;
    equal(passed >= 20 && passed < 5000 ? "in time" : passed, "in time");
    equal(systemClock.size, 0);
  },

  "sleeps end in the order of their deadlines": async () => {
    const order: number[] = [];
    await Promise.all([30, 10, 20, 0].map(async (ms) => {
      await sleep(ms);
      order.push(ms);
    }));
    equal(order, [0, 10, 20, 30]);
  },

  "a sleep without end keeps nothing registered when it is dropped": () => {
    const clock = new SystemClock();
    const nap = sleep(1e12, { clock });
    nap.poll(context());
    equal({ timers: clock.size, isFar: clock.nextDeadline > 1e12 }, { timers: 1, isFar: true });
    nap[Symbol.dispose]();
    equal({ timers: clock.size, nextDeadline: clock.nextDeadline }, { timers: 0, nextDeadline: Infinity });
  },

  "an aborted signal ends a sleep with its reason": async () => {
    const controller = new AbortController();
    const nap = rejects(sleep(60_000, { signal: controller.signal }), RangeError);
    await macrotask();
    const reason = new RangeError("enough");
    controller.abort(reason);
    equal(await nap, reason);
    equal(systemClock.size, 0);
  },

  "timeout() lets go of a future that is late": async () => {
    const error = await rejects(timeout(sleep(60_000), 5), DOMException);
    equal({ name: error.name, timers: systemClock.size }, { name: "TimeoutError", timers: 0 });
    equal(await timeout(sleep(1), 10_000), undefined);
    equal(
      (await rejects(deadline(sleep(60_000), systemClock.now() + 5), DOMException)).name,
      "TimeoutError",
    );
  },

  "interval() ticks": async () => {
    const ticks: number[] = [];
    const begin = systemClock.now();
    for await (const time of interval(5)) {
      if (ticks.push(time) === 3) break;
    }
    // Those that nobody was there for in time are left out.
    const steps = ticks.slice(1).map((time, i) => Math.round(time - ticks[i]));
    equal(steps.every((step) => step > 0 && step % 5 === 0) ? "multiples of 5" : steps, "multiples of 5");
    equal(systemClock.now() >= begin + 15, true);
  },

  "a virtual clock stands still until it is advanced": () => {
    const clock = new VirtualClock();
    const order: number[] = [];
    const queue = new Queue();
    function* body(ms: number): TaskGenerator<void> {
      yield* sleep(ms, { clock });
      order.push(ms);
    }
    for (const ms of [3, 1, 2]) spawn(body(ms), queue.schedule, ms)[0].schedule();
    queue.run();
    equal({ timers: clock.size, order }, { timers: 3, order: [] });
    clock.advance(2);
    queue.run();
    equal({ now: clock.now(), order }, { now: 2, order: [1, 2] });
    clock.advanceToNext();
    queue.run();
    equal({ now: clock.now(), timers: clock.size, order }, { now: 3, timers: 0, order: [1, 2, 3] });
  },

  "a virtual clock advances by itself when all is idle": async () => {
    const clock = new VirtualClock({ autoAdvance: true });
    const handles = [60_000, 1_000].map((ms) => {
      const [task, handle] = spawn(
        async () => {
          await sleep(ms, { clock });
          await macrotask();
          return clock.now();
        },
        runNow,
        ms,
      );
      task.run();
      return handle;
    });
    const [late, early] = await Promise.all(handles);
    equal(
      { late, isEarlyInTime: early! >= 1_000 && early! <= 60_000 },
      { late: 60_000, isEarlyInTime: true },
    );
  },

  "a cancelled task lets go of its sleep": async () => {
    const clock = new SystemClock();
    function* body(): TaskGenerator<void> {
      yield* sleep(60_000, { clock });
    }
    const [task, handle] = spawn(body(), runNow, 1);
    task.run();
    equal(clock.size, 1);
    handle.cancel();
    equal({ output: await handle, timers: clock.size }, { output: undefined, timers: 0 });
  },
};

/** Executors. */
import { blockOn, DeadlockError, limit, LocalExecutor, PriorityExecutor } from "../../lib/executor/mod.ts";
import { sleep, VirtualClock } from "../../lib/time/mod.ts";
import { currentTag, fromPromise, pending, yieldNow } from "../../mod.ts";
import { boom, macrotask, throwing } from "../helpers.ts";
import { equal, rejects, throws } from "./assert.ts";
import type { Cases } from "./cases.ts";

export const cases: Cases = {
  "a LocalExecutor runs tasks by itself, in order": async () => {
    const executor = new LocalExecutor();
    const log: number[] = [];
    const tasks = executor.spawnMany([1, 2, 3].map((n) => () => log.push(n)), (index) => index);
    equal({ log, size: executor.size }, { log: [], size: 3 });
    await Promise.all(tasks);
    equal(
      { log, tag: tasks[2].tag, isEmpty: executor.isEmpty },
      { log: [1, 2, 3], tag: 2, isEmpty: true },
    );
  },

  "the tag answers inside": async () => {
    const executor = new LocalExecutor();
    const task = executor.spawn(function* () {
      yield* yieldNow();
      return currentTag();
    }, "tag");
    equal(await task, "tag");
  },

  "a panic reaches who awaits, or else onPanic": async () => {
    const panics: unknown[] = [];
    const executor = new LocalExecutor({ onPanic: (error) => panics.push(error) });
    const fails = throwing(boom);
    await rejects(executor.spawn(fails), Error, "boom");
    executor.spawn(fails).detach();
    await macrotask();
    equal(panics, [boom]);
  },

  "timers go on while tasks are always ready": async () => {
    const executor = new LocalExecutor({ budget: 1 });
    const busy = executor.spawn(function* () {
      for (;;) yield* yieldNow();
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await busy.cancel();
    equal(executor.size, 0);
  },

  "a PriorityExecutor runs the highest first": async () => {
    const executor = new PriorityExecutor();
    const log: number[] = [];
    const spawn = (priority: number) => executor.spawn(() => log.push(priority), undefined, { priority });
    await Promise.all([0, 5, -1].map(spawn));
    equal(log, [5, 0, -1]);
  },

  "limit() has so many under way": async () => {
    const two = limit(new LocalExecutor(), 2);
    let active = 0;
    let most = 0;
    await Promise.all(Array.from({ length: 6 }, () =>
      two.spawn(async () => {
        most = Math.max(most, ++active);
        await macrotask();
        active--;
      })));
    equal(most, 2);
  },

  "close() cancels what is left after the grace, and waits for the clean-up": async () => {
    const executor = new LocalExecutor();
    let isClean = false;
    executor.spawn(function* () {
      try {
        yield* pending();
      } finally {
        yield* fromPromise(macrotask());
        isClean = true;
      }
    });
    await macrotask();
    await executor.close({ grace: 0 });
    equal({ isClean, size: executor.size }, { isClean: true, size: 0 });
  },

  "blockOn() runs to the end, or names the deadlock": () => {
    const clock = new VirtualClock();
    equal(
      blockOn(function* () {
        yield* sleep(1000, { clock });
        return clock.now();
      }, { clock }),
      1000,
    );
    throws(() => blockOn(pending()), DeadlockError, "nothing can wake the future");
  },
};

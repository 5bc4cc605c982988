/** Groups of tasks, and of futures. */
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { all, any, race, Scope, select } from "../../lib/scope/mod.ts";
import { sleep, VirtualClock } from "../../lib/time/mod.ts";
import { fromPromise, pending, ready } from "../../mod.ts";
import { boom, macrotask, throwing } from "../helpers.ts";
import { equal, rejects } from "./assert.ts";
import type { Cases } from "./cases.ts";

export const cases: Cases = {
  "no task outlives its scope": async () => {
    const scope = new Scope(new LocalExecutor(), { concurrency: 2 });
    const log: number[] = [];
    for (const n of [1, 2, 3]) {
      scope.spawn(async () => {
        await macrotask();
        log.push(n);
      });
    }
    await scope.close();
    equal({ log, size: scope.size }, { log: [1, 2, 3], size: 0 });
  },

  "the first failure cancels the others, waits for their clean-up, and is thrown": async () => {
    const scope = new Scope(new LocalExecutor());
    let isClean = false;
    scope.spawn(function* () {
      try {
        yield* pending();
      } finally {
        yield* fromPromise(macrotask());
        isClean = true;
      }
    });
    scope.spawn(throwing(boom));
    await rejects(scope.close(), Error, "boom");
    equal(isClean, true);
  },

  "outcomes come as they finish": async () => {
    const clock = new VirtualClock({ autoAdvance: true });
    const scope = new Scope(new LocalExecutor());
    for (const ms of [20, 10]) scope.spawn(() => sleep(ms, { clock }), ms);
    const order: unknown[] = [];
    for await (const { tag, outcome } of scope) order.push({ tag, status: outcome.status });
    equal(order, [{ tag: 10, status: "completed" }, { tag: 20, status: "completed" }]);
  },

  "all, race, any and select": async () => {
    equal(await all([ready(1), Promise.resolve("two")]), [1, "two"]);
    equal(await race([pending(), ready(1)]), 1);
    equal(await any([Promise.reject(new Error("no")), ready(2)]), 2);
    equal(await select({ never: pending(), now: ready(3) }), { key: "now", value: 3 });
  },

  "a scope is cancelled with its task, which waits for it, and interrupted by a failing task": async () => {
    const executor = new LocalExecutor();
    const log: string[] = [];
    const child = async () => {
      try {
        await pending();
      } finally {
        await macrotask();
        log.push("child");
      }
    };
    const task = executor.spawn(async () => {
      await Scope.run(executor, async (scope) => {
        scope.spawn(child);
        await pending();
      });
    });
    await macrotask();
    await task.cancel("enough");
    log.push("task");
    equal({ log, outcome: await task.outcome() }, {
      log: ["child", "task"],
      outcome: { status: "cancelled", reason: "enough" },
    });
    const failing = Scope.run(executor, async (scope) => {
      scope.defer(() => log.push("released"));
      scope.spawn(throwing(boom));
      await pending();
    });
    await rejects(failing, Error, "boom");
    equal(log, ["child", "task", "released"]);
  },
};

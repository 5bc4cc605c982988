/** Whose async context: contexts inside of bodies, tasks inside of tasks, and who is called by whom. */
import { unbounded } from "../../lib/channel/mod.ts";
import { blockOn, limit, LocalExecutor, type TaskHandle } from "../../lib/executor/mod.ts";
import { Scope } from "../../lib/scope/mod.ts";
import { interval, sleep, VirtualClock } from "../../lib/time/mod.ts";
import {
  currentTag,
  fromPromise,
  observe,
  PENDING,
  pending,
  pollFn,
  spawn,
  type TaskGenerator,
  TaskLocal,
  wakerFn,
  withTag,
  yieldNow,
} from "../../mod.ts";
import { macrotask, Queue } from "../helpers.ts";
import { equal } from "./assert.ts";
import type { Cases } from "./cases.ts";
import { as, storage } from "./looks.ts";

/** Who we are. */
function here(): string | undefined {
  return storage().getStore();
}

async function later(): Promise<string | undefined> {
  await macrotask();
  return here();
}

/** workerd has no `enterWith`. */
function canEnter(): boolean {
  try {
    storage().run("here", () => storage().enterWith("there"));
    return true;
  } catch {
    return false;
  }
}

const needs = "AsyncLocalStorage";

/** Spawns bodies in the context of a spawner, on an executor of somebody else's. */
function start<R>(body: () => TaskGenerator<R> | PromiseLike<R> | R, tag = "t"): TaskHandle<R, string> {
  const executor = as.maker(() => new LocalExecutor());
  return as.spawner(() => executor.spawn<R, string>(body, tag));
}

const tests: Record<string, () => Promise<void> | void> = {
  "a context inside of an async body holds there, and for what is spawned in it": async () => {
    const executor = new LocalExecutor();
    const task = start(async () => {
      const inner = await storage().run("inner", async () => {
        await sleep(0);
        const child = executor.spawn(function* () {
          yield* sleep(0);
          return here();
        });
        return [here(), await child, await later()];
      });
      return { inner, outer: here() };
    });
    equal(await task, { inner: ["inner", "inner", "inner"], outer: "spawner" });
  },

  "a context inside of a generator's step holds for what is spawned in it": async () => {
    const executor = new LocalExecutor();
    const task = start(function* () {
      const child = storage().run("inner", () =>
        executor.spawn(async () => {
          await sleep(0);
          return here();
        }));
      const seen = yield* child;
      return { seen, outer: here() };
    });
    equal(await task, { seen: "inner", outer: "spawner" });
  },

  "enterWith() in a body is seen by nobody else": async () => {
    if (!canEnter()) return;
    const executor = as.maker(() => new LocalExecutor());
    const seen: unknown[] = [];
    const enter = as.spawner(() =>
      executor.spawn(async () => {
        storage().enterWith("entered");
        await macrotask();
        return here();
      })
    );
    const step = as.spawner(() =>
      executor.spawn(function* () {
        storage().enterWith("entered");
        yield* yieldNow();
      })
    );
    const neighbours = ["a", "b"].map((name) =>
      storage().run(name, () =>
        executor.spawn(function* () {
          yield* sleep(0);
          seen.push(here());
        }))
    );
    const outside = here();
    equal(await enter, "entered");
    await Promise.all([step, ...neighbours]);
    equal({ seen, outside: here() }, { seen: ["a", "b"], outside });
  },

  "TaskLocal.run() and the run() of a storage nest": async () => {
    const local = new TaskLocal<string>({ defaultValue: "none" });
    const both = async () => {
      await sleep(0);
      return `${local.get()} ${here()} ${currentTag()}`;
    };
    const task = start(async () => [
      await local.run("local", () => storage().run("inner", both)),
      await storage().run("inner", () => local.run("local", both)),
      await local.run("local", both),
      await storage().run("inner", both),
      await both(),
    ]);
    equal(await task, [
      "local inner t",
      "local inner t",
      "local spawner t",
      "none inner t",
      "none spawner t",
    ]);
  },

  "what is spawned in clean-up is in the spawner's context": async () => {
    const executor = as.maker(() => new LocalExecutor());
    const seen: unknown[] = [];
    const look = () => executor.spawn(() => seen.push(here()));
    const future = {
      poll: () => PENDING,
      pollClose: () => void look(),
      [Symbol.dispose]: look,
    };
    const tasks = as.spawner(() => [
      executor.spawn(future),
      executor.spawn(async () => {
        try {
          await pending();
        } finally {
          await look();
        }
      }),
      executor.spawn(function* () {
        try {
          yield* pending();
        } finally {
          yield* look();
        }
      }),
    ]);
    await macrotask();
    await as.canceller(() => Promise.all(tasks.map((task) => task.cancel())));
    equal(seen, ["spawner", "spawner", "spawner", "spawner"]);
  },

  "tasks that a task drives itself are in their own spawners' contexts": async () => {
    const inner = as.maker(() => new LocalExecutor({ pump: "manual" }));
    const seen: unknown[] = [];
    for (const name of ["a", "b"]) {
      storage().run(name, () =>
        inner.spawn(function* () {
          yield* yieldNow();
          seen.push(here());
        }));
    }
    const driver = start(() => {
      inner.runUntilStalled();
      return here();
    });
    equal({ driver: await driver, seen }, { driver: "spawner", seen: ["a", "b"] });
  },

  "blockOn() runs its future in the context of its caller, and tasks in those of theirs": () => {
    const executor = as.maker(() => new LocalExecutor({ pump: "manual" }));
    const clock = new VirtualClock();
    const task = as.spawner(() =>
      executor.spawn(function* () {
        yield* sleep(10, { clock });
        return here();
      })
    );
    const seen = as.other(() =>
      blockOn(
        function* () {
          const theirs = yield* task;
          yield* sleep(10, { clock });
          return [theirs, here()];
        },
        { executor, clock },
      )
    );
    equal(seen, ["spawner", "other"]);
  },

  "withTag() is in the context of its caller": async () => {
    const task = start(() =>
      storage().run("inner", () =>
        withTag("request", async () => {
          await sleep(0);
          return [here(), currentTag()];
        }))
    );
    equal(await task, ["inner", "request"]);
    equal(await as.other(() => withTag("request", later)), "other");
  },

  "callbacks of a handle are in the context of who gave them": async () => {
    const task = start(() => sleep(0));
    const seen: unknown[] = [];
    const look = () => seen.push(here());
    await Promise.all([
      as.other(() => task.then(look, look)),
      as.maker(() => task.outcome().then(look)),
      as.canceller(() => task.finally(look)),
    ]);
    equal(seen.sort(), ["canceller", "maker", "other"]);
  },

  "for await loops are in the context of their body": async () => {
    const clock = new VirtualClock();
    const [sender, receiver] = unbounded<number>();
    const scope = as.maker(() => new Scope(new LocalExecutor()));
    as.other(() => scope.spawn(() => sleep(0)));
    const loops = start(async () => {
      const seen: unknown[] = [];
      for await (const _ of interval(10, { clock })) if (seen.push(here()) === 2) break;
      for await (const _ of receiver) if (seen.push(here()) === 4) break;
      for await (const _ of scope) seen.push(here());
      return seen;
    });
    for (let turns = 0; turns < 4; turns++) {
      await macrotask();
      as.opener(() => {
        clock.advance(10);
        sender.trySend(turns);
      });
    }
    equal(await loops, Array(5).fill("spawner"));
  },

  "a schedule function, a waker and an observer are in the context of their caller": () => {
    const seen: Record<string, unknown> = {};
    const queue = new Queue();
    const [task] = as.spawner(() =>
      spawn(pollFn(() => PENDING), (task) => {
        seen.schedule = here();
        queue.schedule(task);
      }, "t")
    );
    const waker = as.maker(() => wakerFn(() => seen.waker = here()));
    const stop = as.maker(() => observe({ wake: () => seen.observer = here() }));
    try {
      as.driver(() => task.run());
      as.opener(() => task.waker().wake());
      as.other(() => waker.wake());
    } finally {
      stop();
    }
    equal(seen, { schedule: "opener", waker: "other", observer: "opener" });
  },

  "onPanic is in the context of who made the executor": async () => {
    const seen: unknown[] = [];
    const look = () => seen.push(here());
    const executor = as.maker(() => new LocalExecutor({ onPanic: look }));
    const fails = () => {
      throw new Error("boom");
    };
    as.spawner(() => executor.spawn(fails).detach());
    as.spawner(() => executor.spawn(fails));
    await macrotask();
    const manual = as.maker(() => new LocalExecutor({ onPanic: look, pump: "manual" }));
    as.spawner(() => manual.spawn(fails).detach());
    as.driver(() => manual.runUntilStalled());
    const late = as.spawner(() => manual.spawn(fails));
    as.driver(() => manual.runUntilStalled());
    as.other(() => late.detach());
    await macrotask();
    equal(seen, ["maker", "maker", "maker", "maker"]);
  },

  "an AbortSignal cancels in the context of the spawner": async () => {
    const controller = new AbortController();
    const seen: unknown[] = [];
    const executor = as.maker(() => new LocalExecutor());
    const limiter = limit(executor, 1);
    const body = async ({ signal }: { signal: AbortSignal }) => {
      signal.addEventListener("abort", () => seen.push(here()));
      try {
        await pending();
      } finally {
        seen.push(await later());
      }
    };
    const tasks = as.spawner(() =>
      [executor, limiter].map((spawner) => spawner.spawn(body, 1, { signal: controller.signal }))
    );
    await macrotask();
    as.canceller(() => controller.abort());
    await Promise.all(tasks.map((task) => task.outcome()));
    equal(seen, Array(4).fill("spawner"));
  },

  "a generator's async helper is followed if it is a function's, and not else": async () => {
    const task = start(function* () {
      const followed = yield* fromPromise(() => later().then((user) => [user, currentTag()]));
      const not = yield* fromPromise(later().then((user) => [user, currentTag()]));
      return { followed, not };
    });
    equal(await task, { followed: ["spawner", "t"], not: ["spawner", undefined] });
  },
};

export const cases: Cases = Object.fromEntries(
  Object.entries(tests).map(([name, test]) => [name, { needs, test }]),
);

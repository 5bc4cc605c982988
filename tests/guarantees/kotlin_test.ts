/** What Kotlin documents of its coroutine scopes and jobs, and what of it is so here. */
import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { CancelledError, currentTask, pending, TaskLocal, uncancellable } from "../../mod.ts";
import { Scope } from "../../lib/scope/mod.ts";
import { sleep, timeout, VirtualClock } from "../../lib/time/mod.ts";
import { boom, macrotask, throws } from "../helpers.ts";
import { rest, resting, settled, setUp } from "./helpers.ts";

Deno.test("Kotlin: coroutineScope returns its result when all children have completed", async () => {
  const { executor, log } = setUp();
  const output = await Scope.run(executor, (scope) => {
    scope.spawn(() => macrotask().then(() => void log.push("child")));
    return "result";
  });
  assertEquals({ output, log }, { output: "result", log: ["child"] });
});

Deno.test("Kotlin: cancelling a parent cancels its children, and theirs, and waits for their finally", async () => {
  const { executor, log } = setUp();
  const parent = executor.spawn(() =>
    Scope.run(executor, (scope) => {
      scope.spawn(() => Scope.run(executor, (inner) => void inner.spawn(rest(log, "grandchild"))));
      scope.spawn(rest(log, "child"));
    })
  );
  for (let i = 0; i < 3; i++) await macrotask();
  await parent.cancel();
  assertEquals({ log: log.toSorted(), tasks: executor.size }, { log: ["child", "grandchild"], tasks: 0 });
});

Deno.test("Kotlin: a parent that is done with its body completes when its children have", async () => {
  const { executor, log } = setUp();
  const parent = executor.spawn(async () => {
    const scope = new Scope(executor);
    scope.spawn(() => macrotask().then(() => void log.push("child")));
    await null;
    return "parent";
  });
  parent.then((output) => log.push(output));
  await parent;
  assertEquals(log, ["child", "parent"]);
});

Deno.test("Kotlin: cancelling a child cancels neither its parent nor its siblings", async () => {
  const { executor, log } = setUp();
  const output = await Scope.run(executor, async (scope) => {
    const [first, second] = [scope.spawn(rest(log, 1)), scope.spawn(() => macrotask().then(() => 2))];
    await macrotask();
    await first.cancel();
    return [scope.isCancelled, await second];
  });
  assertEquals({ output, log }, { output: [false, 2], log: [1] });
});

Deno.test("Kotlin: a failing child cancels its parent, with its error as the cause", async () => {
  const { executor } = setUp();
  let reason: unknown;
  const result = await settled(Scope.run(executor, async (scope) => {
    scope.spawn(() => macrotask().then(throws));
    try {
      await pending();
    } catch (error) {
      reason = error;
      throw error;
    }
  }));
  assertEquals(result, ["rejected", boom]);
  assertInstanceOf(reason, CancelledError);
  assertStrictEquals((reason as CancelledError).cause, boom);
});

Deno.test("Kotlin: in a supervisorScope a failing child leaves its siblings alone", async () => {
  const { executor, log } = setUp();
  const output = await Scope.run(executor, async (scope) => {
    const failing = scope.spawn(throws);
    const sibling = scope.spawn(() => sleep(1).then(() => "sibling"));
    assertEquals(await settled(failing), ["rejected", boom]);
    return await sibling;
  }, { onFailure: "collect" });
  assertEquals({ output, log }, { output: "sibling", log: [] });
});

Deno.test("Kotlin: a failure of a supervisorScope that nobody awaits is not lost", async () => {
  const { executor, log } = setUp();
  const result = await settled(
    Scope.run(executor, (scope) => void scope.spawn(throws), { onFailure: "collect" }),
  );
  assertEquals({ result, log }, { result: ["rejected", boom], log: [] });
});

Deno.test("Kotlin: an async that fails throws from await, and cancels its scope all the same", async () => {
  const { executor, log } = setUp();
  const result = await settled(Scope.run(executor, async (scope) => {
    scope.spawn(rest(log, "sibling"));
    await macrotask();
    const deferred = scope.spawn(throws);
    const seen = await settled(deferred);
    return seen[0];
  }));
  assertEquals({ result, log }, { result: ["rejected", boom], log: ["sibling"] });
});

Deno.test("Kotlin: withTimeout throws when the clean-up of its block is over", async () => {
  const { executor, log } = setUp();
  const clock = new VirtualClock({ autoAdvance: true });
  for (const body of resting(log, "clean")) {
    const task = executor.spawn(body);
    const error = await assertRejects(async () => await timeout(task, 10, { clock }), DOMException);
    assertEquals(error.name, "TimeoutError");
  }
  await assertRejects(async () => await timeout(rest(log, "clean"), 10, { clock }), DOMException);
  await assertRejects(
    async () => await Scope.run(executor, rest(log, "clean"), { timeout: 10, clock }),
    DOMException,
  );
  assertEquals(log, ["clean", "clean", "clean", "clean"]);
});

Deno.test("Kotlin: the timeout of a task is no failure of its scope but its own", async () => {
  const { executor } = setUp();
  const clock = new VirtualClock({ autoAdvance: true });
  const output = await Scope.run(executor, async (scope) => {
    const task = scope.spawn(() => pending(), "slow", { timeout: 10, clock });
    const [, error] = await settled(task);
    return (error as Error).name;
  });
  assertEquals(output, "TimeoutError");
});

Deno.test("Kotlin: NonCancellable clean-up may wait, also when it is cancelled again", async () => {
  const { executor, log } = setUp();
  const task = executor.spawn(async () => {
    try {
      await pending();
    } finally {
      await uncancellable(async () => {
        await sleep(1);
        log.push("clean");
      });
    }
  });
  await macrotask();
  const first = task.cancel("first");
  await macrotask();
  task.cancel("second");
  await first;
  assertEquals({ log, outcome: await task.outcome() }, {
    log: ["clean"],
    outcome: { status: "cancelled", reason: "first" },
  });
});

Deno.test("Kotlin: clean-up may wait without a shield, and start tasks of its own", async () => {
  const { executor, log } = setUp();
  const task = executor.spawn(async () => {
    try {
      await pending();
    } finally {
      await sleep(1);
      await Scope.run(
        executor,
        (scope) => void scope.spawn(() => sleep(1).then(() => void log.push("saved"))),
      );
      log.push("clean");
    }
  });
  await macrotask();
  await task.cancel();
  assertEquals(log, ["saved", "clean"]);
});

Deno.test("Kotlin: cancelAndJoin waits, and cancelling what has completed does nothing", async () => {
  const { executor, log } = setUp();
  await Scope.run(executor, async (scope) => {
    const [job, done] = [scope.spawn(rest(log, "job")), scope.spawn(() => 1)];
    await macrotask();
    assertEquals(await job.cancel(), undefined);
    log.push("joined");
    assertEquals(await done.cancel(), 1);
    assertEquals(await done, 1);
  });
  assertEquals(log, ["job", "joined"]);
});

Deno.test("Kotlin: joining children waits for all of them, and the scope goes on", async () => {
  const { executor, log } = setUp();
  await Scope.run(executor, async (scope) => {
    for (const name of ["a", "b"]) scope.spawn(() => macrotask().then(() => void log.push(name)));
    await scope.join();
    log.push("joined");
    scope.spawn(() => void log.push("c"));
  });
  assertEquals(log, ["a", "b", "joined", "c"]);
});

Deno.test("Kotlin: what is launched in a cancelled scope does not begin", async () => {
  const { executor, log } = setUp();
  const scope = new Scope(executor);
  scope.cancel("stop");
  const job = scope.spawn(() => log.push("ran"));
  assertEquals(await settled(job), ["rejected", "stop"]);
  await scope.close();
  assertEquals(log, []);
});

Deno.test("Kotlin: children inherit the context of their parent, and do not change it", async () => {
  const { executor } = setUp();
  const local = new TaskLocal<string>({ defaultValue: "none", inherit: true });
  const seen = await local.run("parent", () =>
    Scope.run(executor, async (scope) => {
      const child = await scope.spawn(async () => {
        await null;
        const inherited = local.get();
        local.set("child");
        return [inherited, local.get()];
      });
      return [...child, local.get()];
    }));
  assertEquals(seen, ["parent", "child", "parent"]);
  assertEquals(local.get(), "none");
});

Deno.test("Kotlin: a child knows whose child it is, in the body of a scope too", async () => {
  const { executor } = setUp();
  const parent = executor.spawn(async () => {
    const id = await Scope.run(executor, async (scope) => await scope.spawn(() => currentTask()!.parentId));
    return [id, currentTask()!.id];
  });
  const [found, id] = await parent;
  assertEquals(found, id);
});

Deno.test("Kotlin: a child of GlobalScope outlives who has launched it", async () => {
  const { executor, log } = setUp();
  const parent = executor.spawn(async () => {
    const free = executor.spawn(() => sleep(1).then(() => void log.push("global")));
    void free;
    await pending();
  });
  await macrotask();
  await parent.cancel();
  log.push("parent");
  await executor.close();
  assertEquals(log, ["parent", "global"]);
});

Deno.test("Kotlin: the first of several failures cancels the others, whose later errors come with it", async () => {
  const { executor, log } = setUp();
  const later = new Error("later");
  const error = await assertRejects(async () =>
    await Scope.run(executor, (scope) => {
      scope.spawn(async () => {
        try {
          await pending();
        } catch {
          throw later;
        }
      });
      scope.spawn(() => macrotask().then(throws));
    }), AggregateError);
  assertEquals({ errors: error.errors, log }, { errors: [boom, later], log: [] });
});

Deno.test("Kotlin: a child that is awaited and cancelled throws the reason at the await, and the parent lives", async () => {
  const { executor } = setUp();
  const output = await Scope.run(executor, async (scope) => {
    const child = scope.spawn(() => pending());
    const waiting = settled(child);
    child.cancel("why");
    return [await waiting, scope.isCancelled];
  });
  assertEquals(output, [["rejected", "why"], false]);
});

Deno.test("Kotlin: a task that never waits can't be interrupted, but knows", async () => {
  const { executor, log } = setUp();
  const run = Scope.run(executor, async (scope) => {
    scope.spawn(async ({ signal }) => {
      while (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 0));
      log.push("heard");
    });
    await macrotask();
    scope.cancel("stop");
    await pending();
  });
  assertEquals(await settled(run), ["rejected", "stop"]);
  assertEquals(log, ["heard"]);
});

Deno.test("Kotlin: an error that is thrown because of the cancellation is not told besides it", async () => {
  const { executor, log } = setUp();
  const result = await settled(Scope.run(executor, async (scope) => {
    const { signal } = scope;
    scope.spawn(() => macrotask().then(throws));
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  }));
  assertEquals({ result, log }, { result: ["rejected", boom], log: [] });
});

Deno.test("Kotlin: nothing is left when a scope is over", async () => {
  const { executor } = setUp();
  const clock = new VirtualClock({ autoAdvance: true });
  const controller = new AbortController();
  await settled(Scope.run(executor, async (scope) => {
    for (let i = 0; i < 100; i++) scope.spawn(() => sleep(1000 + i, { clock, signal: scope.signal }));
    await sleep(5, { clock });
    throws();
  }, { timeout: 10_000, clock, signal: controller.signal }));
  assertEquals({ tasks: executor.size, timers: clock.size }, { tasks: 0, timers: 0 });
  assert(!controller.signal.aborted);
});

/** How scopes end: what they release, whom they wait for, and what they throw. */
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { type Context, currentTag, currentTask, PENDING, pending, type Poll, ready } from "../../mod.ts";
import { Executor, LocalExecutor, PriorityExecutor, type ReadyTask } from "../../lib/executor/mod.ts";
import { Scope, type ScopeOptions } from "../../lib/scope/mod.ts";
import { sleep, VirtualClock } from "../../lib/time/mod.ts";
import { boom, macrotask, reported, throwing, throws, unhandledIn } from "../helpers.ts";

/** A scope on an executor that says what it should not have to. */
function make(options: ScopeOptions = {}) {
  const panics: unknown[] = [];
  const executor = new LocalExecutor({ onPanic: (error) => panics.push(error) });
  return { scope: new Scope(executor, options), executor, panics };
}

Deno.test("close() takes nothing from outside any more; what runs inside may still spawn", async () => {
  const { scope, executor } = make();
  const log: string[] = [];
  scope.spawn(async () => {
    await macrotask();
    scope.spawn(() => void log.push("from a task"));
    const inner = new Scope(executor);
    inner.spawn(async () => {
      await macrotask();
      scope.spawn(() => void log.push("from a task of a scope of a task"));
    });
    await executor.spawn(() => {
      const error = assertThrows(() => scope.spawn(() => 1), TypeError);
      log.push(error.message);
    });
  });
  const closed = scope.close();
  assertThrows(() => scope.spawn(() => 1), TypeError, "Cannot spawn: the scope is closed");
  await closed;
  assertEquals(log, [
    "from a task",
    "Cannot spawn: the scope is closed",
    "from a task of a scope of a task",
  ]);
});

Deno.test("the body of a scope may spawn when it has closed it, and so may bodies of scopes in it", async () => {
  const { executor } = make();
  const log: unknown[] = [];
  await Scope.run(executor, async (scope) => {
    scope.spawn(() => macrotask());
    scope.close();
    scope.spawn(() => void log.push("body"));
    await Scope.run(executor, () => {
      scope.spawn(() => void log.push("inner body"));
    });
    await scope.close();
  });
  assertEquals(log, ["body", "inner body"]);
});

Deno.test("close({ grace }) cancels what is left when it is over, and what is spawned from then on", async () => {
  const clock = new VirtualClock();
  const { scope } = make();
  const log: unknown[] = [];
  const task = scope.spawn(async () => {
    try {
      await pending();
    } finally {
      const late = scope.spawn(() => log.push("never"));
      log.push((await late.outcome()).status);
    }
  });
  await macrotask();
  const closed = Promise.resolve(scope.close({ grace: 100, clock }));
  scope.close({ grace: 10, clock });
  clock.advance(9);
  assertEquals({ isFinished: task.isFinished, timers: clock.size }, { isFinished: false, timers: 1 });
  clock.advance(1);
  await closed;
  assertEquals({ log, timers: clock.size, isClosed: scope.isClosed }, {
    log: ["cancelled"],
    timers: 0,
    isClosed: true,
  });
  assertThrows(() => scope.close({ grace: NaN }), RangeError, "expected grace in ms, got NaN");
});

Deno.test("cancel() is ready when the tasks it has cancelled have cleaned up, with their number", async () => {
  const { scope } = make();
  const log: string[] = [];
  for (const tag of ["a", "b"]) {
    scope.spawn(async () => {
      try {
        await pending();
      } finally {
        await macrotask();
        log.push(tag);
      }
    }, tag);
  }
  await macrotask();
  assertEquals({ cancelled: await scope.cancel((_id, tag) => tag === "a"), log }, {
    cancelled: 1,
    log: ["a"],
  });
  assertEquals({ cancelled: await scope.cancel(), log }, { cancelled: 1, log: ["a", "b"] });
  assertEquals(await scope.cancel(), 0);
});

Deno.test("cancel() reaches all tasks, also of an executor whose queue throws", async () => {
  const items: ReadyTask[] = [];
  let isBroken = false;
  const executor = new Executor({
    push(task) {
      if (isBroken) throws();
      items.push(task);
    },
    pop: () => items.shift(),
    get size() {
      return items.length;
    },
  });
  const scope = new Scope(executor);
  const tasks = [1, 2].map((n) => scope.spawn(pending(), n));
  await macrotask();
  const errors = await reported(async () => {
    isBroken = true;
    assertEquals(await scope.cancel("stop"), 2);
  });
  assertEquals({ errors, finished: tasks.map((task) => task.isFinished) }, {
    errors: [boom, boom],
    finished: [true, true],
  });
  await scope.close();
});

Deno.test("defer() runs in the frame of whoever has called it, also when a task ends the scope", async () => {
  const { executor } = make();
  const seen: unknown[] = [];
  await executor.spawn(() => {
    const scope = new Scope(executor);
    scope.defer(async () => {
      await null;
      seen.push(currentTag());
    });
    scope.spawn(() => macrotask(), "child");
  }, "owner");
  const free = new Scope(executor);
  free.defer(() => seen.push(currentTask()));
  free.spawn(() => macrotask(), "child");
  await free.close();
  assertEquals(seen, ["owner", undefined]);
});

Deno.test("defer() and use() in what is deferred come next; at the end, they are errors", async () => {
  const { scope } = make();
  const log: string[] = [];
  scope.defer(() => log.push("first"));
  scope.defer(() => {
    scope.defer(() => log.push("inner"));
    log.push("second");
  });
  await scope.close();
  assertEquals(log, ["second", "inner", "first"]);
  assertThrows(() => scope.defer(() => {}), TypeError, "Cannot defer: the scope is closed");
  assertThrows(() => scope.defer(3 as never), TypeError, "Cannot defer: expected a function, got 3");
  assertThrows(() => scope.use({} as never), TypeError, "Cannot use {}: expected a resource");
});

Deno.test("what is deferred can't spawn in the scope, whose tasks have ended", async () => {
  const { scope } = make();
  scope.defer(() => scope.spawn(() => 1));
  await assertRejects(async () => await scope.close(), TypeError, "Cannot spawn: the scope is closed");
});

Deno.test("use() takes a resource's asynchronous way, where it has both", async () => {
  const log: string[] = [];
  const { executor } = make();
  await Scope.run(executor, (scope) => {
    scope.use({
      [Symbol.dispose]: () => void log.push("dispose"),
      [Symbol.asyncDispose]: () => macrotask().then(() => void log.push("asyncDispose")),
    });
  });
  assertEquals(log, ["asyncDispose"]);
});

Deno.test('onFailure: "collect" does not throw again what somebody has awaited, in whatever way', async () => {
  const { scope, executor, panics } = make({ onFailure: "collect" });
  const ways: ((task: ReturnType<typeof fail>) => unknown)[] = [
    async (task) => await task.then(() => {}, () => {}),
    async (task) => await task.outcome(),
    async (task) => {
      await sleep(1);
      await assertRejects(async () => await task);
    },
    (task) =>
      executor.spawn(function* () {
        try {
          yield* task;
        } catch { /* handled */ }
      }),
  ];
  const fail = () => scope.spawn(() => macrotask().then(throws));
  await Promise.all(ways.map((way) => way(fail())));
  await scope.close();
  assertEquals(panics, []);
});

Deno.test('onFailure: "collect" throws what nobody has awaited, once', async () => {
  const { scope, panics } = make({ onFailure: "collect" });
  const [one, two, three] = ["one", "two", "three"].map((name) => new Error(name));
  scope.spawn(throwing(one));
  await assertRejects(async () => await scope.join(), Error, "one");
  const seen = scope.spawn(throwing(two));
  await assertRejects(async () => await seen, Error, "two");
  await scope.join();
  scope.spawn(throwing(three));
  assertStrictEquals(await assertRejects(async () => await scope.close()), three);
  assertStrictEquals(await assertRejects(async () => await scope.close()), three);
  await macrotask();
  assertEquals(panics, []);
});

Deno.test("a fail-fast scope throws all the same what somebody has awaited", async () => {
  const { scope, panics } = make();
  const task = scope.spawn(throws);
  await assertRejects(async () => await task);
  assertStrictEquals(await assertRejects(async () => await scope.join()), boom);
  assertStrictEquals(await assertRejects(async () => await scope.close()), boom);
  assertEquals(panics, []);
});

Deno.test("what close() throws is unhandled only if nobody asks", async () => {
  const { scope } = make();
  scope.spawn(throws);
  const errors = await unhandledIn(async () => {
    await assertRejects(async () => await scope.close());
    const other = make().scope;
    other.spawn(throws);
    const closed = other.close();
    await assertRejects(async () => await closed);
  });
  assertEquals(errors, []);
});

Deno.test("spawn() takes the options of all spawns", async () => {
  const clock = new VirtualClock({ autoAdvance: true });
  const executor = new PriorityExecutor({ pump: "manual" });
  const scope = new Scope(executor);
  const log: unknown[] = [];
  scope.spawn(() => void log.push("low"), "low", { priority: 1 });
  scope.spawnKeyed("key", () => void log.push("high"), { tag: "high", priority: 5, name: "high" });
  const slow = scope.spawn(pending(), "slow", { timeout: 10, clock, name: "slow" });
  const given = scope.spawn(pending(), undefined, { signal: AbortSignal.abort("why") });
  executor.runUntilStalled();
  assertEquals({ log, name: slow.name }, { log: ["high", "low"], name: "slow" });
  const closed = scope.close();
  const drained = executor.close();
  await Promise.all([closed, drained]);
  assertEquals(await given.outcome(), { status: "cancelled", reason: "why" });
  assertEquals((await slow.outcome()).status, "cancelled");
  assertThrows(() => make().scope.spawn(() => 1, 1, { name: 7 as never }), TypeError, "name to be a string");
});

Deno.test("Scope.run() throws what letting go of its body throws, once its tasks have ended", async () => {
  for (const steps of [0, 1]) {
    const log: string[] = [];
    let polls = 0;
    const leaky = (end: () => number) => ({
      poll({ waker }: Context): Poll<number> {
        if (polls++ === steps) return end();
        waker.wake();
        return PENDING;
      },
      [Symbol.dispose]: throwing(new Error("leak")),
    });
    const run = (end: () => number) => {
      polls = 0;
      return Scope.run(new LocalExecutor(), (scope) => {
        scope.spawn(pending()).outcome().then(({ status }) => log.push(status));
        return leaky(end);
      });
    };
    await assertRejects(() => run(() => 1), Error, "leak");
    const error = await assertRejects(() => run(throws));
    assertEquals([`${(error as SuppressedError).error}`, `${(error as SuppressedError).suppressed}`], [
      "Error: leak",
      "Error: boom",
    ]);
    assertEquals(log, ["cancelled", "cancelled"]);
  }
});

Deno.test("Scope.run() is a future: given up, it cancels the scope, and is over when that is", async () => {
  const { executor } = make();
  const log: unknown[] = [];
  const run = Scope.run(executor, async (scope) => {
    scope.spawn(async () => {
      try {
        await pending();
      } finally {
        await macrotask();
        log.push("child");
      }
    });
    await pending();
  });
  await macrotask();
  const { waker } = { waker: { wake() {} } };
  const closing = run as unknown as { pollClose(cx: object): unknown };
  closing.pollClose({ waker, reason: "given up" });
  await assertRejects(
    async () =>
      await run.then(() => {}, (reason) => {
        throw new Error(String(reason));
      }),
    Error,
    "given up",
  );
  assertEquals({ log, tasks: executor.size }, { log: ["child"], tasks: 0 });
  assertEquals(closing.pollClose({ waker, reason: "again" }), undefined);
});

Deno.test("toJSON() shows the tasks", async () => {
  const { scope } = make();
  const task = scope.spawn(pending(), "page 7");
  assertEquals(JSON.parse(JSON.stringify(scope)), {
    size: 1,
    isCancelled: false,
    isClosed: false,
    tasks: [{ id: task.id, tag: "page 7", state: "scheduled" }],
  });
  assertEquals(Deno.inspect(scope).startsWith("Scope {"), true);
  scope.cancel();
  await scope.close();
  assertEquals(scope.toJSON(), { size: 0, isCancelled: true, isClosed: true, tasks: [] });
});

Deno.test("an outcome that next() was given, and whoever asked was interrupted, goes to another", async () => {
  const { scope, executor } = make();
  const outcomes = scope[Symbol.asyncIterator]();
  const waiting = executor.spawn(async () => await outcomes.next());
  await macrotask();
  const cancelled = waiting.cancel();
  scope.spawn(ready(1), "a");
  await cancelled;
  assertEquals((await outcomes.next()).value?.tag, "a");
  assertEquals(await outcomes.next(), { done: true, value: undefined });
  assertEquals(await outcomes.return(), { done: true, value: undefined });
  await scope.close();
});

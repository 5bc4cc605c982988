/** What Effection documents of its operations and tasks, and what of it is so here. */
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { fromPromise, pending, type TaskGenerator } from "../../mod.ts";
import { unbounded } from "../../lib/channel/mod.ts";
import { all, race, Scope } from "../../lib/scope/mod.ts";
import { interval, sleep, VirtualClock } from "../../lib/time/mod.ts";
import { boom, macrotask, throws } from "../helpers.ts";
import { rest, resting, settled, setUp } from "./helpers.ts";

/** An operation: a generator that is the body of a scope, in which it spawns others. */
type Operation = (scope: Scope) => TaskGenerator<unknown>;

Deno.test("Effection: no operation runs longer than its parent", async () => {
  const { executor, log } = setUp();
  const operations: Operation[] = [
    function* (scope) {
      scope.spawn(() => macrotask().then(() => void log.push("child")));
      yield* sleep(0);
    },
    function* (scope) {
      scope.spawn(() => sleep(1).then(() => void log.push("child")));
      scope.spawn(() => void log.push("child"));
      yield* scope.join();
    },
  ];
  for (const operation of operations) {
    await Scope.run(executor, operation);
    assertEquals(executor.size, 0);
  }
  assertEquals(log, ["child", "child", "child"]);
});

Deno.test("Effection: a child that fails ends the operation that has spawned it at once", async () => {
  const { executor, log } = setUp();
  const clock = new VirtualClock({ autoAdvance: true });
  const operations = [
    function* (scope: Scope): TaskGenerator<void> {
      scope.spawn(() => sleep(5, { clock }).then(throws));
      try {
        yield* sleep(400, { clock });
      } finally {
        log.push(clock.now());
      }
    },
    async (scope: Scope) => {
      scope.spawn(() => sleep(5, { clock }).then(throws));
      try {
        await sleep(400, { clock });
      } finally {
        log.push(clock.now());
      }
    },
  ];
  for (const operation of operations) {
    assertEquals(await settled(Scope.run<unknown>(executor, operation)), ["rejected", boom]);
  }
  assertEquals({ log, timers: clock.size }, { log: [5, 10], timers: 0 });
});

Deno.test("Effection: halting an operation runs its finally, and waits for it", async () => {
  const { executor, log } = setUp();
  for (const body of resting(log, "finally")) {
    const task = executor.spawn(() => Scope.run(executor, body));
    await macrotask();
    await task.cancel();
    log.push("halted");
  }
  assertEquals(log, ["finally", "halted", "finally", "halted"]);
});

Deno.test("Effection: halting goes through three levels of operations, however they wait", async () => {
  const { executor, log } = setUp();
  const leaf = rest(log, "leaf");
  const chains: (() => PromiseLike<unknown>)[] = [
    () => Scope.run(executor, (scope) => void scope.spawn(leaf)),
    () => all([executor.spawn(leaf)]),
    () => race([Scope.run(executor, async (scope) => await scope.spawn(leaf))]),
    () => {
      new Scope(executor).spawn(leaf);
      return pending();
    },
  ];
  for (const chain of chains) {
    const task = executor.spawn(async () => {
      await Scope.run(executor, async (scope) => {
        await scope.spawn(function* () {
          yield* fromPromise(async () => void await chain());
        });
      });
    });
    for (let i = 0; i < 4; i++) await macrotask();
    await task.cancel();
    assertEquals({ log: log.splice(0), tasks: executor.size }, { log: ["leaf"], tasks: 0 });
  }
});

Deno.test("Effection: an error while halting comes out of halt", async () => {
  const { executor, log } = setUp();
  const task = executor.spawn(function* () {
    try {
      yield* pending();
    } finally {
      throws();
    }
  });
  await macrotask();
  assertStrictEquals(await assertRejects(async () => await task.cancel()), boom);
  assertEquals(log, []);
});

Deno.test("Effection: an error while a child is halted comes out of the operation", async () => {
  const { executor, log } = setUp();
  const task = executor.spawn(() =>
    Scope.run(executor, async (scope) => {
      scope.spawn(async () => {
        try {
          await pending();
        } finally {
          throws();
        }
      });
      await pending();
    })
  );
  await macrotask();
  await macrotask();
  const result = await settled(task.cancel("halt"));
  assertEquals(result[0], "rejected");
  const { error, suppressed } = result[1] as { error?: unknown; suppressed?: unknown };
  assert([result[1], error, suppressed].includes(boom));
  assertEquals(log, []);
});

Deno.test("Effection: halting twice, or what is over, does nothing", async () => {
  const { executor, log } = setUp();
  const task = executor.spawn(rest(log, "finally"));
  await macrotask();
  await Promise.all([task.cancel(), task.cancel(), task.cancel()]);
  await task.cancel();
  assertEquals(log, ["finally"]);
});

Deno.test("Effection: an operation may spawn in its finally", async () => {
  const { executor, log } = setUp();
  const task = executor.spawn(function* () {
    try {
      yield* pending();
    } finally {
      yield* Scope.run(executor, function* (scope) {
        yield* scope.spawn(() => sleep(1).then(() => void log.push("spawned in finally")));
      });
    }
  });
  await macrotask();
  await task.cancel();
  assertEquals(log, ["spawned in finally"]);
});

Deno.test("Effection: what is ensured is done, in reverse order, when the operation is over", async () => {
  const { executor, log } = setUp();
  await Scope.run(executor, function* (scope): TaskGenerator<void> {
    scope.defer(() => log.push("ensured first"));
    scope.defer(function* () {
      yield* sleep(0);
      log.push("ensured last");
    });
    yield* sleep(0);
    log.push("operation");
  });
  assertEquals(log, ["operation", "ensured last", "ensured first"]);
});

Deno.test("Effection: a resource lives as long as the scope that it was made in", async () => {
  const { executor, log } = setUp();
  /** A server that is open while its scope is. */
  const serve = (scope: Scope) => {
    const [tx, rx] = unbounded<number>();
    const server = scope.spawn(async () => {
      try {
        for await (const request of rx) log.push(request);
      } finally {
        log.push("closed");
      }
    });
    scope.defer(() => log.push(`finished: ${server.isFinished}`));
    return tx;
  };
  const task = executor.spawn(() =>
    Scope.run(executor, async (scope) => {
      const requests = serve(scope);
      await requests.send(1);
      await requests.send(2);
      await pending();
    })
  );
  for (let i = 0; i < 4; i++) await macrotask();
  await task.cancel();
  assertEquals(log, [1, 2, "closed", "finished: true"]);
});

Deno.test("Effection: race halts the losers before it returns", async () => {
  const { executor, log } = setUp();
  const output = await Scope.run(executor, function* (scope): TaskGenerator<number> {
    const loser = scope.spawn(rest(log, "loser"));
    yield* sleep(0);
    const winner = yield* race([loser, scope.spawn(() => 1)]);
    log.push("returned");
    return winner as number;
  });
  assertEquals({ output, log }, { output: 1, log: ["loser", "returned"] });
});

Deno.test("Effection: a scope from outside can be halted, and waits for its tasks", async () => {
  const { executor, log } = setUp();
  const scope = new Scope(executor);
  for (const body of resting(log, "task")) scope.spawn(body);
  await macrotask();
  await scope.cancel("halt");
  log.push("halted");
  await scope.close();
  assertEquals({ log, isClosed: scope.isClosed }, { log: ["task", "task", "halted"], isClosed: true });
});

Deno.test("Effection: a task that is awaited by nobody fails its scope, and is told once", async () => {
  const { executor, log } = setUp();
  const scope = new Scope(executor);
  scope.spawn(throws);
  await macrotask();
  const [first, second] = await Promise.all([settled(scope.close()), settled(scope.close())]);
  assertEquals([first, second], [["rejected", boom], ["rejected", boom]]);
  await macrotask();
  assertEquals(log, []);
});

Deno.test("Effection: an error in a loop over a stream closes the stream, and so does halting it", async () => {
  const { executor } = setUp();
  const clock = new VirtualClock({ autoAdvance: true });
  const looping = async (fails: boolean) => {
    const task = executor.spawn(async () => {
      for await (const tick of interval(10, { clock })) if (fails && tick >= 30) throws();
    });
    if (fails) return assertStrictEquals(await assertRejects(async () => await task), boom);
    for (let i = 0; i < 3; i++) await macrotask();
    await task.cancel();
  };
  await looping(true);
  assertEquals(clock.size, 0);
  await looping(false);
  assertEquals(clock.size, 0);
});

Deno.test("Effection: a loop over a scope's outcomes can be halted", async () => {
  const { executor, log } = setUp();
  const task = executor.spawn(async () => {
    const scope = new Scope(executor);
    scope.spawn(() => 1, "a");
    scope.spawn(rest(log, "b"), "b");
    for await (const { tag } of scope) log.push(tag);
  });
  for (let i = 0; i < 3; i++) await macrotask();
  await task.cancel();
  assertEquals({ log, tasks: executor.size }, { log: ["a", "b"], tasks: 0 });
});

Deno.test("Effection: synchronous operations end in order, and errors in setting up come out", async () => {
  const { executor, log } = setUp();
  assertEquals(await settled(Scope.run(executor, throws)), ["rejected", boom]);
  assertEquals(await Scope.run(executor, () => 1), 1);
  const failing = function* (scope: Scope): TaskGenerator<void> {
    scope.spawn(rest(log, "child"));
    yield* sleep(0);
    throws();
  };
  assertEquals(await settled(Scope.run(executor, failing)), ["rejected", boom]);
  assertEquals(log, ["child"]);
});

Deno.test("Effection: an operation that catches the error of a child has still failed", async () => {
  const { executor } = setUp();
  const caught = await settled(Scope.run(executor, function* (scope): TaskGenerator<string> {
    try {
      yield* scope.spawn(throws);
    } catch {
      return "caught";
    }
    return "never";
  }));
  assertEquals(caught, ["rejected", boom]);
  const collected = await settled(
    Scope.run(executor, function* (scope): TaskGenerator<string> {
      try {
        yield* scope.spawn(throws);
      } catch {
        return "caught";
      }
      return "never";
    }, { onFailure: "collect" }),
  );
  assertEquals(collected, ["fulfilled", "caught"]);
});

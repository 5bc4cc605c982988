/** What Effect documents of its fibers, scopes and interruption, and what of it is so here. */
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { CancelledError, fromPromise, pending, ready, type TaskGenerator, uncancellable } from "../../mod.ts";
import { all, any, race, Scope } from "../../lib/scope/mod.ts";
import { sleep, timeout, VirtualClock } from "../../lib/time/mod.ts";
import { boom, macrotask, reported, throws } from "../helpers.ts";
import { rest, resting, settled, setUp } from "./helpers.ts";

Deno.test("Effect: interrupting a fiber waits for its finalizers", async () => {
  const { executor, log } = setUp();
  for (const body of resting(log, "finalizer")) {
    const fiber = executor.spawn(body);
    await macrotask();
    await fiber.cancel();
    log.push("interrupted");
  }
  assertEquals(log, ["finalizer", "interrupted", "finalizer", "interrupted"]);
});

Deno.test("Effect: an exit says whether a fiber succeeded, failed or was interrupted", async () => {
  const { executor } = setUp();
  const fibers = [executor.spawn(() => 1), executor.spawn(throws), executor.spawn(pending())];
  fibers[2].cancel("why");
  assertEquals(await Promise.all(fibers.map((fiber) => fiber.outcome() as PromiseLike<unknown>)), [
    { status: "completed", value: 1 },
    { status: "panicked", error: boom },
    { status: "cancelled", reason: "why" },
  ]);
});

Deno.test("Effect: finalizers run in reverse order, on success, failure and interruption", async () => {
  const { executor, log } = setUp();
  const scoped = (body: (scope: Scope) => unknown) =>
    Scope.run(executor, async (scope) => {
      for (const name of ["first", "second"]) scope.defer(() => void log.push(name));
      scope.defer(async () => {
        await macrotask();
        log.push("third, async");
      });
      scope.defer(function* () {
        yield* fromPromise(macrotask());
        log.push("fourth, generator");
      });
      return await body(scope);
    });
  const order = ["fourth, generator", "third, async", "second", "first"];
  assertEquals(await settled(scoped(() => 1)), ["fulfilled", 1]);
  assertEquals(log.splice(0), order);
  assertEquals(await settled(scoped(throws)), ["rejected", boom]);
  assertEquals(log.splice(0), order);
  const interrupted = executor.spawn(() => scoped(() => pending()));
  await macrotask();
  await interrupted.cancel();
  assertEquals(log.splice(0), order);
  const failed = scoped((scope) => {
    scope.spawn(() => macrotask().then(throws));
    return pending();
  });
  assertEquals(await settled(failed), ["rejected", boom]);
  assertEquals(log.splice(0), order);
});

Deno.test("Effect: finalizers run when all fibers of the scope have ended", async () => {
  const { executor, log } = setUp();
  const scope = new Scope(executor);
  scope.defer(() => log.push("finalizer"));
  scope.spawn(rest(log, "fiber"));
  await macrotask();
  scope.cancel();
  await scope.close();
  assertEquals(log, ["fiber", "finalizer"]);
});

Deno.test("Effect: a finalizer that fails keeps none of the others from running, and none is lost", async () => {
  const { executor, log } = setUp();
  const [one, two] = [new Error("one"), new Error("two")];
  const error = await assertRejects(async () =>
    await Scope.run(executor, (scope) => {
      scope.defer(() => log.push("last"));
      for (const each of [two, one]) {
        scope.defer(() => {
          throw each;
        });
      }
    }), AggregateError);
  assertEquals({ errors: error.errors, log }, { errors: [one, two], log: ["last"] });
});

Deno.test("Effect: finalizers are not interrupted", async () => {
  const { executor, log } = setUp();
  const fiber = executor.spawn(() =>
    Scope.run(executor, (scope) =>
      scope.defer(async () => {
        await sleep(1);
        await sleep(1);
        log.push("released");
      }))
  );
  await macrotask();
  await fiber.cancel();
  assertEquals(log, ["released"]);
});

Deno.test("Effect: what is acquired is released, in reverse order, sync or async", async () => {
  const { executor, log } = setUp();
  const resource = (name: string) => ({ name, [Symbol.dispose]: () => void log.push(`release ${name}`) });
  const asyncResource = (name: string) => ({
    name,
    [Symbol.asyncDispose]: async () => {
      await macrotask();
      log.push(`release ${name}`);
    },
  });
  const fiber = executor.spawn(() =>
    Scope.run(executor, async (scope) => {
      const { name } = scope.use(resource("a"));
      log.push(`use ${name}, ${scope.use(asyncResource("b")).name}`);
      await pending();
    })
  );
  await macrotask();
  await fiber.cancel();
  assertEquals(log, ["use a, b", "release b", "release a"]);
});

Deno.test("Effect: an acquisition is not interrupted, and then released", async () => {
  const { executor, log } = setUp();
  const acquire = async () => {
    await sleep(1);
    log.push("acquired");
    return { [Symbol.dispose]: () => void log.push("released") };
  };
  const fiber = executor.spawn(() =>
    Scope.run(executor, async (scope) => {
      await uncancellable(async () => void scope.use(await acquire()));
      log.push("never");
    })
  );
  await macrotask();
  await fiber.cancel();
  assertEquals(log, ["acquired", "released"]);
});

Deno.test("Effect: an uninterruptible region holds an interruption back until its end", async () => {
  const { executor, log } = setUp();
  const bodies = [
    async () => {
      await uncancellable(() => sleep(2).then(() => void log.push("region")));
      log.push("never");
    },
    function* (): TaskGenerator<void> {
      yield* uncancellable(() => sleep(2).then(() => void log.push("region")));
      log.push("never");
    } as unknown as () => Promise<void>,
  ];
  for (const body of bodies) {
    const fiber = executor.spawn(body);
    await macrotask();
    await fiber.cancel();
    assertEquals(log.splice(0), ["region"]);
  }
});

Deno.test("Effect: race interrupts the losers, and is over when they are", async () => {
  const { executor, log } = setUp();
  const losers = resting(log, "loser").map((body) => executor.spawn(body));
  await macrotask();
  assertEquals(await race([...losers, ready("winner")]), "winner");
  assertEquals({ log, tasks: executor.size }, { log: ["loser", "loser"], tasks: 0 });
  for (const loser of losers) await assertRejects(async () => await loser, CancelledError);
});

Deno.test("Effect: race keeps its winner when a loser's finalizer fails", async () => {
  const { executor, log } = setUp();
  const loser = executor.spawn(async () => {
    try {
      await pending();
    } finally {
      throws();
    }
  });
  await macrotask();
  assertEquals(await race([loser, ready("winner")]), "winner");
  await macrotask();
  await macrotask();
  assertEquals(log.length, 1);
});

Deno.test("Effect: the first success wins where failures don't count", async () => {
  const { executor, log } = setUp();
  assertEquals(await any([executor.spawn(throws), executor.spawn(() => sleep(1).then(() => 2))]), 2);
  assertEquals(log, []);
});

Deno.test("Effect: all stops at the first failure, and interrupts the others", async () => {
  const { executor, log } = setUp();
  const slow = resting(log, "slow").map((body) => executor.spawn(body));
  await macrotask();
  const error = await assertRejects(async () => await all([...slow, executor.spawn(throws)]));
  assertStrictEquals(error, boom);
  assertEquals(log, ["slow", "slow"]);
});

Deno.test("Effect: interrupting who waits in race, all or a timeout interrupts what it waits for", async () => {
  const waits = [
    (bodies: Waiting) => all(bodies()),
    (bodies: Waiting) => race(bodies()),
    (bodies: Waiting) => timeout(all(bodies()), 60_000),
  ];
  type Waiting = () => PromiseLike<void>[];
  for (const wait of waits) {
    const { executor, log } = setUp();
    const bodies = () => resting(log, "child").map((body) => executor.spawn(body));
    const fiber = executor.spawn(async () => void await wait(bodies));
    await macrotask();
    await fiber.cancel("why");
    log.push("parent");
    assertEquals(log, ["child", "child", "parent"]);
  }
});

Deno.test("Effect: a timeout interrupts, and waits for what can't be interrupted", async () => {
  const { executor, log } = setUp();
  const clock = new VirtualClock({ autoAdvance: true });
  const fiber = executor.spawn(async () => {
    await uncancellable(async () => {
      await macrotask();
      await macrotask();
      log.push("done");
    });
  });
  await assertRejects(async () => await timeout(fiber, 0, { clock }), DOMException);
  assertEquals(log, ["done"]);
});

Deno.test("Effect: a daemon outlives the fiber that forked it", async () => {
  const { executor, log } = setUp();
  let daemons: Scope | undefined;
  const fiber = executor.spawn(async () => {
    daemons = new Scope(executor, { linked: false });
    daemons.spawn(() => sleep(2).then(() => void log.push("daemon")));
    await pending();
  });
  await macrotask();
  await fiber.cancel();
  log.push("fiber");
  await daemons!.close();
  assertEquals(log, ["fiber", "daemon"]);
});

Deno.test("Effect: many fibers are interrupted together", async () => {
  const { executor, log } = setUp();
  const scope = new Scope(executor);
  let begun = 0;
  for (let i = 0; i < 1000; i++) scope.spawn(() => (begun++, rest(log, i)()));
  while (begun < 1000) await macrotask();
  assertEquals(await scope.cancel(), 1000);
  assertEquals({ ended: log.length, tasks: executor.size }, { ended: 1000, tasks: 0 });
  await scope.close();
});

Deno.test("Effect: closing a scope interrupts what is left when the grace is over", async () => {
  const { executor, log } = setUp();
  const clock = new VirtualClock({ autoAdvance: true });
  const scope = new Scope(executor);
  scope.defer(() => log.push("finalizer"));
  const soon = scope.spawn(() => sleep(5, { clock }).then(() => "soon"));
  scope.spawn(rest(log, "slow"));
  await scope.close({ grace: 10, clock });
  assertEquals({ now: clock.now(), log, soon: await soon, timers: clock.size }, {
    now: 10,
    log: ["slow", "finalizer"],
    soon: "soon",
    timers: 0,
  });
});

Deno.test("Effect: an inner scope is closed before the outer one", async () => {
  const { executor, log } = setUp();
  await Scope.run(executor, async (outer) => {
    outer.defer(() => log.push("outer"));
    const inner = new Scope(executor);
    inner.defer(() => log.push("inner"));
    await macrotask();
  });
  assertEquals(log, ["inner", "outer"]);
});

Deno.test("Effect: interruption is not seen by others as a failure, nor reported", async () => {
  const { executor, log } = setUp();
  const errors = await reported(async () => {
    const fiber = executor.spawn(({ signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
    );
    await macrotask();
    await fiber.cancel(new Error("why"));
    await Scope.run(executor, (scope) => void scope.spawn(pending()).cancel(new Error("why")));
  });
  assertEquals({ errors, log }, { errors: [], log: [] });
});

Deno.test("Effect: a generator fiber has scopes without a promise of its own", async () => {
  const { executor, log } = setUp();
  const fiber = executor.spawn(function* () {
    yield* Scope.run(executor, function* (scope) {
      log.push(yield* scope.spawn(() => 1));
      scope.spawn(() => void log.push(2));
      yield* scope.join();
      log.push(3);
    });
    const scope = new Scope(executor);
    scope.spawn(() => void log.push(4));
    yield* scope.close();
    return 5;
  });
  assertEquals({ output: await fiber, log }, { output: 5, log: [1, 2, 3, 4] });
});

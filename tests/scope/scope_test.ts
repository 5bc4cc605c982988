import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { CancelledError, fromPromise, pending, ready, yieldNow } from "../../mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { type Finished, Scope, type ScopeOptions } from "../../lib/scope/mod.ts";
import { sleep, VirtualClock } from "../../lib/time/mod.ts";
import { boom, macrotask, throws } from "../helpers.ts";

/** A scope on an executor that says what it should not have to. */
function make(options: ScopeOptions = {}) {
  const panics: unknown[] = [];
  const executor = new LocalExecutor({ onPanic: (error) => panics.push(error) });
  return { scope: new Scope(executor, options), executor, panics };
}

/** A body that waits for ever, and cleans up for a while. */
function cleaner(log: string[], name: string) {
  return function* () {
    try {
      yield* pending();
    } finally {
      yield* fromPromise(macrotask());
      log.push(name);
    }
  };
}

Deno.test("close() waits for every task, and for those that tasks spawn meanwhile", async () => {
  const { scope, executor } = make();
  const log: string[] = [];
  scope.spawn(async () => {
    await macrotask();
    log.push("outer");
    scope.spawn(async () => {
      await macrotask();
      log.push("inner");
    });
  });
  assertEquals({ size: scope.size, isClosed: scope.isClosed }, { size: 1, isClosed: false });
  await scope.close();
  assertEquals(
    { log, size: scope.size, isClosed: scope.isClosed, tasks: executor.size },
    { log: ["outer", "inner"], size: 0, isClosed: true, tasks: 0 },
  );
  assertThrows(() => scope.spawn(() => 1), TypeError, "Cannot spawn: the scope is closed");
  await scope.close();
});

Deno.test("the first failure cancels the others, waits for their clean-up, and is thrown", async () => {
  const { scope, panics } = make();
  const log: string[] = [];
  const sibling = scope.spawn(cleaner(log, "sibling"), "s");
  scope.spawn(async () => {
    await macrotask();
    throw boom;
  });
  assertStrictEquals(await assertRejects(() => scope.close()), boom);
  assertEquals({ log, isCancelled: scope.isCancelled }, { log: ["sibling"], isCancelled: true });
  const reason = await assertRejects(async () => await sibling, CancelledError);
  assertEquals({ tag: reason.tag, cause: reason.cause }, { tag: "s", cause: boom });
  await macrotask();
  await macrotask();
  assertEquals(panics, []);
});

Deno.test("several failures are an AggregateError, and none is lost", async () => {
  for (const onFailure of ["cancel", "collect"] as const) {
    const { scope, panics } = make({ onFailure });
    const second = new Error("second");
    scope.spawn(function* () {
      try {
        yield* onFailure === "cancel" ? pending() : ready(1);
      } finally {
        // deno-lint-ignore no-unsafe-finally
        throw second;
      }
    });
    scope.spawn(throws);
    await macrotask();
    const error = await assertRejects(() => scope.close(), AggregateError, "2 errors in a scope");
    assertEquals(error.errors, onFailure === "cancel" ? [boom, second] : [second, boom]);
    await macrotask();
    assertEquals(panics, []);
  }
});

Deno.test('onFailure: "collect" lets the others go on', async () => {
  const { scope } = make({ onFailure: "collect" });
  scope.spawn(throws);
  const other = scope.spawn(async () => (await macrotask(), "done"));
  assertStrictEquals(await assertRejects(() => scope.close()), boom);
  assertEquals(await other, "done");
});

Deno.test("a task that is cancelled is no failure", async () => {
  const { scope } = make();
  const [one, two] = [scope.spawn(pending()), scope.spawn(pending())];
  one.cancel();
  two[Symbol.dispose]();
  await scope.close();
});

Deno.test("a detached task is waited for, and its panic goes to the executor", async () => {
  const { scope, panics } = make();
  let isOver = false;
  scope.spawn(throws).detach();
  scope.spawn(async () => {
    await macrotask();
    isOver = true;
  }).detach();
  await scope.close();
  assertEquals({ panics, isOver }, { panics: [boom], isOver: true });
});

Deno.test("cancel() gives every task the reason, and new ones too", async () => {
  const { scope } = make();
  const log: string[] = [];
  const task = scope.spawn(cleaner(log, "clean"));
  await macrotask();
  const cancelled = [scope.cancel("enough"), scope.cancel("again")];
  let hasRun = false;
  const late = scope.spawn(() => (hasRun = true));
  assertEquals({ log, isCancelled: scope.isCancelled }, { log: [], isCancelled: true });
  assertEquals({ cancelled: await Promise.all(cancelled), log }, { cancelled: [1, 0], log: ["clean"] });
  await scope.close();
  for (const one of [task, late]) assertEquals(await one.then(() => "output", (reason) => reason), "enough");
  assertEquals({ log, hasRun }, { log: ["clean"], hasRun: false });
});

Deno.test("cancel() with a predicate cancels some, and not what comes", async () => {
  const { scope } = make();
  const tasks = ["a", "b", "c"].map((tag) => scope.spawn(pending(), tag));
  assertEquals(await scope.cancel((id, tag) => tag === "b" || id === tasks[2].id), 2);
  assertEquals(scope.isCancelled, false);
  assertEquals(await scope.spawn(() => 1), 1);
  assertEquals(scope.size, 1);
  scope.cancel();
  await scope.close();
  await assertRejects(async () => await tasks[0], CancelledError);
});

Deno.test("the signal cancels the scope, and its reason is thrown as it is", async () => {
  const controller = new AbortController();
  const { scope } = make({ signal: controller.signal });
  const task = scope.spawn(pending());
  controller.abort(boom);
  assertStrictEquals(await assertRejects(() => scope.close()), boom);
  assertStrictEquals(await assertRejects(async () => await task), boom);
  const { scope: late } = make({ signal: AbortSignal.abort(boom) });
  let hasRun = false;
  late.spawn(() => (hasRun = true));
  assertStrictEquals(await assertRejects(() => late.close()), boom);
  assertEquals(hasRun, false);
});

Deno.test("a signal that is aborted after the end, or after a failure, changes nothing", async () => {
  const controller = new AbortController();
  const { scope } = make({ signal: controller.signal });
  await scope.close();
  const { scope: failed } = make({ signal: controller.signal });
  failed.spawn(throws);
  await macrotask();
  controller.abort("late");
  assertStrictEquals(await assertRejects(() => failed.close()), boom);
  await scope.close();
});

Deno.test("the deadline cancels the scope with a TimeoutError, and is let go of at the end", async () => {
  const clock = new VirtualClock();
  const { scope } = make({ deadline: 50, clock });
  const log: string[] = [];
  scope.spawn(cleaner(log, "clean"));
  await macrotask();
  clock.advance(49);
  assertEquals(scope.isCancelled, false);
  clock.advance(1);
  const error = await assertRejects(() => scope.close(), DOMException);
  assertEquals({ name: error.name, log }, { name: "TimeoutError", log: ["clean"] });
  const { scope: quick } = make({ deadline: 1000, clock });
  await quick.close();
  assertEquals(clock.size, 0);
});

Deno.test("concurrency: so many at a time", async () => {
  const { scope } = make({ concurrency: 2 });
  let active = 0;
  let most = 0;
  for (let i = 0; i < 6; i++) {
    scope.spawn(async () => {
      most = Math.max(most, ++active);
      await macrotask();
      active--;
    });
  }
  await scope.close();
  assertEquals(most, 2);
});

Deno.test("for await gives every outcome once, in the order of the ends", async () => {
  const { scope } = make({ onFailure: "collect" });
  const clock = new VirtualClock({ autoAdvance: true });
  scope.spawn(() => sleep(20, { clock }), "slow");
  scope.spawn(throws, "panic");
  const cancelled = scope.spawn(pending(), "cancelled");
  cancelled.cancel("why");
  scope.spawn(() => sleep(10, { clock }), "fast");
  await macrotask();
  const seen: Finished[] = [];
  for await (const one of scope) seen.push(one);
  assertEquals(seen.map(({ tag }) => tag), ["panic", "cancelled", "fast", "slow"]);
  assertEquals(seen[0].outcome, { status: "panicked", error: boom });
  assertEquals(seen[1].outcome, { status: "cancelled", reason: "why" });
  assert(seen.every(({ id }) => id > 0));
  // The failure was given to the loop.
  await scope.close();
});

Deno.test("for await in two places shares the outcomes, and ends in both", async () => {
  const { scope } = make();
  for (let i = 0; i < 10; i++) scope.spawn(async () => await macrotask(), i);
  const take = async () => {
    const tags: unknown[] = [];
    for await (const { tag } of scope) tags.push(tag);
    return tags;
  };
  const [one, two] = await Promise.all([take(), take()]);
  assertEquals([...one, ...two].toSorted(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await scope.close();
});

Deno.test("keepOutcomes: false forgets what ended before anybody asked", async () => {
  const { scope } = make({ keepOutcomes: false });
  await scope.spawn(() => 1, "before");
  scope.spawn(() => 2, "after");
  const tags: unknown[] = [];
  for await (const { tag } of scope) tags.push(tag);
  assertEquals(tags, ["after"]);
});

Deno.test("spawnKeyed() has one task at a time for a key, clean-up included", async () => {
  const { scope } = make();
  const log: string[] = [];
  const body = (name: string) =>
    function* () {
      log.push(`${name} starts`);
      try {
        yield* pending();
      } finally {
        yield* fromPromise(macrotask());
        log.push(`${name} ends`);
      }
    };
  const first = scope.spawnKeyed("k", body("first"));
  await macrotask();
  scope.spawnKeyed("k", body("second"));
  const third = scope.spawnKeyed("k", body("third"), { tag: "tag" });
  scope.spawnKeyed("other", body("other"));
  assertStrictEquals(scope.spawnKeyed("k", body("fourth"), { onDuplicate: "keep" }), third);
  await assertRejects(async () => await first, CancelledError);
  await macrotask();
  assertEquals(
    { log, size: scope.size, tag: third.tag },
    { log: ["first starts", "other starts", "first ends", "third starts"], size: 2, tag: "tag" },
  );
  scope.cancel();
  await scope.close();
  assertEquals(log.slice(4).toSorted(), ["other ends", "third ends"]);
});

Deno.test("spawnKeyed() starts anew when the task of the key has ended", async () => {
  const { scope } = make();
  const first = scope.spawnKeyed(1, () => "first", { onDuplicate: "keep" });
  assertEquals(await first, "first");
  assertEquals(await scope.spawnKeyed(1, () => "second", { onDuplicate: "keep" }), "second");
  assertThrows(() => scope.spawnKeyed(1, () => 1, { onDuplicate: "both" as never }), TypeError, '"both"');
  await scope.close();
});

Deno.test("Scope.run() gives the result, and throws once what was thrown once", async () => {
  const executor = new LocalExecutor();
  assertEquals(await Scope.run(executor, async (scope) => await scope.spawn(() => 7)), 7);
  const same = await assertRejects(() => Scope.run(executor, async (scope) => await scope.spawn(throws)));
  assertStrictEquals(same, boom);
  const log: string[] = [];
  const own = await assertRejects(() =>
    Scope.run(executor, async (scope) => {
      scope.spawn(cleaner(log, "clean"));
      await macrotask();
      throws();
    })
  );
  assertEquals({ own, log }, { own: boom, log: ["clean"] });
  const both = await assertRejects(() =>
    Scope.run(executor, async (scope) => {
      scope.spawn(() => {
        throw new Error("task");
      });
      await macrotask();
      throws();
    }), SuppressedError);
  assertEquals(
    { error: both.error, suppressed: both.suppressed.message },
    { error: boom, suppressed: "task" },
  );
});

Deno.test("a scope in a scope, and one in a task of its own executor", async () => {
  const { scope, executor } = make();
  const log: string[] = [];
  scope.spawn(async () => {
    await using inner = new Scope(scope);
    inner.spawn(async () => {
      await macrotask();
      log.push("inner");
    });
  });
  scope.spawn(async () => {
    await using inner = new Scope(executor);
    inner.spawn(() => void log.push("other"));
  });
  await scope.close();
  assertEquals(log.toSorted(), ["inner", "other"]);
});

Deno.test("wrong arguments are clear errors", () => {
  const { executor, scope } = make();
  assertThrows(
    () => new Scope(undefined as never),
    TypeError,
    "Cannot make a scope: expected an executor that can spawn",
  );
  assertThrows(() => new Scope(executor, { onFailure: "ignore" as never }), TypeError, '"ignore"');
  assertThrows(
    () => new Scope(executor, { concurrency: 0 }),
    RangeError,
    "Cannot limit: expected concurrency",
  );
  assertThrows(() => new Scope(executor, { deadline: NaN }), RangeError, "NaN");
  assertThrows(() => scope.spawn(3 as never), TypeError, "Cannot spawn 3");
  assertEquals(scope.size, 0);
});

Deno.test("a task that ends while it is spawned is counted and let go of", async () => {
  const executor = new LocalExecutor({ pump: "manual" });
  const scope = new Scope({
    spawn<R, T>(body: never, tag?: T) {
      const task = executor.spawn<R, T>(body, tag as T);
      executor.runUntilStalled();
      return task;
    },
  });
  scope.spawn(() => 1, "t");
  assertEquals(scope.size, 0);
  const tags: unknown[] = [];
  for await (const { tag } of scope) tags.push(tag);
  assertEquals(tags, ["t"]);
  await scope.close();
});

Deno.test("a scope whose task yields for ever can be cancelled from another", async () => {
  const { scope } = make();
  scope.spawn(function* () {
    for (;;) yield* yieldNow();
  });
  scope.spawn(async () => {
    await macrotask();
    scope.cancel();
  });
  await scope.close();
});

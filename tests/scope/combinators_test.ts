import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import {
  CancelledError,
  fromPromise,
  type Future,
  PENDING,
  pending,
  pollFn,
  ready,
  spawn,
  yieldNow,
} from "../../mod.ts";
import { LocalExecutor, type TaskHandle } from "../../lib/executor/mod.ts";
import { all, allSettled, any, race, select } from "../../lib/scope/mod.ts";
import { sleep, VirtualClock } from "../../lib/time/mod.ts";
import {
  aborted,
  boom,
  context,
  CountingWaker,
  macrotask,
  pendingOnce,
  Probe,
  reported,
  throwing,
  throws,
} from "../helpers.ts";

const failing = () => pollFn(throws);

Deno.test("all() gives the outputs in order, and polls only what was woken", () => {
  const [a, b] = [pendingOnce("a"), pendingOnce("b")];
  const both = all([a, b, ready(3)]);
  const cx = context();
  assertEquals(both.poll(cx), PENDING);
  b.waker!.wake();
  b.waker!.wake();
  assertEquals(
    { output: both.poll(cx), wakes: cx.waker.wakes, aPolls: a.polls, bPolls: b.polls },
    { output: PENDING, wakes: 1, aPolls: 1, bPolls: 2 },
  );
  a.waker!.wake();
  assertEquals(both.poll(cx), ["a", "b", 3]);
  assertEquals(both.poll(cx), ["a", "b", 3]);
  assertEquals(
    { aPolls: a.polls, bPolls: b.polls, aDrops: a.drops, bDrops: b.drops },
    { aPolls: 2, bPolls: 2, aDrops: 1, bDrops: 1 },
  );
});

Deno.test("all() of nothing is ready, any() of nothing throws, race() and select() refuse it", async () => {
  assertEquals(await all([]), []);
  await assertRejects(async () => await any([]), AggregateError, "None of 0 futures");
  assertThrows(() => race([]), TypeError, "Cannot race: there is nothing to wait for");
  assertThrows(() => select({}), TypeError, "Cannot select: there is nothing to wait for");
});

Deno.test("all() cancels the others when one throws, and waits for their clean-up", () => {
  const loser = new Probe().closing((_cx, close) => close === 1 ? PENDING : undefined);
  const other = new Probe();
  const both = all([loser, failing(), other]);
  const cx = context();
  assertEquals(both.poll(cx), PENDING);
  assertEquals(
    { loserCloses: loser.closes, loserDrops: loser.drops, otherDrops: other.drops },
    { loserCloses: 1, loserDrops: 0, otherDrops: 1 },
  );
  loser.waker!.wake();
  assertEquals(cx.waker.wakes, 1);
  assertStrictEquals(assertThrows(() => both.poll(cx)), boom);
  assertStrictEquals(assertThrows(() => both.poll(cx)), boom);
  assertEquals(
    { loserCloses: loser.closes, loserDrops: loser.drops, otherPolls: other.polls, otherDrops: other.drops },
    { loserCloses: 2, loserDrops: 1, otherPolls: 0, otherDrops: 1 },
  );
});

Deno.test("race() gives the first that is ready, in order, and lets go of the others", () => {
  const loser = new Probe();
  const first = race([loser, ready("one"), ready("two")]);
  assertEquals(first.poll(context()), "one");
  assertEquals(
    { polls: loser.polls, closes: loser.closes, drops: loser.drops },
    { polls: 1, closes: 0, drops: 1 },
  );
  assertStrictEquals(assertThrows(() => race([pending(), failing()]).poll(context())), boom);
});

Deno.test("any() gives the first output, or all errors in order", async () => {
  assertEquals(await any([failing(), sleep(1).then(() => 7)]), 7);
  const second = new Error("second");
  const error = await assertRejects(
    async () => await any([Promise.reject(second), failing()]),
    AggregateError,
    "None of 2 futures has an output",
  );
  assertEquals(error.errors, [second, boom]);
});

Deno.test("select() says which one it was, with its type", async () => {
  const clock = new VirtualClock({ autoAdvance: true });
  const result = await select({ time: sleep(5, { clock }), work: fromPromise(Promise.resolve("done")) });
  if (result.key === "work") assertEquals(result.value.length, 4);
  assertEquals(result, { key: "work", value: "done" });
  assertEquals(clock.size, 0);
  assertStrictEquals(assertThrows(() => select({ failing: failing() }).poll(context())), boom);
});

Deno.test("tasks and handles that lose are cancelled, and their clean-up waited for", async () => {
  const executor = new LocalExecutor();
  const log: string[] = [];
  const body = function* () {
    try {
      yield* pending();
    } finally {
      yield* fromPromise(macrotask());
      log.push("clean");
    }
  };
  const task = executor.spawn(body);
  const [runnable, handle] = spawn(body, (task) => queueMicrotask(() => task.run()));
  runnable.run();
  await macrotask();
  assertEquals(await race([task, handle, ready(1)]), 1);
  assertEquals(
    { log, tasks: executor.size, status: (await handle.outcome()).status },
    { log: ["clean", "clean"], tasks: 0, status: "cancelled" },
  );
});

class Sharp extends Probe<number> {
  override [Symbol.dispose](): void {
    throw new Error("dispose");
  }
}

/** A probe whose clean-up throws. */
function dirty(): Probe<never> {
  return new Probe<never>().closing(throwing(new Error("clean-up")));
}

Deno.test("errors of the clean-up are thrown with the error that was decided", async () => {
  const error = await assertRejects(async () => await all([dirty(), failing()]), AggregateError);
  assertEquals(error.errors.map(({ message }: Error) => message), ["boom", "clean-up"]);
  assertThrows(() => all([new Sharp(), new Sharp()])[Symbol.dispose](), SuppressedError);
});

Deno.test("an output is kept when the clean-up of losers throws, and that is reported", async () => {
  const errors = await reported(async () => {
    assertEquals(await race([dirty(), ready(1)]), 1);
    assertEquals(await race([new Sharp(), ready(2)]), 2);
    assertEquals(await any([dirty(), ready(3)]), 3);
    assertEquals(await select({ dirty: dirty(), good: ready(4) }), { key: "good", value: 4 });
  });
  assertEquals(errors.map((error) => (error as Error).message), [
    "clean-up",
    "dispose",
    "clean-up",
    "clean-up",
  ]);
});

Deno.test("the panic in the clean-up of a task that loses is its executor's business, once", async () => {
  const panics: unknown[] = [];
  const executor = new LocalExecutor({ onPanic: (error, _id, tag) => panics.push({ error, tag }) });
  const dirtyTask = (tag: string) =>
    executor.spawn(function* () {
      try {
        yield* pending();
      } finally {
        throws();
      }
    }, tag);
  const [seen, unseen] = [dirtyTask("seen"), dirtyTask("unseen")];
  await macrotask();
  assertEquals(await race([seen, unseen, ready(1)]), 1);
  assertStrictEquals(await assertRejects(async () => await seen), boom);
  await macrotask();
  await macrotask();
  assertEquals(panics, [{ error: boom, tag: "unseen" }]);
});

Deno.test("one task in several combinators is told to all of them", async () => {
  const executor = new LocalExecutor();
  const task = executor.spawn(() => 7);
  const results = await Promise.all([
    all([task]),
    all([task]),
    all([task, task]),
    race([task]),
    race([task]),
  ]);
  assertEquals(results, [[7], [7], [7, 7], 7, 7]);
  const [runnable, handle] = spawn(() => 8, () => {});
  const handles = Promise.all([all([handle]), any([handle]), handle]);
  await macrotask();
  runnable.run();
  assertEquals(await handles, [[8], 8, 8]);
});

Deno.test("who gives a task up cancels it for all who own it, and they see the reason", async () => {
  const executor = new LocalExecutor();
  const task = executor.spawn(pending());
  const reason = new Error("enough");
  const first = executor.spawn(all([task, pending()]));
  const second = executor.spawn(race([task]));
  await macrotask();
  await first.cancel(reason);
  assertStrictEquals(await assertRejects(async () => await second), reason);
});

Deno.test("one future in two combinators is closed by the last of them", async () => {
  const clock = new VirtualClock();
  const nap = sleep(5, { clock });
  const [loses, wins] = [race([nap, ready(1)]), all([nap])];
  const won = Promise.resolve(wins);
  await macrotask();
  assertEquals({ output: await loses, timers: clock.size }, { output: 1, timers: 1 });
  clock.advance(5);
  assertEquals(await won, [undefined]);
});

Deno.test("a loser is told why", async () => {
  const executor = new LocalExecutor();
  const reasonOf = async (give: (task: TaskHandle<never>) => Future<unknown>) => {
    const task = executor.spawn(pending(), "loser");
    await executor.spawn(give(task)).outcome();
    const outcome = await task.outcome();
    const { reason } = outcome as { reason: CancelledError };
    assertInstanceOf(reason, CancelledError);
    return { tag: reason.tag, cause: reason.cause };
  };
  assertEquals(await reasonOf((task) => race([task, ready(1)])), {
    tag: "loser",
    cause: "Another future was first",
  });
  assertEquals(await reasonOf((task) => all([task, failing()])), { tag: "loser", cause: boom });
});

Deno.test("a cancelled task ends after the children that it waits for, which have its reason", async () => {
  for (
    const wait of [all, allSettled, race, any, (tasks: TaskHandle<void>[]) => select({ task: tasks[0] })]
  ) {
    const executor = new LocalExecutor();
    const log: unknown[] = [];
    const child = executor.spawn(async ({ signal }) => {
      await aborted(signal);
      await macrotask();
      log.push(signal.reason);
    });
    const parent = executor.spawn(function* () {
      yield* wait([child]);
    });
    await macrotask();
    await parent.cancel("enough");
    log.push("parent");
    assertEquals(log, ["enough", "parent"], wait.name);
  }
});

Deno.test("the error that has decided is not lost when the combinator is given up meanwhile", async () => {
  const executor = new LocalExecutor();
  const slow = executor.spawn(async ({ signal }) => {
    await aborted(signal);
    for (let i = 0; i < 3; i++) await macrotask();
  });
  const parent = executor.spawn(async () =>
    await all([slow, executor.spawn(() => macrotask().then(throws))])
  );
  for (let i = 0; i < 3; i++) await macrotask();
  const error = await assertRejects(async () => await parent.cancel("enough"));
  assertEquals({ error: (error as SuppressedError).error, executor: executor.size }, {
    error: boom,
    executor: 0,
  });
});

Deno.test("a generator may catch what the clean-up of a combinator throws", async () => {
  const executor = new LocalExecutor();
  let caught: unknown;
  const parent = executor.spawn(function* () {
    try {
      yield* all([dirty()]);
    } catch (error) {
      caught = error;
    }
  });
  await macrotask();
  await parent.cancel();
  assertEquals((caught as Error).message, "clean-up");
});

Deno.test("allSettled() says how each has settled, and cancels none for another", async () => {
  const executor = new LocalExecutor();
  const slow = executor.spawn(() => sleep(2).then(() => "slow"));
  const cancelled = executor.spawn(pending());
  cancelled.cancel("enough");
  const results = await allSettled([failing(), slow, cancelled, Promise.resolve(1)]);
  assertEquals(results, [
    { status: "rejected", reason: boom },
    { status: "fulfilled", value: "slow" },
    { status: "rejected", reason: "enough" },
    { status: "fulfilled", value: 1 },
  ]);
  assertEquals(await allSettled([]), []);
});

Deno.test("a group that is dropped lets go of its futures, and can't be polled", () => {
  const probe = new Probe();
  const group = all([probe]);
  group.poll(context());
  group[Symbol.dispose]();
  group[Symbol.dispose]();
  assertEquals(probe.drops, 1);
  probe.waker!.wake();
  assertThrows(() => group.poll(context()), TypeError, "it was dropped before it had an output");
});

Deno.test("a group that is the body of a cancelled task closes its futures", async () => {
  const executor = new LocalExecutor();
  const log: string[] = [];
  const inner = executor.spawn(async ({ signal }) => {
    await aborted(signal);
    await macrotask();
    log.push("clean");
  });
  const outer = executor.spawn(all([inner, pending()]));
  await macrotask();
  await outer.cancel();
  assertEquals({ log, tasks: executor.size }, { log: ["clean"], tasks: 0 });
  const group: Future<never> = race([pending()]);
  assertEquals(group.pollClose!(context()), undefined);
});

Deno.test("a group may be awaited any number of times, in every way", async () => {
  const probe = pendingOnce(5);
  const both = all([probe]);
  const awaited = Promise.all([both, both]);
  const [task, handle] = spawn(function* () {
    return yield* both;
  }, (task) => void task.run());
  task.run();
  probe.waker!.wake();
  assertEquals(await awaited, [[5], [5]]);
  assertEquals(await handle, [5]);
});

Deno.test("a future that is always woken lets others run", () => {
  const waker = new CountingWaker();
  const group = race([
    (function* () {
      for (;;) yield* yieldNow();
    })(),
    pending(),
  ]);
  assertEquals(
    { first: group.poll({ waker }), second: group.poll({ waker }), wakes: waker.wakes },
    { first: PENDING, second: PENDING, wakes: 2 },
  );
});

Deno.test("a promise that loses goes on, and what it comes to is its owner's business", async () => {
  const errors = await reported(async () => {
    const late = macrotask().then(() => Promise.reject(boom));
    assertEquals(await race([late, ready(1)]), 1);
    assertStrictEquals(await late.catch((error) => error), boom);
  });
  assertEquals(errors, []);
});

Deno.test("what can't be waited for is a clear error", () => {
  assertThrows(() => all([1 as never]), TypeError);
  assertThrows(() => race([(() => 1) as never]), TypeError, "Cannot wait for a function");
});

Deno.test("ten thousand futures are polled once each, and once more when woken", async () => {
  const clock = new VirtualClock({ autoAdvance: true });
  let polls = 0;
  const sleeps = Array.from({ length: 10_000 }, (_, i) => {
    const inner = sleep(1 + i % 7, { clock });
    return pollFn((cx) => (polls++, inner.poll(cx)));
  });
  await all(sleeps);
  assertEquals(polls, 20_000);
});

import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { fromPromise, type Future, PENDING, pending, pollFn, ready, spawn, yieldNow } from "../../mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { all, any, race, select } from "../../lib/scope/mod.ts";
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

Deno.test("errors of the clean-up are thrown with what was decided", async () => {
  const dirty = () =>
    new Probe().closing(() => {
      throw new Error("clean-up");
    });
  await assertRejects(async () => await race([dirty(), ready(1)]), Error, "clean-up");
  const error = await assertRejects(async () => await all([dirty(), failing()]), AggregateError);
  assertEquals(error.errors.map(({ message }: Error) => message), ["boom", "clean-up"]);
  class Sharp extends Probe<number> {
    override [Symbol.dispose](): void {
      throw new Error("dispose");
    }
  }
  await assertRejects(async () => await race([new Sharp(), ready(1)]), Error, "dispose");
  assertThrows(() => all([new Sharp(), new Sharp()])[Symbol.dispose](), SuppressedError);
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

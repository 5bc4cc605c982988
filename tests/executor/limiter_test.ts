/** A limiter as a queue that can be looked into, and steered. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PENDING, pending, spawn, yieldNow } from "../../mod.ts";
import { limit, type Limiter, LocalExecutor, PriorityExecutor, type Rate } from "../../lib/executor/mod.ts";
import { sleep, VirtualClock } from "../../lib/time/mod.ts";
import { boom, CountingWaker, macrotask, throws } from "../helpers.ts";

function counts({ active, waiting, size }: Limiter): { active: number; waiting: number; size: number } {
  return { active, waiting, size };
}

Deno.test("spawn() takes a turn at once, and counts who waits", async () => {
  const limiter = limit(new LocalExecutor({ pump: "manual" }), 2);
  for (let n = 0; n < 5; n++) limiter.spawn(() => n);
  assertEquals(counts(limiter), { active: 2, waiting: 3, size: 5 });
  const executor = new LocalExecutor();
  const own = limit(executor, 2);
  const tasks = [1, 2, 3].map((n) => own.spawn(() => n));
  assertEquals(await Promise.all(tasks), [1, 2, 3]);
  assertEquals(counts(own), { active: 0, waiting: 0, size: 0 });
});

Deno.test("spawn() with a priority waits before those of a lower one, and in order within one", async () => {
  for (const executor of [new LocalExecutor(), new PriorityExecutor()]) {
    const limiter = limit(executor, 1);
    const log: string[] = [];
    for (const [tag, priority] of [["a", 0], ["b", 0], ["c", 1], ["d", -1], ["e", 1]] as const) {
      limiter.spawn(() => log.push(tag), tag, { priority });
    }
    await limiter.onIdle();
    assertEquals(log, ["a", "c", "e", "b", "d"]);
  }
});

Deno.test("spawn() waits with the priority that the executor gives", async () => {
  const executor = new PriorityExecutor();
  const limiter = limit(executor, 1);
  const urgent = limit(executor.withPriority(3), 1);
  assertEquals(urgent.priorityOf(urgent.spawn(pending())), 3);
  const inherited = await executor.spawn(
    () => limiter.priorityOf(limiter.spawn(() => 1)),
    "parent",
    { priority: 7 },
  );
  assertEquals(inherited, 7);
});

Deno.test("setPriority() moves who waits, keeping the order of posting, and knows its own tasks", async () => {
  const limiter = limit(new LocalExecutor(), 1);
  const log: string[] = [];
  const [a, b, c, d] = ["a", "b", "c", "d"].map((tag) => limiter.spawn(() => log.push(tag), tag));
  limiter.setPriority(d, 1);
  limiter.setPriority(c, 1);
  limiter.setPriority(b, -1);
  limiter.setPriority(a, 5);
  assertEquals({ a: limiter.priorityOf(a), b: limiter.priorityOf(b) }, { a: 5, b: -1 });
  const foreign = limit(new LocalExecutor(), 1).spawn(pending(), "foreign");
  const message =
    `Cannot set the priority of task ${foreign.id} ("foreign"): it is not one of this limiter's`;
  assertThrows(() => limiter.setPriority(foreign, 1), TypeError, message);
  assertThrows(() => limiter.setPriority(a, NaN), RangeError, "expected a priority other than NaN");
  await limiter.onIdle();
  assertEquals(log, ["a", "c", "d", "b"]);
  limiter.setPriority(a, 1);
  assertThrows(() => limiter.priorityOf(a), TypeError, "it has ended");
});

Deno.test("setPriority() of the executor reaches who waits in its limiters, and the other way round", async () => {
  const executor = new PriorityExecutor();
  const outer = limit(executor, 1);
  const inner = limit(outer, 1);
  const log: string[] = [];
  const [, b, c] = ["a", "b", "c"].map((tag) => inner.spawn(() => log.push(tag), tag));
  executor.setPriority(c, 1);
  assertEquals({ outer: outer.priorityOf(c), inner: inner.priorityOf(c) }, { outer: 1, inner: 1 });
  inner.setPriority(b, 2);
  assertEquals({ executor: executor.priorityOf(b), outer: outer.priorityOf(b) }, { executor: 2, outer: 2 });
  await inner.onIdle();
  assertEquals(log, ["a", "b", "c"]);
});

Deno.test("ageing lets a low priority have its turn", async () => {
  const limiter = limit(new LocalExecutor(), { concurrency: 1, ageing: 3 });
  const log: number[] = [];
  for (const priority of [0, -1, 1, 1, 1, 1]) limiter.spawn(() => log.push(priority), priority, { priority });
  await limiter.onIdle();
  assertEquals(log, [0, 1, 1, -1, 1, 1]);
});

Deno.test("a cancelled waiter leaves nothing behind, and takes no turn", async () => {
  const limiter = limit(new LocalExecutor(), 1);
  const first = limiter.spawn(pending());
  const bodies: WeakRef<() => number>[] = [];
  for (let n = 0; n < 1000; n++) {
    const body = () => n;
    bodies.push(new WeakRef(body));
    const task = limiter.spawn(body);
    void task.cancel();
    if (n === 999) await task.outcome();
  }
  assertEquals(counts(limiter), { active: 1, waiting: 0, size: 1 });
  await macrotask();
  (globalThis as unknown as { gc(): void }).gc();
  const left = bodies.filter((body) => body.deref() !== undefined).length;
  assertEquals({ areLeft: left > 10, waiting: limiter.waiting }, { areLeft: false, waiting: 0 });
  await first.cancel();
});

Deno.test("a turn is not given to who was cancelled before the executor could close it", () => {
  const executor = new LocalExecutor({ pump: "manual" });
  const limiter = limit(executor, { rate: { max: 1, per: 1000 }, clock: new VirtualClock(), concurrency: 1 });
  const first = limiter.spawn(() => 1);
  const second = limiter.spawn(() => 2);
  void second.cancel();
  executor.runUntilStalled();
  assertEquals({ first: first.isFinished, second: second.isFinished, ...counts(limiter) }, {
    first: true,
    second: true,
    active: 0,
    waiting: 0,
    size: 0,
  });
});

Deno.test("resize() starts more at once, and lets go of none", async () => {
  const limiter = limit(new LocalExecutor(), 1);
  const tasks = [1, 2, 3, 4].map(() => limiter.spawn(pending()));
  limiter.resize(3);
  assertEquals({ concurrency: limiter.concurrency, ...counts(limiter) }, {
    concurrency: 3,
    active: 3,
    waiting: 1,
    size: 4,
  });
  limiter.resize(1);
  await tasks[0].cancel();
  await tasks[1].cancel();
  assertEquals(counts(limiter), { active: 1, waiting: 1, size: 2 });
  await tasks[2].cancel();
  assertEquals(counts(limiter), { active: 1, waiting: 0, size: 1 });
  for (const n of [0, -1, 1.5, NaN, "1" as never]) {
    assertThrows(() => limiter.resize(n), RangeError, "Cannot resize the limiter: expected concurrency");
  }
});

Deno.test("pause() starts nothing until resume()", async () => {
  const limiter = limit(new LocalExecutor(), { concurrency: 2, isPaused: true });
  const tasks = [1, 2, 3].map((n) => limiter.spawn(() => n));
  await macrotask();
  assertEquals({ isPaused: limiter.isPaused, ...counts(limiter) }, {
    isPaused: true,
    active: 0,
    waiting: 3,
    size: 3,
  });
  limiter.resume();
  assertEquals({ isPaused: limiter.isPaused, ...counts(limiter) }, {
    isPaused: false,
    active: 2,
    waiting: 1,
    size: 3,
  });
  assertEquals(await Promise.all(tasks), [1, 2, 3]);
  limiter.pause();
  limiter.spawn(() => 1);
  assertEquals(limiter.waiting, 1);
  limiter.clear();
});

Deno.test("clear() cancels who waits, cancel() everybody, and both go on", async () => {
  const limiter = limit(new LocalExecutor(), 1);
  const [a, b, c] = ["a", "b", "c"].map((tag) => limiter.spawn(pending(), tag));
  assertEquals({ cleared: limiter.clear("enough"), ...counts(limiter) }, {
    cleared: 2,
    active: 1,
    waiting: 0,
    size: 1,
  });
  assertEquals(await b.outcome(), { status: "cancelled", reason: "enough" });
  assertEquals(await c.outcome(), { status: "cancelled", reason: "enough" });
  const d = limiter.spawn(pending(), "d");
  await limiter.cancel("over");
  assertEquals({ a: await a.outcome(), d: await d.outcome(), isClosed: limiter.isClosed }, {
    a: { status: "cancelled", reason: "over" },
    d: { status: "cancelled", reason: "over" },
    isClosed: false,
  });
  assertEquals(await limiter.spawn(() => 1), 1);
});

Deno.test("close() lets all have their turn, takes what they spawn, and nothing from outside", async () => {
  const executor = new LocalExecutor();
  const log: number[] = [];
  const limiter = limit(executor, 2);
  limiter.spawn(function* () {
    yield* yieldNow();
    limiter.spawn(() => log.push(3));
  });
  for (const n of [1, 2]) limiter.spawn(() => log.push(n));
  const closed = limiter.close();
  assertThrows(() => limiter.spawn(() => 1), TypeError, "Cannot spawn: the limiter is closed");
  const outside = executor.spawn(() => limiter.spawn(() => 1));
  await assertRejects(() => outside, TypeError, "Cannot spawn: the limiter is closed");
  await closed;
  assertEquals({ log, isClosed: limiter.isClosed, executor: executor.isClosed }, {
    log: [1, 2, 3],
    isClosed: true,
    executor: false,
  });
});

Deno.test("close() cancels what is left after the grace, and leaves no timer", async () => {
  const clock = new VirtualClock();
  const limiter = limit(new LocalExecutor(), 1);
  const [a, b] = [limiter.spawn(pending()), limiter.spawn(pending())];
  const closed = limiter.close({ grace: 10, clock }).then();
  await macrotask();
  assertEquals({ timers: clock.size, ...counts(limiter) }, { timers: 1, active: 1, waiting: 1, size: 2 });
  clock.advance(10);
  await closed;
  assertEquals({ a: (await a.outcome()).status, b: (await b.outcome()).status, timers: clock.size }, {
    a: "cancelled",
    b: "cancelled",
    timers: 0,
  });
  const other = limit(new LocalExecutor(), 1);
  const task = other.spawn(() => 1);
  await other.close({ grace: 10, clock });
  assertEquals({ output: await task, timers: clock.size }, { output: 1, timers: 0 });
  assertThrows(
    () => limiter.close({ grace: NaN }),
    RangeError,
    "Cannot close the limiter: expected grace in ms",
  );
});

Deno.test("await using waits for the tasks of the limiter, and not for those of its executor", async () => {
  const executor = new LocalExecutor();
  const other = executor.spawn(pending());
  const log: number[] = [];
  {
    await using limiter = limit(executor, 1);
    for (const n of [1, 2]) limiter.spawn(() => log.push(n));
  }
  assertEquals({ log, other: other.isFinished }, { log: [1, 2], other: false });
});

Deno.test("onIdle(), onEmpty() and onSizeBelow() are ready at the moment they say", async () => {
  const limiter = limit(new LocalExecutor(), 1);
  const log: string[] = [];
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const tasks = gates.map(({ promise }) => limiter.spawn(() => promise));
  const note = (name: string) => () => log.push(`${name}: ${JSON.stringify(counts(limiter))}`);
  void limiter.onIdle().then(note("idle"));
  void limiter.onEmpty().then(note("empty"));
  void limiter.onSizeBelow(3).then(note("below 3"));
  for (const [index, { resolve }] of gates.entries()) {
    resolve();
    await tasks[index];
    await macrotask();
  }
  assertEquals(log, [
    'below 3: {"active":1,"waiting":1,"size":2}',
    'empty: {"active":1,"waiting":0,"size":1}',
    'idle: {"active":0,"waiting":0,"size":0}',
  ]);
  await Promise.all([limiter.onIdle(), limiter.onEmpty(), limiter.onSizeBelow(1)]);
  assertThrows(() => limiter.onSizeBelow(0), RangeError, "Cannot wait for a size below 0");
  assertThrows(() => limiter.onSizeBelow(NaN), RangeError, "Cannot wait for a size below NaN");
});

Deno.test("until() is a future for any condition, wakes once, and throws what that throws", async () => {
  const limiter = limit(new LocalExecutor(), 1);
  const waker = new CountingWaker();
  const two = limiter.until(({ size }) => size === 2);
  assertEquals(two.poll({ waker }), PENDING);
  const gate = Promise.withResolvers<void>();
  limiter.spawn(() => gate.promise);
  assertEquals(waker.wakes, 0);
  limiter.spawn(() => 1);
  assertEquals({ wakes: waker.wakes, output: two.poll({ waker }) }, { wakes: 1, output: undefined });
  const failing = limiter.until(({ size }) => size === 0 && throws()).then();
  const [task, handle] = spawn(function* () {
    yield* limiter.onIdle();
    return limiter.size;
  }, (task) => void task.run());
  task.run();
  gate.resolve();
  assertEquals(await failing.catch((error) => error), boom);
  assertEquals(await handle, 0);
});

Deno.test("waitingTasks() and activeTasks() tell who they are", async () => {
  const limiter = limit(new LocalExecutor(), { concurrency: 2, name: "pages" });
  const tasks = ["a", "b", "c", "d"].map((tag) => limiter.spawn(pending(), tag));
  limiter.setPriority(tasks[3], 1);
  const tags = () => ({
    active: limiter.activeTasks().map(({ tag }) => tag),
    waiting: limiter.waitingTasks().map(({ tag }) => tag),
  });
  assertEquals(tags(), { active: ["a", "b"], waiting: ["c", "d"] });
  await tasks[0].cancel();
  assertEquals(tags(), { active: ["b", "d"], waiting: ["c"] });
  assertEquals(limiter.toJSON(), {
    name: "pages",
    concurrency: 2,
    active: 2,
    waiting: 1,
    isPaused: false,
    isClosed: false,
  });
  assertEquals(Deno.inspect(limiter).startsWith("Limiter {"), true);
  await limiter.cancel();
});

/** When tasks that are spawned at these times are started. */
async function starts(spawnedAt: number[], rate: Rate, concurrency = Infinity): Promise<number[]> {
  const clock = new VirtualClock();
  const limiter = limit(new LocalExecutor(), { rate, concurrency, clock });
  const started: number[] = [];
  for (const at of spawnedAt) {
    while (clock.nextDeadline <= at) {
      clock.advanceToNext();
      await macrotask();
    }
    clock.advance(at - clock.now());
    limiter.spawn(() => started.push(clock.now()));
    await macrotask();
  }
  for (; clock.advanceToNext(); await macrotask());
  assertEquals({ ...counts(limiter), isRateLimited: limiter.isRateLimited, timers: clock.size }, {
    active: 0,
    waiting: 0,
    size: 0,
    isRateLimited: false,
    timers: 0,
  });
  return started;
}

Deno.test("rate: is as its documentation says", async () => {
  const rate: Rate = { max: 2, per: 1000 };
  const late = [0, 900, 900, 900, 900];
  assertEquals(await starts([0, 0, 0, 0, 0], rate), [0, 0, 1000, 1000, 2000]);
  assertEquals(await starts([0, 0, 0, 0, 0], { ...rate, burst: 1 }), [0, 500, 1000, 1500, 2000]);
  assertEquals(await starts(late, rate), [0, 900, 1000, 1900, 2000]);
  assertEquals(await starts(late, { ...rate, window: "fixed" }), [0, 900, 1000, 1000, 2000]);
});

const NINE = [0, 0, 0, 0, 0, 0, 0, 0, 0];
const LATE = [0, 900, 900, 900, 900, 900, 900, 900, 900];

Deno.test("rate: a sliding window starts at most so many in any span", async () => {
  const rate: Rate = { max: 3, per: 1000 };
  assertEquals(await starts(NINE, rate), [0, 0, 0, 1000, 1000, 1000, 2000, 2000, 2000]);
  assertEquals(await starts(LATE, rate), [0, 900, 900, 1000, 1900, 1900, 2000, 2900, 2900]);
});

Deno.test("rate: a fixed window begins with a start", async () => {
  const rate: Rate = { max: 3, per: 1000, window: "fixed" };
  assertEquals(await starts(NINE, rate), [0, 0, 0, 1000, 1000, 1000, 2000, 2000, 2000]);
  assertEquals(await starts(LATE, rate), [0, 900, 900, 1000, 1000, 1000, 2000, 2000, 2000]);
  assertEquals(await starts([0, 2500, 2600, 2700, 3400], rate), [0, 2500, 2600, 2700, 3500]);
});

Deno.test("rate: a burst bounds how many start at once", async () => {
  const one: Rate = { max: 4, per: 1000, burst: 1 };
  assertEquals(await starts(NINE, one), [0, 250, 500, 750, 1000, 1250, 1500, 1750, 2000]);
  const two: Rate = { max: 4, per: 1000, burst: 2 };
  assertEquals(await starts(NINE, two), [0, 0, 250, 500, 1000, 1000, 1250, 1500, 2000]);
});

Deno.test("rate: a fixed window that carries counts what is still active when it begins", async () => {
  const clock = new VirtualClock();
  const rate: Rate = { max: 1, per: 500, window: "fixed", carry: true };
  const limiter = limit(new LocalExecutor(), { rate, clock });
  const started: number[] = [];
  for (let n = 0; n < 3; n++) {
    limiter.spawn(() => {
      started.push(clock.now());
      return sleep(600, { clock });
    });
  }
  await macrotask();
  for (; clock.advanceToNext(); await macrotask());
  assertEquals(started, [0, 1000, 2000]);
});

Deno.test("rate: tells that it is shut also while all turns are taken", async () => {
  const limiter = limit(new LocalExecutor(), {
    concurrency: 1,
    rate: { max: 1, per: 1000 },
    clock: new VirtualClock(),
  });
  const first = limiter.spawn(pending());
  const second = limiter.spawn(() => 2);
  assertEquals({ active: limiter.active, isRateLimited: limiter.isRateLimited }, {
    active: 1,
    isRateLimited: true,
  });
  await limiter.cancel();
  assertEquals({ isRateLimited: limiter.isRateLimited, ended: first.isFinished && second.isFinished }, {
    isRateLimited: false,
    ended: true,
  });
});

Deno.test("rate: tells that it is what keeps tasks back, and nothing is registered when none waits", async () => {
  const clock = new VirtualClock();
  const limiter = limit(new LocalExecutor(), { rate: { max: 1, per: 1000 }, clock });
  const states: unknown[] = [];
  const state = () => states.push({ isRateLimited: limiter.isRateLimited, timers: clock.size });
  await limiter.spawn(() => 1);
  state();
  const second = limiter.spawn(() => 2);
  state();
  await second.cancel();
  state();
  assertEquals(states, [
    { isRateLimited: false, timers: 0 },
    { isRateLimited: true, timers: 1 },
    { isRateLimited: false, timers: 0 },
  ]);
});

Deno.test("limit() refuses options of the wrong kind", () => {
  const make = (options: unknown) => () => limit(new LocalExecutor(), options as number);
  assertThrows(make({ concurrency: 0 }), RangeError, "expected concurrency to be a whole number from 1");
  assertThrows(make({ ageing: 0 }), RangeError, "Cannot limit: expected ageing to be 1 or more, got 0");
  assertThrows(
    make({ rate: { max: 0, per: 1 } }),
    RangeError,
    "expected max to be a whole number from 1, got 0",
  );
  assertThrows(
    make({ rate: { max: 1, per: 0 } }),
    RangeError,
    "expected per to be a number of ms above 0, got 0",
  );
  assertThrows(
    make({ rate: { max: 1, per: 1, burst: 0.5 } }),
    RangeError,
    "expected burst to be a whole number",
  );
  assertThrows(
    make({ rate: { max: 1, per: 1, window: "x" } }),
    TypeError,
    'expected window to be "sliding" or',
  );
  assertThrows(make({ name: 7 }), TypeError, "expected name to be a string, got 7");
  assertThrows(() => limit({} as never, 1), TypeError, "Cannot limit: expected an executor, got {}");
});

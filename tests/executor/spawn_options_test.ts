/** What a spawn can be told, on everything that spawns. */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { fromPromise, pending, yieldNow } from "../../mod.ts";
import {
  limit,
  LocalExecutor,
  PriorityExecutor,
  type Spawner,
  type SpawnOptions,
} from "../../lib/executor/mod.ts";
import { VirtualClock } from "../../lib/time/mod.ts";
import { macrotask, Probe } from "../helpers.ts";
import { CountingSignal } from "../time/counting_signal.ts";

const spawners: Record<string, () => Spawner> = {
  LocalExecutor: () => new LocalExecutor(),
  PriorityExecutor: () => new PriorityExecutor(),
  withPriority: () => new PriorityExecutor().withPriority(1),
  limit: () => limit(new LocalExecutor(), 2),
  "limit of a limit": () => limit(limit(new LocalExecutor(), 2), 2),
};

/** What a task has ended with: an output, or the name of an error. */
function endOf(task: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(task.then((output) => output, (error) => error?.name ?? error));
}

for (const [name, make] of Object.entries(spawners)) {
  Deno.test(`${name}: spawn() with a signal cancels the task with its reason, and listens no longer`, async () => {
    const spawner = make();
    const signal = new CountingSignal();
    const probe = new Probe();
    const task = spawner.spawn(probe, "t", { signal: signal.signal });
    const ended = spawner.spawn(() => 1, "u", { signal: signal.signal });
    assertEquals(await ended, 1);
    assertEquals(signal.listeners, 1);
    signal.abort("enough");
    assertEquals(await task.outcome(), { status: "cancelled", reason: "enough" });
    assertEquals(
      { listeners: signal.listeners, polls: probe.polls, drops: probe.drops },
      { listeners: 0, polls: 1, drops: 1 },
    );
  });

  Deno.test(`${name}: spawn() with an aborted signal starts nothing`, async () => {
    const probe = new Probe();
    const signal = AbortSignal.abort("enough");
    const task = make().spawn(probe, undefined, { signal, timeout: 5, deadline: 7 });
    assertEquals(await endOf(task), "enough");
    assertEquals({ polls: probe.polls, drops: probe.drops }, { polls: 0, drops: 1 });
  });

  Deno.test(`${name}: spawn() with a timeout cancels the task so long after its start`, async () => {
    const clock = new VirtualClock();
    const spawner = make();
    const task = spawner.spawn(pending(), "late", { timeout: 10, clock });
    assertEquals(clock.size, 0);
    await macrotask();
    clock.advance(9);
    await macrotask();
    assertEquals({ isFinished: task.isFinished, timers: clock.size }, { isFinished: false, timers: 1 });
    clock.advance(1);
    const outcome = await task.outcome();
    const reason = outcome.status === "cancelled" ? outcome.reason as DOMException : undefined;
    assertEquals(
      { name: reason?.name, message: reason?.message, timers: clock.size },
      {
        name: "TimeoutError",
        message: `Cannot go on with task ${task.id} ("late"): the time is up`,
        timers: 0,
      },
    );
  });

  Deno.test(`${name}: spawn() with a deadline cancels the task at that time, and at once when it has passed`, async () => {
    const clock = new VirtualClock({ now: 100 });
    const spawner = make();
    const task = spawner.spawn(pending(), "t", { deadline: 110, timeout: 20, clock });
    const probe = new Probe();
    const late = spawner.spawn(probe, "u", { deadline: 100, clock });
    assertEquals({ end: await endOf(late), polls: probe.polls }, { end: "TimeoutError", polls: 0 });
    clock.advance(10);
    assertEquals({ end: await endOf(task), timers: clock.size }, { end: "TimeoutError", timers: 0 });
  });

  Deno.test(`${name}: spawn() with options leaves nothing behind when the task ends, in whatever way`, async () => {
    const clock = new VirtualClock();
    const signal = new CountingSignal();
    const spawner = make();
    const options: SpawnOptions = { clock, signal: signal.signal, timeout: 5, deadline: 7 };
    const failed = spawner.spawn(() => Promise.reject(new RangeError("boom")), 1, options);
    const cancelled = spawner.spawn(pending(), 2, options);
    await macrotask();
    void cancelled.cancel("enough");
    assertEquals(
      {
        failed: await endOf(failed),
        cancelled: await endOf(cancelled),
        timers: clock.size,
        of: signal.listeners,
      },
      { failed: "RangeError", cancelled: "enough", timers: 0, of: 0 },
    );
  });

  Deno.test(`${name}: spawn() is not told twice: the clean-up has all the time it needs`, async () => {
    const clock = new VirtualClock();
    const gate = Promise.withResolvers<void>();
    const task = make().spawn(
      function* () {
        try {
          yield* pending();
        } finally {
          yield* fromPromise(gate.promise);
        }
      },
      "t",
      { timeout: 5, deadline: 100, clock },
    );
    await macrotask();
    clock.advance(5);
    await macrotask();
    assertEquals({ timers: clock.size, isFinished: task.isFinished }, { timers: 0, isFinished: false });
    gate.resolve();
    assertEquals(await endOf(task), "TimeoutError");
  });

  Deno.test(`${name}: spawn() with a delay begins later, and its timeout counts from then`, async () => {
    const clock = new VirtualClock();
    const spawner = make();
    const probe = new Probe();
    const task = spawner.spawn(probe, "t", { delay: 10, timeout: 5, clock });
    const dropped = spawner.spawn(new Probe(), "u", { delay: 10, clock });
    await macrotask();
    assertEquals({ polls: probe.polls, timers: clock.size }, { polls: 0, timers: 2 });
    assertEquals(await dropped.cancel(), undefined);
    clock.advance(9);
    await macrotask();
    assertEquals({ polls: probe.polls, timers: clock.size }, { polls: 0, timers: 1 });
    clock.advance(1);
    await macrotask();
    assertEquals({ polls: probe.polls, timers: clock.size }, { polls: 1, timers: 1 });
    clock.advance(5);
    assertEquals({ end: await endOf(task), timers: clock.size }, { end: "TimeoutError", timers: 0 });
  });

  Deno.test(`${name}: spawn() with a delay is cancelled by its signal before it begins`, async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const probe = new Probe();
    const task = make().spawn(probe, "t", { delay: Infinity, signal: controller.signal, clock });
    await macrotask();
    controller.abort("enough");
    assertEquals(await endOf(task), "enough");
    assertEquals({ polls: probe.polls, drops: probe.drops, timers: clock.size }, {
      polls: 0,
      drops: 1,
      timers: 0,
    });
  });

  Deno.test(`${name}: spawn() with a name shows it`, async () => {
    const task = make().spawn(({ name }) => name, "tag", { name: "search" });
    assertEquals(
      { name: task.name, view: task.toJSON() },
      { name: "search", view: { id: task.id, name: "search", tag: "tag", state: "scheduled" } },
    );
    assertEquals(await task, "search");
    assertEquals(make().spawn(() => 1).name, undefined);
  });

  Deno.test(`${name}: spawn() refuses options of the wrong kind`, () => {
    const spawn = (options: unknown) => () => make().spawn(() => 1, 1, options as SpawnOptions);
    assertThrows(spawn(5), TypeError, "Cannot spawn: expected options, got 5");
    assertThrows(
      spawn({ signal: {} }),
      TypeError,
      "Cannot spawn: expected signal to be an AbortSignal, got {}",
    );
    assertThrows(spawn({ timeout: NaN }), RangeError, "Cannot spawn: expected timeout in ms, got NaN");
    assertThrows(spawn({ deadline: "1" }), TypeError, 'Cannot spawn: expected deadline in ms, got "1"');
    assertThrows(spawn({ delay: NaN }), RangeError, "Cannot spawn: expected delay in ms, got NaN");
    assertThrows(spawn({ priority: NaN }), RangeError, "Cannot spawn: expected a priority other than NaN");
    assertThrows(spawn({ name: 1 }), TypeError, "Cannot spawn: expected name to be a string, got 1");
  });
}

Deno.test("limit(): the timeout of a task counts from its turn on, its deadline and its signal at once", async () => {
  const clock = new VirtualClock();
  const limiter = limit(new LocalExecutor(), 1);
  const gate = Promise.withResolvers<void>();
  const first = limiter.spawn(() => gate.promise);
  const second = limiter.spawn(pending(), "b", { timeout: 10, clock });
  const third = limiter.spawn(pending(), "c", { deadline: 50, timeout: 10, clock });
  await macrotask();
  clock.advance(50);
  assertEquals(await endOf(third), "TimeoutError");
  assertEquals({ active: limiter.active, waiting: limiter.waiting }, { active: 1, waiting: 1 });
  gate.resolve();
  await first;
  await macrotask();
  clock.advance(9);
  await macrotask();
  assertEquals(second.isFinished, false);
  clock.advance(1);
  assertEquals(await endOf(second), "TimeoutError");
  assertEquals({ size: limiter.size, timers: clock.size }, { size: 0, timers: 0 });
});

Deno.test("limit(): what is delayed takes no turn, counts as waiting, and is cleared", async () => {
  const clock = new VirtualClock();
  const limiter = limit(new LocalExecutor(), 1);
  const log: string[] = [];
  const late = limiter.spawn(() => log.push("late"), "late", { delay: 10, clock });
  const cleared = limiter.spawn(() => log.push("cleared"), "cleared", { delay: 20, clock });
  const counts = () => ({ active: limiter.active, waiting: limiter.waiting });
  assertEquals(counts(), { active: 0, waiting: 2 });
  assertEquals(await limiter.spawn(() => "soon"), "soon");
  assertEquals(limiter.waitingTasks().map(({ tag }) => tag), ["late", "cleared"]);
  clock.advance(10);
  await late;
  assertEquals({ log, cleared: limiter.clear(), ...counts() }, {
    log: ["late"],
    cleared: 1,
    active: 0,
    waiting: 0,
  });
  assertEquals((await cleared.outcome()).status, "cancelled");
  assertEquals(clock.size, 0);
});

Deno.test("spawnMany() gives its options to each", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const tasks = new LocalExecutor().spawnMany([pending(), pending()], (index) => index, { signal });
  await macrotask();
  controller.abort("enough");
  assertEquals(await Promise.all(tasks.map(endOf)), ["enough", "enough"]);
});

Deno.test("spawn() with a signal makes one listener of 1,000 tasks", async () => {
  const signal = new CountingSignal();
  const executor = new LocalExecutor();
  const options = { signal: signal.signal };
  const tasks = Array.from({ length: 1000 }, (_, n) => executor.spawn(pending(), n, options));
  assertEquals(signal.added, 1);
  await macrotask();
  signal.abort("enough");
  assertEquals({ listeners: signal.listeners, added: signal.added }, { listeners: 0, added: 1 });
  assertEquals(await endOf(tasks[999]), "enough");
});

Deno.test("PriorityExecutor: a task has the priority of the one that spawns it, unless told otherwise", async () => {
  const executor = new PriorityExecutor();
  const other = new PriorityExecutor();
  const priorities: Record<string, number> = {};
  await executor.spawn(
    function* () {
      const spawned = {
        child: executor.spawn(() => 1),
        told: executor.spawn(() => 1, "told", { priority: 2 }),
        named: executor.spawn(() => 1, "named", { name: "named" }),
      };
      for (const [name, task] of Object.entries(spawned)) priorities[name] = executor.priorityOf(task);
      priorities.foreign = other.priorityOf(other.spawn(() => 1));
      yield* yieldNow();
    },
    "parent",
    { priority: 5 },
  );
  priorities.outside = executor.priorityOf(executor.spawn(() => 1));
  assertEquals(priorities, { child: 5, told: 2, named: 5, foreign: 0, outside: 0 });
});

Deno.test("PriorityExecutor: the priority is the task's own, whatever is spawned in between", async () => {
  const { observe } = await import("../../mod.ts");
  const executor = new PriorityExecutor({ pump: "manual" });
  let isFirst = true;
  const stop = observe({
    spawn() {
      if (isFirst) {
        isFirst = false;
        executor.spawn(() => 1, "from the observer");
      }
    },
  });
  try {
    const task = executor.spawn(() => 1, "urgent", { priority: 9 });
    assertStrictEquals(executor.priorityOf(task), 9);
  } finally {
    stop();
    executor.runUntilStalled();
  }
});

Deno.test("PriorityExecutor: setPriority() keeps the order of posting", () => {
  const executor = new PriorityExecutor({ pump: "manual" });
  const log: string[] = [];
  const spawn = (name: string, priority: number) =>
    executor.spawn(() => void log.push(name), name, { priority });
  const [a, b, c] = [spawn("a", 0), spawn("b", 0), spawn("c", 0)];
  spawn("d", 1);
  spawn("e", 0);
  spawn("f", 1);
  executor.setPriority(c, 1);
  executor.setPriority(a, 1);
  executor.setPriority(b, 2);
  executor.setPriority(b, 0);
  executor.runUntilStalled();
  assertEquals(log, ["a", "c", "d", "f", "b", "e"]);
});

/** What all executors have in common, on each of them. */
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { currentTag, currentTask, fromPromise, PENDING, pending, pollFn, yieldNow } from "../../mod.ts";
import {
  type Executor,
  type ExecutorOptions,
  LocalExecutor,
  PriorityExecutor,
} from "../../lib/executor/mod.ts";
import { VirtualClock } from "../../lib/time/mod.ts";
import {
  aborted,
  boom,
  CountingWaker,
  macrotask,
  Probe,
  reported,
  reportedOfTasks,
  throws,
} from "../helpers.ts";

const kinds: Record<string, (options?: ExecutorOptions) => Executor> = {
  LocalExecutor: (options) => new LocalExecutor(options),
  PriorityExecutor: (options) => new PriorityExecutor(options),
};

for (const [name, make] of Object.entries(kinds)) {
  const manual = (options: ExecutorOptions = {}): Executor => make({ pump: "manual", ...options });

  Deno.test(`${name}: spawn() runs nothing before the next microtask, and then everything in order`, async () => {
    const executor = make();
    const log: number[] = [];
    const tasks = [1, 2, 3].map((n) => executor.spawn(() => log.push(n), n));
    assertEquals(
      { ran: log.length, size: executor.size, readyCount: executor.readyCount },
      { ran: 0, size: 3, readyCount: 3 },
    );
    await Promise.all(tasks);
    assertEquals({ log, isEmpty: executor.isEmpty }, { log: [1, 2, 3], isEmpty: true });
  });

  Deno.test(`${name}: spawn() takes every kind of body, and its output reaches every way to wait`, async () => {
    const executor = make();
    const bodies = [
      pollFn(() => "future"),
      function* () {
        yield* yieldNow();
        return "generator";
      },
      // deno-lint-ignore require-await
      async () => "async",
      Promise.resolve("promise"),
      () => "function",
    ];
    assertEquals(
      await Promise.all(executor.spawnMany(bodies)),
      ["future", "generator", "async", "promise", "function"],
    );
    const inner = executor.spawn(() => 1);
    assertEquals(
      await executor.spawn(function* () {
        return 1 + (yield* inner);
      }),
      2,
    );
  });

  Deno.test(`${name}: a task knows its tag and the task that spawned it`, async () => {
    const executor = make();
    const outer = executor.spawn(async () => {
      await null;
      const inner = executor.spawn(() => ({ tag: currentTag(), parentId: currentTask()!.parentId }), "inner");
      return { tag: currentTag(), inner: await inner };
    }, "outer");
    assertEquals(await outer, { tag: "outer", inner: { tag: "inner", parentId: outer.id } });
    assertEquals(currentTask(), undefined);
  });

  Deno.test(`${name}: a task is not inside of the one that woke it`, async () => {
    const executor = make();
    const seen: unknown[] = [];
    const helper = async () => {
      await null;
      seen.push(currentTag());
    };
    await executor.spawn(async () => {
      await macrotask();
      await executor.spawn(function* () {
        yield* fromPromise(helper());
      });
    }, "outer");
    assertEquals(seen, [undefined]);
  });

  Deno.test(`${name}: spawn() throws a clear error when the body can't be a task`, () => {
    const executor = make();
    assertThrows(() => executor.spawn(1 as never), TypeError, "Cannot spawn 1");
    assertThrows(() => executor.spawnMany([() => 1, null as never]), TypeError, "Cannot spawn null");
    assertEquals(executor.size, 0);
  });

  Deno.test(`${name}: options are checked`, () => {
    assertThrows(() => make({ onPanic: 1 as never }), TypeError, "expected onPanic to be a function, got 1");
    assertThrows(
      () => make({ pump: "steam" as never }),
      TypeError,
      'expected pump to be "auto" or "manual", got "steam"',
    );
    assertThrows(() => make({ budget: NaN }), RangeError, "expected budget in ms, got NaN");
    assertThrows(() => make({ name: 1 as never }), TypeError, "expected name to be a string, got 1");
    assertThrows(() => make({ maxPolls: 0 }), RangeError, "expected maxPolls to be 1 or more, got 0");
  });

  Deno.test(`${name}: a panic reaches whoever awaits, and nobody else`, async () => {
    const panics: unknown[] = [];
    const executor = make({ onPanic: (error) => panics.push(error) });
    const error = await assertRejects(async () => await executor.spawn(throws));
    assertStrictEquals(error, boom);
    await macrotask();
    await macrotask();
    assertEquals(panics, []);
  });

  Deno.test(`${name}: a panic that nobody awaits goes to onPanic once, when no task is left`, async () => {
    const panics: unknown[][] = [];
    const executor = make({ onPanic: (...args) => panics.push(args) });
    const other = executor.spawn(pending());
    const task = executor.spawn(throws, "tag");
    await macrotask();
    await macrotask();
    assertEquals(panics, []);
    await other.cancel();
    await macrotask();
    await macrotask();
    assertEquals(panics, [[boom, task.id, "tag"]]);
    await assertRejects(async () => await task);
    task[Symbol.dispose]();
    await executor.close();
    assertEquals(panics.length, 1);
  });

  Deno.test(`${name}: a panic that is awaited late is not reported while there are other tasks`, async () => {
    const panics: unknown[] = [];
    const executor = make({ onPanic: (error) => panics.push(error) });
    const other = executor.spawn(pending());
    const task = executor.spawn(throws);
    await macrotask();
    await assertRejects(async () => await task);
    await other.cancel();
    await executor.close();
    assertEquals(panics, []);
  });

  Deno.test(`${name}: the panic of a detached task goes to onPanic at once, by default to reportError`, async () => {
    const panics: unknown[] = [];
    const executor = manual({ onPanic: (error) => panics.push(error) });
    executor.spawn(throws).detach();
    executor.runUntilStalled();
    assertEquals(panics, [boom]);
    const errors = await reportedOfTasks(() => {
      const executor = manual();
      executor.spawn(throws).detach();
      executor.runUntilStalled();
    });
    assertEquals(errors, [boom]);
  });

  Deno.test(`${name}: what onPanic throws is reported, and the end tells what nobody has seen`, async () => {
    const errors = await reported(async () => {
      const executor = make({ onPanic: throws });
      executor.spawn(pending());
      executor.spawn(() => {
        throw new Error("first");
      });
      await macrotask();
      await executor.close({ grace: 0 });
      await macrotask();
    });
    assertEquals(errors, [boom]);
  });

  Deno.test(`${name}: many panics that were seen are not kept`, async () => {
    const panics: unknown[] = [];
    const executor = make({ onPanic: (error) => panics.push(error) });
    executor.spawn(pending());
    for (let i = 0; i < 100; i++) await assertRejects(async () => await executor.spawn(throws));
    executor.spawn(throws);
    await executor.spawn(() => 1);
    await executor.close({ grace: 0 });
    assertEquals(panics, []);
    await macrotask();
    assertEquals(panics, [boom]);
  });

  Deno.test(`${name}: tryTick() runs one step, tick() waits for one, runUntilStalled() counts them`, async () => {
    const executor = manual();
    assertEquals(
      { ticked: executor.tryTick(), steps: executor.runUntilStalled() },
      { ticked: false, steps: 0 },
    );
    const log: string[] = [];
    const ticked = executor.tick().then(() => log.push("ticked"));
    await macrotask();
    executor.spawn(function* () {
      log.push("one");
      yield* yieldNow();
      log.push("two");
    });
    assertEquals(log, []);
    await ticked;
    assertEquals(log, ["one", "ticked"]);
    assertEquals(executor.runUntilStalled(), 1);
    assertEquals({ last: log.at(-1), size: executor.size }, { last: "two", size: 0 });
  });

  Deno.test(`${name}: a tick that was woken and is dropped passes its wake on`, () => {
    const executor = manual();
    const [one, two] = [executor.tick(), executor.tick()];
    const [wakerOne, wakerTwo] = [new CountingWaker(), new CountingWaker()];
    assertEquals(one.poll({ waker: wakerOne }), PENDING);
    assertEquals(two.poll({ waker: wakerTwo }), PENDING);
    executor.spawn(() => 1);
    assertEquals(
      { wakesOfOne: wakerOne.wakes, wakesOfTwo: wakerTwo.wakes },
      { wakesOfOne: 1, wakesOfTwo: 0 },
    );
    one[Symbol.dispose]();
    assertEquals(
      { wakesOfOne: wakerOne.wakes, wakesOfTwo: wakerTwo.wakes },
      { wakesOfOne: 1, wakesOfTwo: 1 },
    );
    assertEquals(two.poll({ waker: wakerTwo }), undefined);
    assertEquals(two.poll({ waker: wakerTwo }), undefined);
    assertEquals(executor.isEmpty, true);
  });

  Deno.test(`${name}: run() drives a manual executor, and only while it waits`, async () => {
    const executor = manual();
    const ran: string[] = [];
    const task = executor.spawn(async () => {
      await null;
      ran.push("task");
    }, "t");
    assertEquals(await executor.run(async () => (await task, 7)), 7);
    executor.spawn(() => ran.push("later"));
    await macrotask();
    assertEquals({ ran, readyCount: executor.readyCount }, { ran: ["task"], readyCount: 1 });
    await assertRejects(async () => await executor.run(throws), Error, "boom");
    await executor.close();
  });

  Deno.test(`${name}: a run() that is cancelled drives no longer`, async () => {
    const executor = manual();
    const run = executor.run(pending());
    await macrotask();
    await run.cancel();
    executor.spawn(() => 1);
    await macrotask();
    assertEquals(executor.readyCount, 1);
    await executor.close({ grace: 0 });
  });

  Deno.test(`${name}: cancel() cancels what there is with the reason, and waits for its clean-up`, async () => {
    for (const options of [{}, { pump: "manual" }] as const) {
      const executor = make(options);
      const log: unknown[] = [];
      const generator = executor.spawn(function* () {
        try {
          yield* pending();
        } finally {
          yield* fromPromise(macrotask());
          log.push("generator");
        }
      });
      const fn = executor.spawn(async ({ signal }) => {
        await aborted(signal);
        await macrotask();
        log.push(signal.reason);
      });
      const probe = new Probe();
      const never = executor.spawn(probe);
      if (options.pump === "manual") executor.runUntilStalled();
      else await macrotask();
      const cancelled = executor.cancel("enough");
      const later = executor.spawn(pending());
      if (options.pump === "manual") void executor.run(() => cancelled);
      await cancelled;
      assertEquals(log.toSorted(), ["enough", "generator"]);
      assertEquals(
        { isClosed: executor.isClosed, polls: probe.polls, drops: probe.drops, later: later.isFinished },
        { isClosed: false, polls: 1, drops: 1, later: false },
      );
      for (const task of [generator, fn, never]) {
        assertEquals(await task.then(() => "output", (reason) => reason), "enough");
      }
      await executor.close({ grace: 0 });
      assertEquals(executor.size, 0);
    }
  });

  Deno.test(`${name}: cancel() reports a waker that throws, and cancels the others`, async () => {
    const errors = await reportedOfTasks(async () => {
      const executor = make();
      const task = executor.spawn(pending());
      task.poll({ waker: { wake: throws } });
      const other = executor.spawn(pending());
      await executor.cancel();
      assertEquals({ task: task.isFinished, other: other.isFinished }, { task: true, other: true });
    });
    assertEquals(errors, [boom]);
  });

  Deno.test(`${name}: close() takes nothing from outside, and lets what there is come to its end`, async () => {
    for (const options of [{}, { pump: "manual" }] as const) {
      const executor = make(options);
      const gate = Promise.withResolvers<number>();
      const task = executor.spawn(async () => 1 + await gate.promise);
      let isOver = false;
      const closed = executor.close().then(() => isOver = true);
      assertThrows(() => executor.spawn(() => 1), TypeError, "Cannot spawn: the executor is closed");
      assertThrows(() => executor.spawnMany([() => 1]), TypeError, "Cannot spawn: the executor is closed");
      assertThrows(() => executor.run(() => 1), TypeError, "Cannot spawn: the executor is closed");
      await macrotask();
      assertEquals({ isOver, isClosed: executor.isClosed, size: executor.size }, {
        isOver: false,
        isClosed: true,
        size: 1,
      });
      gate.resolve(1);
      await closed;
      assertEquals({ output: await task, size: executor.size }, { output: 2, size: 0 });
      await executor.close();
    }
  });

  Deno.test(`${name}: close() takes what its own tasks spawn, while they live`, async () => {
    const executor = make();
    const foreign = make();
    const outputs: number[] = [];
    executor.spawn(function* () {
      yield* yieldNow();
      outputs.push(yield* executor.spawn(() => 1));
    });
    const outside = foreign.spawn(function* () {
      yield* yieldNow();
      executor.spawn(() => 2);
    });
    const closed = executor.close();
    await closed;
    await assertRejects(() => outside, TypeError, "Cannot spawn: the executor is closed");
    assertEquals({ outputs, size: executor.size }, { outputs: [1], size: 0 });
  });

  Deno.test(`${name}: close() cancels what is left after the grace, and what is spawned then`, async () => {
    const clock = new VirtualClock();
    const executor = make();
    const late: unknown[] = [];
    const task = executor.spawn(function* () {
      try {
        yield* pending();
      } finally {
        late.push(yield* executor.spawn(pending()).outcome());
      }
    });
    const closed = executor.close({ grace: 1000, clock }).then();
    void executor.close({ grace: 5000, clock });
    await macrotask();
    clock.advance(999);
    await macrotask();
    assertEquals({ isFinished: task.isFinished, timers: clock.size }, { isFinished: false, timers: 1 });
    clock.advance(1);
    await closed;
    assertEquals({ size: executor.size, timers: clock.size, late: late.length }, {
      size: 0,
      timers: 0,
      late: 1,
    });
    assertEquals((await task.outcome()).status, "cancelled");
  });

  Deno.test(`${name}: close() leaves no timer behind when all have ended in time, and may be shortened`, async () => {
    const clock = new VirtualClock();
    const executor = make();
    const gate = Promise.withResolvers<void>();
    executor.spawn(() => gate.promise);
    void executor.close();
    const closed = executor.close({ grace: 1000, clock }).then();
    gate.resolve();
    await closed;
    assertEquals(clock.size, 0);
    const other = make();
    other.spawn(pending());
    void other.close({ grace: 1000, clock });
    await other.close({ grace: 0 });
    assertEquals({ size: other.size, timers: clock.size }, { size: 0, timers: 0 });
    assertThrows(
      () => make().close({ grace: NaN }),
      RangeError,
      "Cannot close the executor: expected grace in ms",
    );
    assertThrows(() => make().close({ grace: "1" as never }), TypeError, 'expected grace in ms, got "1"');
  });

  Deno.test(`${name}: close() is a future like any other`, async () => {
    const executor = make();
    const waker = new CountingWaker();
    const task = executor.spawn(pending());
    const closed = executor.close();
    assertEquals(closed.poll({ waker }), PENDING);
    const dropped = executor.close();
    const other = new CountingWaker();
    assertEquals(dropped.poll({ waker: other }), PENDING);
    dropped[Symbol.dispose]();
    const both = Promise.all([closed, closed]);
    await task.cancel();
    await both;
    assertEquals({ output: closed.poll({ waker }), wakes: waker.wakes, dropped: other.wakes }, {
      output: undefined,
      wakes: 1,
      dropped: 0,
    });
  });

  Deno.test(`${name}: await using waits for its tasks, and for those that they spawn`, async () => {
    let executor: Executor;
    const log: number[] = [];
    {
      await using scoped = make();
      executor = scoped;
      scoped.spawn(function* () {
        yield* yieldNow();
        scoped.spawn(() => log.push(2));
        log.push(1);
      });
    }
    assertEquals(
      { log, size: executor.size, isClosed: executor.isClosed },
      { log: [1, 2], size: 0, isClosed: true },
    );
  });

  Deno.test(`${name}: a task may close and cancel its own executor`, async () => {
    const executor = make();
    const closing = executor.spawn(() => void executor.close());
    await executor.close();
    assertEquals(await closing, undefined);
    const other = make();
    const task = other.spawn(() => void other.cancel("by myself"));
    await other.close();
    assertEquals(await task.then(() => "done", (reason) => reason), "by myself");
  });

  Deno.test(`${name}: the event loop gets its turns while tasks are always ready`, async () => {
    for (const options of [{ budget: 1 }, { maxPolls: 100, budget: 1000 }]) {
      const executor = make(options);
      let steps = 0;
      const busy = executor.spawn(function* () {
        for (;; steps++) yield* yieldNow();
      });
      while (steps <= 100) await new Promise((resolve) => setTimeout(resolve));
      await macrotask();
      await busy.cancel();
    }
  });

  Deno.test(`${name}: the event loop gets its turns while tasks wake one another in microtasks`, async () => {
    const executor = make({ maxPolls: 50 });
    let turns = 0;
    let isOver = false;
    const busy = executor.spawn(async () => {
      while (!isOver) {
        await executor.spawn(() => 1);
        turns++;
      }
    });
    while (turns <= 50) await new Promise((resolve) => setTimeout(resolve));
    isOver = true;
    await busy;
  });

  Deno.test(`${name}: a waker that throws is reported, and keeps no other task from running`, async () => {
    const executor = manual();
    const errors = await reportedOfTasks(() => {
      const task = executor.spawn(() => 1);
      assertEquals(task.poll({ waker: { wake: throws } }), PENDING);
      executor.spawn(() => 2);
      assertEquals(executor.runUntilStalled(), 2);
    });
    assertEquals({ errors, size: executor.size }, { errors: [boom], size: 0 });
  });

  Deno.test(`${name}: tasks() are those that have not ended, in the order of spawning`, async () => {
    const executor = manual();
    executor.spawn(pending(), "a");
    const b = executor.spawn(pending(), "b");
    executor.spawn(pending(), "c");
    const cancelled = b.cancel();
    executor.runUntilStalled();
    await cancelled;
    assertEquals(executor.tasks().map(({ tag }) => tag), ["a", "c"]);
    await executor.close({ grace: 0 });
    assertEquals(executor.tasks(), []);
  });

  Deno.test(`${name}: a task may run others from inside`, () => {
    const executor = manual();
    const log: string[] = [];
    executor.spawn(() => {
      log.push("outer");
      executor.spawn(() => log.push(`inner ${currentTag()}`), 2);
      assertEquals(executor.tryTick(), true);
      log.push(`outer ${currentTag()}`);
    }, 1);
    assertEquals(executor.runUntilStalled(), 1);
    assertEquals(log, ["outer", "inner 2", "outer 1"]);
  });

  Deno.test(`${name}: shows what there is to know about it`, async () => {
    const executor = make({ name: "pages", pump: "manual" });
    const tasks = Array.from({ length: 12 }, (_, n) => executor.spawn(pending(), n));
    executor.tryTick();
    const view = executor.toJSON();
    assertEquals({ ...view, tasks: view.tasks.length }, {
      name: "pages",
      size: 12,
      ready: 11,
      isClosed: false,
      tasks: 10,
    });
    assertEquals(view.tasks.slice(0, 2), [
      { id: tasks[0].id, tag: 0, state: "waiting" },
      { id: tasks[1].id, tag: 1, state: "scheduled" },
    ]);
    assertEquals(JSON.parse(JSON.stringify(executor)), view);
    assert(Deno.inspect(executor).startsWith(`${name} {`));
    await executor.close({ grace: 0 });
    assertEquals({ ...make().toJSON() }, { size: 0, ready: 0, isClosed: false, tasks: [] });
  });
}

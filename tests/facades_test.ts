/** One suite of situations for both facades: what a task does must not depend on how it is looked at. */
import { assertEquals, assertThrows } from "@std/assert";
import { type Context, type Future, PENDING, spawn, type Waker } from "../mod.ts";
import { Runnable, spawn as spawnV4, Task } from "../lib/v4/mod.ts";
import { Task as RootTask } from "../mod.ts";
import { boom, context, pendingOnce, Probe, Queue, thrownBy, throws } from "./helpers.ts";

/** The side that runs. */
interface Runs {
  run(): boolean;
  schedule(): void;
  waker(): Waker;
  intoRaw(): number;
  [Symbol.dispose](): void;
}

/** The side that joins: what it was given, and `undefined` where there is nothing to be had. */
interface Joins {
  cancel(reason?: unknown): unknown;
  poll(cx: Context): unknown;
  output(): PromiseLike<unknown>;
  /** It goes away, and the task goes on. */
  detach(): void;
}

interface Face {
  name: string;
  spawn(body: Future<unknown>, schedule: (task: Runs) => void): [Runs, Joins];
  fromRaw(raw: number): Runs;
}

const facades: Face[] = [
  {
    name: "root",
    spawn(body, schedule) {
      const [task, handle] = spawn(body, schedule, "tag");
      return [task, {
        cancel: (reason) => handle.cancel(reason),
        poll: (cx) => handle.poll(cx),
        output: () => handle,
        detach: () => handle[Symbol.dispose](),
      }];
    },
    fromRaw: (raw) => RootTask.fromRaw(raw),
  },
  {
    name: "v4",
    spawn(body, schedule) {
      const [runnable, task] = spawnV4(body, schedule);
      return [runnable, {
        cancel: (reason) => task.cancel(reason),
        poll: (cx) => task.fallible().poll(cx),
        output: () => task.fallible(),
        detach: () => task.detach(),
      }];
    },
    fromRaw: (raw) => Runnable.fromRaw(raw),
  },
];

for (const facade of facades) {
  const it = (name: string, test: () => void | Promise<void>) => Deno.test(`${facade.name}: ${name}`, test);

  it("cancel() before the first run drops the future unpolled", async () => {
    const [queue, future] = [new Queue<Runs>(), new Probe()];
    const [task, join] = facade.spawn(future, queue.schedule);
    join.cancel();
    assertEquals(queue.schedules, 0);
    task.run();
    assertEquals(
      { polls: future.polls, drops: future.drops, output: await join.output() },
      { polls: 0, drops: 1, output: undefined },
    );
  });

  it("cancel() while it rests schedules it once more", async () => {
    const [queue, future] = [new Queue<Runs>(), new Probe()];
    const [task, join] = facade.spawn(future, queue.schedule);
    task.run();
    join.cancel();
    join.cancel();
    assertEquals({ schedules: queue.schedules, drops: future.drops }, { schedules: 1, drops: 0 });
    queue.run();
    assertEquals(
      { polls: future.polls, drops: future.drops, output: await join.output() },
      { polls: 1, drops: 1, output: undefined },
    );
  });

  it("cancel() while it is scheduled schedules nothing", () => {
    const [queue, future] = [new Queue<Runs>(), pendingOnce("out")];
    const [task, join] = facade.spawn(future, queue.schedule);
    task.run();
    future.waker!.wake();
    join.cancel();
    queue.run();
    assertEquals(
      { schedules: queue.schedules, polls: future.polls, drops: future.drops },
      { schedules: 1, polls: 1, drops: 1 },
    );
  });

  it("cancel() during a run takes effect when the poll is over", () => {
    const queue = new Queue<Runs>();
    const future: Probe<void> = new Probe((cx) => {
      cx.waker.wake();
      join.cancel();
      assertEquals(future.drops, 0);
      return PENDING;
    });
    const [task, join] = facade.spawn(future, queue.schedule);
    assertEquals(task.run(), false);
    assertEquals({ schedules: queue.schedules, drops: future.drops }, { schedules: 0, drops: 1 });
  });

  it("cancel() after the end changes nothing", async () => {
    const [task, join] = facade.spawn(new Probe(() => 1), () => {});
    task.run();
    join.cancel();
    assertEquals(await join.output(), 1);
  });

  it("a wake during a run schedules it when the run is over", () => {
    const queue = new Queue<Runs>();
    const future = new Probe((cx, poll) => {
      if (poll === 2) return 1;
      cx.waker.wake();
      assertEquals(queue.schedules, 0);
      return PENDING;
    });
    const [task] = facade.spawn(future, queue.schedule);
    assertEquals(
      { rescheduled: task.run(), schedules: queue.schedules },
      { rescheduled: true, schedules: 1 },
    );
    queue.run();
    assertEquals({ polls: future.polls, drops: future.drops }, { polls: 2, drops: 1 });
  });

  it("polls take the output once, awaits have it every time", async () => {
    const cx = context();
    const [task, join] = facade.spawn(new Probe(() => "out"), () => {});
    assertEquals(join.poll(cx), PENDING);
    task.run();
    assertEquals(
      { output: join.poll(cx), outputAgain: join.poll(cx) },
      { output: "out", outputAgain: undefined },
    );
    assertEquals(
      { output: await join.output(), outputAgain: await join.output() },
      { output: "out", outputAgain: "out" },
    );
  });

  it("a panic comes out of run(), and the future is dropped", () => {
    const future = new Probe(throws);
    const [task, join] = facade.spawn(future, () => {});
    assertEquals({ thrown: thrownBy(() => task.run()), drops: future.drops }, { thrown: boom, drops: 1 });
    assertEquals(join.poll(context()), undefined);
  });

  it("a detached task goes on, and its output is dropped", () => {
    const [queue, future] = [new Queue<Runs>(), pendingOnce("out")];
    const [task, join] = facade.spawn(future, queue.schedule);
    task.run();
    join.detach();
    future.waker!.wake();
    queue.run();
    assertEquals({ polls: future.polls, drops: future.drops }, { polls: 2, drops: 1 });
    assertThrows(() => join.poll(context()), TypeError, "dropped");
  });

  type Arrange = (task: Runs, join: Joins, future: Probe<string>) => void;

  /** The states in which the task side can be dropped, and what that does. */
  const states: [string, Arrange, { polls: number; closes: number; drops: number }][] = [
    ["fresh", () => {}, { polls: 0, closes: 1, drops: 1 }],
    [
      "scheduled",
      (task, _join, future) => (task.run(), future.waker!.wake()),
      { polls: 1, closes: 1, drops: 1 },
    ],
    ["cancelled", (_task, join) => join.cancel(), { polls: 0, closes: 1, drops: 1 }],
    ["resting", (task) => task.run(), { polls: 1, closes: 0, drops: 0 }],
    [
      "completed",
      (task, _join, future) => (task.run(), future.waker!.wake(), task.run()),
      { polls: 2, closes: 0, drops: 1 },
    ],
    ["ended", (task, join) => (join.cancel(), task.run()), { polls: 0, closes: 1, drops: 1 }],
    ["raw", (task) => task.intoRaw(), { polls: 0, closes: 0, drops: 0 }],
  ];
  for (const [state, arrange, counts] of states) {
    it(`[Symbol.dispose]() of the side that runs, when it is ${state}`, () => {
      const future = pendingOnce("out").closing(() => undefined);
      const [task, join] = facade.spawn(future, () => {});
      arrange(task, join, future);
      task[Symbol.dispose]();
      task[Symbol.dispose]();
      const { polls, closes, drops } = future;
      assertEquals({ polls, closes, drops }, counts);
    });
  }

  it("[Symbol.dispose]() of the side that runs, when it runs, does nothing", () => {
    const future: Probe<number> = new Probe((): number => (task[Symbol.dispose](), 1));
    const [task] = facade.spawn(future, () => {});
    task.run();
    assertEquals({ polls: future.polls, drops: future.drops }, { polls: 1, drops: 1 });
  });

  it("asynchronous clean-up is waited for", async () => {
    const queue = new Queue<Runs>();
    const future = new Probe().closing((_cx, close) => close === 1 ? PENDING : undefined);
    const [task, join] = facade.spawn(future, queue.schedule);
    task.run();
    let ended = false;
    join.cancel();
    const output = join.output().then(() => ended = true);
    queue.run();
    await null;
    assertEquals(
      { closes: future.closes, drops: future.drops, ended },
      { closes: 1, drops: 0, ended: false },
    );
    future.waker!.wake();
    queue.run();
    await output;
    assertEquals(
      { closes: future.closes, drops: future.drops, schedules: queue.schedules },
      { closes: 2, drops: 1, schedules: 2 },
    );
  });

  it("a schedule function that throws loses nothing", async () => {
    const [queue, future] = [new Queue<Runs>(), pendingOnce("out")];
    const [task, join] = facade.spawn(future, queue.schedule);
    task.run();
    queue.failure = new Error("full");
    assertEquals(thrownBy(() => future.waker!.wake()), queue.failure);
    queue.failure = undefined;
    future.waker!.wake();
    queue.run();
    assertEquals(await join.output(), "out");
  });

  it("a raw handle is the task, once", async () => {
    const [task, join] = facade.spawn(new Probe(() => 1), () => {});
    const raw = task.intoRaw();
    assertThrows(() => task.run(), TypeError, "it was turned into a raw handle");
    facade.fromRaw(raw).run();
    assertThrows(() => facade.fromRaw(raw), TypeError, `raw handle ${raw}: it was taken already`);
    assertEquals(await join.output(), 1);
  });
}

Deno.test("raw handles of one facade are refused by the other", () => {
  const root = spawn(() => 1, () => {}, 1)[0].intoRaw();
  const [runnable, task] = spawnV4(() => 1, () => {});
  assertThrows(() => Runnable.fromRaw(root), TypeError, "it is one of a Task");
  assertThrows(() => Task.fromRaw(runnable.intoRaw()), TypeError, "it is one of a Runnable");
  assertThrows(() => RootTask.fromRaw(task.intoRaw()), TypeError, "it is one of a v4 Task");
});

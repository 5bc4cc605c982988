import { show } from "../../lib/internal/show.ts";
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { PENDING, pending, ready, spawn, Task } from "../../mod.ts";
import { context, Probe, Queue, thrownBy } from "../helpers.ts";

Deno.test("run() completes a task whose future is ready", async () => {
  const future = new Probe(() => 7);
  const queue = new Queue();
  const [task, handle] = spawn(future, queue.schedule, "tag");
  assertEquals(queue.schedules, 0);
  assertEquals(task.run(), false);
  assertEquals(
    { polls: future.polls, drops: future.drops, schedules: queue.schedules },
    { polls: 1, drops: 1, schedules: 0 },
  );
  assertEquals(await handle, 7);
});

Deno.test("run() returns true when the task was woken meanwhile, and hands it over once", () => {
  const future = new Probe((cx, poll) => {
    if (poll === 2) return 1;
    cx.waker.wake();
    cx.waker.wake();
    return PENDING;
  });
  const infos: boolean[] = [];
  const [task] = spawn(future, (_task, info) => void infos.push(info.wokenWhileRunning), 1);
  assertEquals(task.run(), true);
  assertEquals(infos, [true]);
  assertEquals(task.run(), false);
  assertEquals({ polls: future.polls, drops: future.drops }, { polls: 2, drops: 1 });
});

Deno.test("run() refuses a task that is not its caller's to run", () => {
  const queue = new Queue();
  const [task, handle] = spawn(pending(), queue.schedule, 1);
  task.run();
  assertThrows(
    () => task.run(),
    TypeError,
    `Cannot run task ${task.id} (1): it was run already and has not been woken since`,
  );
  assertThrows(() => task.schedule(), TypeError, "Cannot schedule");
  assertThrows(() => task.cancel(), TypeError, "Cannot cancel");
  handle.cancel();
  queue.run();
  assertThrows(() => task.run(), TypeError, "it has ended");
  const [other] = spawn(ready(1), queue.schedule, 1);
  other.run();
  assertThrows(() => other.run(), TypeError, "it has completed");
});

Deno.test("run() refuses a future that re-enters its own task", () => {
  const [task, handle] = spawn(new Probe<boolean>((): boolean => task.run()), () => {}, 1);
  assertThrows(() => task.run(), TypeError, "it is running right now");
  assertEquals(handle.poll(context()), undefined);
});

Deno.test("run() lets go of a cancelled future without polling it", () => {
  const future = new Probe();
  const [task, handle] = spawn(future, () => {}, 1);
  task.cancel();
  task.cancel();
  assertEquals(handle.poll(context()), PENDING);
  assertEquals(task.run(), false);
  assertEquals({ polls: future.polls, drops: future.drops }, { polls: 0, drops: 1 });
  assertEquals(handle.poll(context()), undefined);
});

Deno.test("schedule() hands the task over, again and again", () => {
  const queue = new Queue();
  const [task] = spawn(ready(1), queue.schedule, 1);
  task.schedule();
  queue.tasks.pop()!.schedule();
  assertEquals({ schedules: queue.schedules, queued: queue.tasks.length }, { schedules: 2, queued: 1 });
  assertStrictEquals(queue.tasks[0], task);
});

Deno.test("wake() hands over a task that rests, and no other", () => {
  const queue = new Queue();
  const future = new Probe();
  const [task, handle] = spawn(future, queue.schedule, 1);
  const waker = task.waker();
  assertStrictEquals(waker, handle.waker());
  waker.wake();
  assertEquals(queue.schedules, 0);
  task.run();
  waker.wake();
  waker.wake();
  assertEquals(queue.schedules, 1);
  queue.run();
  assertEquals(future.polls, 2);
  handle.cancel();
  queue.run();
  waker.wake();
  assertEquals({ schedules: queue.schedules, drops: future.drops }, { schedules: 2, drops: 1 });
});

Deno.test("[Symbol.dispose]() of a task cancels it at once, and only once", () => {
  const future = new Probe();
  const cx = context();
  const [task, handle] = spawn(future, () => {}, 1);
  handle.poll(cx);
  task[Symbol.dispose]();
  task[Symbol.dispose]();
  assertEquals(
    { polls: future.polls, drops: future.drops, wakes: cx.waker.wakes },
    { polls: 0, drops: 1, wakes: 1 },
  );
  assertEquals(handle.poll(cx), undefined);
});

Deno.test("[Symbol.dispose]() of a task does nothing when it was run", async () => {
  const [task, handle] = spawn(ready(1), () => {}, 1);
  {
    using used = task;
    used.run();
  }
  assertEquals(await handle, 1);
});

Deno.test("tag and id are on both sides, and ids rise", () => {
  const tag = { name: "a" };
  const [task, handle] = spawn(ready(1), () => {}, tag);
  const [later] = spawn(ready(1), () => {});
  assertStrictEquals(task.tag, tag);
  assertStrictEquals(handle.tag, tag);
  assertEquals(handle.id, task.id);
  assertEquals({ tag: later.tag, isLater: later.id > task.id }, { tag: undefined, isLater: true });
});

Deno.test("intoRaw() takes the task away until fromRaw() gives it back", () => {
  const [task] = spawn(ready(1), () => {}, 1);
  const raw = task.intoRaw();
  assertEquals(Number.isSafeInteger(raw) && raw > 0, true);
  for (const use of [() => task.run(), () => task.schedule(), () => task.cancel(), () => task.intoRaw()]) {
    assertThrows(use, TypeError, "it was turned into a raw handle");
  }
  task[Symbol.dispose]();
  assertStrictEquals(Task.fromRaw(raw), task);
  assertEquals(task.run(), false);
});

Deno.test("fromRaw() refuses what is no handle, with the handle in the message", () => {
  const [task] = spawn(ready(1), () => {}, 1);
  const raw = task.intoRaw();
  const SLOTS = 2 ** 22;
  const LOCAL = 2 ** 37;
  for (const none of [0, -1, 1.5, NaN, 12345, raw + 1, raw + SLOTS, "5" as unknown as number]) {
    assertThrows(() => Task.fromRaw(none), TypeError, `raw handle ${show(none)}: it is not a valid handle`);
  }
  const foreign = raw + (raw > 2 ** 52 ? -1 : 1) * 2 ** 38;
  assertThrows(() => Task.fromRaw(foreign), TypeError, "it belongs to another thread");
  assertThrows(
    () => Task.fromRaw(foreign + LOCAL),
    TypeError,
    "local task polled by a thread that didn't spawn it",
  );
  Task.fromRaw(raw);
  assertThrows(() => Task.fromRaw(raw), TypeError, `raw handle ${raw}: it was taken already`);
  assertThrows(() => Task.fromRaw(task.intoRaw() - SLOTS), TypeError, "it was taken already");
});

Deno.test("run() refuses a future that re-enters its own task after it was woken, and so does the rest", () => {
  const errors: unknown[] = [];
  const future: Probe<number> = new Probe((cx, poll) => {
    if (poll === 2) return 1;
    cx.waker.wake();
    for (const use of [() => task.run(), () => task.schedule(), () => task.cancel(), () => task.intoRaw()]) {
      errors.push((thrownBy(use) as Error).message.replace(/^.*: /, ""));
    }
    task[Symbol.dispose]();
    return PENDING;
  });
  const [task] = spawn(future, () => {}, 1);
  assertEquals(
    { rescheduled: task.run(), rescheduledAgain: task.run() },
    { rescheduled: true, rescheduledAgain: false },
  );
  assertEquals(errors, Array(4).fill("it is running right now"));
  assertEquals({ polls: future.polls, drops: future.drops }, { polls: 2, drops: 1 });
});

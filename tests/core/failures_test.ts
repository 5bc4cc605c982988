/** What throws where it shouldn't: schedule functions, disposes, clean-ups. */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { PENDING, ready, spawn } from "../../mod.ts";
import { context, Probe, Queue, reportedOfTasks, throwing, thrownBy } from "../helpers.ts";

function broken(): Queue {
  const queue = new Queue();
  queue.failure = new Error("full");
  return queue;
}

Deno.test("a schedule function that throws on schedule() leaves the task to be run", async () => {
  const queue = broken();
  const [task, handle] = spawn(ready(1), queue.schedule, 1);
  assertStrictEquals(thrownBy(() => task.schedule()), queue.failure);
  assertEquals(task.run(), false);
  assertEquals(await handle, 1);
});

Deno.test("a schedule function that throws on wake() is called again by the next wake", () => {
  const queue = broken();
  const future = new Probe();
  const [task, handle] = spawn(future, queue.schedule, 1);
  task.run();
  assertStrictEquals(thrownBy(() => handle.waker().wake()), queue.failure);
  assertStrictEquals(thrownBy(() => handle.waker().wake()), queue.failure);
  queue.failure = undefined;
  handle.waker().wake();
  handle.waker().wake();
  queue.run();
  assertEquals({ schedules: queue.schedules, polls: future.polls }, { schedules: 3, polls: 2 });
});

Deno.test("a schedule function that throws after a wake during a run throws out of run()", () => {
  const queue = broken();
  const future = new Probe<void>((cx) => (cx.waker.wake(), PENDING));
  const [task, handle] = spawn(future, queue.schedule, 1);
  assertStrictEquals(thrownBy(() => task.run()), queue.failure);
  queue.failure = undefined;
  handle.cancel();
  queue.run();
  assertEquals({ polls: future.polls, drops: future.drops }, { polls: 1, drops: 1 });
});

Deno.test("a schedule function that throws on cancel() has the task closed there and then", async () => {
  const queue = broken();
  const future = new Probe();
  const cx = context();
  const [task, handle] = spawn(future, queue.schedule, 1);
  task.run();
  handle.poll(cx);
  assertStrictEquals(thrownBy(() => handle.cancel("why")), queue.failure);
  assertEquals({ drops: future.drops, wakes: cx.waker.wakes }, { drops: 1, wakes: 1 });
  assertEquals(await handle.outcome(), { status: "cancelled", reason: "why" });
});

Deno.test("a schedule function that throws during the clean-up does not stop it", async () => {
  const queue = new Queue();
  const future = new Probe().closing((_cx, close) => close < 3 ? PENDING : undefined);
  const [task, handle] = spawn(future, queue.schedule, 1);
  task.run();
  handle.cancel();
  queue.run();
  queue.failure = new Error("full");
  assertStrictEquals(thrownBy(() => future.waker!.wake()), queue.failure);
  assertStrictEquals(thrownBy(() => future.waker!.wake()), queue.failure);
  assertEquals({ closes: future.closes, drops: future.drops }, { closes: 3, drops: 1 });
  assertEquals((await handle.outcome()).status, "cancelled");
});

Deno.test("a schedule function that runs the task itself passes its panic on", () => {
  const [task, handle] = spawn(
    new Probe((_cx, poll) => {
      if (poll === 1) return PENDING;
      throw new Error("boom");
    }),
    (task) => void task.run(),
    1,
  );
  task.run();
  assertThrows(() => handle.waker().wake(), Error, "boom");
  assertThrows(() => task.run(), TypeError, "it has ended");
});

Deno.test("a dispose that throws is reported, and the task has its output", async () => {
  const error = new Error("dispose");
  const errors = await reportedOfTasks(async () => {
    const future = {
      poll: () => 1,
      [Symbol.dispose]: throwing(error),
    };
    const [task, handle] = spawn(future, () => {}, 1);
    task.run();
    assertEquals(await handle, 1);
  });
  assertEquals(errors, [error]);
});

Deno.test("a dispose that throws during a panic makes one SuppressedError", async () => {
  const [panic, dispose] = [new Error("panic"), new Error("dispose")];
  const future = { poll: throwing(panic), [Symbol.dispose]: throwing(dispose) };
  const [task, handle] = spawn(future, () => {}, 1);
  const thrown = thrownBy(() => task.run()) as SuppressedError;
  assertEquals(
    { name: thrown.name, suppressed: thrown.suppressed, error: thrown.error },
    { name: "SuppressedError", suppressed: panic, error: dispose },
  );
  assertEquals(await handle.outcome(), { status: "panicked", error: thrown });
});

Deno.test("pollClose() is polled until it is over, and only then the end is heard", () => {
  const queue = new Queue();
  const cx = context();
  const future = new Probe().closing((cx, close) => {
    if (close === 1) cx.waker.wake();
    return close < 3 ? PENDING : undefined;
  });
  const [task, handle] = spawn(future, queue.schedule, 1);
  task.run();
  handle.cancel();
  const closing = queue.tasks.shift()!;
  assertEquals(closing.run(), true);
  assertEquals(
    { closes: future.closes, drops: future.drops, output: handle.poll(cx) },
    { closes: 1, drops: 0, output: PENDING },
  );
  queue.run();
  assertEquals(
    { closes: future.closes, drops: future.drops, wakes: cx.waker.wakes },
    { closes: 2, drops: 0, wakes: 0 },
  );
  future.waker!.wake();
  future.waker!.wake();
  queue.run();
  assertEquals(
    { polls: future.polls, closes: future.closes, drops: future.drops, wakes: cx.waker.wakes },
    { polls: 1, closes: 3, drops: 1, wakes: 1 },
  );
  assertEquals(handle.poll(cx), undefined);
});

Deno.test("pollClose() begins at once when the task is dropped", () => {
  const future = new Probe().closing(() => PENDING);
  const [task] = spawn(future, () => {}, 1);
  task[Symbol.dispose]();
  assertEquals(
    { polls: future.polls, closes: future.closes, drops: future.drops },
    { polls: 0, closes: 1, drops: 0 },
  );
});

Deno.test("pollClose() that throws is a panic", async () => {
  const error = new Error("close");
  const future = new Probe().closing(throwing(error));
  const [task, handle] = spawn(future, () => {}, 1);
  handle.cancel();
  assertStrictEquals(thrownBy(() => task.run()), error);
  assertEquals(future.drops, 1);
  assertEquals(await handle.outcome(), { status: "panicked", error });
});

Deno.test("spawn() refuses what can't be a task, and says what can", () => {
  for (const body of [5, null, undefined, "text", {}] as never[]) {
    assertThrows(
      () => spawn(body, () => {}, 1),
      TypeError,
      "a task is made of a future, a function, a generator",
    );
  }
  assertThrows(
    () => spawn(ready(1), undefined as never, 1),
    TypeError,
    "(task) => queue.push(task), got undefined",
  );
});

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type CancelledError, PENDING, pending, pollFn, ready, spawn, type Waker } from "../../mod.ts";
import {
  context,
  type CountingWaker,
  macrotask,
  pendingOnce,
  Probe,
  Queue,
  throwing,
  thrownBy,
  throws,
} from "../helpers.ts";

Deno.test("poll() gives the output once and wakes the last who polled", () => {
  const [first, last] = [context(), context()];
  const [task, handle] = spawn(ready(1), () => {}, 1);
  assertEquals({ first: handle.poll(first), last: handle.poll(last) }, { first: PENDING, last: PENDING });
  task.run();
  assertEquals(
    { firstWakes: first.waker.wakes, lastWakes: last.waker.wakes },
    { firstWakes: 0, lastWakes: 1 },
  );
  assertEquals(
    { output: handle.poll(last), outputAgain: handle.poll(last) },
    { output: 1, outputAgain: undefined },
  );
});

Deno.test("poll() refuses a waker that can't be woken", () => {
  const [, handle] = spawn(pending(), () => {}, 1);
  assertThrows(() => handle.poll({ waker: {} as CountingWaker }), TypeError, "it has no wake() method");
  assertThrows(
    () => handle.poll({ waker: undefined as unknown as CountingWaker }),
    TypeError,
    "Cannot register",
  );
});

Deno.test("await gives the same as often as it is asked, before and after the end and a poll", async () => {
  const [task, handle] = spawn(ready("out"), () => {}, 1);
  const before = [handle.then((output) => output), handle.then((output) => output)];
  task.run();
  assertEquals(handle.poll(context()), "out");
  assertEquals(await Promise.all(before), ["out", "out"]);
  assertEquals([await handle, await handle], ["out", "out"]);
  assertEquals(await handle.outcome(), { status: "completed", value: "out" });
});

Deno.test("await, yield* and poll() at the same time all hear of the end", async () => {
  const queue = new Queue();
  const cx = context();
  const future = pendingOnce(5);
  const [task, handle] = spawn(future, queue.schedule, "inner");
  const joins = [1, 2].map((tag) => {
    const [joiner, joined] = spawn(
      function* () {
        return [yield* handle, yield* handle];
      },
      queue.schedule,
      tag,
    );
    joiner.run();
    return joined;
  });
  const awaited = handle.then((output) => output);
  handle.poll(cx);
  task.run();
  future.waker!.wake();
  queue.run();
  assertEquals(
    { firstJoin: await joins[0], secondJoin: await joins[1], awaited: await awaited, wakes: cx.waker.wakes },
    { firstJoin: [5, 5], secondJoin: [5, 5], awaited: 5, wakes: 1 },
  );
});

Deno.test("yield* stops listening to a handle when its generator is cancelled", async () => {
  const queue = new Queue();
  const [task, handle] = spawn(ready(1), queue.schedule, "inner");
  for (const tag of ["a", "b", "c"]) {
    const [joiner, joined] = spawn(
      function* () {
        return yield* handle;
      },
      queue.schedule,
      tag,
    );
    joiner.run();
    if (tag !== "c") joined.cancel();
  }
  queue.run();
  queue.schedules = 0;
  task.run();
  assertEquals(queue.schedules, 1);
  assertEquals(await handle, 1);
});

Deno.test("cancel() hands a resting task over once more, and wakes who polled at once and at the end", () => {
  const queue = new Queue();
  const future = new Probe();
  const cx = context();
  const [task, handle] = spawn(future, queue.schedule, 1);
  task.run();
  handle.poll(cx);
  handle.cancel();
  handle.cancel();
  assertEquals(
    { schedules: queue.schedules, wakes: cx.waker.wakes, drops: future.drops },
    { schedules: 1, wakes: 1, drops: 0 },
  );
  assertEquals(handle.poll(cx), PENDING);
  queue.run();
  assertEquals(
    { schedules: queue.schedules, wakes: cx.waker.wakes, drops: future.drops },
    { schedules: 1, wakes: 2, drops: 1 },
  );
  assertEquals(handle.poll(cx), undefined);
});

Deno.test("cancel() during a run lets go of the future when the poll is over", () => {
  const future = new Probe<number>(() => {
    handle.cancel();
    return PENDING;
  });
  const [task, handle] = spawn(future, () => {}, 1);
  assertEquals(task.run(), false);
  assertEquals({ polls: future.polls, drops: future.drops }, { polls: 1, drops: 1 });
});

Deno.test("cancel() during the run that completes drops the output", async () => {
  const [task, handle] = spawn(new Probe<number>((): number => (handle.cancel("late"), 1)), () => {}, 1);
  task.run();
  assertEquals(await handle.outcome(), { status: "cancelled", reason: "late" });
});

Deno.test("cancel() after the end does nothing", async () => {
  const [task, handle] = spawn(ready(1), () => {}, 1);
  task.run();
  handle.cancel();
  assertEquals(await handle, 1);
});

Deno.test("outcome() has one CancelledError when no reason was given", async () => {
  const [task, handle] = spawn(pending(), () => {}, "tag");
  handle.cancel();
  task.run();
  const [first, second] = [await handle.outcome(), await handle.outcome()];
  if (first.status !== "cancelled" || second.status !== "cancelled") throw new Error("unreachable");
  assertStrictEquals(first.reason, second.reason);
  const reason = first.reason as CancelledError;
  assertEquals(
    { name: reason.name, id: reason.id, tag: reason.tag },
    { name: "AbortError", id: task.id, tag: "tag" },
  );
  assertEquals(reason.message, `Task ${task.id} ("tag") was cancelled`);
});

Deno.test("a panic comes out of run() and is the outcome", async () => {
  const future = new Probe<number>(throws);
  const cx = context();
  const [task, handle] = spawn(future, () => {}, 1);
  handle.poll(cx);
  const error = thrownBy(() => task.run());
  assertEquals({ drops: future.drops, wakes: cx.waker.wakes }, { drops: 1, wakes: 1 });
  assertEquals(
    { output: await handle, outcome: await handle.outcome() },
    { output: undefined, outcome: { status: "panicked", error } },
  );
});

Deno.test("[Symbol.dispose]() of a handle detaches, but for who waits; every later use is an error", async () => {
  const future = new Probe(() => 1);
  const [task, handle] = spawn(future, () => {}, "tag");
  const promise = handle.then((output) => output);
  handle[Symbol.dispose]();
  handle[Symbol.dispose]();
  assertThrows(
    () => handle.cancel(),
    TypeError,
    `Cannot cancel task ${task.id} ("tag"): its handle was dropped`,
  );
  assertThrows(() => handle.poll(context()), TypeError, "Cannot poll");
  assertThrows(() => handle.outcome(), TypeError, "Cannot join");
  assertEquals(handle.tag, "tag");
  task.run();
  assertEquals(
    { polls: future.polls, drops: future.drops, output: await promise },
    { polls: 1, drops: 1, output: 1 },
  );
});

Deno.test("[Symbol.dispose]() of a handle drops an output that is there", async () => {
  const [task, handle] = spawn(ready(1), () => {}, 1);
  const outcome = handle.outcome();
  task.run();
  handle[Symbol.dispose]();
  assertEquals(await outcome, { status: "completed", value: undefined });
});

Deno.test("a waker that throws keeps nobody else from being woken, and the error reaches run()", async () => {
  const [first, second] = [new Error("first"), new Error("second")];
  const [task, handle] = spawn(ready(1), () => {}, 1);
  handle.outcome().poll({ waker: { wake: throwing(first) } });
  handle.poll({ waker: { wake: throwing(second) } });
  const awaited = handle.then((output) => output);
  const thrown = thrownBy(() => task.run()) as SuppressedError;
  assertEquals(
    { suppressed: thrown.suppressed, error: thrown.error },
    { suppressed: first, error: second },
  );
  assertEquals(await awaited, 1);
});

Deno.test("outcome() can be polled anew with another waker, and let go of", () => {
  const [first, second] = [context(), context()];
  const [task, handle] = spawn(ready(1), () => {}, 1);
  const outcome = handle.outcome() as ReturnType<typeof handle.outcome> & Disposable;
  outcome.poll(first);
  outcome.poll(second);
  const other = handle.outcome() as typeof outcome;
  other.poll(first);
  other[Symbol.dispose]();
  other[Symbol.dispose]();
  task.run();
  assertEquals(
    { firstWakes: first.waker.wakes, secondWakes: second.waker.wakes },
    { firstWakes: 0, secondWakes: 1 },
  );
});

Deno.test("await does not poll a future that was woken after its end", async () => {
  let polls = 0;
  let waker: Waker | undefined;
  const [task, handle] = spawn(pending(), () => {}, 1);
  const outcome = handle.outcome();
  const future = pollFn((cx) => {
    polls++;
    waker = cx.waker;
    return outcome.poll(cx);
  });
  const awaited = future.then((ended) => ended.status);
  waker!.wake();
  waker!.wake();
  await macrotask();
  task[Symbol.dispose]();
  assertEquals({ status: await awaited, polls }, { status: "cancelled", polls: 3 });
  waker!.wake();
  await macrotask();
  assertEquals(polls, 3);
});

import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { PENDING, pending, pollFn, ready, yieldNow } from "../../mod.ts";
import { Builder, CancelledError, type Runnable, spawn, Task } from "../../lib/v4/mod.ts";
import { context, macrotask, pendingOnce, Probe, Queue, runNow, throwing, thrownBy } from "../helpers.ts";
import { local, runDeno } from "../programs.ts";

Deno.test("await gives the output, every time; poll() gives it once", async () => {
  const [runnable, task] = spawn(ready(1), () => {});
  const cx = context();
  const early = task.then((output) => output);
  assertEquals(task.poll(cx), PENDING);
  runnable.run();
  assertEquals({ output: task.poll(cx), wakes: cx.waker.wakes }, { output: 1, wakes: 1 });
  assertThrows(() => task.poll(cx), TypeError, `Cannot poll task ${task.id}: its output was taken already`);
  assertEquals({ early: await early, output: [await task, await task] }, { early: 1, output: [1, 1] });
});

Deno.test("await rejects with the reason of a cancellation", async () => {
  const [runnable, task] = spawn(pending(), () => {});
  const reason = new Error("why");
  task.cancel(reason);
  runnable.run();
  assertStrictEquals(await task.then(undefined, (error) => error), reason);
  assertStrictEquals(thrownBy(() => task.poll(context())), reason);
});

Deno.test("await rejects with a CancelledError that has the id and the metadata when no reason was given", async () => {
  const [runnable, task] = new Builder().metadata("m").spawn(pending(), () => {});
  runnable[Symbol.dispose]();
  const error = await task.then(undefined, (error) => error as CancelledError) as CancelledError;
  assertEquals(
    { isCancelledError: error instanceof CancelledError, id: error.id, tag: error.tag },
    { isCancelledError: true, id: task.id, tag: "m" },
  );
});

Deno.test("await rejects with a panic that came out of run(), too", async () => {
  const error = new Error("boom");
  const [runnable, task] = spawn(pollFn(throwing(error)), () => {});
  assertStrictEquals(thrownBy(() => runnable.run()), error);
  assertStrictEquals(await task.catch((error) => error), error);
  assertEquals(
    { output: await task.fallible(), isFinished: task.isFinished() },
    { output: undefined, isFinished: true },
  );
});

Deno.test("propagatePanic(true) carries the panic to who awaits, polls or yields", async () => {
  const error = new Error("boom");
  const [runnable, task] = new Builder().propagatePanic(true).spawn(pollFn(throwing(error)), () => {});
  const [joiner, joined] = spawn(function* () {
    try {
      return yield* task;
    } catch (caught) {
      return caught;
    }
  }, runNow);
  joiner.run();
  assertEquals(runnable.run(), false);
  assertStrictEquals(await joined, error);
  assertStrictEquals(await task.then(undefined, (error) => error), error);
  assertStrictEquals(thrownBy(() => task.poll(context())), error);
  assertStrictEquals(await task.fallible().then(undefined, (error) => error), error);
});

Deno.test("propagatePanic(true): poll() throws the panic once more than it gives an output", () => {
  const [runnable, task] = new Builder().propagatePanic(true).spawn(pollFn(throwing("boom")), () => {});
  runnable.run();
  assertEquals(
    { thrown: thrownBy(() => task.poll(context())), thrownAgain: thrownBy(() => task.poll(context())) },
    { thrown: "boom", thrownAgain: "boom" },
  );
});

Deno.test("a rejection that nobody awaits yet does not kill the program", async () => {
  const code = `
    import { Builder, spawn } from ${local("lib/v4/mod.ts")};
    const [failing, failed] = new Builder().propagatePanic(true).spawn(() => { throw new Error("boom"); }, () => {});
    failing.run();
    const [dropped, cancelled] = spawn(() => 1, () => {});
    dropped[Symbol.dispose]();
    await new Promise((resolve) => setTimeout(resolve, 20));
    console.log(await failed.then(undefined, String), await cancelled.then(undefined, (error) => error.name));`;
  const { code: exitCode, stdout } = await runDeno(["eval", "--no-config", code]);
  assertEquals({ exitCode, stdout }, { exitCode: 0, stdout: "Error: boom AbortError\n" });
});

Deno.test("cancel() starts at once and ends after the clean-up", async () => {
  const queue = new Queue<Runnable<undefined>>();
  const log: unknown[] = [];
  const [runnable, task] = spawn(function* () {
    try {
      yield* pending();
    } finally {
      yield* yieldNow();
      log.push("closed");
    }
  }, queue.schedule);
  runnable.run();
  const cancelled = task.cancel("why");
  assertEquals(
    { schedules: queue.schedules, isFinished: task.isFinished() },
    { schedules: 1, isFinished: true },
  );
  cancelled.then((output) => log.push(output));
  await macrotask();
  assertEquals(log, []);
  queue.run();
  await macrotask();
  assertEquals(log, ["closed", undefined]);
});

Deno.test("cancel() gives the output when it was just too late", async () => {
  const [runnable, task] = spawn(ready("out"), () => {});
  runnable.run();
  assertEquals({ cancelled: await task.cancel(), output: await task }, { cancelled: "out", output: "out" });
  const cancelled = task.cancel();
  assertEquals(
    { output: cancelled.poll(context()), outputAgain: cancelled.poll(context()) },
    { output: "out", outputAgain: undefined },
  );
});

Deno.test("cancel() can be waited for with yield*, and rejects with a panic of the clean-up", async () => {
  const error = new Error("clean-up");
  const future = new Probe().closing(throwing(error));
  const [runnable, task] = new Builder().propagatePanic(true).spawn(future, () => {});
  const cancelled = task.cancel();
  assertEquals(runnable.run(), false);
  assertStrictEquals(await cancelled.then(undefined, (error) => error), error);
  const [joiner, joined] = spawn(function* () {
    try {
      yield* cancelled;
    } catch (caught) {
      return caught;
    }
  }, () => {});
  joiner.run();
  assertStrictEquals(await joined, error);
});

Deno.test("detach() lets the task go on, and every later use is an error", async () => {
  const future = pendingOnce(1);
  const [runnable, task] = spawn(future, runNow);
  runnable.run();
  task.detach();
  future.waker!.wake();
  assertEquals({ polls: future.polls, drops: future.drops }, { polls: 2, drops: 1 });
  for (const use of [() => task.cancel(), () => task.detach(), () => task.fallible()]) {
    assertThrows(use, TypeError, "it was dropped or detached");
  }
  await assertRejects(() => task.then(), TypeError, "it was dropped or detached");
  task[Symbol.dispose]();
});

Deno.test("using cancels, await using waits for the clean-up as well", async () => {
  const body = () => new Probe().closing((_cx, close) => close === 1 ? PENDING : undefined);
  const [first, second] = [body(), body()];
  const schedule = (runnable: Runnable<undefined>) => queueMicrotask(() => runnable.run());
  {
    using task = start(first);
    assertEquals(task.isFinished(), false);
  }
  await macrotask();
  assertEquals({ closes: first.closes, drops: first.drops }, { closes: 1, drops: 0 });
  {
    await using task = start(second);
    queueMicrotask(() => setTimeout(() => second.waker!.wake()));
    assertEquals(task.isFinished(), false);
  }
  assertEquals({ closes: second.closes, drops: second.drops }, { closes: 2, drops: 1 });

  function start(body: Probe<unknown>) {
    const [runnable, task] = spawn(body, schedule);
    runnable.run();
    return task;
  }
});

Deno.test("await using throws what the clean-up throws, once", async () => {
  const future = new Probe().closing(throwing(new Error("clean-up")));
  const build = () => new Builder().propagatePanic(true).spawn(future, runNow);
  const [runnable, task] = build();
  runnable.run();
  await assertRejects(() => task[Symbol.asyncDispose](), Error, "clean-up");
  await task[Symbol.asyncDispose]();
});

Deno.test("[Symbol.dispose]() of a task throws what the schedule function throws", () => {
  const queue = new Queue<Runnable<undefined>>();
  const [runnable, task] = spawn(pending(), queue.schedule);
  runnable.run();
  queue.failure = new Error("full");
  assertStrictEquals(thrownBy(() => task[Symbol.dispose]()), queue.failure);
  assertThrows(() => task.cancel(), TypeError, "it was dropped or detached");
});

Deno.test("fallible() is the same task, of which it is no error to be cancelled", async () => {
  const [runnable, task] = new Builder().metadata("m").spawn(pending(), runNow);
  const fallible = task.fallible();
  assertEquals(
    { id: fallible.id, metadata: fallible.metadata, isFinished: fallible.isFinished() },
    { id: task.id, metadata: "m", isFinished: false },
  );
  runnable.run();
  const [joiner, joined] = spawn(function* () {
    return yield* fallible;
  }, runNow);
  joiner.run();
  await using _dropped = fallible;
  assertEquals(await fallible.cancel(), undefined);
  assertEquals(
    { awaited: await fallible, joined: await joined, polled: fallible.poll(context()) },
    { awaited: undefined, joined: undefined, polled: undefined },
  );
  const [, other] = spawn(pending(), () => {});
  using _other = other.fallible();
  other.fallible().detach();
});

Deno.test("intoRaw() takes the task away until fromRaw() gives it back", async () => {
  const [runnable, task] = spawn(ready(1), () => {});
  const raw = task.intoRaw();
  for (
    const use of [() => task.cancel(), () => task.poll(context()), () => task.intoRaw(), () => task.detach()]
  ) {
    assertThrows(use, TypeError, "it was turned into a raw handle");
  }
  task[Symbol.dispose]();
  await task[Symbol.asyncDispose]();
  runnable.run();
  assertStrictEquals(Task.fromRaw<number>(raw), task);
  assertEquals(await task, 1);
  assertThrows(() => Task.fromRaw(raw), TypeError, `raw handle ${raw}: it was taken already`);
});

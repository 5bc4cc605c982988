/** Who wakes whom, and what happens when that throws. */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { PENDING, ready, spawn, type Waker, waker_fn, wakerFn } from "../../mod.ts";
import { context, Probe, Queue, throwing, thrownBy } from "../helpers.ts";

/** A context whose waker throws `error`. */
function failing(error: Error): { waker: Waker } {
  return { waker: wakerFn(throwing(error)) };
}

Deno.test("wakerFn() calls its function once per wake, without arguments", () => {
  assertStrictEquals(waker_fn, wakerFn);
  const calls: unknown[][] = [];
  const waker = wakerFn((...args: unknown[]) => void calls.push(args));
  waker.wake();
  (waker.wake as (argument: number) => void).call(waker, 1);
  assertEquals(calls, [[], []]);
});

Deno.test("wakerFn() passes on what its function throws", () => {
  const error = new Error("deaf");
  assertStrictEquals(thrownBy(() => failing(error).waker.wake()), error);
});

Deno.test("poll() of an outcome refuses a waker that can't be woken, and watches nothing", () => {
  const cx = context();
  const [task, handle] = spawn(ready(1), () => {}, 1);
  const outcome = handle.outcome();
  for (const waker of [undefined, null, {}, { wake: 5 }, () => {}] as never[]) {
    assertThrows(
      () => outcome.poll({ waker }),
      TypeError,
      "Cannot register a waker: it has no wake() method, make one with wakerFn(fn)",
    );
  }
  assertEquals(outcome.poll(cx), PENDING);
  task.run();
  assertEquals(cx.waker.wakes, 1);
});

Deno.test("a waker that throws on cancel() reaches its caller, and the task is closed all the same", async () => {
  const error = new Error("deaf");
  const queue = new Queue();
  const future = new Probe();
  const [task, handle] = spawn(future, queue.schedule, 1);
  task.run();
  handle.poll(failing(error));
  assertStrictEquals(thrownBy(() => handle.cancel("why")), error);
  assertEquals({ schedules: queue.schedules, drops: future.drops }, { schedules: 1, drops: 0 });
  queue.run();
  assertEquals({ schedules: queue.schedules, drops: future.drops }, { schedules: 1, drops: 1 });
  assertEquals(await handle.outcome(), { status: "cancelled", reason: "why" });
});

Deno.test("a waker that throws after a panic makes one SuppressedError", async () => {
  const [panic, deaf] = [new Error("panic"), new Error("deaf")];
  const future = new Probe<number>(throwing(panic));
  const [task, handle] = spawn(future, () => {}, 1);
  handle.poll(failing(deaf));
  const thrown = thrownBy(() => task.run()) as SuppressedError;
  assertEquals(
    { name: thrown.name, suppressed: thrown.suppressed, error: thrown.error },
    { name: "SuppressedError", suppressed: panic, error: deaf },
  );
  assertEquals(await handle.outcome(), { status: "panicked", error: panic });
});

Deno.test("a waker that throws when the task is dropped reaches who drops it", async () => {
  const error = new Error("deaf");
  const future = new Probe();
  const [task, handle] = spawn(future, () => {}, 1);
  handle.outcome().poll(failing(error));
  assertStrictEquals(thrownBy(() => task[Symbol.dispose]()), error);
  assertEquals(future.drops, 1);
  assertEquals((await handle.outcome()).status, "cancelled");
});

Deno.test("wake() does nothing in a dispose, and none after the end", () => {
  const queue = new Queue();
  const future: Probe<number> & { [Symbol.dispose](): void } = new Probe(() => 1);
  const [task, handle] = spawn(future, queue.schedule, 1);
  future[Symbol.dispose] = () => handle.waker().wake();
  assertEquals(task.run(), false);
  handle.waker().wake();
  assertEquals({ polls: future.polls, schedules: queue.schedules }, { polls: 1, schedules: 0 });
});

Deno.test("wake() during pollClose() hands the task over once more", () => {
  const infos: boolean[] = [];
  const future = new Probe().closing((cx, close) => {
    if (close === 2) return;
    cx.waker.wake();
    cx.waker.wake();
    return PENDING;
  });
  const [task, handle] = spawn(future, (_task, info) => void infos.push(info.wokenWhileRunning), 1);
  task.run();
  handle.cancel();
  assertEquals({ rescheduled: task.run(), infos }, { rescheduled: true, infos: [false, true] });
  assertEquals(
    { rescheduled: task.run(), polls: future.polls, closes: future.closes, drops: future.drops },
    { rescheduled: false, polls: 1, closes: 2, drops: 1 },
  );
});

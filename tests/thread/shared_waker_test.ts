import { assertEquals, assertThrows } from "@std/assert";
import { PENDING, pollFn, spawn } from "../../mod.ts";
import { blockOn, DeadlockError } from "../../lib/executor/mod.ts";
import { SharedWaker, TaskHandle } from "../../lib/thread/mod.ts";
import { CountingWaker, Queue } from "../helpers.ts";
import * as jobs from "./jobs.ts";
import { test, until } from "./threaded.ts";

/** A copy, as another thread gets it. */
function posted(waker: SharedWaker): SharedWaker {
  return SharedWaker.from(structuredClone(waker.posted));
}

test("wake() wakes once per turn, again in the next, and not after dispose", async () => {
  const inner = new CountingWaker();
  const waker = new SharedWaker(inner);
  for (let turn = 1; turn <= 3; turn++) {
    for (let i = 0; i < 5; i++) posted(waker).wake();
    assertEquals(inner.wakes, turn - 1);
    await until(() => inner.wakes >= turn);
  }
  posted(waker).wake();
  waker[Symbol.dispose]();
  waker[Symbol.dispose]();
  posted(waker).wake();
  await TaskHandle.spawn(jobs.wakes, [waker.posted]);
  assertEquals(inner.wakes, 3);
});

test("dispose of a copy leaves the owner's waker alone", async () => {
  const woken = Promise.withResolvers<void>();
  using waker = new SharedWaker({ wake: woken.resolve });
  const copy = posted(waker);
  copy[Symbol.dispose]();
  copy.wake();
  await woken.promise;
});

test("wake() in a job wakes a task whose thread runs its event loop", async () => {
  const queue = new Queue();
  let shared: SharedWaker | undefined;
  let polls = 0;
  const body = pollFn((cx) => {
    shared ??= new SharedWaker(cx.waker);
    return ++polls === 2 ? "woken" : PENDING;
  });
  const [task, handle] = spawn(body, (task) => {
    queue.schedule(task);
    queueMicrotask(() => queue.run());
  });
  task.run();
  await TaskHandle.spawn(jobs.wakes, [shared!.posted]);
  assertEquals({ output: await handle, polls }, { output: "woken", polls: 2 });
  shared![Symbol.dispose]();
});

test("blockOn() knows of a deadlock when no shared waker is left", () => {
  const waker = new SharedWaker(new CountingWaker());
  waker[Symbol.dispose]();
  assertThrows(() => blockOn(pollFn(() => PENDING)), DeadlockError);
});

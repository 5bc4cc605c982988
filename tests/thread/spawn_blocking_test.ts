import { assert, assertEquals, assertRejects } from "@std/assert";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { Scope } from "../../lib/scope/mod.ts";
import { spawnBlocking } from "../../lib/thread/mod.ts";
import { timeout } from "../../lib/time/mod.ts";
import * as jobs from "./jobs.ts";
import { begun, words } from "./words.ts";
import { test } from "./threaded.ts";

test("spawnBlocking() never makes a job wait for another", async () => {
  const handles = Array.from({ length: 4 }, () => spawnBlocking(jobs.spin, []));
  assertEquals(await spawnBlocking(jobs.echo, [3], { tag: "sum" }), 3);
  for (const handle of handles) handle.cancel();
  const ends = await Promise.allSettled(handles);
  assertEquals(ends.map(({ status }) => status), Array(4).fill("rejected"));
});

test("spawnBlocking() needs few threads for many quick jobs", async () => {
  const threads = await Promise.all(Array.from({ length: 60 }, () => spawnBlocking(jobs.threadOf, [])));
  // One is started at a time, and while it starts, those that are there take what they can.
  assert(new Set(threads).size < 20, `${new Set(threads).size} threads`);
});

test("spawnBlocking() gives what a Scope can own: it cancels the others when one fails", async () => {
  const scope = new Scope(new LocalExecutor());
  const state = words();
  const listening = spawnBlocking(jobs.listens, [state]);
  listening.poll();
  begun(state);
  const task = scope.spawn(listening, "listening");
  scope.spawn(spawnBlocking(jobs.failing, []), "failing");
  await assertRejects(() => scope.close(), RangeError, "out of range");
  assertEquals(
    { cancelled: listening.cancelled, isFinished: listening.isFinished, taskIsFinished: task.isFinished },
    { cancelled: true, isFinished: true, taskIsFinished: true },
  );
});

test("spawnBlocking() gives what timeout() can cancel", async () => {
  const handle = spawnBlocking(jobs.spin, []);
  await assertRejects(async () => await timeout(handle, 1), DOMException, "the time is up");
  assertEquals(handle.cancelled, true);
});

/** What an `await` that is interrupted owns is closed first: in steps, each in the task that has awaited. */
import { assertEquals } from "@std/assert";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { all } from "../../lib/scope/mod.ts";
import { sleep, VirtualClock } from "../../lib/time/mod.ts";
import { currentTag, PENDING, pollFn } from "../../mod.ts";
import { macrotask } from "../helpers.ts";

Deno.test("an await of all() that is interrupted ends when the children have cleaned up", async () => {
  const clock = new VirtualClock();
  const executor = new LocalExecutor();
  const log: string[] = [];
  const child = (name: string) =>
    executor.spawn(async () => {
      try {
        await sleep(60_000, { clock });
      } finally {
        await sleep(10, { clock });
        log.push(name);
      }
    }, name);
  const parent = executor.spawn(async () => {
    try {
      await all([child("a"), child("b")]);
    } catch (reason) {
      log.push(`parent: ${reason}`);
    }
  }, "parent");
  await macrotask();
  const end = parent.cancel("enough").then();
  await macrotask();
  assertEquals(log, []);
  clock.advance(10);
  await end;
  assertEquals(log, ["a", "b", "parent: enough"]);
});

Deno.test("a wake-up in the middle of a step of the clean-up is one more step", async () => {
  let closes = 0;
  const busy = pollFn(() => PENDING, {
    pollClose({ waker }) {
      if (++closes === 3) return;
      waker.wake();
      return PENDING;
    },
  });
  const task = new LocalExecutor().spawn(async () => {
    await busy;
  });
  await macrotask();
  await task.cancel();
  assertEquals(closes, 3);
});

Deno.test("every poll and every step of the clean-up of what is awaited is in the task", async () => {
  const clock = new VirtualClock();
  const tags: unknown[] = [];
  const nap = sleep(10, { clock });
  const work = pollFn((cx) => {
    tags.push(`poll in ${currentTag()}`);
    nap.poll(cx);
    return PENDING;
  }, {
    pollClose(cx) {
      tags.push(`pollClose in ${currentTag()}`);
      return tags.length === 3 ? sleep(10, { clock }).poll(cx) : undefined;
    },
    dispose: () => tags.push(`dispose in ${currentTag()}`),
  });
  const task = new LocalExecutor().spawn(async () => {
    await null;
    await work;
  }, "task");
  await macrotask();
  clock.advance(10);
  await macrotask();
  const end = task.cancel().then();
  await macrotask();
  clock.advance(10);
  await end;
  assertEquals(tags, [
    "poll in task",
    "poll in task",
    "pollClose in task",
    "pollClose in task",
    "dispose in task",
  ]);
});

/** Bodies that are not followed: for who needs the speed. */
import { AsyncLocalStorage } from "node:async_hooks";
import { assertEquals, assertThrows } from "@std/assert";
import { currentTag, type TaskContext } from "../../mod.ts";
import { limit, LocalExecutor } from "../../lib/executor/mod.ts";
import { sleep, VirtualClock } from "../../lib/time/mod.ts";
import { macrotask } from "../helpers.ts";

const look = async () => {
  const before = currentTag();
  await null;
  return { before, after: currentTag() };
};

Deno.test("follow: false leaves the tag at the first await, of an executor or of one spawn", async () => {
  const [executor, followed] = [new LocalExecutor({ follow: false }), new LocalExecutor()];
  const unfollowed = { before: "t", after: undefined };
  assertEquals(await executor.spawn(look, "t"), unfollowed);
  assertEquals(await limit(executor, 1).spawn(look, "t"), unfollowed);
  assertEquals(await followed.spawn(look, "t", { follow: false }), unfollowed);
  assertEquals(await executor.spawn(look, "t", { follow: true }), { before: "t", after: "t" });
  assertEquals(await limit(followed, 1).spawn(look, "t"), { before: "t", after: "t" });
});

Deno.test("follow: false keeps the async context of others, and the signal; awaits are not interrupted", async () => {
  const user = new AsyncLocalStorage<string>();
  const executor = new LocalExecutor({ follow: false });
  const clock = new VirtualClock();
  const log: unknown[] = [];
  const body = async ({ signal }: TaskContext<string>) => {
    await macrotask();
    log.push(user.getStore());
    signal.addEventListener("abort", () => log.push(signal.reason));
    await sleep(10, { clock });
    log.push("slept");
  };
  const task = user.run("Ada", () => executor.spawn(body, "t"));
  await macrotask();
  await macrotask();
  const cancelled = Promise.resolve(task.cancel("enough"));
  await macrotask();
  clock.advance(10);
  await cancelled;
  assertEquals(log, ["Ada", "enough", "slept"]);
});

Deno.test("follow says whether, and nothing else", () => {
  assertThrows(
    () => new LocalExecutor({ follow: 1 as never }),
    TypeError,
    "expected follow to be a boolean, got 1",
  );
  assertThrows(
    () => new LocalExecutor().spawn(look, "t", { follow: "no" as never }),
    TypeError,
    'Cannot spawn: expected follow to be a boolean, got "no"',
  );
});

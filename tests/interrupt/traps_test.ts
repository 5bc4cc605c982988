/** What interruption can't know, and the cures that the README names. */
import { assertEquals } from "@std/assert";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { all, race } from "../../lib/scope/mod.ts";
import { sleep, VirtualClock } from "../../lib/time/mod.ts";
import { type Awaitable, fromPromise, pending, ready } from "../../mod.ts";
import { macrotask, unhandledIn } from "../helpers.ts";

const executor = new LocalExecutor();

/** Lets a body come to rest, cancels it, and looks a little later whether it has ended. */
async function endsWhenCancelled(body: () => Promise<unknown>): Promise<boolean> {
  const task = executor.spawn(body);
  await macrotask();
  task.cancel("reason");
  for (let turns = 0; turns < 5; turns++) await macrotask();
  return task.isFinished;
}

Deno.test("a helper's promise that nobody awaits is an unhandled rejection; all() awaits it", async () => {
  const helper = async () => await pending();
  const unheard = await unhandledIn(() =>
    endsWhenCancelled(async () => {
      void helper();
      await pending();
    })
  );
  const heard = await unhandledIn(() =>
    endsWhenCancelled(async () => {
      await all([fromPromise(helper), pending()]);
    })
  );
  assertEquals({ unheard, heard }, { unheard: ["reason"], heard: [] });
});

Deno.test("shared work is interrupted with the task that began it; a task of its own is not", async () => {
  const results: unknown[] = [];
  for (const isOwn of [false, true]) {
    const clock = new VirtualClock();
    const load = async () => {
      await sleep(10, { clock });
      return "data";
    };
    let cached: PromiseLike<string> | undefined;
    const get = () => cached ??= isOwn ? executor.spawn(load) : load();
    const [first, second] = [1, 2].map(() => executor.spawn(async () => await get()));
    await macrotask();
    await first.cancel("reason of the first");
    clock.advance(10);
    const outcome = await second.outcome();
    results.push(
      outcome.status === "completed" ? outcome.value : outcome.status === "panicked" && outcome.error,
    );
  }
  assertEquals(results, ["reason of the first", "data"]);
});

Deno.test("what has lost a Promise.race() is waited for; race() lets go of it", async () => {
  const seen: boolean[] = [];
  for (const first of [(futures: Awaitable<unknown>[]) => Promise.race(futures), race]) {
    let goOn = () => {};
    const native = new Promise<void>((resolve) => goOn = resolve);
    const task = executor.spawn(async () => {
      await first([ready("winner"), pending()]);
      await native;
      await pending();
    });
    await macrotask();
    task.cancel();
    await macrotask();
    goOn();
    for (let turns = 0; turns < 3; turns++) await macrotask();
    seen.push(task.isFinished);
  }
  assertEquals(seen, [false, true]);
});

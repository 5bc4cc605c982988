/** Whose task one is in. What is captured where a task is spawned leaves out that of the spawner. */
import { assertEquals } from "@std/assert";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { currentTag, fromPromise, TaskLocal, uncancellable } from "../../mod.ts";
import { macrotask } from "../helpers.ts";

/** What an async helper sees, which a generator calls: its task up to its first `await`, and none from then on. */
async function helper(): Promise<unknown[]> {
  const before = currentTag();
  await null;
  const after = currentTag();
  await macrotask();
  return [before, after, currentTag()];
}

function* generator() {
  return yield* fromPromise(helper());
}

const executor = new LocalExecutor();
const local = new TaskLocal<number>();

/** Where a generator is spawned. */
const places: Record<string, () => Promise<unknown>> = {
  "an async task": async () => await executor.spawn(generator, "child"),
  "TaskLocal.run() in an async task": async () =>
    await local.run(1, () => executor.spawn(generator, "child")),
  "two TaskLocal.run()s in an async task": async () => {
    await null;
    return await local.run(1, () => local.run(2, () => executor.spawn(generator, "child")));
  },
  "TaskLocal.run() across an await": async () => {
    return await local.run(1, async () => {
      await null;
      return await executor.spawn(generator, "child");
    });
  },
  "a shield": async () => await uncancellable(async () => await executor.spawn(generator, "child")),
};

for (const [place, spawn] of Object.entries(places)) {
  Deno.test(`a helper of a generator that was spawned in ${place} is in no other task`, async () => {
    const outer = executor.spawn(spawn, "outer");
    assertEquals(await outer, ["child", undefined, undefined]);
  });
}

/** Panics of tasks that nobody will ask any more, but that somebody waits for already. */
import { assertEquals } from "@std/assert";
import { LocalExecutor, type TaskHandle } from "../../lib/executor/mod.ts";
import { fromPromise } from "../../mod.ts";
import { boom, macrotask } from "../helpers.ts";

/** Detaches a task that panics later; what was reported, and what the one who waits has heard. */
async function detached(wait: (task: TaskHandle<unknown>, executor: LocalExecutor) => PromiseLike<unknown>) {
  const reported: unknown[] = [];
  const executor = new LocalExecutor({ onPanic: (error) => reported.push(error) });
  const task = executor.spawn(async () => {
    await macrotask();
    throw boom;
  });
  const heard = wait(task, executor);
  task.detach();
  const result = await heard;
  await macrotask();
  return { reported, heard: result };
}

Deno.test("a panic of a detached task is not reported to anybody besides who waits for it", async () => {
  const waits: ((task: TaskHandle<unknown>, executor: LocalExecutor) => PromiseLike<unknown>)[] = [
    (task) => task.then(undefined, (error) => error),
    (task) => task.outcome().then((outcome) => outcome.status === "panicked" && outcome.error),
    (task, executor) =>
      executor.spawn(function* () {
        try {
          yield* task;
        } catch (error) {
          return error;
        }
      }),
  ];
  for (const wait of waits) assertEquals(await detached(wait), { reported: [], heard: boom });
});

Deno.test("a panic of a detached task is reported once if nobody waits for it, or has gone", async () => {
  const nobody = await detached(() => fromPromise(macrotask().then(macrotask)));
  assertEquals(nobody.reported, [boom]);
  const gone = await detached(async (task, executor) => {
    const waiter = executor.spawn(async () => await task);
    await macrotask();
    await waiter.cancel();
    await macrotask();
  });
  assertEquals(gone.reported, [boom]);
});

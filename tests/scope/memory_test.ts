/** What scopes keep, and for how long. */
import { assert, assertEquals } from "@std/assert";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { Scope } from "../../lib/scope/mod.ts";
import { boom, macrotask, reported, throws } from "../helpers.ts";
import { collect, memoryTests } from "../memory.ts";

const test = memoryTests(import.meta.url);

/** Collects what there is, in several turns, as a registry is told late. */
async function collectAll(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    collect();
    await macrotask();
  }
}

test("a long-lived scope keeps no failure that somebody has awaited", async () => {
  const executor = new LocalExecutor();
  const scope = new Scope(executor, { onFailure: "collect", keepOutcomes: false });
  const failures: WeakRef<object>[] = [];
  for (let i = 0; i < 2000; i++) {
    const task = scope.spawn(() => {
      const error = new Error("404");
      failures.push(new WeakRef(error));
      throw error;
    });
    if (i % 2 === 0) await task.outcome();
    else {await executor.spawn(function* () {
        try {
          yield* task;
        } catch { /* handled */ }
      });}
  }
  await collectAll();
  const alive = failures.filter((failure) => failure.deref() !== undefined).length;
  assert(alive < 100, `${alive} of ${failures.length} failures are kept`);
  await scope.close();
});

test("a scope that was never closed reports what it would throw, when it is garbage", async () => {
  const executor = new LocalExecutor({ onPanic: () => {} });
  const errors = await reported(async () => {
    await (async () => {
      new Scope(executor).spawn(throws);
      const handled = new Scope(executor).spawn(throws);
      await handled.outcome();
    })();
    await macrotask();
    await collectAll();
  });
  assertEquals(errors, [boom]);
});

test("a task keeps none of the scopes of its that have ended", async () => {
  const executor = new LocalExecutor();
  const scopes: WeakRef<object>[] = [];
  await executor.spawn(async () => {
    for (let i = 0; i < 100; i++) {
      await Scope.run(executor, (scope) => {
        scopes.push(new WeakRef(scope));
        scope.spawn(() => i);
      });
    }
    await collectAll();
    const alive = scopes.filter((scope) => scope.deref() !== undefined).length;
    assert(alive < 5, `${alive} scopes are kept`);
  });
});

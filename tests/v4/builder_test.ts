import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { pollFn, ready } from "../../mod.ts";
import {
  Builder,
  Runnable,
  setPanicHook,
  spawn,
  spawnLocal,
  spawnLocalWith,
  spawnUnchecked,
  spawnUncheckedWith,
  spawnWith,
} from "../../lib/v4/mod.ts";
import { boom, macrotask, Probe, reported, reportedOfTasks, runNow, throwing, throws } from "../helpers.ts";
import { collect } from "../memory.ts";
import { local } from "../programs.ts";

Deno.test("every way to spawn makes the same task", async () => {
  const builder = new Builder().metadata("m");
  const pairs = [
    ...[spawn, spawnLocal, spawnUnchecked].map((spawn) => spawn(ready(1), () => {})),
    ...[spawnWith, spawnLocalWith, spawnUncheckedWith].map((spawn) => spawn(ready(1), () => {}, "m")),
    builder.spawn(ready(1), () => {}),
    builder.spawnLocal(ready(1), () => {}),
    builder.spawnUnchecked(ready(1), () => {}),
  ];
  const metadata = pairs.map(([runnable]) => runnable.metadata);
  assertEquals(metadata, [...Array(3).fill(undefined), ...Array(6).fill("m")]);
  for (const [runnable, task] of pairs) {
    runnable.run();
    assertEquals(await task, 1);
  }
});

Deno.test("a builder's function receives the metadata, whatever it returns", async () => {
  const builder = new Builder().metadata({ n: 20 }).propagatePanic(true);
  const bodies = [
    builder.spawn(({ n }) => n + 1, runNow),
    builder.spawn(async ({ n }) => (await null, n + 1), runNow),
    builder.spawn(({ n }) => ready(n + 1), runNow),
    builder.spawn(function* ({ n }, { id }) {
      return (yield* ready(n)) + Math.sign(id);
    }, runNow),
  ];
  for (const [runnable, task] of bodies) {
    runnable.run();
    assertEquals(await task, 21);
  }
});

Deno.test("a builder is not changed by its methods", async () => {
  const plain = new Builder();
  const named = plain.metadata("m");
  const carrying = named.propagatePanic(true);
  const failing = pollFn(throws);
  assertEquals(plain.spawn(ready(1), () => {})[0].metadata, undefined);
  assertThrows(() => named.spawn(failing, () => {})[0].run(), Error, "boom");
  const [runnable, task] = carrying.spawn(failing, () => {});
  assertEquals(runnable.run(), false);
  await assertRejects(() => task, Error, "boom");
  assertThrows(() => carrying.propagatePanic(false).spawn(failing, () => {})[0].run(), Error, "boom");
});

Deno.test("metadata can be set, and all sides see it", async () => {
  const [runnable, task] = spawnWith(({ tag }) => tag, () => {}, 1);
  runnable.metadata = 2;
  assertEquals({ data: runnable.data, metadata: task.metadata }, { data: 2, metadata: 2 });
  runnable.data = 3;
  runnable.run();
  assertEquals(
    { id: runnable.id, output: await task, metadata: task.metadata },
    { id: task.id, output: 3, metadata: 3 },
  );
});

Deno.test("runnable.waker() hands the task over, and tells why", () => {
  const infos: boolean[] = [];
  const [runnable] = spawn(new Probe(), (_runnable, info) => void infos.push(info.wokenWhileRunning));
  runnable.run();
  runnable.waker().wake();
  runnable.schedule();
  assertEquals(infos, [false, false]);
});

/** What the hook was told while `fn` ran. */
function hooked(fn: () => void): unknown[] {
  const lost: unknown[] = [];
  const previous = setPanicHook((error, id, tag) => void lost.push({ error, id: typeof id, tag }));
  try {
    fn();
  } finally {
    setPanicHook(previous);
  }
  return lost;
}

const failing = () => new Builder().metadata("m").propagatePanic(true).spawn(throws, () => {});

Deno.test("setPanicHook() is told of the panic of a detached task, once", () => {
  const lost = hooked(() => {
    const [runnable, task] = failing();
    task.detach();
    runnable.run();
  });
  assertEquals(lost, [{ error: boom, id: "number", tag: "m" }]);
});

Deno.test("setPanicHook() is told when the panic is dropped unseen, and not when it was seen", async () => {
  const [seen, seenTask] = failing();
  seen.run();
  await seenTask.then(undefined, () => {});
  const lost = hooked(() => {
    const [runnable, task] = failing();
    runnable.run();
    task[Symbol.dispose]();
    seenTask[Symbol.dispose]();
  });
  assertEquals(lost, [{ error: boom, id: "number", tag: "m" }]);
});

Deno.test("setPanicHook() is told of a panic of the clean-up that is dropped unseen", () => {
  const lost = hooked(() => {
    const future = new Probe().closing(throws);
    const [runnable, task] = new Builder().propagatePanic(true).spawn(future, () => {});
    task.cancel();
    runnable.run();
    task[Symbol.dispose]();
  });
  assertEquals(lost, [{ error: boom, id: "number", tag: undefined }]);
});

Deno.test("setPanicHook() is told of a panic in the poll that cancelled its own task", () => {
  const lost = hooked(() => {
    const [runnable, task] = new Builder().propagatePanic(true).spawn(() => {
      task.cancel();
      throws();
    }, () => {});
    runnable.run();
  });
  assertEquals(lost, [{ error: boom, id: "number", tag: undefined }]);
});

Deno.test("setPanicHook() is told of a panic whose task is garbage", async () => {
  if (collect === undefined) throw new Error("run with --v8-flags=--expose-gc");
  const lost: unknown[] = [];
  const previous = setPanicHook((error) => void lost.push(error));
  failing()[0].run();
  for (let turn = 0; turn < 50 && lost.length === 0; turn++) {
    await macrotask();
    collect();
  }
  setPanicHook(previous);
  assertEquals(lost, [boom]);
});

Deno.test("setPanicHook() is reportError by default, and what a hook throws is reported", async () => {
  const lose = () => {
    const [runnable, task] = failing();
    task.detach();
    runnable.run();
  };
  assertEquals(await reportedOfTasks(lose), [boom]);
  const another = new Error("hook");
  const previous = setPanicHook(throwing(another));
  assertEquals(await reported(lose), [another]);
  setPanicHook(previous);
  assertThrows(() => setPanicHook(5 as never), TypeError, "expected a function, got 5");
});

Deno.test("a raw handle of a local task is refused in another Worker", async () => {
  const [runnable] = spawnLocal(ready(1), () => {});
  const raw = runnable.intoRaw();
  const code = `
    import { Runnable, spawn } from ${local("lib/v4/mod.ts")};
    spawn(() => 1, () => {})[0].intoRaw();
    try { Runnable.fromRaw(${raw}); } catch (error) { postMessage(error.message); }`;
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(code)}`, { type: "module" });
  const message = await new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data));
  worker.terminate();
  assertEquals(
    message,
    `Cannot make a Runnable of raw handle ${raw}: local task polled by a thread that didn't spawn it`,
  );
  assertStrictEquals(Runnable.fromRaw(raw), runnable);
});

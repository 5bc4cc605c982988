/** What the root needs of its runtime: nothing but JavaScript, and it leaves that as it was. */
import { assertEquals } from "@std/assert";
import { local, printed } from "../programs.ts";

Deno.test("the root changes nothing global when it is imported", async () => {
  const code = `
    const names = () => Reflect.ownKeys(globalThis).length + Reflect.ownKeys(Array.prototype).length;
    const before = names();
    await import(${local("mod.ts")});
    console.log(names() - before);`;
  assertEquals(await printed(code), "0\n");
});

Deno.test("async functions are followed up to their first await where there is no async context", async () => {
  const code = `
    delete globalThis.process;
    delete globalThis.Deno;
    const { currentTag, spawn, TaskLocal } = await import(${local("mod.ts")});
    const local = new TaskLocal({ defaultValue: "default" });
    const [task, handle] = spawn(async ({ tag }) => {
      local.set("mine");
      const before = { tag: currentTag(), local: local.get(), inner: local.run("inner", () => local.get()) };
      await null;
      return { before, tag, after: { tag: currentTag() ?? "none", local: local.get() } };
    }, (task) => void task.run(), "tag");
    task.run();
    console.log(JSON.stringify(await handle));`;
  assertEquals(JSON.parse(await printed(code)), {
    before: { tag: "tag", local: "mine", inner: "inner" },
    tag: "tag",
    after: { tag: "none", local: "default" },
  });
});

Deno.test("the other parts say what is missing, or do without it, in a runtime that has nothing", async () => {
  const part = (name: string) => local(`lib/${name}/mod.ts`);
  const code = `
    for (const name of ["process", "SharedArrayBuffer", "Worker", "setImmediate", "SuppressedError", "reportError"]) {
      delete globalThis[name];
    }
    const { LocalExecutor } = await import(${part("executor")});
    const { CancellationToken, sharedChannel, spawnBlocking, ThreadPool } = await import(${part("thread")});
    const { sleep } = await import(${part("time")});
    const said = (fn) => { try { return fn(); } catch (error) { return error.message; } };
    const executor = new LocalExecutor();
    console.log(await executor.spawn(function* () {
      yield* sleep(1);
      return "slept";
    }));
    const job = { url: "data:text/javascript,", name: "job", run() {} };
    console.log(said(() => new CancellationToken()));
    console.log(said(() => sharedChannel(1)));
    console.log(said(() => spawnBlocking(job, [])));
    console.log(said(() => new ThreadPool().spawn(job, [])));
    const { spawn } = await import(${local("mod.ts")});
    const [task] = spawn({
      poll() { throw new Error("first"); },
      [Symbol.dispose]() { throw new Error("second"); },
    }, () => {});
    try {
      task.run();
    } catch (error) {
      console.log(error.name, error.error.message, error.suppressed.message);
    }`;
  const missing = "Cannot share memory here: a page must be cross-origin isolated for that\n";
  assertEquals(await printed(code), `slept\n${missing.repeat(4)}SuppressedError second first\n`);
});

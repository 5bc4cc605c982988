/** Where there is no async context, as on pages: awaits are interrupted up to the first native one. */
import { assertEquals } from "@std/assert";
import { local, printed } from "../programs.ts";

/** What a program prints that finds nothing to follow async functions with. */
function onPage(code: string): Promise<string> {
  return printed(`
    const print = console.log;
    process.getBuiltinModule = undefined;
    delete globalThis.Deno;
    const { currentTag, TaskLocal } = await import(${local("mod.ts")});
    const { LocalExecutor } = await import(${local("lib/executor/mod.ts")});
    const { sleep } = await import(${local("lib/time/mod.ts")});
    const executor = new LocalExecutor();
    ${code}
  `);
}

/** Bodies, and whether they end when they are cancelled after 5 ms. */
const bodies: Record<string, [body: string, ends: boolean]> = {
  "the first await": ["async () => { await sleep(500) }", true],
  "an await after another": ["async () => { await sleep(1); await sleep(500); }", true],
  "several at once": ["async () => { await Promise.all([sleep(500), sleep(500)]) }", true],
  "an await in a helper": [
    "async () => { await (async () => { await sleep(1); await sleep(500) })() }",
    true,
  ],
  "an await after a native one": ["async () => { await null; await sleep(500) }", false],
};

for (const [name, [body, ends]] of Object.entries(bodies)) {
  Deno.test(`on a page, ${name} is ${ends ? "interrupted" : "not interrupted, which is documented"}`, async () => {
    const printed = await onPage(`
      const task = executor.spawn(${body}, "tag");
      await sleep(5);
      task.cancel();
      await sleep(20);
      print(task.isFinished);
    `);
    assertEquals(printed, `${ends}\n`);
  });
}

Deno.test("on a page, a body is in its task up to its first native await, and nobody else is", async () => {
  const printed = await onPage(`
    const user = new TaskLocal();
    const seen = [];
    const bodies = ["a", "b"].map((tag) => executor.spawn(async () => {
      for (let i = 0; i < 3; i++) {
        await sleep(1);
        seen.push(currentTag() === tag);
        queueMicrotask(() => seen.push(currentTag() === undefined));
      }
      await user.run(tag, async () => {
        await sleep(1);
        seen.push(user.get() === tag);
      });
    }, tag));
    await Promise.all(bodies);
    seen.push(currentTag() === undefined);
    print(seen.length, seen.every((it) => it));
  `);
  assertEquals(printed, "15 true\n");
});

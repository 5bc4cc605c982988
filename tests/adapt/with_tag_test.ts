/** Tags for programs that are no executors. */
import { AsyncLocalStorage } from "node:async_hooks";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { currentTag, currentTask, withTag } from "../../mod.ts";
import { boom, macrotask, throws } from "../helpers.ts";

Deno.test("withTag() calls right here, and everything behind it has the tag", async () => {
  const log: unknown[] = [];
  const deep = async () => {
    await macrotask();
    log.push(currentTag());
  };
  const task = withTag("request 7", async () => {
    log.push("begins");
    await deep();
    await new Promise((resolve) => setTimeout(() => resolve(log.push(currentTag()))));
    return "done";
  });
  log.push("returned", currentTag());
  assertEquals(await task, "done");
  assertEquals(log, ["begins", "returned", undefined, "request 7", "request 7"]);
});

Deno.test("withTag() keeps two apart, and the async context of others", async () => {
  const user = new AsyncLocalStorage<string>();
  const handler = async () => {
    await macrotask();
    return [currentTag(), user.getStore()];
  };
  const seen = await Promise.all(
    ["a", "b"].map((name) => user.run(name, () => withTag(`tag ${name}`, handler))),
  );
  assertEquals(seen, [["tag a", "a"], ["tag b", "b"]]);
});

Deno.test("withTag() ends with what the function throws, returns or is cancelled with", async () => {
  await assertRejects(() => withTag(1, throws), Error, "boom");
  await assertRejects(() => withTag(1, () => Promise.reject(boom)), Error, "boom");
  assertEquals(await withTag(1, () => 5), 5);
  assertThrows(() => withTag(1, 5 as never), TypeError, "Cannot call with a tag: expected a function, got 5");
  const task = withTag(2, async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw signal.reason;
  });
  await task.cancel(new Error("enough"));
  await assertRejects(() => task, Error, "enough");
});

Deno.test("withTag() inside of another is a task of its own", async () => {
  const outer = withTag("outer", async (context) => {
    const inner = await withTag("inner", () => ({ tag: currentTag(), parent: currentTask()?.parentId }));
    return { inner, outer: { tag: currentTag(), id: context.id } };
  });
  assertEquals(await outer, {
    inner: { tag: "inner", parent: outer.id },
    outer: { tag: "outer", id: outer.id },
  });
});

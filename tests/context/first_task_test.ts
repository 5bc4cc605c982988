/** A server's first request does not pay for finding out how async functions are followed. */
import { assert } from "@std/assert";
import { local, printed } from "../programs.ts";

/** How many ms the first task of a program takes, to its end. */
async function firstTask(): Promise<number> {
  return Number(
    await printed(`
      import { currentTag, spawn } from ${local("mod.ts")};
      const start = performance.now();
      const [task, handle] = spawn(async () => (await null, currentTag()), (task) => task.run(), "tag");
      task.run();
      const tag = await handle;
      console.log(tag === "tag" ? performance.now() - start : "wrong");
    `),
  );
}

Deno.test("the first tagged task of a program takes 5 ms at most", async () => {
  let least = Infinity;
  // The machine may be busy; what the package has to do is done in each of them.
  for (let tries = 0; tries < 5 && least > 5; tries++) least = Math.min(least, await firstTask());
  assert(least <= 5, `${least} ms`);
});

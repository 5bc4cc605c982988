/** What tests of memory share: they need a Deno that was started with `--v8-flags=--expose-gc`. */
import { assert } from "@std/assert";
import { macrotask } from "./helpers.ts";
import { run } from "./programs.ts";

/** Collects garbage. */
export const { gc: collect } = globalThis as unknown as { gc: () => void };

/** `Deno.test` where there is `collect()`; else one test runs those of the file in a Deno that has it. */
export function memoryTests(url: string): typeof Deno.test {
  if (collect !== undefined) return Deno.test;
  Deno.test("the memory tests pass in a Deno with --expose-gc", async () => {
    const args = ["test", "-A", "--no-check", "--v8-flags=--expose-gc", new URL(url).pathname];
    const { code, stdout } = await run(Deno.execPath(), args);
    assert(code === 0, stdout);
  });
  return Object.assign(() => {}, Deno.test);
}

/** Whether what is referred to goes away, in so many turns at most. */
export async function isCollected(reference: WeakRef<object>, turns = 20): Promise<boolean> {
  for (let turn = 0; turn < turns && reference.deref() !== undefined; turn++) {
    await macrotask();
    collect();
  }
  return reference.deref() === undefined;
}

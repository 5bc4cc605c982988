/** Errors that nobody could see: where they go, also in runtimes that have less. */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { alongside, type Cell, losePanic, report } from "../../lib/core/friend.ts";
import { setPanicHook } from "../../lib/core/mod.ts";
import { macrotask, reported, reportedOfTasks, throwing } from "../helpers.ts";

/** Runs `fn` in a runtime that has no global `name`. */
async function without(name: "reportError" | "SuppressedError", fn: () => unknown): Promise<void> {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, name)!;
  Object.defineProperty(globalThis, name, { ...descriptor, value: undefined });
  try {
    await fn();
  } finally {
    Object.defineProperty(globalThis, name, descriptor);
  }
}

const [first, second] = [new Error("first"), new Error("second")];
const throwSecond = throwing(second);

Deno.test("alongside() gives the error alone when nothing else is thrown", () => {
  assertStrictEquals(alongside(first, () => {}), first);
});

Deno.test("alongside() makes a SuppressedError of two, also where the runtime has none", async () => {
  const native = alongside(first, throwSecond) as SuppressedError;
  assertEquals(native instanceof SuppressedError, true);
  await without("SuppressedError", () => {
    const made = alongside(first, throwSecond) as SuppressedError;
    assertEquals(
      { name: made.name, error: made.error, suppressed: made.suppressed },
      { name: "SuppressedError", error: second, suppressed: first },
    );
    assertEquals(
      { isError: made instanceof Error, message: made.message },
      { isError: true, message: native.message },
    );
  });
  assertEquals(
    { name: native.name, error: native.error, suppressed: native.suppressed },
    { name: "SuppressedError", error: second, suppressed: first },
  );
});

Deno.test("report() reports once, and is an uncaught exception where there is no reportError", async () => {
  assertEquals(await reported(() => report(first)), [first]);
  assertEquals(
    await reported(() =>
      without("reportError", async () => {
        report(second);
        await macrotask();
      })
    ),
    [second],
  );
});

/** As much of a task as the hook is told of. */
const taskOf = (id: number): Cell => ({ id, tag: "tag", onSchedule: () => {} }) as unknown as Cell;

Deno.test("setPanicHook() gives back the hook before, and refuses what is no function", async () => {
  const lost: unknown[][] = [];
  const hook = (...args: unknown[]) => void lost.push(args);
  const previous = setPanicHook(hook);
  assertThrows(
    () => setPanicHook(undefined as never),
    TypeError,
    "Cannot set the panic hook: expected a function, got undefined",
  );
  losePanic(first, taskOf(3));
  assertStrictEquals(setPanicHook(throwSecond), hook);
  assertEquals(await reported(() => losePanic(first, taskOf(4))), [second]);
  setPanicHook(previous);
  assertEquals(await reportedOfTasks(() => losePanic(first, taskOf(5))), [first]);
  assertEquals(lost, [[first, 3, "tag"]]);
});

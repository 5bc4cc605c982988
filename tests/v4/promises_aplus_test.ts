/** Runs the Promises/A+ suite against `./v4` tasks. */
import { assertEquals } from "@std/assert";
import aplus from "promises-aplus-tests";
import { PENDING, pollFn } from "../../mod.ts";
import { Builder, type Task, type Waker } from "../../lib/v4/mod.ts";
import { runNow } from "../helpers.ts";

/** A task that ends when it is told to. */
function deferred() {
  let settled: { value: unknown } | { error: unknown } | undefined;
  let waker: Waker | undefined;
  const body = pollFn((cx) => {
    waker = cx.waker;
    if (settled === undefined) return PENDING;
    if ("error" in settled) throw settled.error;
    return settled.value;
  });
  const [runnable, promise] = new Builder().propagatePanic(true).spawn<unknown>(
    body,
    runNow,
  );
  runnable.run();
  const settle = (how: typeof settled): void => {
    settled ??= how;
    waker!.wake();
  };
  return {
    promise: promise as Task<unknown>,
    resolve: (value: unknown) => settle({ value }),
    reject: (error: unknown) => settle({ error }),
  };
}

Deno.test("Task passes the 872 tests of Promises/A+", async () => {
  const failures = await new Promise<number>((resolve) => {
    aplus(
      { deferred },
      { reporter: "dot", timeout: 5000 },
      (error: { failures?: number } | null) => resolve(error?.failures ?? 0),
    );
  });
  assertEquals(failures, 0);
});

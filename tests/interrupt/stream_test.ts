/** What a body takes from threads: it is interrupted there, too. */
import { assertEquals } from "@std/assert";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { ThreadPool } from "../../lib/thread/mod.ts";
import { macrotask } from "../helpers.ts";
import * as jobs from "../thread/jobs.ts";

Deno.test("for await of what a job yields is interrupted, and the job is cancelled", async () => {
  await using pool = new ThreadPool({ maxThreads: 1 });
  const executor = new LocalExecutor();
  const closed = new Int32Array(new SharedArrayBuffer(4));
  const rests = {
    "a value that does not come": () => pool.stream(jobs.later as never, [60_000] as never),
    "values that come": () => pool.stream(jobs.yieldsForEver, [closed]),
  };
  for (const [name, start] of Object.entries(rests)) {
    const stream = start();
    let caught: unknown;
    const task = executor.spawn(async () => {
      try {
        for await (const _ of stream) await macrotask();
      } catch (error) {
        caught = error;
        throw error;
      }
    });
    await macrotask();
    await task.cancel("reason");
    const { status } = await stream.handle.outcome();
    assertEquals({ name, caught, status }, { name, caught: "reason", status: "cancelled" });
  }
});

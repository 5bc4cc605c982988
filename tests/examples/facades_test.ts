/** The interfaces of p-queue and p-limit on a limiter: what their own tests ask for most. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import pLimit, { limitFunction } from "../../examples/p_limit.ts";
import PQueue from "../../examples/p_queue.ts";
import { examplePath } from "./run_example.ts";

const later = <T>(ms: number, value: T) => new Promise<T>((resolve) => setTimeout(() => resolve(value), ms));

Deno.test("the facades are short, and do no timing of their own", async () => {
  for (const [name, lines] of [["p_queue.ts", 150], ["p_limit.ts", 30]] as const) {
    const source = await Deno.readTextFile(examplePath(name));
    const length = source.split("\n").length - 1;
    assertEquals({ name, isShort: length <= lines }, { name, isShort: true });
    assertEquals(source.match(/setTimeout|setInterval|queueMicrotask/), null);
  }
});

Deno.test("PQueue starts at once, by priority, and as many as it may", async () => {
  const queue = new PQueue({ concurrency: 1 });
  const order: string[] = [];
  const first = queue.add(() => later(1, order.push("first")));
  void queue.add(() => order.push("low"), { priority: 0, id: "low" });
  void queue.add(() => order.push("high"), { priority: 1 });
  void queue.add(() => order.push("raised"), { id: "raised" });
  queue.setPriority("raised", 2);
  assertEquals({ order, size: queue.size, pending: queue.pending, high: queue.sizeBy({ priority: 1 }) }, {
    order: ["first"],
    size: 3,
    pending: 1,
    high: 1,
  });
  await first;
  await queue.onIdle();
  assertEquals(order, ["first", "raised", "high", "low"]);
  assertThrows(() => queue.setPriority("low", 1), ReferenceError, 'No promise function with the id "low"');
});

Deno.test("PQueue tells of what happens, and is paused, cleared and resized", async () => {
  const queue = new PQueue({ concurrency: 1, autoStart: false });
  const events: string[] = [];
  for (const event of ["add", "active", "completed", "error", "next", "empty", "idle"]) {
    queue.on(event, () => events.push(event));
  }
  void queue.add(() => 1);
  void queue.add(() => 2);
  assertEquals({ size: queue.size, isPaused: queue.isPaused }, { size: 2, isPaused: true });
  queue.clear();
  assertEquals(queue.size, 0);
  queue.start();
  queue.concurrency = 2;
  await assertRejects(() => queue.add(() => Promise.reject(new Error("boom"))), Error, "boom");
  assertEquals(events, [
    "add",
    "add",
    "empty",
    "idle",
    "next",
    "add",
    "active",
    "error",
    "empty",
    "idle",
    "next",
  ]);
});

Deno.test("PQueue keeps to its rate, and to the time and the signal of each", async () => {
  const queue = new PQueue({ interval: 20, intervalCap: 2, strict: true });
  const start = Date.now();
  await queue.addAll([1, 2, 3].map((n) => () => n));
  assertEquals(Date.now() - start >= 19, true);
  const late = await assertRejects(
    () => queue.add(() => later(50, 1), { timeout: 1 }),
    DOMException,
    "timed out",
  );
  const aborted = queue.add(() => later(50, 1), { signal: AbortSignal.timeout(1) });
  await assertRejects(() => aborted, DOMException);
  assertEquals({ late: late.name, running: queue.runningTasks.length }, { late: "TimeoutError", running: 0 });
  await later(60, undefined);
});

Deno.test("pLimit limits, maps in order, and is cleared", async () => {
  const two = pLimit({ concurrency: 2, rejectOnClear: true });
  let active = 0;
  let most = 0;
  const doubled = await (two.map as (items: number[], fn: unknown) => Promise<number[]>)(
    [1, 2, 3, 4],
    async (n: number) => {
      most = Math.max(most, ++active);
      await later(1, 0);
      active--;
      return 2 * n;
    },
  );
  assertEquals({ doubled, most }, { doubled: [2, 4, 6, 8], most: 2 });
  two.concurrency = 1;
  const running = two(() => later(1, "ran"));
  const waiting = two(() => "never");
  (two.clearQueue as () => void)();
  await assertRejects(() => waiting, DOMException);
  assertEquals({ ran: await running, pending: two.pendingCount, active: two.activeCount }, {
    ran: "ran",
    pending: 0,
    active: 0,
  });
  assertThrows(() => pLimit(0), TypeError, "Expected `concurrency` to be a number from 1 and up");
  assertEquals(await limitFunction((a, b) => a + b, 1)(1, 2), 3);
});

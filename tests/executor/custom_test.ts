import { assertEquals, assertThrows } from "@std/assert";
import { pending } from "../../mod.ts";
import { Executor, type ReadyQueue, type ReadyTask, spawn } from "../../lib/executor/mod.ts";
import { boom, macrotask, reported, throws } from "../helpers.ts";

Deno.test("an executor of one's own runs by id and tag", async () => {
  class ByTag implements ReadyQueue {
    readonly tasks: ReadyTask[] = [];
    get size(): number {
      return this.tasks.length;
    }
    push(task: ReadyTask): void {
      this.tasks.push(task);
      this.tasks.sort((a, b) => (a.tag as number) - (b.tag as number) || a.id - b.id);
    }
    pop(): ReadyTask | undefined {
      return this.tasks.shift();
    }
  }
  const executor = new Executor(new ByTag());
  const log: number[] = [];
  await Promise.all([3, 1, 2].map((tag) => executor.spawn(() => log.push(tag), tag)));
  assertEquals(log, [1, 2, 3]);
});

Deno.test("an executor without a queue is a TypeError", () => {
  assertThrows(
    () => new Executor(undefined as never),
    TypeError,
    "Cannot make an executor: expected a queue with push and pop",
  );
});

/** Holds everything back until it is opened. */
class Gate implements ReadyQueue {
  readonly tasks: ReadyTask[] = [];
  readonly endedTags: unknown[] = [];
  pops = 0;
  isOpen = false;
  executor: { wake(): void } | undefined;

  get size(): number {
    return this.tasks.length;
  }

  push(task: ReadyTask): void {
    this.tasks.push(task);
  }

  pop(): ReadyTask | undefined {
    this.pops++;
    return this.isOpen ? this.tasks.shift() : undefined;
  }

  attach(executor: { wake(): void }): void {
    this.executor = executor;
  }

  ended(task: ReadyTask): void {
    this.endedTags.push(task.tag);
  }
}

Deno.test("a queue that holds tasks back is asked again when it wakes the executor, and not before", async () => {
  const gate = new Gate();
  const executor = new Executor(gate);
  const task = executor.spawn(() => 1, "a");
  await macrotask();
  await macrotask();
  assertEquals({ pops: gate.pops, isFinished: task.isFinished }, { pops: 1, isFinished: false });
  gate.isOpen = true;
  gate.executor!.wake();
  gate.executor!.wake();
  assertEquals(await task, 1);
  assertEquals({ pops: gate.pops, size: executor.size }, { pops: 3, size: 0 });
});

Deno.test("a queue that holds tasks back wakes who ticks a manual executor", async () => {
  const gate = new Gate();
  const executor = new Executor(gate, { pump: "manual" });
  const ticked = executor.tick().then(() => "ticked");
  const task = executor.spawn(() => 1);
  await macrotask();
  assertEquals(task.isFinished, false);
  gate.isOpen = true;
  gate.executor!.wake();
  assertEquals({ ticked: await ticked, isFinished: task.isFinished }, { ticked: "ticked", isFinished: true });
});

Deno.test("a queue is told when a task has ended, in whatever way, once", async () => {
  const gate = new Gate();
  gate.isOpen = true;
  const executor = new Executor(gate, { onPanic: () => {} });
  executor.spawn(() => 1, "done");
  executor.spawn(throws, "failed").detach();
  const waiting = executor.spawn(pending(), "cancelled");
  await macrotask();
  assertEquals(gate.endedTags, ["done", "failed"]);
  await waiting.cancel();
  assertEquals(gate.endedTags, ["done", "failed", "cancelled"]);
});

Deno.test("what a queue throws that is told of an end is reported", async () => {
  const errors = await reported(async () => {
    const gate = new Gate();
    gate.isOpen = true;
    gate.ended = throws;
    const executor = new Executor(gate);
    assertEquals([await executor.spawn(() => 1), await executor.spawn(() => 2)], [1, 2]);
  });
  assertEquals(errors, [boom, boom]);
});

Deno.test("spawn() needs no executor: all share one", async () => {
  const log: number[] = [];
  const tasks = [1, 2, 3].map((n) => spawn(() => log.push(n), n, { name: `task ${n}` }));
  assertEquals({ log, tag: tasks[2].tag, name: tasks[2].name }, { log: [], tag: 3, name: "task 3" });
  await Promise.all(tasks);
  assertEquals(log, [1, 2, 3]);
});

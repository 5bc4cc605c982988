import { assertEquals, assertThrows } from "@std/assert";
import { Executor, type ReadyQueue, type ReadyTask } from "../../lib/executor/mod.ts";

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

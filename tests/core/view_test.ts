/** What tasks look like in `console.log` and in JSON. */
import { assertEquals } from "@std/assert";
import { currentTask, pending, pollFn, spawn, type Task } from "../../mod.ts";
import { Builder } from "../../lib/v4/mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";

Deno.test("toJSON() says how far a task has got", () => {
  const queue: Task<string>[] = [];
  const [task, handle] = spawn(pending(), (task) => queue.push(task), "page 7");
  const states = [handle.toJSON().state];
  task.run();
  states.push(handle.toJSON().state);
  handle.cancel();
  states.push(handle.toJSON().state);
  queue.pop()!.run();
  states.push(handle.toJSON().state);
  assertEquals(states, ["scheduled", "waiting", "cancelling", "cancelled"]);
  assertEquals(JSON.stringify(handle), `{"id":${handle.id},"tag":"page 7","state":"cancelled"}`);
  assertEquals(JSON.stringify(task), JSON.stringify(handle));
});

Deno.test("toJSON() says that a task is running, from inside", () => {
  const [task, handle] = spawn(pollFn(() => JSON.stringify(currentTask())), () => {});
  task.run();
  assertEquals(handle.poll({ waker: { wake() {} } }), `{"id":${task.id},"state":"running"}`);
});

Deno.test("console.log() shows the name of the class, the id, the tag and the state", async () => {
  const executor = new LocalExecutor({ pump: "manual" });
  const job = executor.spawn(() => {
    throw new Error("boom");
  }, { user: "Ada" });
  executor.runUntilStalled();
  await job.outcome();
  const [task, handle] = spawn(pending(), () => {});
  const [runnable, v4] = new Builder().metadata(7).spawn(() => 1, () => {});
  const seen = [job, task, handle, runnable, v4, v4.fallible()].map((it) => Deno.inspect(it));
  assertEquals(seen, [
    `TaskHandle { id: ${job.id}, tag: { user: "Ada" }, state: "panicked" }`,
    `Task { id: ${task.id}, state: "scheduled" }`,
    `JoinHandle { id: ${task.id}, state: "scheduled" }`,
    `Runnable { id: ${v4.id}, tag: 7, state: "scheduled" }`,
    `Task { id: ${v4.id}, tag: 7, state: "scheduled" }`,
    `FallibleTask { id: ${v4.id}, tag: 7, state: "scheduled" }`,
  ]);
});

/** A schedule function that throws, at every time when it can, loses nothing. */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  type JoinHandle,
  PENDING,
  ready,
  type ScheduleInfo,
  spawn,
  spawnLocal,
  type Task,
} from "../../mod.ts";
import { Probe, Queue, thrownBy } from "../helpers.ts";

type Use = (task: Task<string>, handle: JoinHandle<string, string>, future: Probe<string>) => void;

/** When it throws, and how often the task was scheduled, polled and dropped after that. */
const times: [string, Use, Use, number[]][] = [
  ["schedule()", () => {}, (task) => task.schedule(), [1, 0, 0]],
  ["wake()", (task) => task.run(), (_task, handle) => handle.waker().wake(), [1, 1, 0]],
  ["wake() while it runs", () => {}, (task) => task.run(), [1, 1, 0]],
  ["cancel()", (task) => task.run(), (_task, handle) => handle.cancel("why"), [1, 1, 1]],
];

/** A task that is scheduled onto a full queue, just after that has thrown. */
function thrown(name: string, arrange: Use, use: Use) {
  const queue = new Queue<Task<string>>();
  queue.failure = new Error("full");
  const future = new Probe<string>((cx) => {
    if (name === "wake() while it runs") cx.waker.wake();
    return PENDING;
  });
  const [task, handle] = spawn(future, queue.schedule, "tag");
  arrange(task, handle, future);
  assertStrictEquals(thrownBy(() => use(task, handle, future)), queue.failure);
  return { queue, future, handle, counts: () => [queue.schedules, future.polls, future.drops] };
}

for (const [name, arrange, use, counts] of times) {
  Deno.test(`a task whose schedule function throws on ${name} can be cancelled and joined`, async () => {
    const subject = thrown(name, arrange, use);
    assertEquals(subject.counts(), counts);
    subject.queue.failure = undefined;
    subject.handle.cancel("why");
    subject.queue.run();
    assertEquals([subject.future.polls, subject.future.drops], [counts[1], 1]);
    assertEquals(await subject.handle.outcome(), { status: "cancelled", reason: "why" });
  });

  Deno.test(`a task whose schedule function throws on ${name} and ever after is closed by cancel()`, async () => {
    const { queue, future, handle } = thrown(name, arrange, use);
    if (future.drops === 0) assertStrictEquals(thrownBy(() => handle.cancel("why")), queue.failure);
    assertEquals([queue.tasks.length, future.drops], [0, 1]);
    assertEquals(await handle.outcome(), { status: "cancelled", reason: "why" });
  });
}

Deno.test("a schedule function that throws on cancel() while the clean-up throws, too, makes one error", async () => {
  const clean = new Error("clean-up");
  const queue = new Queue();
  const future = new Probe().closing(() => {
    throw clean;
  });
  const [task, handle] = spawn(future, queue.schedule, 1);
  task.run();
  queue.failure = new Error("full");
  const both = thrownBy(() => handle.cancel()) as SuppressedError;
  assertEquals([both.suppressed, both.error, future.drops], [queue.failure, clean, 1]);
  assertEquals(await handle.outcome(), { status: "panicked", error: clean });
});

Deno.test("a schedule function that cancels the task leaves it to its queue", async () => {
  const queue = new Queue();
  const future = new Probe();
  const [task, handle] = spawn(future, (task) => (queue.schedule(task), handle.cancel("full")), 1);
  task.schedule();
  assertEquals([queue.schedules, future.drops], [1, 0]);
  queue.run();
  assertEquals([queue.schedules, future.polls, future.drops], [1, 0, 1]);
  assertEquals(await handle.outcome(), { status: "cancelled", reason: "full" });
});

Deno.test("a schedule function learns why it is called, and gets the same task every time", () => {
  const seen: [Task<number>, ScheduleInfo][] = [];
  const future = new Probe((cx, poll) => (poll === 1 && cx.waker.wake(), PENDING));
  const [task, handle] = spawn(future, (...args) => void seen.push(args), 1);
  task.schedule();
  task.run();
  task.run();
  handle.waker().wake();
  task.run();
  handle.cancel();
  assertEquals(seen.map(([, info]) => info.wokenWhileRunning), [false, true, false, false]);
  assertEquals(seen.every(([given]) => given === task), true);
});

Deno.test("spawn() and spawnLocal() refuse a schedule that is no function", () => {
  for (const schedule of [undefined, null, "queue", {}, []] as never[]) {
    for (const make of [spawn, spawnLocal]) {
      assertThrows(
        () => make(ready(1), schedule, 1),
        TypeError,
        `Cannot spawn: expected a schedule function such as (task) => queue.push(task), got ${typeof schedule}`,
      );
    }
  }
});

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
import { show } from "../../lib/internal/show.ts";
import { Probe, Queue, throwing, thrownBy } from "../helpers.ts";

type Use = (task: Task<string>, handle: JoinHandle<string, string>, future: Probe<string>) => void;

/** How often a task was scheduled, polled and dropped. */
interface Counts {
  schedules: number;
  polls: number;
  drops: number;
}

/** When it throws, and the counts after that. */
const times: [string, Use, Use, Counts][] = [
  ["schedule()", () => {}, (task) => task.schedule(), { schedules: 1, polls: 0, drops: 0 }],
  [
    "wake()",
    (task) => task.run(),
    (_task, handle) => handle.waker().wake(),
    { schedules: 1, polls: 1, drops: 0 },
  ],
  ["wake() while it runs", () => {}, (task) => task.run(), { schedules: 1, polls: 1, drops: 0 }],
  [
    "cancel()",
    (task) => task.run(),
    (_task, handle) => handle.cancel("why"),
    { schedules: 1, polls: 1, drops: 1 },
  ],
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
  const counts = { schedules: queue.schedules, polls: future.polls, drops: future.drops };
  return { queue, future, handle, counts };
}

for (const [name, arrange, use, counts] of times) {
  Deno.test(`a task whose schedule function throws on ${name} can be cancelled and joined`, async () => {
    const subject = thrown(name, arrange, use);
    assertEquals(subject.counts, counts);
    subject.queue.failure = undefined;
    subject.handle.cancel("why");
    subject.queue.run();
    const { polls, drops } = subject.future;
    assertEquals({ polls, drops }, { polls: counts.polls, drops: 1 });
    assertEquals(await subject.handle.outcome(), { status: "cancelled", reason: "why" });
  });

  Deno.test(`a task whose schedule function throws on ${name} and ever after is closed by cancel()`, async () => {
    const { queue, future, handle } = thrown(name, arrange, use);
    if (future.drops === 0) assertStrictEquals(thrownBy(() => handle.cancel("why")), queue.failure);
    assertEquals({ queued: queue.tasks.length, drops: future.drops }, { queued: 0, drops: 1 });
    assertEquals(await handle.outcome(), { status: "cancelled", reason: "why" });
  });
}

Deno.test("a schedule function that throws on cancel() while the clean-up throws, too, makes one error", async () => {
  const clean = new Error("clean-up");
  const queue = new Queue();
  const future = new Probe().closing(throwing(clean));
  const [task, handle] = spawn(future, queue.schedule, 1);
  task.run();
  queue.failure = new Error("full");
  const both = thrownBy(() => handle.cancel()) as SuppressedError;
  assertEquals(
    { suppressed: both.suppressed, error: both.error, drops: future.drops },
    { suppressed: queue.failure, error: clean, drops: 1 },
  );
  assertEquals(await handle.outcome(), { status: "panicked", error: clean });
});

Deno.test("a schedule function that cancels the task leaves it to its queue", async () => {
  const queue = new Queue();
  const future = new Probe();
  const [task, handle] = spawn(future, (task) => (queue.schedule(task), handle.cancel("full")), 1);
  task.schedule();
  assertEquals({ schedules: queue.schedules, drops: future.drops }, { schedules: 1, drops: 0 });
  queue.run();
  assertEquals(
    { schedules: queue.schedules, polls: future.polls, drops: future.drops },
    { schedules: 1, polls: 0, drops: 1 },
  );
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
        `Cannot spawn: expected a schedule function such as (task) => queue.push(task), got ${
          show(schedule)
        }`,
      );
    }
  }
});

/** `outcome()`: every end, asked at every time, by any number of those who wait. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  CancelledError,
  type JoinHandle,
  type Outcome,
  PENDING,
  pending,
  spawn,
  type Task,
} from "../../mod.ts";
import { context, macrotask, Probe, Queue, thrownBy } from "../helpers.ts";

const boom = new Error("boom");

/** How a task can end, what its poll does, and how it has ended then. */
const ends: Record<
  string,
  [Probe<unknown>, (task: Task, handle: JoinHandle<unknown>) => void, Outcome<unknown>]
> = {
  "with a value": [new Probe(() => 1), (task) => task.run(), { status: "completed", value: 1 }],
  "with undefined": [
    new Probe(() => undefined),
    (task) => task.run(),
    { status: "completed", value: undefined },
  ],
  "cancelled with null": [
    new Probe(),
    (task, handle) => (handle.cancel(null), task.run()),
    { status: "cancelled", reason: null },
  ],
  "cancelled before it threw": [
    new Probe(() => {
      throw boom;
    }),
    (task, handle) => (handle.cancel("why"), task.run()),
    { status: "cancelled", reason: "why" },
  ],
  "with a panic": [
    new Probe(() => {
      throw boom;
    }),
    (task) => thrownBy(() => task.run()),
    { status: "panicked", error: boom },
  ],
  "with a panic of undefined": [
    new Probe(() => {
      throw undefined;
    }),
    (task) => thrownBy(() => task.run()),
    { status: "panicked", error: undefined },
  ],
};

for (const [name, [future, end, expected]] of Object.entries(ends)) {
  Deno.test(`outcome() of a task that ended ${name} is the same before and after the end`, async () => {
    const cx = context();
    const [task, handle] = spawn<unknown, unknown>(future, () => {}, "tag");
    const before = handle.outcome();
    assertEquals(before.poll(cx), PENDING);
    const awaited = handle.then((output) => output);
    end(task, handle);
    const value = expected.status === "completed" ? expected.value : undefined;
    assertEquals([cx.waker.wakes, future.drops], [1, 1]);
    assertEquals([before.poll(cx), before.poll(cx), await handle.outcome()], [expected, expected, expected]);
    assertEquals([await awaited, await handle], [value, value]);
  });
}

Deno.test("outcome() may be awaited by several at once", async () => {
  const [task, handle] = spawn(new Probe(() => 1), () => {}, "tag");
  const outcome = handle.outcome();
  const heard: unknown[] = [];
  for (let i = 0; i < 2; i++) outcome.then((ended) => heard.push(ended.status));
  await macrotask();
  task.run();
  await macrotask();
  assertEquals(heard, ["completed", "completed"]);
});

Deno.test("outcome() goes on for who waits with yield* when another who does is cancelled", () => {
  const queue = new Queue();
  const [task, handle] = spawn(new Probe(() => 1), queue.schedule, "tag");
  const outcome = handle.outcome();
  const heard: unknown[] = [];
  function* wait() {
    heard.push((yield* outcome).status);
  }
  const [, second] = [spawn(wait(), queue.schedule, 1), spawn(wait(), queue.schedule, 2)].map(
    ([waiting, waited]) => (waiting.run(), waited),
  );
  second.cancel();
  queue.run();
  task.run();
  queue.run();
  assertEquals(heard, ["completed"]);
});

Deno.test("outcome() says nothing wrong while the future of a panic is dropped", async () => {
  const cx = context();
  const early: unknown[] = [];
  const future = {
    poll() {
      throw boom;
    },
    [Symbol.dispose]: () => void early.push(handle.outcome().poll(cx)),
  };
  const [task, handle] = spawn(future, () => {}, "tag");
  assertStrictEquals(thrownBy(() => task.run()), boom);
  const expected = { status: "panicked", error: boom };
  assertEquals(await handle.outcome(), expected);
  assertEquals(
    early.filter((seen) => seen !== PENDING && (seen as typeof expected).status !== "panicked"),
    [],
  );
});

Deno.test("CancelledError has the cause that it was given", () => {
  const error = new CancelledError(3, "tag", { cause: boom });
  assertEquals([error.id, error.tag, error.cause, error instanceof Error], [3, "tag", boom, true]);
  assertEquals(String(error), "AbortError: Task 3 was cancelled");
});

Deno.test("cancel() twice keeps the first reason", async () => {
  const [task, handle] = spawn(pending(), () => {}, "tag");
  handle.cancel("first");
  handle.cancel("second");
  task.cancel();
  task[Symbol.dispose]();
  assertEquals(await handle.outcome(), { status: "cancelled", reason: "first" });
});

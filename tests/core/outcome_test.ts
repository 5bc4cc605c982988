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
import { boom, context, macrotask, Probe, Queue, throwing, thrownBy, throws } from "../helpers.ts";

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
    new Probe(throws),
    (task, handle) => (handle.cancel("why"), task.run()),
    { status: "cancelled", reason: "why" },
  ],
  "with a panic": [
    new Probe(throws),
    (task) => thrownBy(() => task.run()),
    { status: "panicked", error: boom },
  ],
  "with a panic of undefined": [
    new Probe(throwing(undefined)),
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
    assertEquals({ wakes: cx.waker.wakes, drops: future.drops }, { wakes: 1, drops: 1 });
    assertEquals(
      { polled: before.poll(cx), polledAgain: before.poll(cx), awaited: await handle.outcome() },
      { polled: expected, polledAgain: expected, awaited: expected },
    );
    assertEquals({ before: await awaited, after: await handle }, { before: value, after: value });
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
    poll: throws,
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
  assertEquals(
    { id: error.id, tag: error.tag, cause: error.cause, isError: error instanceof Error },
    { id: 3, tag: "tag", cause: boom, isError: true },
  );
  assertEquals(String(error), 'AbortError: Task 3 ("tag") was cancelled');
});

Deno.test("cancel() twice keeps the first reason", async () => {
  const [task, handle] = spawn(pending(), () => {}, "tag");
  handle.cancel("first");
  handle.cancel("second");
  task.cancel();
  task[Symbol.dispose]();
  assertEquals(await handle.outcome(), { status: "cancelled", reason: "first" });
});

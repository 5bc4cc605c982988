import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  type CancelledError,
  currentTag,
  currentTask,
  PENDING,
  ready,
  spawn,
  type TaskContext,
} from "../../mod.ts";
import { macrotask, Probe, Queue, reported, runNow, thrownBy } from "../helpers.ts";

Deno.test("an async function runs at the first poll, and its end wakes the task once", async () => {
  const queue = new Queue();
  let calls = 0;
  const [task, handle] = spawn(
    async () => {
      calls++;
      await macrotask();
      return "out";
    },
    queue.schedule,
    1,
  );
  assertEquals(calls, 0);
  assertEquals(task.run(), false);
  assertEquals({ calls, schedules: queue.schedules }, { calls: 1, schedules: 0 });
  await macrotask();
  await macrotask();
  assertEquals({ calls, schedules: queue.schedules }, { calls: 1, schedules: 1 });
  queue.run();
  assertEquals(await handle, "out");
});

Deno.test("a function may return a value, a future, a generator, a promise or a thenable", async () => {
  const thenable = {
    then: (resolve: (value: number) => void) => {
      resolve(1);
      resolve(2);
    },
  } as PromiseLike<number>;
  const bodies = [() => 1, () => ready(1), () => Promise.resolve(1), () => thenable, () =>
    (function* () {
      return yield* ready(1);
    })()];
  for (const body of bodies) {
    const [task, handle] = spawn<number, string>(body, runNow, "t");
    task.run();
    assertEquals(await handle, 1);
  }
});

Deno.test("a function that throws, or rejects, panics", async () => {
  const error = new Error("boom");
  const [thrower] = spawn(
    () => {
      throw error;
    },
    () => {},
    1,
  );
  assertStrictEquals(thrownBy(() => thrower.run()), error);

  const queue = new Queue();
  const [task, handle] = spawn(() => Promise.reject(error), queue.schedule, 1);
  task.run();
  await macrotask();
  assertStrictEquals(thrownBy(() => queue.run()), error);
  assertEquals(await handle.outcome(), { status: "panicked", error });
});

Deno.test("the context has the id, the tag, the parent and one signal", async () => {
  const contexts: TaskContext<string>[] = [];
  const [task] = spawn(
    (context) => {
      contexts.push(context);
      const [child] = spawn((context) => void contexts.push(context), () => {}, "child");
      child.run();
      assertStrictEquals(currentTask(), context);
    },
    () => {},
    "parent",
  );
  task.run();
  const [parent, child] = contexts;
  assertEquals(
    { tag: parent.tag, id: parent.id, parentId: parent.parentId },
    { tag: "parent", id: task.id, parentId: undefined },
  );
  assertEquals({ tag: child.tag, parentId: child.parentId }, { tag: "child", parentId: task.id });
  assertStrictEquals(parent.signal, parent.signal);
  assertEquals(parent.signal.aborted, false);
  await macrotask();
});

Deno.test("cancelling aborts the signal with the reason, and waits for the promise", async () => {
  const queue = new Queue();
  const log: unknown[] = [];
  const [task, handle] = spawn(
    async ({ signal }) => {
      signal.addEventListener("abort", () => log.push(signal.reason));
      await macrotask();
      await macrotask();
      log.push("settled");
      return "late";
    },
    queue.schedule,
    1,
  );
  task.run();
  handle.cancel("why");
  handle.outcome().then((outcome) => log.push(outcome));
  assertEquals(log, []);
  queue.run();
  assertEquals(log, ["why"]);
  while (queue.tasks.length === 0) await macrotask();
  assertEquals(log, ["why", "settled"]);
  queue.run();
  await macrotask();
  assertEquals(log, ["why", "settled", { status: "cancelled", reason: "why" }]);
});

Deno.test("a signal first asked for after the cancellation is aborted, too", async () => {
  const queue = new Queue();
  let reason: unknown;
  const [task, handle] = spawn(
    async (context) => {
      await macrotask();
      reason = context.signal.reason;
    },
    queue.schedule,
    "tag",
  );
  task.run();
  handle.cancel();
  queue.run();
  while (queue.tasks.length === 0) await macrotask();
  queue.run();
  const outcome = await handle.outcome();
  assertStrictEquals(reason, outcome.status === "cancelled" ? outcome.reason : undefined);
  assertEquals((reason as CancelledError).tag, "tag");
});

/** How a task ends that is cancelled with `"reason"` and then rejects with what `error` makes of that. */
async function rejected(error: (reason: unknown) => unknown) {
  const queue = new Queue();
  const [task, handle] = spawn(
    async ({ signal }) => {
      await macrotask();
      throw error(signal.reason);
    },
    queue.schedule,
    1,
  );
  task.run();
  handle.cancel("reason");
  queue.run();
  while (queue.tasks.length === 0) await macrotask();
  let thrown: unknown;
  try {
    queue.run();
  } catch (error) {
    thrown = error;
  }
  return { outcome: await handle.outcome(), thrown };
}

Deno.test("a rejection with the reason, or because of it, ends the task as cancelled", async () => {
  const outcome = { status: "cancelled", reason: "reason" };
  assertEquals(await rejected((reason) => reason), { outcome, thrown: undefined });
  const wrapped = (cause: unknown) => Object.assign(new Error("aborted", { cause }), { name: "AbortError" });
  assertEquals(await rejected(wrapped), { outcome, thrown: undefined });
});

Deno.test("a rejection with another error after the cancellation is not lost", async () => {
  const error = new Error("other");
  assertEquals(await rejected(() => error), { outcome: { status: "panicked", error }, thrown: error });
});

Deno.test("cancelling what was never called runs none of it", async () => {
  let calls = 0;
  // deno-lint-ignore require-await
  const [task, handle] = spawn(async () => void calls++, () => {}, 1);
  handle.cancel();
  task.run();
  assertEquals({ status: (await handle.outcome()).status, calls }, { status: "cancelled", calls: 0 });
});

Deno.test("cancelling reaches the future that a function has returned", () => {
  const future = new Probe<number>().closing(() => undefined);
  const [task, handle] = spawn(() => future, runNow, 1);
  task.run();
  handle.cancel();
  assertEquals(
    { polls: future.polls, closes: future.closes, drops: future.drops },
    { polls: 1, closes: 1, drops: 1 },
  );
  const plain = { poll: (): typeof PENDING => PENDING };
  const [other, otherHandle] = spawn(() => plain, runNow, 1);
  other.run();
  otherHandle.cancel();
  assertEquals(otherHandle.poll({ waker: { wake() {} } }), undefined);
});

Deno.test("a schedule function that throws when a promise settles is reported", async () => {
  const error = new Error("full");
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    reasons.push(event.reason);
  };
  const reasons: unknown[] = [];
  addEventListener("unhandledrejection", onRejection);
  const errors = await reported(() => {
    const [task] = spawn(() => Promise.resolve(1), () => {
      throw error;
    }, 1);
    task.run();
  });
  removeEventListener("unhandledrejection", onRejection);
  assertEquals([...errors, ...reasons], [error]);
});

Deno.test("currentTag() answers across awaits, and in what is called", async () => {
  const tags: unknown[] = [];
  const deep = async () => {
    tags.push(currentTag());
    await macrotask();
    tags.push(currentTag());
  };
  const run = (tag: string) => {
    const [task, handle] = spawn(
      async () => {
        await deep();
        await Promise.all([
          deep(),
          new Promise<void>((resolve) => setTimeout(() => (tags.push(currentTag()), resolve()))),
        ]);
      },
      runNow,
      tag,
    );
    task.run();
    return handle;
  };
  await run("a");
  assertEquals(tags, ["a", "a", "a", "a", "a"]);
  tags.length = 0;
  await Promise.all([run("a"), run("b")]);
  assertEquals(tags.toSorted(), ["a", "a", "a", "a", "a", "b", "b", "b", "b", "b"]);
  assertEquals(currentTag(), undefined);
});

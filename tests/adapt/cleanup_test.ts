/** Cancelled bodies: what they get to do, in which order, and what is heard of it. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  currentTask,
  fromPromise,
  type IntoFuture,
  PENDING,
  pending,
  pollFn,
  ready,
  spawn,
  type TaskContext,
  type TaskGenerator,
  yieldNow,
} from "../../mod.ts";
import { heeds, macrotask, pendingOnce, Probe, Queue, reported, runNow, thrownBy } from "../helpers.ts";

Deno.test("the signal of a generator is aborted with the reason before its finally runs", () => {
  const log: unknown[] = [];
  const [task, handle] = spawn(
    function* ({ signal }) {
      signal.addEventListener("abort", () => log.push("abort", signal.reason));
      try {
        yield* pending();
      } finally {
        log.push("finally", signal.aborted);
      }
    },
    runNow,
    "tag",
  );
  task.run();
  handle.cancel("why");
  assertEquals(log, ["abort", "why", "finally", true]);
});

Deno.test("a generator may wait for a promise that heeds its signal", async () => {
  const reason = new Error("why");
  const errors = await reported(async () => {
    const [task, handle] = spawn(
      function* ({ signal }: TaskContext<string>) {
        yield* fromPromise(heeds(signal));
      },
      runNow,
      "tag",
    );
    task.run();
    handle.cancel(reason);
    assertEquals(await handle.outcome(), { status: "cancelled", reason });
  });
  assertEquals(errors, []);
});

/** What the signal of the running task says. */
function abortion() {
  const { aborted, reason } = currentTask()!.signal;
  return { aborted, reason };
}

/** Bodies without a context, that first ask for their signal when they clean up. */
const late: Record<string, (log: unknown[]) => IntoFuture<unknown>> = {
  "a generator's finally": (log) =>
    (function* () {
      try {
        yield* pending();
      } finally {
        log.push(abortion());
      }
    })(),
  "pollClose()": (log) => new Probe().closing(() => void log.push(abortion())),
};

for (const [name, body] of Object.entries(late)) {
  Deno.test(`a signal first asked for in ${name} is aborted`, () => {
    const log: unknown[] = [];
    const [task, handle] = spawn<unknown, string>(body(log), runNow, "tag");
    task.run();
    handle.cancel("why");
    assertEquals(log, [{ aborted: true, reason: "why" }]);
  });
}

Deno.test("a generator cancelled in its own first step runs its finally in that run", async () => {
  const log: string[] = [];
  const [task, handle] = spawn(
    function* () {
      try {
        handle.cancel("why");
        log.push("goes on");
        yield* pending();
        log.push("unreachable");
      } finally {
        log.push("finally");
      }
    },
    () => log.push("schedule"),
    "tag",
  );
  assertEquals({ rescheduled: task.run(), log }, { rescheduled: false, log: ["goes on", "finally"] });
  assertEquals((await handle.outcome()).status, "cancelled");
});

Deno.test("nested generators run their finally blocks from the inside out, each waiting for the other", () => {
  const queue = new Queue();
  const log: string[] = [];
  const gates: Probe<void>[] = [];
  function* level(name: string, inner: () => TaskGenerator<void>): TaskGenerator<void> {
    try {
      yield* inner();
    } finally {
      const gate = pendingOnce(undefined);
      gates.push(gate);
      yield* pollFn((cx) => gate.poll(cx));
      log.push(name);
    }
  }
  function* innermost(): TaskGenerator<void> {
    yield* pending();
  }
  const [task, handle] = spawn(level("outer", () => level("inner", innermost)), queue.schedule, "tag");
  task.run();
  handle.cancel();
  queue.run();
  assertEquals({ log, gates: gates.length }, { log: [], gates: 1 });
  gates[0].waker!.wake();
  queue.run();
  assertEquals({ log, gates: gates.length }, { log: ["inner"], gates: 2 });
  gates[1].waker!.wake();
  queue.run();
  assertEquals(
    { log, polls: gates.map((gate) => gate.polls), schedules: queue.schedules },
    { log: ["inner", "outer"], polls: [2, 2], schedules: 3 },
  );
});

Deno.test("a dispose that throws at a yield* is thrown there, past the finally, and is a panic", async () => {
  const error = new Error("dispose");
  const log: string[] = [];
  const waiting = Object.assign(pending(), {
    [Symbol.dispose]() {
      throw error;
    },
  });
  const [task, handle] = spawn(
    function* () {
      try {
        yield* waiting;
      } finally {
        log.push("finally");
      }
    },
    () => {},
    "tag",
  );
  task.run();
  handle.cancel();
  assertStrictEquals(thrownBy(() => task.run()), error);
  assertEquals(log, ["finally"]);
  assertEquals(await handle.outcome(), { status: "panicked", error });
});

Deno.test("an error that is caught in the clean-up is nobody's business", async () => {
  const [task, handle] = spawn(
    function* () {
      try {
        yield* pending();
      } finally {
        try {
          yield* fromPromise(Promise.reject(new Error("caught")));
        } catch {
          yield* ready(1);
        }
      }
    },
    runNow,
    "tag",
  );
  task.run();
  handle.cancel("why");
  assertEquals(await handle.outcome(), { status: "cancelled", reason: "why" });
});

Deno.test("an async function cancelled in its first run is aborted in that run", async () => {
  const log: unknown[] = [];
  const [task, handle] = spawn(
    async ({ signal }) => {
      signal.addEventListener("abort", () => log.push(signal.reason));
      handle.cancel("why");
      log.push("goes on");
      await heeds(signal);
    },
    runNow,
    "tag",
  );
  assertEquals({ rescheduled: task.run(), log }, { rescheduled: false, log: ["goes on", "why"] });
  assertEquals(await handle.outcome(), { status: "cancelled", reason: "why" });
});

Deno.test("an async function that had rejected when it was cancelled is a panic, not lost", async () => {
  const error = new Error("before");
  const queue = new Queue();
  const [task, handle] = spawn(() => Promise.reject(error), queue.schedule, "tag");
  task.run();
  await macrotask();
  handle.cancel("why");
  assertEquals(queue.schedules, 1);
  assertStrictEquals(thrownBy(() => queue.run()), error);
  assertEquals(await handle.outcome(), { status: "panicked", error });
});

Deno.test("dropping the task of an async function aborts it, and its end still goes to the queue", async () => {
  const queue = new Queue();
  const [task, handle] = spawn(async ({ signal }) => await heeds(signal), queue.schedule, "tag");
  task.run();
  handle.waker().wake();
  queue.tasks.pop()![Symbol.dispose]();
  assertEquals(queue.schedules, 1);
  await macrotask();
  assertEquals(queue.schedules, 2);
  queue.run();
  assertEquals((await handle.outcome()).status, "cancelled");
});

Deno.test("a generator does not go back to what it waited for when its finally only yields", () => {
  const queue = new Queue();
  let polls = 0;
  let isClosed = false;
  const waiting = pollFn(() => (polls++, PENDING));
  const [task, handle] = spawn(
    function* () {
      try {
        yield* waiting;
      } finally {
        yield* yieldNow();
        isClosed = true;
      }
    },
    queue.schedule,
    "tag",
  );
  task.run();
  handle.cancel();
  queue.run();
  assertEquals({ polls, isClosed, schedules: queue.schedules }, { polls: 1, isClosed: true, schedules: 2 });
});

Deno.test("a rejection that is caused by the reason, but no AbortError, is a panic", async () => {
  const queue = new Queue();
  const reason = new Error("why");
  const error = new Error("while saving", { cause: reason });
  const [task, handle] = spawn(
    ({ signal }) =>
      heeds(signal).catch(() => {
        throw error;
      }),
    queue.schedule,
    "tag",
  );
  task.run();
  handle.cancel(reason);
  queue.run();
  await macrotask();
  assertStrictEquals(thrownBy(() => queue.run()), error);
  assertEquals(await handle.outcome(), { status: "panicked", error });
});

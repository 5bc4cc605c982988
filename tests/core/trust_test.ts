/** What used to be lost, doubled or stuck: outcomes, errors and waits in the corners. */
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import {
  awaitable,
  currentTag,
  type Future,
  PENDING,
  pending,
  pollFn,
  ready,
  spawn,
  type Task,
  type TaskGenerator,
  type Waker,
  yieldNow,
} from "../../mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { Builder, setPanicHook, spawn as spawn4 } from "../../lib/v4/mod.ts";
import { collect } from "../memory.ts";
import { boom, context, macrotask, Probe, Queue, runNow, throwing } from "../helpers.ts";

/** A future that is ready with 7 once it was woken by hand. */
function gate(): { future: ReturnType<typeof pollFn<number>>; open(): void } {
  let waker: Waker | undefined;
  let isOpen = false;
  const future = pollFn<number>((cx) => {
    if (isOpen) return 7;
    waker = cx.waker;
    return PENDING;
  });
  const open = (): void => {
    isOpen = true;
    waker!.wake();
  };
  return { future, open };
}

Deno.test("a handle that is dropped or detached still tells those who wait", async () => {
  const [task, handle] = spawn(() => 42, () => {}, "t");
  const outcome = handle.outcome().then((outcome) => outcome);
  handle[Symbol.dispose]();
  task.run();
  assertEquals(await outcome, { status: "completed", value: 42 });

  const [runnable, newer] = spawn4(() => 42, () => {});
  const text = newer.then((value) => value.toFixed(1));
  newer.detach();
  runnable.run();
  assertEquals(await text, "42.0");
});

Deno.test("a generator that waits for a handle with yield* is told its output, though it is detached", async () => {
  const queue = new Queue<{ run(): boolean }>();
  const [runnable, task] = spawn4(() => 42, queue.schedule);
  const [joiner, joined] = spawn(
    function* () {
      return yield* task;
    },
    queue.schedule,
    "joiner",
  );
  joiner.run();
  task.detach();
  runnable.run();
  queue.run();
  assertEquals(await joined, 42);
});

Deno.test("a panic of a task that its error or its metadata refer to is told once, when it is garbage", async () => {
  const told: string[] = [];
  const previous = setPanicHook((error, id) => told.push(`${typeof id} ${(error as Error).message}`));
  try {
    const lose = (
      link: (task: unknown, error: Error & { task?: unknown }, meta: { task?: unknown }) => void,
    ) => {
      const error: Error & { task?: unknown } = new Error("linked");
      const meta: { task?: unknown } = {};
      const [runnable, task] = new Builder().metadata(meta).propagatePanic(true).spawn(
        throwing(error),
        () => {},
      );
      link(task, error, meta);
      runnable.run();
    };
    lose((task, error) => error.task = task);
    lose((task, _error, meta) => meta.task = task);
    for (let turn = 0; turn < 20 && told.length < 2; turn++) {
      await macrotask();
      collect();
    }
    assertEquals(told.length, 2);
    assert(told.every((text) => text.startsWith("number linked")), told.join());
  } finally {
    setPanicHook(previous);
  }
});

Deno.test("a generator that yields now can be stepped by hand", () => {
  const steps: unknown[] = [];
  const work = function* (): TaskGenerator<string> {
    yield* yieldNow();
    return "done";
  };
  const generator = work();
  for (let step = generator.next(); !step.done; step = generator.next(undefined)) {
    steps.push(typeof step.value);
  }
  assertEquals(steps, ["object"]);
});

Deno.test("two awaits of one future, and two yields, are all told", async () => {
  const { future, open } = gate();
  const awaited = [future.then((n) => n + 1), future.then((n) => n + 2)];
  const queue = new Queue();
  const body = function* () {
    return yield* future;
  };
  const handles = ["a", "b"].map((tag) => {
    const [task, handle] = spawn(body, queue.schedule, tag);
    task.run();
    return handle;
  });
  open();
  await macrotask();
  queue.run();
  assertEquals({ awaited: await Promise.all(awaited), yielded: await Promise.all(handles) }, {
    awaited: [8, 9],
    yielded: [7, 7],
  });
});

Deno.test("two generators that wait for one future are told, though the first was there before any other", async () => {
  const { future, open } = gate();
  const queue = new Queue();
  const body = function* () {
    return yield* future;
  };
  const [first, firstHandle] = spawn(body, queue.schedule, "first");
  first.run();
  const [second, secondHandle] = spawn(body, queue.schedule, "second");
  second.run();
  open();
  await macrotask();
  queue.run();
  assertEquals({ first: await firstHandle, second: await secondHandle }, { first: 7, second: 7 });
});

Deno.test("a handle that a function returns is borrowed, and goes on to be everybody's", async () => {
  const executor = new LocalExecutor();
  const shared = executor.spawn(() => 1, "shared");
  assertEquals(await executor.spawn(() => shared), 1);
  assertEquals(await shared, 1);

  const slow = executor.spawn(pending(), "slow");
  const outer = executor.spawn(() => slow);
  await macrotask();
  await outer.cancel();
  assertEquals(slow.toJSON().state, "waiting");
  slow.cancel();
});

Deno.test("a generator that returns a promise ends with what that comes to", async () => {
  const [task, handle] = spawn(
    function* (): TaskGenerator<Promise<number>> {
      yield* ready(0);
      return Promise.reject(boom);
    },
    () => {},
    "t",
  );
  task.run();
  await macrotask();
  task.waker().wake();
  assertStrictEquals(assertThrows(() => task.run()), boom);
  assertEquals({ output: await handle, outcome: await handle.outcome() }, {
    output: undefined,
    outcome: { status: "panicked", error: boom },
  });
});

Deno.test("cancel() throws both errors, of a schedule function and of a waker", () => {
  const [scheduling, waking] = [new Error("schedule"), new Error("waker")];
  let isFailing = false;
  const future = new Probe().closing(() => PENDING);
  const [task, handle] = spawn(future, () => {
    if (isFailing) throw scheduling;
  }, "t");
  task.run();
  handle.poll({ waker: { wake: throwing(waking) } });
  isFailing = true;
  const error = assertThrows(() => handle.cancel()) as SuppressedError;
  assertEquals({ name: error.name, error: error.error, suppressed: error.suppressed }, {
    name: "SuppressedError",
    error: waking,
    suppressed: scheduling,
  });
});

Deno.test("a bare yield of a future lets go of it when the task is cancelled", () => {
  const awaited = new Probe();
  const queue = new Queue();
  const [task, handle] = spawn(
    function* () {
      yield awaited as Future<unknown>;
    },
    queue.schedule,
    "t",
  );
  task.run();
  handle.cancel();
  queue.run();
  assertEquals({ polls: awaited.polls, drops: awaited.drops }, { polls: 1, drops: 1 });
});

Deno.test("frozen handles and contexts work as others do", async () => {
  const [task, handle] = spawn(() => 5, () => {}, "t");
  Object.freeze(handle);
  assertEquals(handle.poll(context()), PENDING);
  const heard = [handle.then((output) => output), handle.outcome().then((outcome) => outcome)];
  task.run();
  assertEquals(await Promise.all(heard), [5, { status: "completed", value: 5 }]);
  assertEquals(handle.poll(context()), 5);

  const executor = new LocalExecutor();
  const frozen = executor.spawn(async (context) => {
    Object.freeze(context);
    await macrotask();
    await macrotask();
  }, "frozen");
  await macrotask();
  assertEquals(await frozen.cancel("enough"), undefined);
});

Deno.test("tasks that run inside of one another, far too many, get an error, and lose nothing", async () => {
  const handles: Promise<unknown>[] = [];
  let last: PromiseLike<number> & {
    [Symbol.iterator](): Iterator<Future<unknown>, number | undefined, unknown>;
  };
  const [first, firstHandle] = spawn(
    pollFn<number>((cx) => (waker = cx.waker, isOpen ? 0 : PENDING)),
    runNow,
    0,
  );
  let waker: Waker | undefined;
  let isOpen = false;
  first.run();
  last = firstHandle as typeof last;
  handles.push(Promise.resolve(last));
  const tasks: Task<number>[] = [first];
  for (let i = 1; i <= 1000; i++) {
    const before = last;
    const [task, handle] = spawn(
      function* () {
        return 1 + (yield* before)!;
      },
      runNow,
      i,
    );
    task.run();
    tasks.push(task);
    last = handle as typeof last;
    handles.push(Promise.resolve(last));
  }
  isOpen = true;
  const error = assertThrows(() => waker!.wake(), RangeError);
  assertEquals(
    error.message.replace(/task \d+ \(\d+\)/, "task N"),
    "Cannot run task N: 256 tasks run inside of one " +
      "another already, queue tasks in their schedule function instead of running them there",
  );
  for (let rounds = 0; rounds < 10; rounds++) {
    for (const task of tasks) {
      try {
        task.waker().wake();
      } catch (error) {
        assert(error instanceof RangeError);
      }
    }
  }
  assertEquals(await last, 1000);
});

Deno.test("one generator can't be the body of two tasks", async () => {
  const body = (function* () {
    yield* yieldNow();
    return 1;
  })();
  const [task, handle] = spawn(body, () => {}, "first");
  assertThrows(() => spawn(body, () => {}, "second"), TypeError, "it is the body of another task");
  while (task.run());
  assertEquals(await handle, 1);
});

Deno.test("awaitable() waits for a plain future in all three ways, and owns it", async () => {
  const plain = new Probe(() => 3);
  assertEquals(await awaitable(plain), 3);
  assertEquals(awaitable(ready(1)).poll(context()), 1);
  assertThrows(() => awaitable(5 as never), TypeError, "Cannot wait for 5: expected a future");

  const owned = new Probe().closing((_cx, close) => close === 1 ? PENDING : undefined);
  const executor = new LocalExecutor();
  const task = executor.spawn(async () => void await awaitable(owned), "t");
  await macrotask();
  const cancelled = Promise.resolve(task.cancel("enough"));
  await macrotask();
  owned.waker!.wake();
  assertEquals(await cancelled, undefined);
  assertEquals({ closes: owned.closes, drops: owned.drops }, { closes: 2, drops: 1 });
});

Deno.test("an awaited future that wakes itself for ever does not starve timers", async () => {
  let polls = 0;
  let isOver = false;
  const restless = pollFn((cx) => {
    polls++;
    if (isOver) return polls;
    cx.waker.wake();
    return PENDING;
  });
  setTimeout(() => isOver = true, 1);
  assert(await restless > 100);
});

Deno.test("the tag answers after awaits, on executors as elsewhere", async () => {
  const executor = new LocalExecutor();
  const task = executor.spawn(async () => {
    await macrotask();
    return currentTag();
  }, 9);
  assertEquals(await task, 9);
  await assertRejects(() => executor.spawn(throwing(boom)), Error, "boom");
});

Deno.test("messages say that a clean-up is under way, and that a function is not to return PENDING", () => {
  const queue = new Queue();
  const [task, handle] = spawn(new Probe().closing(() => PENDING), queue.schedule, "t");
  task.run();
  handle.cancel();
  queue.run();
  assertThrows(() => task.run(), TypeError, `Cannot run task ${task.id} ("t"): its clean-up is under way`);

  const [odd] = spawn((() => PENDING) as unknown as () => number, () => {}, "t");
  assertThrows(() => odd.run(), TypeError, "it has returned PENDING, use pollFn(fn)");
});

Deno.test("await using a JoinHandle cancels, and waits for the clean-up", async () => {
  const log: string[] = [];
  {
    const [task, owned] = spawn(
      async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        await macrotask();
        log.push("cleaned up");
      },
      runNow,
      "t",
    );
    await using _handle = owned;
    task.run();
    await macrotask();
  }
  assertEquals(log, ["cleaned up"]);
});

Deno.test("a panic of a v4 task comes out as itself", async () => {
  const [runnable, task] = spawn4(throwing(boom), () => {});
  assertStrictEquals(assertThrows(() => runnable.run()), boom);
  assertStrictEquals(await task.then(() => {}, (error) => error), boom);
});

Deno.test("currentTag() asks a function whether the tag is one of its kind", () => {
  const isNumber = (tag: unknown): tag is number => typeof tag === "number";
  const seen = [1, "one"].map((tag) => {
    const [task, handle] = spawn(() => currentTag(isNumber), () => {}, tag);
    task.run();
    return handle.poll(context());
  });
  assertEquals(seen, [1, undefined]);
});

Deno.test("an async generator is refused when it is spawned", () => {
  const body = async function* () {} as unknown as () => number;
  assertThrows(() => spawn(body, () => {}), TypeError, "Cannot spawn an async generator");
});

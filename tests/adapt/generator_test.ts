import { assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { currentTag, fromPromise, PENDING, pending, pollFn, ready, spawn, yieldNow } from "../../mod.ts";
import { macrotask, Queue, runNow, thrownBy } from "../helpers.ts";

Deno.test("a generator waits with yield* for whatever the package gives out", async () => {
  const queue = new Queue();
  const [inner, innerHandle] = spawn(ready("handle"), queue.schedule, 1);
  const [task, handle] = spawn(
    function* ({ tag }: { tag: string }) {
      return {
        tag,
        future: yield* ready("ready"),
        handle: yield* innerHandle,
        promise: yield* fromPromise(Promise.resolve("promise")),
        pollFn: yield* pollFn(() => "pollFn"),
        outcome: yield* innerHandle.outcome(),
      };
    },
    queue.schedule,
    "tag",
  );
  task.run();
  inner.run();
  queue.run();
  await macrotask();
  queue.run();
  assertEquals(await handle, {
    tag: "tag",
    future: "ready",
    handle: "handle",
    promise: "promise",
    pollFn: "pollFn",
    outcome: { status: "completed", value: "handle" },
  });
});

Deno.test("yield* yieldNow() gives the others a turn, once each", () => {
  const queue = new Queue();
  const log: string[] = [];
  function* work() {
    for (let step = 1; step <= 2; step++) {
      log.push(`${currentTag()}${step}`);
      yield* yieldNow();
    }
  }
  for (const tag of ["a", "b"]) spawn(work(), queue.schedule, tag)[0].schedule();
  queue.run();
  assertEquals(log, ["a1", "b1", "a2", "b2"]);
  assertEquals(queue.schedules, 6);
});

Deno.test("yieldNow() can be polled and awaited, too", async () => {
  let wakes = 0;
  const future = yieldNow();
  const cx = { waker: { wake: () => void wakes++ } };
  assertEquals(
    { output: future.poll(cx), wakes, outputAgain: future.poll(cx), wakesThen: wakes },
    { output: PENDING, wakes: 1, outputAgain: undefined, wakesThen: 1 },
  );
  assertEquals(await yieldNow(), undefined);
});

Deno.test("an error from a nested yield* keeps its stack", () => {
  function* deepest() {
    yield* ready(1);
    throw new Error("deep");
  }
  function* middle() {
    yield* deepest();
  }
  const [task] = spawn(middle(), () => {}, 1);
  const error = thrownBy(() => task.run()) as Error;
  assertMatch(error.stack!, /deepest[^]*middle/);
});

Deno.test("an error of what is waited for is thrown at its yield*, where it can be caught", async () => {
  const error = new Error("no");
  const [task, handle] = spawn(
    function* () {
      try {
        yield* pollFn(() => {
          throw error;
        });
      } catch (caught) {
        return [caught, yield* ready("and on")];
      }
    },
    () => {},
    1,
  );
  task.run();
  const [caught, rest] = (await handle)!;
  assertStrictEquals(caught, error);
  assertEquals(rest, "and on");
});

Deno.test("a generator that yields no future gets a TypeError there", async () => {
  const [task, handle] = spawn(
    function* () {
      try {
        yield 5 as never;
      } catch (error) {
        return (error as Error).message;
      }
    },
    () => {},
    1,
  );
  task.run();
  assertMatch((await handle)!, /^Cannot wait for 5: it is not a future/);
});

Deno.test("cancelling runs finally, which may wait, and the join waits for it", async () => {
  const queue = new Queue();
  const log: string[] = [];
  let open!: () => void;
  const [task, handle] = spawn(
    function* () {
      try {
        yield* pending();
      } finally {
        log.push("closing");
        yield* fromPromise(new Promise<void>((resolve) => open = resolve));
        yield* yieldNow();
        log.push("closed");
      }
    },
    queue.schedule,
    1,
  );
  task.run();
  handle.cancel("why");
  handle.outcome().then(({ status }) => log.push(status));
  queue.run();
  await macrotask();
  assertEquals(log, ["closing"]);
  open();
  await macrotask();
  queue.run();
  await macrotask();
  assertEquals(log, ["closing", "closed", "cancelled"]);
});

Deno.test("cancelling lets go of what the generator waits for", () => {
  let drops = 0;
  const waiting = Object.assign(pending(), { [Symbol.dispose]: () => void drops++ });
  const [task, handle] = spawn(
    function* () {
      yield* waiting;
    },
    runNow,
    1,
  );
  task.run();
  handle.cancel();
  assertEquals(drops, 1);
});

Deno.test("cancelling a generator that never started runs none of it", async () => {
  let runs = 0;
  function* body() {
    try {
      runs++;
      yield* pending();
    } finally {
      runs++;
    }
  }
  for (const form of [body, body()]) {
    const [task, handle] = spawn(form, () => {}, 1);
    handle.cancel();
    task.run();
    assertEquals({ output: await handle, runs }, { output: undefined, runs: 0 });
  }
});

Deno.test("an error in finally is a panic, out of the run that closes", async () => {
  const error = new Error("clean-up");
  const [task, handle] = spawn(
    function* () {
      try {
        yield* pending();
      } finally {
        yield* pollFn(() => {
          throw error;
        });
      }
    },
    () => {},
    1,
  );
  task.run();
  handle.cancel();
  task.schedule();
  assertStrictEquals(thrownBy(() => task.run()), error);
  assertEquals(await handle.outcome(), { status: "panicked", error });
});

Deno.test("a generator that re-enters itself gets an error that says so", () => {
  const self: { generator?: Generator<never, void, unknown> } = {};
  // deno-lint-ignore require-yield
  const generator = self.generator = (function* (): Generator<never, void, unknown> {
    self.generator!.next();
  })();
  const [task] = spawn(generator, () => {}, 1);
  assertThrows(() => task.run(), TypeError, "already running");
});

Deno.test("a generator that catches an error and yields does not go back to what threw", async () => {
  const queue = new Queue();
  let polls = 0;
  const failing = pollFn<never>(() => {
    throw new Error(`poll ${++polls}`);
  });
  const [task, handle] = spawn(
    function* () {
      try {
        yield* failing;
      } catch (error) {
        yield* yieldNow();
        return (error as Error).message;
      }
    },
    queue.schedule,
    1,
  );
  assertEquals(task.run(), true);
  queue.run();
  assertEquals(
    { output: await handle, polls, schedules: queue.schedules },
    { output: "poll 1", polls: 1, schedules: 1 },
  );
});

Deno.test("an error from a nested yield* is the same object all the way out, with the stack of its origin", async () => {
  const queue = new Queue();
  let origin: unknown;
  async function innermost(): Promise<never> {
    await null;
    throw origin = new RangeError("deep");
  }
  function* inner() {
    yield* fromPromise(innermost());
  }
  function* outer() {
    try {
      yield* inner();
    } finally {
      yield* ready(1);
    }
  }
  const [task, handle] = spawn(outer, queue.schedule, 1);
  task.run();
  await macrotask();
  const error = thrownBy(() => queue.run()) as Error;
  assertStrictEquals(error, origin);
  assertMatch(error.stack!, /innermost/);
  assertEquals(await handle.outcome(), { status: "panicked", error });
});

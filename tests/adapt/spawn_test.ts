/** What all bodies have in common, and what none can be. */
import { assertEquals, assertMatch, assertStrictEquals } from "@std/assert";
import {
  currentTask,
  fromPromise,
  type IntoFuture,
  pending,
  pollFn,
  ready,
  spawn,
  spawnLocal,
} from "../../mod.ts";
import { boom, macrotask, Probe, Queue, runNow, thrownBy, throws } from "../helpers.ts";

/** Runs what is queued until the task has ended. */
async function finish(queue: Queue, isEnded: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20 && !isEnded(); turn++) {
    queue.run();
    await macrotask();
  }
}

/** A body that gives 1, and one of the same kind that panics. */
const kinds: Record<string, [() => IntoFuture<number>, () => IntoFuture<number>]> = {
  "a future": [() => ({ poll: () => 1 }), () => ({ poll: throws })],
  "a generator": [() => one(), () => broken()],
  "a generator function": [() => one, () => broken],
  "an async function": [() => async () => (await null, 1), () => async () => (await null, throws())],
  "a promise": [() => Promise.resolve(1), () => Promise.reject(boom)],
  "a thenable": [
    () => ({ then: (resolve: (value: number) => void) => resolve(1) }) as PromiseLike<number>,
    () => ({ then: (_: unknown, reject: (error: unknown) => void) => reject(boom) }) as PromiseLike<number>,
  ],
  "a plain function": [() => () => 1, () => throws],
  "a function that returns a future": [() => () => ready(1), () => () => pollFn(throws)],
  "a join handle": [
    () => {
      const [task, handle] = spawn(ready(1), () => {}, "inner");
      task.run();
      return handle as IntoFuture<number>;
    },
    () => pollFn(throws),
  ],
};

function* one() {
  return yield* ready(1);
}

function* broken() {
  return yield* pollFn(throws);
}

for (const [name, [good, bad]] of Object.entries(kinds)) {
  for (const make of [spawn, spawnLocal]) {
    Deno.test(`${make.name}() of ${name} gives its output, and nothing before it is run`, async () => {
      const queue = new Queue();
      const [task, handle] = make<number, string>(good(), queue.schedule, "tag");
      const output = handle.then((value) => value);
      await macrotask();
      assertEquals({ schedules: queue.schedules, tag: handle.tag }, { schedules: 0, tag: "tag" });
      task.schedule();
      let ended = false;
      output.then(() => ended = true);
      await finish(queue, () => ended);
      assertEquals(await output, 1);
    });
  }

  Deno.test(`spawn() of ${name} that fails throws the very error out of run()`, async () => {
    const queue = new Queue();
    const [task, handle] = spawn<number, string>(bad(), queue.schedule, "tag");
    task.schedule();
    const thrown: unknown[] = [];
    for (let turn = 0; turn < 5; turn++) {
      while (queue.tasks.length > 0) {
        try {
          queue.run();
        } catch (error) {
          thrown.push(error);
        }
      }
      await macrotask();
    }
    assertEquals(thrown.length, 1);
    assertStrictEquals(thrown[0], boom);
    assertEquals(await handle.outcome(), { status: "panicked", error: boom });
  });

  Deno.test(`spawn() of ${name} that is cancelled unrun gives nothing`, async () => {
    const [task, handle] = spawn<number, string>(good(), () => {}, "tag");
    handle.cancel("why");
    assertEquals(task.run(), false);
    assertEquals(await handle.outcome(), { status: "cancelled", reason: "why" });
  });
}

Deno.test("spawn() prefers poll() to then() in what has both", () => {
  let thens = 0;
  const both = Object.assign(new Probe(() => 1), { then: () => void thens++ });
  const [task] = spawn<number, string>(both, () => {}, "tag");
  task.run();
  assertEquals({ polls: both.polls, drops: both.drops, thens }, { polls: 1, drops: 1, thens: 0 });
});

Deno.test("spawn() of an async generator function is an error that says so", () => {
  const generator = (async function* () {})();
  let throwCalls = 0;
  generator.throw = () => {
    if (++throwCalls > 2) throw new Error("it is stepped for ever");
    return Promise.resolve({ done: false, value: undefined as never });
  };
  const error = thrownBy(() => spawn(() => generator, () => {}, "tag")[0].run()) as Error;
  assertEquals(
    { isTypeError: error instanceof TypeError, throwCalls },
    { isTypeError: true, throwCalls: 0 },
  );
  assertMatch(error.message, /^Cannot /);
});

Deno.test("an async function is followed across its awaits, tagged or not", async () => {
  const [task, handle] = spawn(
    async () => {
      const before = currentTask()?.id;
      await null;
      return { before, after: currentTask()?.id };
    },
    runNow,
  );
  task.run();
  assertEquals(await handle, { before: task.id, after: task.id });
});

Deno.test("parentId names the spawner, also after its awaits and through an untagged child", async () => {
  const seen: Record<string, unknown> = {};
  const [task, handle] = spawn(
    async () => {
      await macrotask();
      const [child, childHandle] = spawn(async ({ parentId }) => {
        await macrotask();
        seen.parentOfChild = parentId;
        seen.current = currentTask()!.id;
        const [grandchild] = spawn((context) => void (seen.parentOfGrandchild = context.parentId), runNow);
        grandchild.run();
      }, runNow);
      child.run();
      await childHandle;
      return child.id;
    },
    runNow,
    "tag",
  );
  task.run();
  const child = await handle;
  assertEquals(seen, { parentOfChild: task.id, current: child, parentOfGrandchild: child });
});

Deno.test("pending() is pending for everybody and wakes nobody", () => {
  const queue = new Queue();
  const [task, handle] = spawn(pending(), queue.schedule, "tag");
  assertEquals({ rescheduled: task.run(), schedules: queue.schedules }, { rescheduled: false, schedules: 0 });
  handle.waker().wake();
  queue.run();
  assertEquals(queue.schedules, 1);
});

Deno.test("fromPromise() is a body that several steps of a generator may wait for in turn", async () => {
  const queue = new Queue();
  const shared = fromPromise(macrotask().then(() => 5));
  const [task, handle] = spawn(
    function* () {
      return [yield* shared, yield* shared, shared.poll({ waker: { wake() {} } })];
    },
    queue.schedule,
    "tag",
  );
  task.run();
  await macrotask();
  await macrotask();
  assertEquals(queue.schedules, 1);
  queue.run();
  assertEquals(await handle, [5, 5, 5]);
});

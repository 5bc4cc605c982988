/** Raw handles: what they name, how often, and what they refuse. */
import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { pending, ready, spawn, spawnLocal, Task } from "../../mod.ts";
import * as v4 from "../../lib/v4/mod.ts";
import { Probe, Queue, thrownBy } from "../helpers.ts";
import { local, printed, runDeno, withFolder } from "../programs.ts";

const SLOTS = 2 ** 22;
const GENERATIONS = 2 ** 15;
const LOCAL = 2 ** 37;
const THREAD = 2 ** 38;

/** The handle `raw` as another thread would have given it out. */
function elsewhere(raw: number): number {
  return raw + (raw > 2 ** 52 ? -THREAD : THREAD);
}

/** The number of times that a slot was used. */
function generation(raw: number): number {
  return Math.floor(raw / SLOTS) % GENERATIONS;
}

Deno.test("intoRaw() says in the handle whether the task is local", () => {
  const [task] = spawn(ready(1), () => {}, 1);
  const [local] = spawnLocal(ready(1), () => {}, 1);
  const handles = [task.intoRaw(), local.intoRaw()];
  assertEquals(handles.map((raw) => Math.floor(raw / LOCAL) % 2), [0, 1]);
  assertEquals(handles.every((raw) => Number.isSafeInteger(raw) && raw > 0), true);
  assertStrictEquals(Task.fromRaw(handles[0]), task);
  assertStrictEquals(Task.fromRaw(handles[1]), local);
});

Deno.test("fromRaw() names the rule that a local task of another thread breaks", () => {
  const [local] = spawnLocal(ready(1), () => {}, 1);
  const raw = local.intoRaw();
  assertThrows(
    () => Task.fromRaw(elsewhere(raw)),
    TypeError,
    "local task polled by a thread that didn't spawn it",
  );
  assertEquals(Task.fromRaw(raw).run(), false);
});

Deno.test("fromRaw() refuses what is not even a safe integer", () => {
  const [task] = spawn(ready(1), () => {}, 1);
  const raw = task.intoRaw();
  for (
    const none of [
      BigInt(raw) + 2n ** 64n,
      BigInt(raw) + 2n ** 53n,
      -BigInt(raw),
      1n,
      String(raw),
      Infinity,
      2 ** 53,
      -raw,
      raw + 0.5,
      undefined,
      null,
      {},
    ]
  ) {
    assertThrows(() => Task.fromRaw(none as number), TypeError, "Cannot make a Task of raw handle");
  }
  assertStrictEquals(Task.fromRaw(raw), task);
});

Deno.test("fromRaw() takes the bigint that C gives back", () => {
  const [task, handle] = spawn(ready(1), () => {}, 1);
  const raw = BigInt(task.intoRaw());
  assertStrictEquals(Task.fromRaw(raw), task);
  assertThrows(
    () => Task.fromRaw(raw),
    TypeError,
    `Cannot make a Task of raw handle ${raw}: it was taken already`,
  );
  const [runnable, other] = v4.spawn(() => 1, () => {});
  const [raws, again] = [BigInt(runnable.intoRaw()), BigInt(other.intoRaw())];
  assertThrows(() => v4.Task.fromRaw(raws), TypeError, "it is one of a Runnable");
  assertStrictEquals(v4.Runnable.fromRaw(raws), runnable);
  assertStrictEquals(v4.Task.fromRaw(again), other);
  other.detach();
  handle[Symbol.dispose]();
});

/** A program that prints the first handle of its thread. */
const FIRST = `import { ready, spawn } from ${local("mod.ts")};
  console.log(spawn(ready(1), () => {}, 1)[0].intoRaw());`;

Deno.test("intoRaw() draws two numbers for a thread: its own, and that of the first generation", async () => {
  const raws = (await Promise.all([1, 2, 3].map(() => printed(FIRST)))).map(Number);
  const parts = raws.map((raw) => ({ thread: Math.floor(raw / THREAD), generation: generation(raw) }));
  assertEquals(
    {
      threads: new Set(parts.map(({ thread }) => thread)).size > 1,
      generations: new Set(parts.map(({ generation }) => generation)).size > 1,
      areUsable: parts.every(({ generation }) => generation <= GENERATIONS / 2),
    },
    { threads: true, generations: true, areUsable: true },
  );
});

/** From 1 on, there are so many numbers of threads. */
const NUMBERS = 2 ** 15 - 1;

/** Threads that this package has started. */
const CROWD = `import { ready, spawn, Task } from ${local("mod.ts")};
  import { ThreadPool } from ${local("lib/thread/mod.ts")};
  import { rawHandle } from ${local("tests/ffi/jobs.ts")};
  if (Deno.args[0] === "first") spawn(ready(1), () => {}, 1)[0].intoRaw();
  const pool = new ThreadPool({ maxThreads: 12 });
  const arrived = new Int32Array(new SharedArrayBuffer(4));
  const raws = await Promise.all(Array.from({ length: 12 }, () => pool.spawn(rawHandle, [arrived, 12])));
  raws.push(spawn(ready(1), () => {}, 1)[0].intoRaw());
  const errors = raws.slice(0, 12).map((raw) => {
    try { Task.fromRaw(raw); } catch (error) { return error.message.split(": ").at(-1); }
  });
  console.log(JSON.stringify({ raws, errors }));
  await pool.close();`;

for (const when of ["first", "last"]) {
  Deno.test(`fromRaw() tells handles of threads of this package apart, their owner ${when}`, async () => {
    await withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/crowd.ts`, CROWD);
      const args = ["run", "-A", "--no-config", "--no-check", `${folder}/crowd.ts`, when];
      const { raws, errors } = JSON.parse((await runDeno(args)).stdout) as {
        raws: number[];
        errors: string[];
      };
      const threads = raws.map((raw) => Math.floor(raw / THREAD));
      const distances = (from: number) =>
        threads.map((to) => (to - from + NUMBERS) % NUMBERS).sort((a, b) => a - b);
      const counted = Array.from(threads, (_, index) => index);
      assertEquals(
        {
          areCounted: threads.some((from) => `${distances(from)}` === `${counted}`),
          errors: new Set(errors),
        },
        { areCounted: true, errors: new Set(["it belongs to another thread"]) },
      );
    });
  });
}

Deno.test("fromRaw() refuses a handle of a thread that has drawn the same number, by its generation", () => {
  const [task] = spawn(ready(1), () => {}, 1);
  const raw = task.intoRaw();
  for (const other of [raw - SLOTS * generation(raw), raw + SLOTS * (GENERATIONS - 1 - generation(raw))]) {
    assertThrows(() => Task.fromRaw(other), TypeError, "it is not a valid handle");
  }
  assertStrictEquals(Task.fromRaw(raw), task);
});

Deno.test("intoRaw() never gives out the same handle twice, though it uses slots again", () => {
  const [task] = spawn(ready(1), () => {}, 1);
  const first = task.intoRaw();
  Task.fromRaw(first);
  let raw = task.intoRaw();
  assertEquals(raw - first, SLOTS);
  while (generation(raw) < GENERATIONS - 1) {
    Task.fromRaw(raw);
    raw = task.intoRaw();
  }
  Task.fromRaw(raw);
  const next = task.intoRaw();
  assertEquals(next % SLOTS === raw % SLOTS, false);
  for (const old of [first, raw]) assertThrows(() => Task.fromRaw(old), TypeError, "it was taken already");
  Task.fromRaw(next);
});

Deno.test("cancel() of the handle reaches a task that is a raw handle when it is run", async () => {
  const queue = new Queue();
  const future = new Probe();
  const [task, handle] = spawn(future, queue.schedule, 1);
  const raw = task.intoRaw();
  handle.cancel("why");
  assertEquals({ schedules: queue.schedules, drops: future.drops }, { schedules: 0, drops: 0 });
  Task.fromRaw(raw).run();
  assertEquals(
    { schedules: queue.schedules, polls: future.polls, drops: future.drops },
    { schedules: 0, polls: 0, drops: 1 },
  );
  assertEquals(await handle.outcome(), { status: "cancelled", reason: "why" });
});

Deno.test("a schedule function may turn the task into a raw handle", async () => {
  const handles: number[] = [];
  const future = new Probe((cx, poll) => poll === 3 ? "out" : pending().poll(cx));
  const [task, handle] = spawn(future, (task) => void handles.push(task.intoRaw()), 1);
  task.schedule();
  for (let turn = 1; turn <= 2; turn++) {
    Task.fromRaw(handles.pop()!).run();
    future.waker!.wake();
    future.waker!.wake();
    assertEquals(handles.length, 1);
  }
  Task.fromRaw(handles.pop()!).run();
  assertEquals(
    { polls: future.polls, drops: future.drops, output: await handle },
    { polls: 3, drops: 1, output: "out" },
  );
});

Deno.test("wake() leaves a raw handle alone that a broken schedule function had left behind", () => {
  const queue = new Queue();
  queue.failure = new Error("full");
  const [task] = spawn(pending(), queue.schedule, 1);
  assertStrictEquals(thrownBy(() => task.schedule()), queue.failure);
  const raw = task.intoRaw();
  queue.failure = undefined;
  task.waker().wake();
  assertEquals({ schedules: queue.schedules, queued: queue.tasks.length }, { schedules: 1, queued: 0 });
  assertStrictEquals(Task.fromRaw(raw), task);
});

/** What a task lets go of. Without `--v8-flags=--expose-gc`, all of this runs in a Deno that has it. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  type IntoFuture,
  type JoinHandle,
  PENDING,
  pending,
  pollFn,
  ready,
  spawn,
  Task,
  type Waker,
} from "../../mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { boom, macrotask, Queue, runNow, throws } from "../helpers.ts";
import { collect, isCollected, memoryTests } from "../memory.ts";

const test = memoryTests(import.meta.url);

/** A task with everything it could hold on to, and weak references to that. */
function subject(end: (task: Task<string>, handle: JoinHandle<object, string>) => void) {
  const secret = { big: new Uint8Array(1000) };
  const scheduled = { big: new Uint8Array(1000) };
  const output = { big: new Uint8Array(1000) };
  const future = {
    poll: () => secret.big.length > 0 ? output : PENDING,
  };
  const body = () => future;
  const [task, handle] = spawn(body, () => void scheduled.big, "tag");
  end(task, handle);
  return {
    task,
    handle,
    waker: task.waker(),
    refs: { future: new WeakRef(future), body: new WeakRef(body), secret: new WeakRef(secret) },
    scheduled: new WeakRef(scheduled),
    output: new WeakRef(output),
  };
}

const ends: Record<string, (task: Task<string>, handle: JoinHandle<object, string>) => void> = {
  completed: (task) => task.run(),
  cancelled: (task, handle) => (handle.cancel(), task.run()),
  dropped: (task) => task[Symbol.dispose](),
};

for (const [name, end] of Object.entries(ends)) {
  test(`a ${name} task holds neither its future nor a closure`, async () => {
    const { task, handle, refs, scheduled } = subject(end);
    for (const ref of [...Object.values(refs), scheduled]) assert(await isCollected(ref));
    assertEquals(task.id, handle.id);
  });

  test(`a waker kept after the end of a ${name} task holds no output`, async () => {
    const kept: { waker: Waker; output: WeakRef<object> } = (({ waker, output }) => ({ waker, output }))(
      subject(end),
    );
    assert(await isCollected(kept.output));
    kept.waker.wake();
  });
}

/** Bodies of every kind that hold `secret`, and end, or wait for ever, or fail, as they are told. */
const bodies: Record<string, (secret: object, end: string) => IntoFuture<unknown>> = {
  "a future": (secret, end) => pollFn(() => end === "cancelled" ? PENDING : settle(secret, end)),
  "a generator": (secret, end) => generate(secret, end),
  "a generator function": (secret, end) => () => generate(secret, end),
  "an async function": (secret, end) => async ({ signal }) => {
    await macrotask();
    if (end !== "cancelled") return settle(secret, end);
    await new Promise((_resolve, reject) => signal.addEventListener("abort", reject, { once: true }))
      .catch(() => settle(secret, "completed"));
  },
};

function settle(secret: object, end: string): unknown {
  if (end === "panicked") throw boom;
  return Object.keys(secret).length;
}

function* generate(secret: object, end: string) {
  yield* ready(1);
  if (end === "cancelled") yield* pending();
  return settle(secret, end);
}

/** Runs a task to its end; what is left of it then, and weak references to what it was made of. */
async function remains(make: (secret: object, end: string) => IntoFuture<unknown>, end: string) {
  const secret = { big: new Uint8Array(1000) };
  const body = make(secret, end);
  const queue = new Queue<Task<string>>();
  const schedule = (task: Task<string>): void => queue.schedule(task);
  const [task, handle] = spawn<unknown, string>(body, schedule, "tag");
  task.schedule();
  for (let turn = 0; turn < 4; turn++) {
    attempt(queue);
    await macrotask();
    if (end === "cancelled" && turn === 1) handle.cancel();
  }
  const { status } = await handle.outcome();
  const refs = {
    secret: new WeakRef(secret),
    body: new WeakRef<object>(body),
    schedule: new WeakRef(schedule),
  };
  return { task, handle, status, refs };
}

function attempt(queue: Queue<Task<string>>): void {
  try {
    queue.run();
  } catch (error) {
    assertStrictEquals(error, boom);
  }
}

for (const [name, make] of Object.entries(bodies)) {
  for (const end of ["completed", "cancelled", "panicked"]) {
    test(`a task of ${name} that was started and ${end} holds neither its body nor its schedule`, async () => {
      const { task, handle, status, refs } = await remains(make, end);
      assertEquals(status, end);
      for (const [held, ref] of Object.entries(refs)) assert(await isCollected(ref), held);
      assertEquals(task.id, handle.id);
    });
  }
}

test("a task whose raw handle was taken back is not held by it", async () => {
  const task = new WeakRef((() => {
    const [task] = spawn(ready(1), () => {}, "tag");
    return Task.fromRaw(task.intoRaw());
  })());
  assert(await isCollected(task));
});

test("a task that nobody can reach any more is garbage", async () => {
  const future = new WeakRef((() => {
    const future = pollFn(() => PENDING);
    spawn(future, () => {}, "tag")[0].run();
    return future;
  })());
  assert(await isCollected(future));
});

/** How much the heap grows, in bytes, while `count` tasks are spawned, run and joined. */
async function growth(count: number, run: (count: number) => void | Promise<void>): Promise<number> {
  await run(1000);
  collect();
  const before = Deno.memoryUsage().heapUsed;
  await run(count);
  await macrotask();
  collect();
  return Deno.memoryUsage().heapUsed - before;
}

const cx = { waker: { wake() {} } };

test("ten million tasks that were spawned, run and joined leave nothing behind", async () => {
  const bytes = await growth(10_000_000, (count) => {
    for (let i = 0; i < count; i++) {
      const [task, handle] = spawn(ready(i), runNow, i);
      task.schedule();
      assert(handle.poll(cx) === i);
    }
  });
  assert(bytes < 1_000_000, `${bytes} bytes are left`);
});

test("a hundred thousand generators and async functions leave nothing behind", async () => {
  function* generator() {
    return yield* ready(1);
  }
  for (const body of [generator, async () => (await null, 1)]) {
    const bytes = await growth(100_000, async (count) => {
      for (let i = 0; i < count; i++) {
        const [task, handle] = spawn<number, number>(body, runNow, i);
        task.schedule();
        assert(await handle === 1);
      }
    });
    assert(bytes < 1_000_000, `${bytes} bytes are left`);
  }
});

test("a panic whose handle is garbage is reported once, whatever becomes of its executor", async () => {
  const told: unknown[] = [];
  const executor = new LocalExecutor({ onPanic: (error) => told.push(error) });
  const { promise, resolve } = Promise.withResolvers<void>();
  const other = executor.spawn(() => promise);
  (() => {
    executor.spawn(throws);
  })();
  for (let turn = 0; turn < 20 && told.length === 0; turn++) {
    await macrotask();
    collect();
  }
  assertEquals(told, [boom]);
  resolve();
  await other;
  await macrotask();
  await macrotask();
  assertEquals(told, [boom]);
});

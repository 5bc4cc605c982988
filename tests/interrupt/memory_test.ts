/** What a cancelled waiter leaves behind with what lives on. Without `--v8-flags=--expose-gc`, in a Deno that has it. */
import { assert, assertEquals } from "@std/assert";
import { unbounded } from "../../lib/channel/mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { race } from "../../lib/scope/mod.ts";
import { sleep, timeout, VirtualClock } from "../../lib/time/mod.ts";
import { currentTask, fromPromise, type IntoFuture, pending, spawn, TaskLocal } from "../../mod.ts";
import { macrotask, runNow } from "../helpers.ts";
import { collect, isCollected, memoryTests } from "../memory.ts";

const test = memoryTests(import.meta.url);

const executor = new LocalExecutor();
const clock = new VirtualClock();
const forever = new Promise<void>(() => {});
const task = executor.spawn(pending());
const ends = unbounded();
const receiver = ends[1];
const shared = { sleep: sleep(1e6, { clock }), promise: fromPromise(forever) };
const { signal } = new AbortController();

/** Bodies that wait for what lives on. */
const bodies: Record<string, IntoFuture<unknown, object>> = {
  "fromPromise() of a promise": async () => await fromPromise(forever),
  "fromPromise() of a promise, after an await": async () => {
    await null;
    await fromPromise(forever);
  },
  "fromPromise() of a promise in a generator": function* () {
    yield* fromPromise(forever);
  },
  "fromPromise() in a function of fromPromise()": async () => {
    await fromPromise(async () => await fromPromise(forever));
  },
  "timeout() of a promise": async () => await timeout(forever, 1e6, { clock }),
  "race() of a promise": async () => await race([forever, pending()]),
  "a handle": async () => await task,
  "a handle in a generator": function* () {
    yield* task;
  },
  "outcome()": async () => void await task.outcome(),
  "recv()": async () => await receiver.recv({ signal }),
  "a sleep that others wait for": async () => await shared.sleep,
  "a sleep that others wait for in a generator": function* () {
    yield* shared.sleep;
  },
  "a promise that others wait for": async () => await shared.promise,
};

/** Spawns so many, cancels them, and waits for their end; weak references to their tags. */
async function cancelled(body: IntoFuture<unknown, object>, count: number): Promise<WeakRef<object>[]> {
  const handles = Array.from({ length: count }, () => executor.spawn(body, { tag: true }));
  await macrotask();
  for (const handle of handles) handle.cancel("enough");
  for (const handle of handles) assertEquals((await handle.outcome()).status, "cancelled");
  return handles.map(({ tag }) => new WeakRef(tag));
}

async function heap(): Promise<number> {
  for (let turns = 0; turns < 3; turns++) {
    await macrotask();
    collect();
  }
  return Deno.memoryUsage().heapUsed;
}

for (const [name, body] of Object.entries(bodies)) {
  test(`a cancelled waiter for ${name} leaves no tag behind`, async () => {
    // Others that wait are there before and after.
    const others = executor.spawn(body, { tag: true });
    const tags = await cancelled(body, 100);
    for (const tag of tags) assert(await isCollected(tag));
    others.cancel();
    await others.outcome();
  });
}

for (const name of ["fromPromise() of a promise", "timeout() of a promise", "a handle"]) {
  test(`a cancelled waiter for ${name} leaves 400 bytes at most`, async () => {
    for (let rounds = 0; rounds < 4; rounds++) await cancelled(bodies[name], 1000);
    const before = await heap();
    for (let rounds = 0; rounds < 4; rounds++) await cancelled(bodies[name], 1000);
    const bytes = (await heap() - before) / 4000;
    assert(bytes <= 400, `${bytes} bytes`);
  });
}

/** Of a timer that outlives its body: it refers to nothing of that. */
const idle = (): void => {};

test("a timer of a body that has ended keeps neither its task-locals nor its context", async () => {
  const local = new TaskLocal<object>();
  const refs: WeakRef<object>[] = [];
  const timers: ReturnType<typeof setInterval>[] = [];
  const [runnable, handle] = spawn(
    async ({ signal }) => {
      const value = { big: true };
      local.set(value);
      await null;
      const listener = () => void value;
      signal.addEventListener("abort", listener);
      refs.push(new WeakRef(value), new WeakRef(currentTask()!), new WeakRef(signal), new WeakRef(listener));
      timers.push(setInterval(idle, 1e6));
    },
    runNow,
    "tag",
  );
  runnable.run();
  await handle;
  for (const ref of refs) assert(await isCollected(ref));
  timers.forEach((timer) => clearInterval(timer));
});

test("the clock that all share does not keep the task that has waited first", async () => {
  const begin = async () => {
    const first = executor.spawn(() => sleep(1), { tag: true });
    await macrotask();
    const last = executor.spawn(() => sleep(1000));
    await first;
    return { tag: new WeakRef(first.tag), last };
  };
  const { tag, last } = await begin();
  assert(await isCollected(tag));
  await last.cancel();
});

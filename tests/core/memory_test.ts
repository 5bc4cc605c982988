/** What a task lets go of; needs `--v8-flags=--expose-gc`, which `deno task test` gives. */
import { assert, assertEquals } from "@std/assert";
import { type JoinHandle, PENDING, pollFn, ready, spawn, type Task, type Waker } from "../../mod.ts";
import { macrotask } from "../helpers.ts";

function collect(): void {
  const { gc } = globalThis as { gc?(): void };
  if (gc === undefined) throw new Error("Cannot collect garbage: run with --v8-flags=--expose-gc");
  gc();
}

/** Whether what is referred to goes away. */
async function isCollected(reference: WeakRef<object>): Promise<boolean> {
  for (let turn = 0; turn < 20 && reference.deref() !== undefined; turn++) {
    await macrotask();
    collect();
  }
  return reference.deref() === undefined;
}

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
  Deno.test(`a ${name} task holds neither its future nor a closure`, async () => {
    const { task, handle, refs, scheduled } = subject(end);
    for (const ref of [...Object.values(refs), scheduled]) assert(await isCollected(ref));
    assertEquals(task.id, handle.id);
  });

  Deno.test(`a waker kept after the end of a ${name} task holds no output`, async () => {
    const kept: { waker: Waker; output: WeakRef<object> } = (({ waker, output }) => ({ waker, output }))(
      subject(end),
    );
    assert(await isCollected(kept.output));
    kept.waker.wake();
  });
}

Deno.test("a task that nobody can reach any more is garbage", async () => {
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

const schedule = (task: Task<number>): void => void task.run();
const cx = { waker: { wake() {} } };

Deno.test("ten million tasks that were spawned, run and joined leave nothing behind", async () => {
  const bytes = await growth(10_000_000, (count) => {
    for (let i = 0; i < count; i++) {
      const [task, handle] = spawn(ready(i), schedule, i);
      task.schedule();
      assert(handle.poll(cx) === i);
    }
  });
  assert(bytes < 1_000_000, `${bytes} bytes are left`);
});

Deno.test("a hundred thousand generators and async functions leave nothing behind", async () => {
  function* generator() {
    return yield* ready(1);
  }
  const bodies = { generator, asyncFunction: async () => (await null, 1) };
  for (const body of Object.values(bodies)) {
    const bytes = await growth(100_000, async (count) => {
      for (let i = 0; i < count; i++) {
        const [task, handle] = spawn<number, number>(body, schedule, i);
        task.schedule();
        assert(await handle === 1);
      }
    });
    assert(bytes < 1_000_000, `${bytes} bytes are left`);
  }
});

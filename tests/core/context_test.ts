import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { currentTag, currentTask, observe, pollFn, ready, spawn, TaskLocal, yieldNow } from "../../mod.ts";
import { macrotask, Probe, Queue, reported, throwing } from "../helpers.ts";

Deno.test("currentTask() answers in polls, clean-ups and disposes, and is undefined outside", () => {
  const tags: unknown[] = [];
  const future = new Probe<void>((_cx, poll) => {
    tags.push(currentTag());
    if (poll === 1) {
      const [nested] = spawn(pollFn(() => void tags.push(currentTag())), () => {}, "nested");
      nested.run();
      tags.push(currentTask()!.tag);
    }
    return yieldNow().poll({ waker: { wake() {} } });
  }).closing(() => void tags.push(currentTag()));
  const drop = future[Symbol.dispose];
  future[Symbol.dispose] = () => {
    tags.push(currentTag());
    drop.call(future);
  };
  const [task] = spawn(future, () => {}, "outer");
  task.run();
  assertEquals(currentTask(), undefined);
  const [other] = spawn(future, () => {}, "other");
  other[Symbol.dispose]();
  assertEquals(tags, ["outer", "nested", "outer", "other", "other"]);
});

Deno.test("TaskLocal has one value per task, in generators too", () => {
  const local = new TaskLocal({ name: "local", defaultValue: 0 });
  const queue = new Queue();
  const seen: unknown[] = [];
  function* body(value: number) {
    local.set(value);
    yield* yieldNow();
    seen.push(local.get());
  }
  spawn(body(1), queue.schedule, 1)[0].schedule();
  spawn(body(2), queue.schedule, 2)[0].schedule();
  queue.run();
  assertEquals({ seen, outside: local.get(), name: local.name }, { seen: [1, 2], outside: 0, name: "local" });
});

Deno.test("TaskLocal follows an async function and the functions in run()", async () => {
  const local = new TaskLocal<number>();
  const seen: unknown[] = [];
  const [task, handle] = spawn(
    async () => {
      local.set(1);
      await macrotask();
      seen.push(local.get());
      await local.run(2, async () => {
        await macrotask();
        seen.push(local.get());
        local.set(3);
        seen.push(local.get());
        assertStrictEquals(currentTask()!.id, task.id);
      });
      seen.push(local.get());
    },
    (task) => void task.run(),
    undefined,
  );
  task.run();
  await handle;
  assertEquals(seen, [1, 2, 3, 1]);
});

Deno.test("TaskLocal.run() works outside of tasks, and nests with others", async () => {
  const outer = new TaskLocal({ defaultValue: "-" });
  const inner = new TaskLocal({ defaultValue: "-" });
  const both = () => `${outer.get()}${inner.get()}`;
  assertEquals(outer.run("a", () => inner.run("b", both)), "ab");
  assertEquals(await outer.run("a", async () => (await macrotask(), both())), "a-");
  assertThrows(
    () =>
      outer.run("a", () => {
        throw new RangeError(both());
      }),
    RangeError,
    "a-",
  );
  assertEquals(both(), "--");
});

Deno.test("TaskLocal.set() outside of tasks is an error that says what to do", () => {
  const local = new TaskLocal({ name: "user" });
  assertThrows(
    () => local.set(1),
    TypeError,
    'Cannot set task-local "user": no task is running, use run(value, fn)',
  );
  local.run(1, () => local.set(2));
});

Deno.test("a child starts with what its spawner had, if the variable is inherited", () => {
  const inherited = new TaskLocal({ defaultValue: 0 });
  const own = new TaskLocal({ defaultValue: 0, inherit: false });
  const seen: unknown[] = [];
  const values = () => ({ inherited: inherited.get(), own: own.get() });
  const child = pollFn(() => {
    seen.push(values());
    inherited.set(9);
  });
  const [task] = spawn(
    pollFn(() => {
      inherited.set(1);
      own.set(1);
      spawn(child, () => {}, 1)[0].run();
      inherited.run(2, () => own.run(2, () => spawn(child, () => {}, 1)[0].run()));
      seen.push(values());
    }),
    () => {},
    1,
  );
  task.run();
  own.run(5, () => spawn(child, () => {}, 1)[0].run());
  inherited.run(5, () => inherited.run(6, () => spawn(child, () => {}, 1)[0].run()));
  assertEquals(seen, [
    { inherited: 1, own: 0 },
    { inherited: 2, own: 0 },
    { inherited: 1, own: 1 },
    { inherited: 0, own: 0 },
    { inherited: 6, own: 0 },
  ]);
});

Deno.test("observe() tells what happens, in order, and stops", () => {
  const log: string[] = [];
  const stop = observe({
    spawn: (_id, tag, parentId) => log.push(`spawn ${tag} ${parentId}`),
    pollStart: (_id, tag) => log.push(`start ${tag}`),
    pollEnd: (_id, tag) => log.push(`end ${tag}`),
    wake: (_id, tag) => log.push(`wake ${tag}`),
    cancel: (_id, tag, reason) => log.push(`cancel ${tag} ${reason}`),
    close: (_id, tag, status) => log.push(`close ${tag} ${status}`),
  });
  const [task, handle] = spawn(yieldNow(), () => {}, "a");
  task.run();
  handle.cancel("why");
  task.run();
  spawn(ready(1), () => {}, "b")[0].run();
  stop();
  stop();
  spawn(ready(1), () => {}, "c")[0].run();
  assertEquals(
    log.join(),
    [
      ...[
        "spawn a undefined",
        "start a",
        "wake a",
        "end a",
        "cancel a why",
        "start a",
        "end a",
        "close a cancelled",
      ],
      ...["spawn b undefined", "start b", "end b", "close b completed"],
    ].join(),
  );
});

Deno.test("observe() takes one observer, and one that throws changes nothing", async () => {
  const error = new Error("observer");
  assertThrows(() => observe(5 as never), TypeError, "expected an object");
  const errors = await reported(async () => {
    const stop = observe({
      close: throwing(error),
    });
    assertThrows(() => observe({}), TypeError, "another observer is subscribed");
    const [task, handle] = spawn(ready(1), () => {}, 1);
    task.run();
    stop();
    assertEquals(await handle, 1);
  });
  assertEquals(errors, [error]);
});

Deno.test("an observer that runs other tasks does not mix up what they throw", () => {
  const failing = (message: string) => pollFn(throwing(new Error(message)));
  const [inner] = spawn(failing("inner"), () => {}, "inner");
  const [outer, handle] = spawn(failing("outer"), () => {}, "outer");
  const stop = observe({
    pollEnd(_id, tag) {
      if (tag === "outer") assertThrows(() => inner.run(), Error, "inner");
    },
  });
  assertThrows(() => outer.run(), Error, "outer");
  stop();
  assertStrictEquals(handle.poll({ waker: { wake() {} } }), undefined);
});

import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { fromPromise, PENDING, pending, pollFn, ready, spawn, wakerFn } from "../../mod.ts";
import {
  context,
  macrotask,
  Queue,
  reported,
  reportedOfTasks,
  runNow,
  thrownBy,
  unhandledIn,
} from "../helpers.ts";

Deno.test("a promise is a body: its end wakes the task", async () => {
  const queue = new Queue();
  const [task, handle] = spawn(Promise.resolve(1), queue.schedule, 1);
  task.run();
  await macrotask();
  assertEquals(queue.schedules, 1);
  queue.run();
  assertEquals(await handle, 1);
});

Deno.test("a promise that rejects is a panic, and counts as handled from the start", async () => {
  const error = new Error("no");
  const [task, handle] = spawn(Promise.reject(error), () => {}, 1);
  await macrotask();
  assertStrictEquals(thrownBy(() => task.run()), error);
  assertEquals(await handle.outcome(), { status: "panicked", error });
});

Deno.test("a promise is let go of at once when its task is cancelled, and goes on to be its owner's", async () => {
  const error = new Error("late");
  const { promise, reject } = Promise.withResolvers<number>();
  const errors = await reported(async () => {
    const [task, handle] = spawn(promise, runNow, 1);
    task.run();
    handle.cancel();
    assertEquals((await handle.outcome()).status, "cancelled");
    const other = promise.catch(() => "handled");
    reject(error);
    assertEquals(await other, "handled");
  });
  assertEquals(errors, []);
});

Deno.test("a rejection that nobody has seen when the task is cancelled is reported", async () => {
  const error = new Error("early");
  const errors = await reportedOfTasks(async () => {
    const [task] = spawn(Promise.reject(error), () => {}, 1);
    await macrotask();
    task[Symbol.dispose]();
  });
  assertEquals(errors, [error]);
});

Deno.test("fromPromise() leaves a rejection that nobody waits for to the runtime, which reports it once", async () => {
  const errors = [new Error("never awaited"), new Error("the other came first")];
  const unhandled = await unhandledIn(async () => {
    fromPromise(Promise.reject(errors[0]));
    const [task, handle] = spawn(
      function* () {
        const first = fromPromise(Promise.reject(new Error("seen")));
        const second = fromPromise(Promise.reject(errors[1]));
        return [yield* first, yield* second];
      },
      () => {},
      2,
    );
    task.run();
    await macrotask();
    assertThrows(() => task.run(), Error, "seen");
    assertEquals((await handle.outcome()).status, "panicked");
  });
  assertEquals(unhandled, errors);
});

Deno.test("fromPromise() can be polled, and throws as often as it is asked", async () => {
  const cx = context();
  const future = fromPromise(Promise.reject(new Error("no")));
  future.poll(cx);
  await macrotask();
  assertEquals(cx.waker.wakes, 1);
  for (let i = 0; i < 2; i++) assertThrows(() => future.poll(cx), Error, "no");
  await assertRejects(() => Promise.resolve(future), Error, "no");
  assertEquals(await fromPromise(Promise.resolve(5)), 5);
});

Deno.test("a promise that is fulfilled after it was let go of is nobody's business", async () => {
  const cx = context();
  const { promise, resolve } = Promise.withResolvers<number>();
  const future = fromPromise(promise) as ReturnType<typeof fromPromise<number>> & Disposable;
  future.poll(cx);
  future[Symbol.dispose]();
  resolve(1);
  await macrotask();
  assertEquals(cx.waker.wakes, 0);
});

Deno.test("helpers refuse what they can't use", () => {
  assertThrows(() => fromPromise(5 as never), TypeError, "expected a promise or a function, got 5");
  assertThrows(
    () => fromPromise(undefined as never),
    TypeError,
    "expected a promise or a function, got undefined",
  );
  assertThrows(() => pollFn("f" as never), TypeError, 'expected a function, got "f"');
  assertThrows(() => wakerFn(undefined as never), TypeError, "expected a function, got undefined");
});

Deno.test("await of a future that ends later polls it once per turn in which it was woken", async () => {
  let polls = 0;
  let wake!: () => void;
  const future = pollFn<string>((cx) => {
    wake = () => cx.waker.wake();
    if (++polls < 3) return pending().poll(cx);
    throw new Error("third");
  });
  const awaited = assertRejects(() => Promise.resolve(future), Error, "third");
  await macrotask();
  for (let turn = 0; turn < 2; turn++) {
    wake();
    wake();
    await macrotask();
  }
  await awaited;
  assertEquals({ polls, output: await ready(1) }, { polls: 3, output: 1 });
});

Deno.test("fromPromise() tells everybody who awaits it", async () => {
  const future = fromPromise(new Promise<number>((resolve) => setTimeout(() => resolve(7))));
  assertEquals(await Promise.all([future, future, future]), [7, 7, 7]);
});

Deno.test("fromPromise() goes on for others when one of two tasks is cancelled", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const future = fromPromise(promise);
  const body = function* () {
    return yield* future;
  };
  const queue = new Queue();
  const [one, cancelled] = spawn(body, queue.schedule, "one");
  const [two, handle] = spawn(body, queue.schedule, "two");
  one.run();
  two.run();
  cancelled.cancel();
  queue.run();
  resolve(7);
  await macrotask();
  queue.run();
  assertEquals({ cancelled: await cancelled, output: await handle }, { cancelled: undefined, output: 7 });
});

Deno.test("fromPromise() can be polled again after it was let go of", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const future = fromPromise(promise);
  assertEquals(future.poll(context()), PENDING);
  (future as typeof future & Disposable)[Symbol.dispose]();
  const cx = context();
  assertEquals(future.poll(cx), PENDING);
  resolve(3);
  await macrotask();
  assertEquals({ wakes: cx.waker.wakes, output: future.poll(cx) }, { wakes: 1, output: 3 });
});

Deno.test("fromPromise() listens once to a thenable that calls twice, and to one that throws", async () => {
  const twice = { then: (resolve: (n: number) => void) => (resolve(1), resolve(2)) } as PromiseLike<number>;
  assertEquals(await fromPromise(twice), 1);
  const thrower = {
    then() {
      throw new Error("then");
    },
  } as unknown as PromiseLike<number>;
  await assertRejects(async () => await fromPromise(thrower), Error, "then");
  const own = Object.assign(Promise.resolve(1), {
    then: (resolve: (n: number) => void) => (resolve(5), resolve(6)),
  });
  assertEquals(await fromPromise(own), 1);
});

Deno.test("fromPromise() refuses a context without a waker", () => {
  const future = fromPromise(new Promise(() => {}));
  assertThrows(() => future.poll({} as never), TypeError, "Cannot register a waker");
});

Deno.test("yield of something odd is a TypeError that names it", () => {
  const [task] = spawn(function* () {
    yield Object.create(null) as never;
  }, () => {});
  assertThrows(() => task.run(), TypeError, "Cannot wait for {}: it is not a future");
});

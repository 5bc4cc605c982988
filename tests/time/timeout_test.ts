import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { type Context, type Future, PENDING, type Poll, ready, spawn } from "../../mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { deadline, sleep, timeout, VirtualClock } from "../../lib/time/mod.ts";
import { spawn as spawnV4 } from "../../lib/v4/mod.ts";
import { aborted, boom, context, macrotask, Probe, Queue, reported, thrownBy, throws } from "../helpers.ts";
import { CountingSignal } from "./counting_signal.ts";

function assertTimeoutError(error: unknown): void {
  assertInstanceOf(error, DOMException);
  const { name, code } = error as DOMException;
  assertEquals({ name, code }, { name: "TimeoutError", code: DOMException.TIMEOUT_ERR });
}

Deno.test("timeout() gives the output, and takes its wake-up back", () => {
  const clock = new VirtualClock();
  const inner = new Probe((_cx, poll) => poll === 2 ? "done" : PENDING);
  const future = timeout(inner, 10, { clock });
  const cx = context();
  assertEquals(clock.size, 0);
  assertStrictEquals(future.poll(cx), PENDING);
  assertEquals(clock.nextDeadline, 10);
  assertEquals(future.poll(cx), "done");
  assertEquals(
    { timers: clock.size, polls: inner.polls, drops: inner.drops, wakes: cx.waker.wakes },
    { timers: 0, polls: 2, drops: 1, wakes: 0 },
  );
  assertEquals({ output: future.poll(cx), polls: inner.polls }, { output: "done", polls: 2 });
  future[Symbol.dispose]();
  assertEquals(inner.drops, 1);
});

Deno.test("timeout() throws what the future throws, and takes its wake-up back", () => {
  const clock = new VirtualClock();
  const error = new Error("boom");
  const inner = new Probe((_cx, poll) => {
    if (poll === 2) throw error;
    return PENDING;
  });
  const future = timeout(inner, 10, { clock });
  future.poll(context());
  assertStrictEquals(thrownBy(() => future.poll(context())), error);
  assertStrictEquals(thrownBy(() => future.poll(context())), error);
  assertEquals(
    { timers: clock.size, polls: inner.polls, drops: inner.drops },
    { timers: 0, polls: 2, drops: 1 },
  );
});

Deno.test("timeout() throws a TimeoutError when the time is up, and lets go of the future once", () => {
  const clock = new VirtualClock();
  const inner = new Probe(() => PENDING);
  const future = timeout(inner, 10, { clock });
  const cx = context();
  future.poll(cx);
  clock.advance(10);
  assertEquals({ wakes: cx.waker.wakes, drops: inner.drops }, { wakes: 1, drops: 0 });
  const error = thrownBy(() => future.poll(cx));
  assertTimeoutError(error);
  assertStrictEquals(thrownBy(() => future.poll(cx)), error);
  future[Symbol.dispose]();
  assertEquals(
    { polls: inner.polls, drops: inner.drops, timers: clock.size },
    { polls: 2, drops: 1, timers: 0 },
  );
});

Deno.test("timeout() polls the future first: an output that is there is never too late", async () => {
  const clock = new VirtualClock({ now: 100 });
  assertEquals(await timeout(ready(1), 0, { clock }), 1);
  assertEquals(await timeout(ready(2), -5, { clock }), 2);
  const inner = new Probe((_cx, poll) => poll === 2 ? 3 : PENDING);
  const future = timeout(inner, 10, { clock });
  future.poll(context());
  clock.advance(50);
  assertEquals(future.poll(context()), 3);
});

Deno.test("timeout() of 0 or less is over on the next turn", async () => {
  for (const ms of [0, -1, -Infinity]) {
    const clock = new VirtualClock({ autoAdvance: true, now: 5 });
    assertTimeoutError(await assertRejects(async () => await timeout(new Probe(), ms, { clock })));
    assertEquals(clock.now(), 5);
  }
});

Deno.test("timeout(Infinity) is never over", () => {
  const clock = new VirtualClock();
  const future = timeout(new Probe(), Infinity, { clock });
  future.poll(context());
  clock.advance(1e12);
  assertEquals({ output: future.poll(context()), timers: clock.size }, { output: PENDING, timers: 0 });
});

Deno.test("timeout() above 2^31 ms in real time is not over at once", async () => {
  const cx = context();
  const future = timeout(new Probe(), 2 ** 31 + 1);
  future.poll(cx);
  await macrotask();
  assertEquals({ wakes: cx.waker.wakes, output: future.poll(cx) }, { wakes: 0, output: PENDING });
  future[Symbol.dispose]();
});

Deno.test("timeout() and deadline() refuse NaN, and what is no future", () => {
  assertThrows(() => timeout(ready(1), NaN), RangeError, "Cannot time out: expected ms, got NaN");
  assertThrows(() => deadline(ready(1), NaN), RangeError, "expected ms, got NaN");
  assertThrows(() => timeout(ready(1), "5" as never), TypeError, 'Cannot time out: expected ms, got "5"');
  for (const value of [7, null, undefined, {}]) {
    assertThrows(() => timeout(value as never, 5), TypeError, "it is neither a future nor a promise");
  }
});

Deno.test("timeout() ends a future that is woken without a pause", async () => {
  let now = 0;
  const clock = { now: () => now++, register: () => ({}), cancel: () => {} };
  const busy = new Probe((cx) => {
    cx.waker.wake();
    return PENDING;
  });
  assertTimeoutError(await assertRejects(async () => await timeout(busy, 100, { clock })));
  assertEquals({ polls: busy.polls, drops: busy.drops }, { polls: 101, drops: 1 });
});

Deno.test("deadline() is over at its time", async () => {
  const clock = new VirtualClock({ autoAdvance: true, now: 50 });
  assertTimeoutError(await assertRejects(async () => await deadline(new Probe(), 70, { clock })));
  assertEquals(clock.now(), 70);
  await deadline(sleep(10, { clock }), 80, { clock });
});

Deno.test("timeout() takes a promise, and any thenable", async () => {
  const clock = new VirtualClock();
  assertEquals(await timeout(Promise.resolve(1), 5, { clock }), 1);
  const thenable: PromiseLike<number> = { then: (resolve) => void resolve!(2) as never };
  assertEquals(await timeout(thenable, 5, { clock }), 2);
  const error = new Error("boom");
  assertStrictEquals(
    await assertRejects(async () => await timeout(Promise.reject(error), 5, { clock })),
    error,
  );
  assertEquals(clock.size, 0);
});

Deno.test("a promise that rejects before or after anybody asks is not unhandled, and not reported", async () => {
  const clock = new VirtualClock({ autoAdvance: true });
  const { promise, reject } = Promise.withResolvers<never>();
  const errors = await reported(async () => {
    const future = timeout(Promise.reject(new Error("early")), 5, { clock });
    await macrotask();
    await assertRejects(async () => await future, Error, "early");
    assertTimeoutError(await assertRejects(async () => await timeout(promise, 5, { clock })));
    reject(new Error("late"));
  });
  assertEquals(errors, []);
});

Deno.test("timeout() may be awaited by several at once", async () => {
  const clock = new VirtualClock({ autoAdvance: true });
  const inner = new Probe();
  const future = timeout(inner, 5, { clock });
  const results = await Promise.allSettled([future, future, future]);
  const reasons = new Set(results.map((result) => (result as PromiseRejectedResult).reason));
  assertEquals(reasons.size, 1);
  assertTimeoutError([...reasons][0]);
  assertEquals({ drops: inner.drops, timers: clock.size }, { drops: 1, timers: 0 });
});

Deno.test("a generator task catches the TimeoutError, and goes on", async () => {
  const clock = new VirtualClock();
  const queue = new Queue();
  const inner = new Probe();
  const [task, handle] = spawn(function* () {
    try {
      yield* timeout(inner, 10, { clock });
    } catch (error) {
      return (error as Error).name;
    }
  }, queue.schedule);
  task.run();
  clock.advance(10);
  queue.run();
  assertEquals(
    { output: await handle, drops: inner.drops, schedules: queue.schedules },
    { output: "TimeoutError", drops: 1, schedules: 1 },
  );
});

Deno.test("a generator task that is cancelled in a timeout lets go of the future, and of the time", () => {
  const clock = new VirtualClock();
  const signal = new CountingSignal();
  const queue = new Queue();
  const inner = new Probe();
  const [task, handle] = spawn(function* () {
    yield* timeout(inner, 10, { clock, signal: signal.signal });
  }, queue.schedule);
  task.run();
  assertEquals({ timers: clock.size, listeners: signal.listeners }, { timers: 1, listeners: 1 });
  handle.cancel();
  queue.run();
  assertEquals(
    { timers: clock.size, listeners: signal.listeners, drops: inner.drops, polls: inner.polls },
    { timers: 0, listeners: 0, drops: 1, polls: 1 },
  );
});

Deno.test("timeout() asks for an aborted signal first, before it polls", () => {
  const clock = new VirtualClock();
  const signal = new CountingSignal();
  const reason = new Error("enough");
  signal.abort(reason);
  const inner = new Probe(() => 1);
  const future = timeout(inner, 5, { clock, signal: signal.signal });
  assertStrictEquals(thrownBy(() => future.poll(context())), reason);
  assertStrictEquals(thrownBy(() => future.poll(context())), reason);
  assertEquals(
    { polls: inner.polls, drops: inner.drops, added: signal.added, timers: clock.size },
    { polls: 0, drops: 1, added: 0, timers: 0 },
  );
});

Deno.test("timeout() throws the reason when it is aborted, and ignores the signal afterwards", () => {
  const clock = new VirtualClock();
  const signal = new CountingSignal();
  const inner = new Probe();
  const cx = context();
  const future = timeout(inner, 5, { clock, signal: signal.signal });
  future.poll(cx);
  signal.abort("enough");
  assertEquals(
    { wakes: cx.waker.wakes, listeners: signal.listeners, timers: clock.size },
    { wakes: 1, listeners: 0, timers: 0 },
  );
  assertEquals(
    { thrown: thrownBy(() => future.poll(cx)), polls: inner.polls, drops: inner.drops },
    { thrown: "enough", polls: 1, drops: 1 },
  );

  const second = new CountingSignal();
  const done = timeout(ready(1), 5, { clock, signal: second.signal });
  assertEquals(done.poll(cx), 1);
  second.abort("late");
  assertEquals({ output: done.poll(cx), added: second.added }, { output: 1, added: 0 });
});

Deno.test("timeout() throws the reason when the future aborts it by its own poll", () => {
  const clock = new VirtualClock();
  const signal = new CountingSignal();
  const inner = new Probe(() => {
    signal.abort("suicide");
    return PENDING;
  });
  const future = timeout(inner, 5, { clock, signal: signal.signal });
  assertEquals(
    { thrown: thrownBy(() => future.poll(context())), drops: inner.drops, timers: clock.size },
    { thrown: "suicide", drops: 1, timers: 0 },
  );
});

Deno.test("asynchronous clean-up is waited for before the TimeoutError is thrown", () => {
  const clock = new VirtualClock();
  const inner = new Probe().closing((_cx, close) => close === 2 ? undefined : PENDING);
  const future = timeout(inner, 10, { clock });
  const cx = context();
  future.poll(cx);
  clock.advance(10);
  assertStrictEquals(future.poll(cx), PENDING);
  assertEquals(
    { closes: inner.closes, drops: inner.drops, timers: clock.size },
    { closes: 1, drops: 0, timers: 0 },
  );
  assertTimeoutError(thrownBy(() => future.poll(cx)));
  assertEquals(
    { polls: inner.polls, closes: inner.closes, drops: inner.drops },
    { polls: 2, closes: 2, drops: 1 },
  );
});

Deno.test("an error in the clean-up suppresses the TimeoutError, and is not lost", () => {
  const clock = new VirtualClock();
  const error = new Error("boom");
  const inner = new Probe().closing(() => {
    throw error;
  });
  const future = timeout(inner, 10, { clock });
  future.poll(context());
  clock.advance(10);
  const both = thrownBy(() => future.poll(context())) as SuppressedError;
  assertStrictEquals(both.error, error);
  assertTimeoutError(both.suppressed);
  assertEquals(inner.drops, 1);
});

Deno.test("what the future's dispose throws is reported", async () => {
  const error = new Error("boom");
  const inner: Future<number> = {
    poll: () => 1,
    [Symbol.dispose]() {
      throw error;
    },
  };
  assertEquals(await reported(async () => assertEquals(await timeout(inner, 5), 1)), [error]);
});

Deno.test("as the future of a task, it passes the clean-up on when the task is cancelled", async () => {
  const clock = new VirtualClock();
  const queue = new Queue();
  const inner = new Probe().closing((_cx, close) => close === 2 ? undefined : PENDING);
  const [task, handle] = spawn(timeout(inner, 10, { clock }), queue.schedule);
  task.run();
  handle.cancel("enough");
  queue.run();
  assertEquals(
    { closes: inner.closes, drops: inner.drops, timers: clock.size },
    { closes: 1, drops: 0, timers: 0 },
  );
  inner.waker!.wake();
  queue.run();
  assertEquals({ closes: inner.closes, drops: inner.drops }, { closes: 2, drops: 1 });
  assertEquals(await handle.outcome(), { status: "cancelled", reason: "enough" });
});

Deno.test("as the future of a task, it lets go once, whether there is clean-up or not", () => {
  for (const polls of [0, 1]) {
    const clock = new VirtualClock();
    const queue = new Queue();
    const inner = new Probe();
    const [task, handle] = spawn(timeout(inner, 10, { clock }), queue.schedule);
    if (polls === 1) task.run();
    else queue.tasks.push(task);
    handle.cancel();
    queue.run();
    assertEquals(
      { polls: inner.polls, drops: inner.drops, timers: clock.size },
      { polls, drops: 1, timers: 0 },
    );
  }
});

Deno.test("dispose() lets go of the future, and a later poll says so", async () => {
  const clock = new VirtualClock();
  const inner = new Probe();
  const future = timeout(inner, 10, { clock });
  future.poll(context());
  future[Symbol.dispose]();
  future[Symbol.dispose]();
  assertEquals({ drops: inner.drops, timers: clock.size }, { drops: 1, timers: 0 });
  await assertRejects(async () => await future, TypeError, "Cannot poll the future: it was dropped");
});

Deno.test("dispose() of a timeout on a promise stops waiting for it", async () => {
  const cx = context();
  const { promise, resolve } = Promise.withResolvers<number>();
  const future = timeout(promise, 10, { clock: new VirtualClock() });
  future.poll(cx);
  future[Symbol.dispose]();
  resolve(1);
  await macrotask();
  assertEquals(cx.waker.wakes, 0);
});

Deno.test("a task is cancelled with the TimeoutError when the time is up, by whichever handle", async () => {
  const clock = new VirtualClock({ autoAdvance: true });
  const outcomeOf = async (task: Future<unknown>) => {
    const error = await assertRejects(async () => await timeout(task, 10, { clock }));
    assertTimeoutError(error);
    return error;
  };
  const inner = new Probe();
  const [runnable, task] = spawnV4(inner, (runnable) => void runnable.run());
  runnable.run();
  assertStrictEquals(await outcomeOf(task), await assertRejects(async () => await task));
  const other = new Probe();
  const [side, handle] = spawn(other, (task) => void task.run());
  side.run();
  const error = await outcomeOf(handle);
  assertEquals(await handle.outcome(), { status: "cancelled", reason: error });
  assertEquals({ inner: inner.drops, other: other.drops }, { inner: 1, other: 1 });
});

Deno.test("one task in two timeouts: the one that is over cancels it, and the other sees why", async () => {
  const clock = new VirtualClock({ autoAdvance: true });
  const executor = new LocalExecutor();
  const task = executor.spawn(new Probe());
  const results = await Promise.allSettled([timeout(task, 10, { clock }), timeout(task, 20, { clock })]);
  const [first, second] = results.map((result) => (result as PromiseRejectedResult).reason);
  assertTimeoutError(first);
  assertStrictEquals(first, second);
  assertEquals({ now: clock.now(), timers: clock.size }, { now: 10, timers: 0 });
  const quick = executor.spawn(() => 1);
  assertEquals(await Promise.all([timeout(quick, 10, { clock }), timeout(quick, 20, { clock })]), [1, 1]);
});

Deno.test("a cancelled task ends after the clean-up of what it waits for with a timeout", async () => {
  const executor = new LocalExecutor();
  const log: unknown[] = [];
  const child = executor.spawn(async ({ signal }) => {
    await aborted(signal);
    await macrotask();
    log.push(signal.reason);
  });
  const parent = executor.spawn(function* () {
    yield* timeout(child, 60_000);
  });
  await macrotask();
  await parent.cancel("enough");
  log.push("parent");
  assertEquals(log, ["enough", "parent"]);
});

Deno.test("timeout() does not poll what it has begun to close", () => {
  const inner = new Probe().closing((_cx, close) => close < 3 ? PENDING : undefined);
  const future: Future<unknown> = timeout(inner, 60_000);
  const cx = { ...context(), reason: boom };
  assertEquals([future.poll(cx), future.pollClose!(cx), future.poll(cx)], [PENDING, PENDING, PENDING]);
  assertStrictEquals(assertThrows(() => future.poll(cx)), boom);
  assertEquals(
    { polls: inner.polls, closes: inner.closes, drops: inner.drops },
    { polls: 1, closes: 3, drops: 1 },
  );
});

Deno.test("timeout() of a function aborts its signal, interrupts its awaits, and waits for its end", async () => {
  const clock = new VirtualClock({ autoAdvance: true });
  const log: unknown[] = [];
  const error = await assertRejects(async () =>
    await timeout(
      async ({ signal }) => {
        try {
          await sleep(60_000, { clock: new VirtualClock() });
        } catch (error) {
          log.push(error === signal.reason);
          throw error;
        } finally {
          await macrotask();
          log.push("clean");
        }
      },
      10,
      { clock },
    )
  );
  assertTimeoutError(error);
  assertEquals(log, [true, "clean"]);
  assertEquals(await timeout(() => 5, 10, { clock }), 5);
  assertStrictEquals(await assertRejects(async () => await timeout(throws, 10, { clock })), boom);
});

Deno.test("a rejection that a timeout is never asked for is reported when it is let go of", async () => {
  const errors = await reported(async () => {
    const future = timeout(Promise.reject(boom), 60_000);
    await macrotask();
    future[Symbol.dispose]();
    future[Symbol.dispose]();
  });
  assertEquals(errors, [boom]);
});

Deno.test("timeout() in a timeout: the shorter one counts", async () => {
  const clock = new VirtualClock({ autoAdvance: true });
  for (const [outer, inner] of [[10, 20], [20, 10]]) {
    const start = clock.now();
    const probe = new Probe();
    const future = timeout(timeout(probe, inner, { clock }), outer, { clock });
    assertTimeoutError(await assertRejects(async () => await future));
    assertEquals(
      { elapsed: clock.now() - start, drops: probe.drops, timers: clock.size },
      { elapsed: 10, drops: 1, timers: 0 },
    );
  }
});

Deno.test("a future of any shape will do", async () => {
  class Twice implements Future<string> {
    polls = 0;
    poll(cx: Context): Poll<string> {
      if (++this.polls === 2) return "done";
      cx.waker.wake();
      return PENDING;
    }
  }
  assertEquals(await timeout(new Twice(), 1000), "done");
});

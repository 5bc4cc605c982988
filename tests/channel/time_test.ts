import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { PENDING, spawn } from "../../mod.ts";
import { bounded, EMPTY, Selector, SendError, unbounded } from "../../lib/channel/mod.ts";
import { VirtualClock } from "../../lib/time/mod.ts";
import { context, Queue, thrownBy } from "../helpers.ts";
import { CountingSignal } from "../time/counting_signal.ts";

Deno.test("recvTimeout() and recvDeadline() throw a TimeoutError when the time is up, and take nothing", () => {
  const clock = new VirtualClock({ now: 100 });
  const [tx, rx] = unbounded<number>();
  for (const recv of [rx.recvTimeout(10, { clock }), rx.recvDeadline(clock.now() + 10, { clock })]) {
    const cx = context();
    assertStrictEquals(recv.poll(cx), PENDING);
    clock.advance(10);
    assertEquals(cx.waker.wakes, 1);
    const error = thrownBy(() => recv.poll(cx)) as DOMException;
    assert(error instanceof DOMException);
    assertEquals({ name: error.name, timers: clock.size }, { name: "TimeoutError", timers: 0 });
  }
  tx.trySend(1);
  assertEquals(rx.tryRecv(), 1);
});

Deno.test("recvTimeout() gives a message that comes in time, or was there, and takes its wake-up back", async () => {
  const clock = new VirtualClock();
  const [tx, rx] = unbounded<number>();
  const recv = rx.recvTimeout(10, { clock });
  const cx = context();
  recv.poll(cx);
  clock.advance(9);
  tx.trySend(1);
  clock.advance(5);
  assertEquals({ output: recv.poll(cx), timers: clock.size }, { output: 1, timers: 0 });
  tx.trySend(2);
  assertEquals(await rx.recvTimeout(-1, { clock }), 2);
});

Deno.test("recvTimeout() that is let go of gives its message back", () => {
  const clock = new VirtualClock();
  const [tx, rx] = unbounded<number>();
  const recv = rx.recvTimeout(10, { clock });
  recv.poll(context());
  tx.trySend(1);
  recv[Symbol.dispose]();
  assertEquals({ received: rx.tryRecv(), timers: clock.size }, { received: 1, timers: 0 });
});

Deno.test("sendTimeout() and sendDeadline() give the message back when the time is up", () => {
  const clock = new VirtualClock();
  const [tx, rx] = bounded<string>(0);
  for (
    const send of [tx.sendTimeout("a", 10, { clock }), tx.sendDeadline("a", clock.now() + 10, { clock })]
  ) {
    const cx = context();
    assertStrictEquals(send.poll(cx), PENDING);
    clock.advance(10);
    const error = thrownBy(() => send.poll(cx)) as SendError<string>;
    assert(error instanceof SendError);
    assertEquals(
      { name: error.name, reason: error.reason, value: error.value, message: error.message },
      { name: "TimeoutError", reason: "timeout", value: "a", message: "Cannot send: the time is up" },
    );
    assertEquals(
      { isSent: send.isSent, message: send.message, received: rx.tryRecv(), timers: clock.size },
      { isSent: false, message: "a", received: EMPTY, timers: 0 },
    );
    assertStrictEquals(thrownBy(() => send.poll(cx)), error);
  }
});

Deno.test("sendTimeout() sends in time, or at once, and tells that the receivers are gone", async () => {
  const clock = new VirtualClock();
  const [tx, rx] = bounded<string>(1);
  await tx.sendTimeout("a", 0, { clock });
  const send = tx.sendTimeout("b", 10, { clock });
  send.poll(context());
  assertEquals(
    { received: rx.tryRecv(), isSent: send.isSent, output: send.poll(context()), timers: clock.size },
    { received: "a", isSent: true, output: undefined, timers: 0 },
  );
  const last = tx.sendTimeout("c", 10, { clock });
  last.poll(context());
  rx[Symbol.dispose]();
  const error = thrownBy(() => last.poll(context())) as SendError<string>;
  assertEquals(
    { reason: error.reason, value: error.value, timers: clock.size },
    { reason: "disconnected", value: "c", timers: 0 },
  );
});

Deno.test("timeouts throw the reason of the signal, a TimeoutError too, as it is", () => {
  const clock = new VirtualClock();
  const [tx, rx] = bounded<string>(0);
  const reason = new DOMException("mine", "TimeoutError");
  const waits = [
    (signal: AbortSignal) => tx.sendTimeout("a", 10, { clock, signal }),
    (signal: AbortSignal) => rx.recvTimeout(10, { clock, signal }),
    (signal: AbortSignal) => new Selector().recv(rx, () => {}).waitTimeout(10, { clock, signal }),
  ];
  for (const wait of waits) {
    const signal = new CountingSignal();
    const future = wait(signal.signal);
    const cx = context();
    assertStrictEquals(future.poll(cx), PENDING);
    signal.abort(reason);
    assertEquals(cx.waker.wakes, 1);
    assertStrictEquals(thrownBy(() => future.poll(cx)), reason);
    assertEquals({ listeners: signal.listeners, timers: clock.size }, { listeners: 0, timers: 0 });
  }
  assertEquals(
    { received: rx.tryRecv(), sent: tx.trySend("b") },
    { received: EMPTY, sent: { reason: "full", value: "b" } },
  );
});

Deno.test("timeouts refuse what is no time", () => {
  const [tx, rx] = unbounded<number>();
  const selector = new Selector().recv(rx, () => {});
  const waits: [string, (ms: number) => unknown][] = [
    ["receive", (ms) => rx.recvTimeout(ms)],
    ["receive", (ms) => rx.recvDeadline(ms)],
    ["send", (ms) => tx.sendTimeout(1, ms)],
    ["send", (ms) => tx.sendDeadline(1, ms)],
    ["select", (ms) => selector.waitTimeout(ms)],
    ["select", (ms) => selector.waitDeadline(ms)],
  ];
  for (const [action, wait] of waits) {
    assertThrows(() => wait(NaN), RangeError, `Cannot ${action}: expected ms, got NaN`);
    assertThrows(() => wait("5" as never), TypeError, `Cannot ${action}: expected ms, got "5"`);
  }
});

Deno.test("timeouts may be awaited by several, and waited for with yield*", async () => {
  const clock = new VirtualClock({ autoAdvance: true });
  const [tx, rx] = unbounded<number>();
  const recv = rx.recvTimeout(10, { clock });
  const results = await Promise.allSettled([recv, recv]);
  assertEquals(results.map(({ status }) => status), ["rejected", "rejected"]);
  const another = rx.recvTimeout(10, { clock });
  const promise = another.then();
  const queue = new Queue();
  const [task, handle] = spawn(function* () {
    return [yield* another, yield* rx.recvTimeout(10, { clock })];
  }, queue.schedule);
  task.run();
  tx.trySend(1);
  tx.trySend(2);
  assertEquals(await promise, 1);
  queue.run();
  assertEquals(await handle, [1, 2]);
});

Deno.test("waitTimeout() and waitDeadline() of a selector give up, and lose nothing", async () => {
  const clock = new VirtualClock({ autoAdvance: true });
  const [tx, rx] = bounded<string>(0);
  const selector = new Selector().recv(rx, () => "received");
  await assertRejects(async () => await selector.waitTimeout(10, { clock }), DOMException, "the time is up");
  await assertRejects(async () => await selector.waitDeadline(10, { clock }), DOMException, "the time is up");
  const send = tx.send("a");
  send.poll(context());
  assertEquals(
    { output: await selector.waitTimeout(0, { clock }), timers: clock.size },
    { output: "received", timers: 0 },
  );
});

Deno.test("a timeout that is let go of tells who awaits it", async () => {
  const clock = new VirtualClock();
  const [, rx] = unbounded<number>();
  const recv = rx.recvTimeout(10, { clock });
  const rejected = assertRejects(async () => await recv, TypeError, "it was dropped before it had an output");
  await null;
  recv[Symbol.dispose]();
  await rejected;
  assertEquals(clock.size, 0);
});

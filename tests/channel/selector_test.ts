import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PENDING, spawn } from "../../mod.ts";
import { bounded, DISCONNECTED, EMPTY, type Receiver, Selector, unbounded } from "../../lib/channel/mod.ts";
import { context, macrotask, Queue, thrownBy } from "../helpers.ts";
import { CountingSignal } from "../time/counting_signal.ts";

/** What was received, and from which. */
interface Received<T> {
  from: number;
  message: T | typeof DISCONNECTED;
}

/** A selector that receives from all, and says from which. */
function receiveFrom<T>(...receivers: Receiver<T>[]): Selector<Received<T>> {
  let selector = new Selector<Received<T>>();
  for (const [i, rx] of receivers.entries()) {
    selector = selector.recv(rx, (message) => ({ from: i, message }));
  }
  return selector;
}

Deno.test("Selector does what is ready, and only that", () => {
  const [tx1, rx1] = unbounded<number>();
  const [tx2, rx2] = bounded<number>(0);
  tx1.trySend(1);
  const selector = new Selector().recv(rx1, (message) => message).send(tx2, 2, () => "sent");
  assertEquals(
    { output: selector.wait().poll(context()), receivedFrom1: rx1.tryRecv(), receivedFrom2: rx2.tryRecv() },
    { output: 1, receivedFrom1: EMPTY, receivedFrom2: EMPTY },
  );
  const recv = rx2.recv();
  recv.poll(context());
  assertEquals(
    { output: selector.wait().poll(context()), received: recv.poll(context()) },
    { output: "sent", received: 2 },
  );
});

Deno.test("Selector waits for the first, and the others lose nothing", () => {
  const [tx1, rx1] = unbounded<number>();
  const [tx2, rx2] = unbounded<number>();
  const [tx3, rx3] = bounded<number>(0);
  const wait = new Selector().recv(rx1, () => 1).recv(rx2, () => 2).send(tx3, 3, () => 3).wait();
  const cx = context();
  assertStrictEquals(wait.poll(cx), PENDING);
  assertStrictEquals(wait.poll(cx), PENDING);
  tx2.trySend(2);
  tx1.trySend(1);
  assertEquals(
    { received: rx3.tryRecv(), wakes: cx.waker.wakes, length1: rx1.length, length2: rx2.length },
    { received: EMPTY, wakes: 1, length1: 1, length2: 0 },
  );
  assertEquals(
    { output: wait.poll(cx), receivedFrom1: rx1.tryRecv(), receivedFrom2: rx2.tryRecv() },
    { output: 2, receivedFrom1: 1, receivedFrom2: EMPTY },
  );
  assertThrows(() => wait.poll(cx), TypeError, "the future has given out its output");
});

Deno.test("Selector sends when somebody takes the message", () => {
  const [tx, rx] = bounded<string>(0);
  const [, other] = unbounded<string>();
  const wait = new Selector().send(tx, "a", (unsent) => unsent).recv(other, () => "b").wait();
  const cx = context();
  wait.poll(cx);
  assertEquals(
    { received: rx.tryRecv(), wakes: cx.waker.wakes, output: wait.poll(cx), receivedThen: rx.tryRecv() },
    { received: "a", wakes: 1, output: undefined, receivedThen: EMPTY },
  );
});

Deno.test("Selector stands in line with the others who wait", () => {
  const [tx, rx] = unbounded<number>();
  const before = rx.recv();
  before.poll(context());
  const wait = receiveFrom(rx).wait();
  wait.poll(context());
  const after = rx.recv();
  after.poll(context());
  for (const i of [1, 2, 3]) tx.trySend(i);
  assertEquals(
    { before: before.poll(context()), selected: wait.poll(context()), after: after.poll(context()) },
    { before: 1, selected: { from: 0, message: 2 }, after: 3 },
  );
});

Deno.test("Selector that is let go of loses nothing, be it waiting or chosen", () => {
  const [tx, rx] = unbounded<number>();
  const [tx2, rx2] = bounded<number>(0);
  const make = () => receiveFrom(rx).send(tx2, 9, () => "sent").wait();
  const waiting = make();
  waiting.poll(context());
  waiting[Symbol.dispose]();
  tx.trySend(1);
  assertEquals(
    { received: rx.tryRecv(), receivedFrom2: rx2.tryRecv() },
    { received: 1, receivedFrom2: EMPTY },
  );

  const chosen = make();
  chosen.poll(context());
  tx.trySend(2);
  tx.trySend(3);
  chosen[Symbol.dispose]();
  assertEquals(
    { drained: rx.drain(), receivedFrom2: rx2.tryRecv() },
    { drained: [2, 3], receivedFrom2: EMPTY },
  );
  assertThrows(() => chosen.poll(context()), DOMException, "Cannot select: the future was dropped");

  const sent = make();
  sent.poll(context());
  assertEquals(rx2.tryRecv(), 9);
  sent[Symbol.dispose]();
  assertEquals(rx2.tryRecv(), EMPTY);
});

Deno.test("Selector counts a channel that is disconnected as done, and says so", () => {
  const [tx, rx] = unbounded<number>();
  const [tx2, rx2] = bounded<string>(0);
  const selector = receiveFrom(rx).send(tx2, "a", (unsent) => unsent);
  const [first, second] = [selector.wait(), selector.wait()];
  const cx = context();
  first.poll(cx);
  tx[Symbol.dispose]();
  assertEquals({ wakes: cx.waker.wakes, output: first.poll(cx) }, {
    wakes: 1,
    output: { from: 0, message: DISCONNECTED },
  });
  assertEquals(second.poll(cx), { from: 0, message: DISCONNECTED });

  const [, other] = unbounded<number>();
  const sends = new Selector().recv(other, () => 0).send(tx2, "a", (unsent) => unsent);
  const third = sends.wait();
  third.poll(cx);
  rx2[Symbol.dispose]();
  const unsent = { reason: "disconnected", value: "a" } as const;
  assertEquals(
    { waiting: third.poll(cx), another: sends.wait().poll(cx) },
    { waiting: unsent, another: unsent },
  );

  const fourth = receiveFrom(other).wait();
  fourth.poll(cx);
  fourth[Symbol.dispose]();
});

Deno.test("Selector that is chosen by a disconnection, and let go of, gives nothing back", () => {
  const [tx, rx] = unbounded<number>();
  const wait = receiveFrom(rx).wait();
  wait.poll(context());
  tx[Symbol.dispose]();
  wait[Symbol.dispose]();
  assertEquals({ length: rx.length, received: rx.tryRecv() }, { length: 0, received: DISCONNECTED });
});

Deno.test("Selector is fair to channels that are never empty", () => {
  const channels = Array.from({ length: 4 }, () => unbounded<number>());
  for (const [tx] of channels) for (let i = 0; i < 2000; i++) tx.trySend(i);
  const selector = receiveFrom(...channels.map(([, rx]) => rx));
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 2000; i++) counts[(selector.wait().poll(context()) as Received<number>).from]++;
  for (const count of counts) assert(count > 350 && count < 650, `${counts}`);
});

Deno.test("Selector that is biased chooses what was added first", () => {
  const channels = Array.from({ length: 3 }, () => unbounded<number>());
  for (const [tx] of channels) for (const i of [1, 2]) tx.trySend(i);
  let selector = new Selector<[number, unknown]>({ biased: true });
  for (const [i, [, rx]] of channels.entries()) selector = selector.recv(rx, (message) => [i, message]);
  const chosen = Array.from({ length: 6 }, () => selector.wait().poll(context()));
  assertEquals(chosen, [[0, 1], [0, 2], [1, 1], [1, 2], [2, 1], [2, 2]]);
});

Deno.test("tryWait() does what is ready, and does not wait", () => {
  const [tx, rx] = unbounded<number>();
  const [tx2, rx2] = bounded<number>(0);
  const selector = new Selector().recv(rx, (message) => message).send(tx2, 9, () => "sent");
  assertStrictEquals(selector.tryWait(), EMPTY);
  tx.trySend(1);
  assertEquals({ output: selector.tryWait(), then: selector.tryWait() }, { output: 1, then: EMPTY });
  const recv = rx2.recv();
  recv.poll(context());
  assertEquals({ output: selector.tryWait(), received: recv.poll(context()) }, {
    output: "sent",
    received: 9,
  });
  tx[Symbol.dispose]();
  assertStrictEquals(selector.tryWait(), DISCONNECTED);
  rx[Symbol.dispose]();
  assertThrows(() => selector.tryWait(), TypeError, "Cannot select: the receiver was disposed");
  assertThrows(() => new Selector().tryWait(), TypeError, "the selector has no branches");
  assertEquals(tx2.toJSON(), { ...tx2.toJSON(), waitingSenders: 0, waitingReceivers: 0 });
});

Deno.test("Selector may have several branches on one channel, and on both of its sides", () => {
  const [tx, rx] = bounded<number>(0);
  const sent = (from: number) => (): Received<number> => ({ from, message: 0 });
  const make = () => receiveFrom(rx, rx).send(tx, 1, sent(2)).send(tx, 1, sent(3)).wait();
  const wait = make();
  const cx = context();
  assertStrictEquals(wait.poll(cx), PENDING);
  const other = make();
  const ends = [other.poll(context()) as Received<number>];
  assertEquals(cx.waker.wakes, 1);
  ends.push(wait.poll(cx) as Received<number>);
  assertEquals(ends.map(({ message }) => message).toSorted(), [0, 1]); // one has sent, the other has received
  const third = make();
  third.poll(cx);
  assertEquals(rx.drain(), [1]);
  assertEquals(third.poll(cx), { from: 2, message: 0 });
});

Deno.test("Selector with several branches on one channel fails, or ends, once", () => {
  const [tx, rx] = unbounded<number>();
  const another = rx.clone();
  const cx = context();
  const wait = receiveFrom(rx, rx, another).wait();
  wait.poll(cx);
  rx[Symbol.dispose]();
  assertEquals(cx.waker.wakes, 1);
  assertThrows(() => wait.poll(cx), TypeError, "Cannot select: the receiver was disposed");
  const last = receiveFrom(another, another).wait();
  last.poll(cx);
  tx[Symbol.dispose]();
  assertEquals({ wakes: cx.waker.wakes, output: last.poll(cx) }, {
    wakes: 2,
    output: { from: 0, message: DISCONNECTED },
  });
});

Deno.test("Selector refuses what it can't wait for", () => {
  const [tx, rx] = unbounded<number>();
  assertThrows(
    () => new Selector().wait(),
    TypeError,
    "Cannot select: the selector has no branches, expected",
  );
  assertThrows(() => new Selector().recv(rx, 1 as never), TypeError, "expected a function, got 1");
  assertThrows(() => new Selector().send(tx, 1, undefined as never), TypeError, "got undefined");
  assertThrows(() => new Selector().send(tx, PENDING as never, () => {}), TypeError, "there is no message");
  const selector = receiveFrom(rx);
  rx[Symbol.dispose]();
  const wait = selector.wait();
  assertThrows(() => wait.poll(context()), TypeError, "Cannot select: the receiver was disposed");
  assertThrows(
    () => new Selector().recv(rx, () => {}),
    TypeError,
    "Cannot select: the receiver was disposed",
  );
});

Deno.test("Selector throws the reason of the signal, and loses nothing", () => {
  const [tx, rx] = unbounded<number>();
  const signal = new CountingSignal();
  const wait = receiveFrom(rx).wait(signal);
  const cx = context();
  wait.poll(cx);
  assertEquals(signal.listeners, 1);
  signal.abort("enough");
  tx.trySend(1);
  assertEquals(
    { thrown: thrownBy(() => wait.poll(cx)), listeners: signal.listeners, wakes: cx.waker.wakes },
    { thrown: "enough", listeners: 0, wakes: 1 },
  );
  assertEquals(thrownBy(() => receiveFrom(rx).wait(signal).poll(cx)), "enough");
  assertEquals(rx.tryRecv(), 1);
});

Deno.test("Selector may be awaited: its function is not called by whoever sends", async () => {
  const [tx, rx] = unbounded<number>();
  const log: string[] = [];
  const selector = new Selector().recv(rx, (message) => {
    log.push(`received ${String(message)}`);
    return message;
  });
  const wait = selector.wait();
  const promises = [wait.then(), wait.then()];
  tx.trySend(1);
  log.push("sent");
  assertEquals(await Promise.all(promises), [1, 1]);
  assertEquals(log, ["sent", "received 1"]);
  tx.trySend(2);
  assertEquals(await selector.wait(), 2);
});

Deno.test("what the function of a branch throws is thrown by the wait", async () => {
  const [tx, rx] = unbounded<number>();
  const selector = new Selector().recv(rx, (message) => {
    throw new Error(`boom ${String(message)}`);
  });
  tx.trySend(1);
  assertThrows(() => selector.wait().poll(context()), Error, "boom 1");
  tx.trySend(2);
  await assertRejects(async () => await selector.wait(), Error, "boom 2");
  assertEquals(rx.length, 0);
});

Deno.test("Selector works with yield*, and gives back what a cancelled task was handed", async () => {
  const [tx, rx] = unbounded<number>();
  const queue = new Queue();
  const selector = receiveFrom(rx);
  const [task, handle] = spawn(function* () {
    const first = yield* selector.wait();
    yield* selector.wait();
    return first;
  }, queue.schedule);
  task.run();
  tx.trySend(1);
  queue.run();
  tx.trySend(2);
  handle.cancel();
  queue.run();
  await macrotask();
  assertEquals(
    { drained: rx.drain(), status: (await handle.outcome()).status },
    { drained: [2], status: "cancelled" },
  );
});

Deno.test("a selector chooses among what is ready, the first of it if it is biased", () => {
  const queues = fc.array(fc.nat(3), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(queues, fc.boolean(), (counts, biased) => {
      const left = [...counts];
      let selector = new Selector<[number, unknown]>({ biased });
      for (const [i, count] of counts.entries()) {
        const [tx, rx] = unbounded<number>();
        for (let n = 0; n < count; n++) tx.trySend(n);
        selector = selector.recv(rx, (message) => [i, message]);
      }
      for (let sum = counts.reduce((a, b) => a + b, 0); sum > 0; sum--) {
        const [i, message] = selector.tryWait() as [number, unknown];
        assertEquals(message, counts[i] - left[i]);
        if (biased) assertEquals(i, left.findIndex((count) => count > 0));
        left[i]--;
      }
      assertEquals({ left, then: selector.tryWait() }, { left: counts.map(() => 0), then: EMPTY });
    }),
  );
});

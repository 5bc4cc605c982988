/** Sends and receives that wait, one by one and in order, and what becomes of those that are let go of. */
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { PENDING, spawn } from "../../mod.ts";
import {
  bounded,
  EMPTY,
  type Receiver,
  type Recv,
  RecvError,
  type Send,
  SendError,
  unbounded,
} from "../../lib/channel/mod.ts";
import { boom, context, macrotask, Queue, reported, thrownBy, throws } from "../helpers.ts";
import { CountingSignal } from "../time/counting_signal.ts";

/** Receives that wait, in this order. */
function waiting<T>(rx: Receiver<T>, count: number): Recv<T>[] {
  return Array.from({ length: count }, () => {
    const recv = rx.recv();
    assertStrictEquals(recv.poll(context()), PENDING);
    return recv;
  });
}

Deno.test("recv() gives what is there at once, and waits for what is not", () => {
  const [tx, rx] = unbounded<string>();
  tx.trySend("a");
  const cx = context();
  assertEquals(rx.recv().poll(cx), "a");
  const recv = rx.recv();
  assertStrictEquals(recv.poll(cx), PENDING);
  assertEquals(cx.waker.wakes, 0);
  tx.trySend("b");
  assertEquals(
    { wakes: cx.waker.wakes, length: rx.length, received: rx.tryRecv() },
    { wakes: 1, length: 0, received: EMPTY },
  );
  assertEquals({ output: recv.poll(cx), wakes: cx.waker.wakes }, { output: "b", wakes: 1 });
  assertThrows(() => recv.poll(cx), TypeError, "the future has given out its message");
});

Deno.test("recv() takes nothing before it is polled", () => {
  const [tx, rx] = unbounded<string>();
  const recv = rx.recv();
  tx.trySend("a");
  assertEquals({ length: rx.length, received: rx.tryRecv() }, { length: 1, received: "a" });
  assertStrictEquals(recv.poll(context()), PENDING);
});

Deno.test("recv() wakes who polled last", () => {
  const [tx, rx] = unbounded<string>();
  const recv = rx.recv();
  const [cx1, cx2] = [context(), context()];
  recv.poll(cx1);
  recv.poll(cx2);
  tx.trySend("a");
  assertEquals(
    { firstWakes: cx1.waker.wakes, secondWakes: cx2.waker.wakes },
    { firstWakes: 0, secondWakes: 1 },
  );
});

Deno.test("recv() and send() refuse what is no waker", () => {
  const [tx, rx] = bounded<number>(0);
  for (const future of [rx.recv(), tx.send(1)]) {
    assertThrows(() => future.poll({ waker: {} } as never), TypeError, "it has no wake() method");
  }
  assertEquals(rx.tryRecv(), EMPTY);
});

Deno.test("receives that wait are served in order, whoever polls first", () => {
  const [tx, rx] = unbounded<number>();
  const recvs = waiting(rx, 3);
  for (const i of [0, 1, 2]) tx.trySend(i);
  assertEquals(recvs.map((recv) => recv.poll(context())), [0, 1, 2]);
  const more = waiting(rx, 3);
  for (const i of [0, 1, 2]) tx.trySend(i);
  assertEquals(more.reverse().map((recv) => recv.poll(context())), [2, 1, 0]);
});

Deno.test("a message for who waits can't be had by who comes later", () => {
  const [tx, rx] = unbounded<number>();
  const [recv] = waiting(rx, 1);
  tx.trySend(1);
  assertEquals(
    { received: rx.tryRecv(), drained: rx.drain(), length: rx.length },
    { received: EMPTY, drained: [], length: 0 },
  );
  tx.trySend(2);
  assertEquals({ next: rx.tryRecv(), waiting: recv.poll(context()) }, { next: 2, waiting: 1 });
});

Deno.test("send() on an unbounded channel sends at once, and fails when it is polled", () => {
  const [tx, rx] = unbounded<string>();
  const send = tx.send("a");
  assertEquals(
    { length: rx.length, isSent: send.isSent, message: send.message },
    { length: 1, isSent: true, message: undefined },
  );
  assertEquals({ output: send.poll(context()), length: rx.length }, { output: undefined, length: 1 });
  const aborted = tx.send("b", { signal: AbortSignal.abort("enough") });
  assertEquals(
    { length: rx.length, thrown: thrownBy(() => aborted.poll(context())) },
    { length: 1, thrown: "enough" },
  );
  rx[Symbol.dispose]();
  const failing = tx.send("c");
  const error = thrownBy(() => failing.poll(context())) as SendError<string>;
  assertEquals({ reason: error.reason, value: error.value }, { reason: "disconnected", value: "c" });
});

Deno.test("send() is done at once if there is room, and nothing is sent before it is polled", () => {
  const [tx, rx] = bounded<string>(2);
  const send = tx.send("a");
  assertEquals(
    { length: rx.length, isSent: send.isSent, message: send.message },
    { length: 0, isSent: false, message: "a" },
  );
  assertEquals(
    { output: send.poll(context()), length: rx.length, isSent: send.isSent, message: send.message },
    { output: undefined, length: 1, isSent: true, message: undefined },
  );
  assertEquals({ output: send.poll(context()), length: rx.length }, { output: undefined, length: 1 });
});

Deno.test("sends that wait are served in order, and nobody overtakes them", () => {
  const [tx, rx] = bounded<number>(1);
  tx.trySend(0);
  const cxs = [1, 2, 3].map(() => context());
  const sends = [1, 2, 3].map((message, i) => {
    const send = tx.send(message);
    assertStrictEquals(send.poll(cxs[i]), PENDING);
    return send;
  });
  assertEquals(rx.tryRecv(), 0);
  assertEquals(
    { isSent: sends.map((send) => send.isSent), length: rx.length },
    { isSent: [true, false, false], length: 1 },
  );
  assertEquals(cxs.map(({ waker }) => waker.wakes), [1, 0, 0]);
  assertEquals(tx.trySend(9), { reason: "full", value: 9 });
  assertEquals([rx.tryRecv(), rx.tryRecv(), rx.tryRecv(), rx.tryRecv()], [1, 2, 3, EMPTY]);
});

Deno.test("a receive that is let go of is skipped", () => {
  const [tx, rx] = unbounded<number>();
  const recvs = waiting(rx, 3);
  recvs[1][Symbol.dispose]();
  recvs[1][Symbol.dispose]();
  tx.trySend(0);
  tx.trySend(1);
  tx.trySend(2);
  assertEquals(
    { first: recvs[0].poll(context()), third: recvs[2].poll(context()), received: rx.tryRecv() },
    { first: 0, third: 1, received: 2 },
  );
  const error = thrownBy(() => recvs[1].poll(context())) as DOMException;
  assertEquals(
    { name: error.name, message: error.message },
    { name: "AbortError", message: "Cannot receive: the future was dropped" },
  );
});

Deno.test("a receive that is let go of with a message gives it to the next who waits", () => {
  const [tx, rx] = unbounded<number>();
  const recvs = waiting(rx, 2);
  tx.trySend(1);
  recvs[0][Symbol.dispose]();
  assertEquals({ length: rx.length, received: recvs[1].poll(context()) }, { length: 0, received: 1 });
});

Deno.test("a receive that is let go of with a message gives it back to the front of the queue", () => {
  const [tx, rx] = unbounded<number>();
  const [recv] = waiting(rx, 1);
  tx.trySend(1);
  tx.trySend(2);
  recv[Symbol.dispose]();
  assertEquals(
    { length: rx.length, received: [rx.tryRecv(), rx.tryRecv()] },
    { length: 2, received: [1, 2] },
  );
});

Deno.test("messages that are given back are in the order in which they were sent, whoever is first", () => {
  for (const order of [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]]) {
    const [tx, rx] = unbounded<number>();
    const recvs = waiting(rx, 4);
    for (let i = 0; i < 6; i++) tx.trySend(i);
    for (const i of order) recvs[i][Symbol.dispose]();
    assertEquals([...rx.tryIter()], [0, 1, 2, 3, 4, 5]);
  }
});

Deno.test("messages are given back in order when others have been taken in between", () => {
  const [tx, rx] = unbounded<number>();
  const recvs = waiting(rx, 4);
  for (let i = 0; i < 5; i++) tx.trySend(i);
  recvs[1][Symbol.dispose]();
  recvs[2][Symbol.dispose]();
  assertEquals(rx.tryRecv(), 1);
  recvs[3][Symbol.dispose]();
  recvs[0][Symbol.dispose]();
  assertEquals([...rx.tryIter()], [0, 2, 3, 4]);
  const [recv] = waiting(rx, 1);
  tx.trySend(5);
  tx.trySend(6);
  recv[Symbol.dispose]();
  assertEquals(rx.drain(), [5, 6]);
});

Deno.test("a full channel takes a message back all the same, and makes room for nobody before it has some", () => {
  for (const capacity of [0, 1]) {
    const [tx, rx] = bounded<number>(capacity);
    const [recv] = waiting(rx, 1);
    tx.trySend(0);
    const sends = [1, 2].map((message) => tx.send(message));
    const done = sends.map((send) => send.poll(context()) !== PENDING);
    assertEquals(done, [capacity === 1, false]);
    recv[Symbol.dispose]();
    assertEquals(rx.length, capacity + 1);
    assertEquals({ received: rx.tryRecv(), isSent: sends[1].isSent }, { received: 0, isSent: false });
    assertEquals(
      { received: [rx.tryRecv(), rx.tryRecv()], isSent: sends[1].isSent },
      { received: [1, 2], isSent: true },
    );
  }
});

Deno.test("a send that is let go of keeps its message, and is skipped", () => {
  const [tx, rx] = bounded<number>(0);
  const sends = [1, 2, 3].map((message) => tx.send(message));
  for (const send of sends) send.poll(context());
  sends[1][Symbol.dispose]();
  assertEquals({ isSent: sends[1].isSent, message: sends[1].message }, { isSent: false, message: 2 });
  assertEquals([rx.tryRecv(), rx.tryRecv(), rx.tryRecv()], [1, 3, EMPTY]);
  sends[0][Symbol.dispose]();
  assertEquals(
    { isSent: sends[0].isSent, output: sends[0].poll(context()) },
    { isSent: true, output: undefined },
  );
  const error = thrownBy(() => sends[1].poll(context())) as DOMException;
  assertEquals(
    { name: error.name, message: error.message },
    { name: "AbortError", message: "Cannot send: the future was dropped" },
  );
});

Deno.test("a future that is let go of before it is polled does nothing", () => {
  const [tx, rx] = bounded<number>(2);
  const send: Send<number> = tx.send(1);
  send[Symbol.dispose]();
  assertThrows(() => send.poll(context()), DOMException, "the future was dropped");
  tx.trySend(2);
  const recv = rx.recv();
  recv[Symbol.dispose]();
  assertThrows(() => recv.poll(context()), DOMException, "the future was dropped");
  assertEquals({ message: send.message, drained: rx.drain() }, { message: 1, drained: [2] });
});

Deno.test("what was sent before the last sender went is received, and then a RecvError thrown", async () => {
  const [tx, rx] = unbounded<number>();
  tx.trySend(1);
  tx[Symbol.dispose]();
  assertEquals(
    { isDisconnected: rx.isDisconnected, received: await rx.recv() },
    { isDisconnected: true, received: 1 },
  );
  const recv = rx.recv();
  const error = thrownBy(() => recv.poll(context())) as Error;
  assert(error instanceof RecvError);
  assertEquals(
    { name: error.name, message: error.message },
    { name: "RecvError", message: "Cannot receive: the channel is empty, and all senders are gone" },
  );
  assertStrictEquals(thrownBy(() => recv.poll(context())), error);
  await assertRejects(async () => await rx.recv(), RecvError);
});

Deno.test("receives that wait fail when the last sender goes", async () => {
  const [tx, rx] = unbounded<number>();
  const another = tx.clone();
  const cx = context();
  const recv = rx.recv();
  recv.poll(cx);
  const awaited = assertRejects(async () => await rx.recv(), RecvError);
  await null;
  tx[Symbol.dispose]();
  assertEquals(cx.waker.wakes, 0);
  another[Symbol.dispose]();
  assertEquals(cx.waker.wakes, 1);
  assertThrows(() => recv.poll(cx), RecvError);
  await awaited;
});

Deno.test("sends fail with their message when the last receiver goes, or has gone", async () => {
  const [tx, rx] = bounded<string>(0);
  const another = rx.clone();
  const cx = context();
  const send = tx.send("a");
  send.poll(cx);
  rx[Symbol.dispose]();
  assertEquals(
    { wakes: cx.waker.wakes, isDisconnected: tx.isDisconnected },
    { wakes: 0, isDisconnected: false },
  );
  another[Symbol.dispose]();
  assertEquals(
    { wakes: cx.waker.wakes, isDisconnected: tx.isDisconnected },
    { wakes: 1, isDisconnected: true },
  );
  const error = thrownBy(() => send.poll(cx)) as SendError<string>;
  assert(error instanceof SendError);
  assertEquals(
    {
      name: error.name,
      reason: error.reason,
      value: error.value,
      text: error.message,
      message: send.message,
      isSent: send.isSent,
    },
    {
      name: "SendError",
      reason: "disconnected",
      value: "a",
      text: "Cannot send: all receivers are gone",
      message: "a",
      isSent: false,
    },
  );
  assertEquals(tx.trySend("b"), { reason: "disconnected", value: "b" });
  const late = await assertRejects(async () => await tx.send("c"), SendError<string>);
  assertEquals(late.value, "c");
});

Deno.test("the last receiver takes with it what is in the queue, but not what was handed over", () => {
  const [tx, rx] = unbounded<number>();
  const [recv, dropped] = waiting(rx, 2);
  for (const i of [0, 1, 2]) tx.trySend(i);
  rx[Symbol.dispose]();
  assertEquals({ length: tx.length, received: recv.poll(context()) }, { length: 0, received: 0 });
  dropped[Symbol.dispose]();
  assertEquals(tx.length, 0);
});

Deno.test("waits through a handle that is disposed fail, and others go on", async () => {
  const [tx, rx] = bounded<number>(0);
  const [tx2, rx2] = [tx.clone(), rx.clone()];
  const cx = context();
  const [recv] = waiting(rx2, 1);
  const own = rx.recv();
  own.poll(cx);
  const unpolled = rx.recv();
  rx[Symbol.dispose]();
  assertEquals(cx.waker.wakes, 1);
  for (const future of [own, unpolled]) {
    assertThrows(() => future.poll(cx), TypeError, "Cannot receive: the receiver was disposed");
  }
  tx.trySend(1);
  assertEquals(recv.poll(cx), 1);

  const send = tx.send(2);
  send.poll(cx);
  const awaited = assertRejects(
    async () => await tx.send(3),
    TypeError,
    "Cannot send: the sender was disposed",
  );
  const another = tx2.send(4);
  another.poll(cx);
  await null;
  tx[Symbol.dispose]();
  assertThrows(() => send.poll(cx), TypeError, "Cannot send: the sender was disposed");
  await awaited;
  assertEquals(
    { message: send.message, received: [rx2.tryRecv(), rx2.tryRecv()], isSent: another.isSent },
    { message: 2, received: [4, EMPTY], isSent: true },
  );
});

Deno.test("recv() and send() ask the signal first", () => {
  const signal = new CountingSignal();
  const reason = new Error("enough");
  signal.abort(reason);
  const [tx, rx] = unbounded<number>();
  const send = tx.send(1, signal);
  assertStrictEquals(thrownBy(() => send.poll(context())), reason);
  tx.trySend(2);
  const recv = rx.recv(signal);
  assertStrictEquals(thrownBy(() => recv.poll(context())), reason);
  assertStrictEquals(thrownBy(() => recv.poll(context())), reason);
  assertEquals(
    { added: signal.added, message: send.message, drained: rx.drain() },
    { added: 0, message: 1, drained: [2] },
  );
});

Deno.test("recv() and send() throw the reason when they are aborted, and lose nothing", () => {
  const [tx, rx] = bounded<number>(0);
  const signal = new CountingSignal();
  const cx = context();
  const send = tx.send(1, signal);
  send.poll(cx);
  assertEquals(signal.listeners, 1);
  signal.abort("enough");
  assertEquals(
    { listeners: signal.listeners, wakes: cx.waker.wakes, message: send.message, received: rx.tryRecv() },
    { listeners: 0, wakes: 1, message: 1, received: EMPTY },
  );
  assertEquals(thrownBy(() => send.poll(cx)), "enough");

  const second = new CountingSignal();
  const recv = rx.recv(second);
  recv.poll(cx);
  second.abort("stop");
  assertEquals(
    { listeners: second.listeners, wakes: cx.waker.wakes, thrown: thrownBy(() => recv.poll(cx)) },
    { listeners: 0, wakes: 2, thrown: "stop" },
  );
  assertEquals(tx.trySend(2), { reason: "full", value: 2 });
});

Deno.test("recv() and send() ignore the signal once the message has changed hands", () => {
  const [tx, rx] = bounded<number>(0);
  const signal = new CountingSignal();
  const recv = rx.recv(signal);
  recv.poll(context());
  tx.trySend(1);
  assertEquals(signal.listeners, 0);
  const second = new CountingSignal();
  const send = tx.send(2, second);
  send.poll(context());
  assertEquals({ received: rx.tryRecv(), listeners: second.listeners }, { received: 2, listeners: 0 });
  signal.abort();
  second.abort();
  assertEquals(
    { received: recv.poll(context()), output: send.poll(context()) },
    { received: 1, output: undefined },
  );
});

Deno.test("a wait that is let go of listens to the signal no more", () => {
  const [tx, rx] = bounded<number>(0);
  const signal = new CountingSignal();
  for (const future of [rx.recv(signal), tx.send(1, signal)]) {
    future.poll(context());
    assertEquals(signal.listeners, 1);
    future[Symbol.dispose]();
    assertEquals(signal.listeners, 0);
  }
});

Deno.test("recv() and send() may be awaited, several times: there is one message", async () => {
  const [tx, rx] = bounded<object>(0);
  const recv = rx.recv();
  const send = tx.send({});
  const [a, b] = await Promise.all([recv, recv, send, send]);
  assertStrictEquals(a, b);
  assertEquals({ awaited: await recv, received: rx.tryRecv() }, { awaited: a, received: EMPTY });
  tx[Symbol.dispose]();
  const failed = rx.recv();
  const results = await Promise.allSettled([failed, failed]);
  assertEquals(results.map(({ status }) => status), ["rejected", "rejected"]);
});

Deno.test("a receive that is awaited may be polled as well", async () => {
  const [tx, rx] = unbounded<number>();
  const recv = rx.recv();
  const promise = recv.then();
  const cx = context();
  assertStrictEquals(recv.poll(cx), PENDING);
  const queue = new Queue();
  const [task, handle] = spawn(function* () {
    return yield* recv;
  }, queue.schedule);
  task.run();
  tx.trySend(1);
  assertEquals(await promise, 1);
  await null;
  queue.run();
  assertEquals(
    { wakes: cx.waker.wakes, polled: recv.poll(cx), output: await handle },
    { wakes: 1, polled: 1, output: 1 },
  );
});

Deno.test("a receive that is polled may be awaited then, and fails for both", async () => {
  const [tx, rx] = unbounded<number>();
  const recv = rx.recv();
  recv.poll(context());
  const promise = recv.then();
  tx.trySend(1);
  assertEquals(await promise, 1);
  const another = rx.recv();
  const rejected = assertRejects(async () => await another, RecvError);
  await null;
  tx[Symbol.dispose]();
  await rejected;
  assertThrows(() => another.poll(context()), RecvError);
});

Deno.test("a receive that a task waits for with yield* may be awaited then", async () => {
  const [tx, rx] = unbounded<number>();
  const recv = rx.recv();
  const queue = new Queue();
  const [task, handle] = spawn(function* () {
    return yield* recv;
  }, queue.schedule);
  task.run();
  const promise = recv.then();
  tx.trySend(1);
  queue.run();
  assertEquals(await promise, 1);
  queue.run();
  assertEquals({ output: await handle, schedules: queue.schedules }, { output: 1, schedules: 1 });
});

Deno.test("what is no signal is refused, and takes no message", () => {
  const [tx, rx] = unbounded<number>();
  const recv = rx.recv({ signal: {} as never });
  const message = "Cannot receive: signal must be an AbortSignal, got {}";
  assertThrows(() => recv.poll(context()), TypeError, message);
  tx.trySend(1);
  assertEquals(rx.tryRecv(), 1);
});

Deno.test("a wait that is let go of tells who awaits it", async () => {
  const [, rx] = unbounded<number>();
  const recv = rx.recv();
  const rejected = assertRejects(async () => await recv, DOMException, "the future was dropped");
  await null;
  recv[Symbol.dispose]();
  await rejected;
});

Deno.test("a promise is a message", () => {
  const [tx, rx] = unbounded<Promise<number>>();
  const promise = Promise.resolve(1);
  tx.trySend(promise);
  assertStrictEquals(rx.tryRecv(), promise);
});

Deno.test("generator tasks wait with yield*, and a future may be used by one after another", async () => {
  const [tx, rx] = bounded<number>(1);
  const queue = new Queue();
  const [producer] = spawn(function* () {
    for (let i = 0; i < 4; i++) yield* tx.send(i);
    tx[Symbol.dispose]();
  }, queue.schedule);
  const [consumer, handle] = spawn(function* () {
    const messages: unknown[] = [];
    try {
      for (;;) messages.push(yield* rx.recv());
    } catch (error) {
      messages.push((error as Error).name);
    }
    return messages;
  }, queue.schedule);
  producer.schedule();
  consumer.schedule();
  queue.run();
  assertEquals(await handle, [0, 1, 2, 3, "RecvError"]);
});

Deno.test("a generator task that is cancelled in yield* recv() gives back what it was handed", () => {
  for (const isHanded of [true, false]) {
    const [tx, rx] = unbounded<number>();
    const queue = new Queue();
    const [task, handle] = spawn(function* () {
      yield* rx.recv();
    }, queue.schedule);
    task.run();
    if (isHanded) tx.trySend(1);
    handle.cancel();
    queue.run();
    if (!isHanded) tx.trySend(1);
    assertEquals(rx.drain(), [1]);
  }
});

Deno.test("a generator task that is cancelled in yield* send() does not send", () => {
  const [tx, rx] = bounded<number>(0);
  const queue = new Queue();
  const [task, handle] = spawn(function* () {
    yield* tx.send(1);
  }, queue.schedule);
  task.run();
  handle.cancel();
  queue.run();
  assertEquals({ received: rx.tryRecv(), schedules: queue.schedules }, { received: EMPTY, schedules: 1 });
});

Deno.test("a generator that catches what is thrown into yield* goes on", () => {
  const [, rx] = unbounded<number>();
  const iterator = (function* () {
    try {
      yield* rx.recv();
    } catch (error) {
      return error;
    }
  })();
  iterator.next();
  assertEquals(iterator.throw("boom"), { done: true, value: "boom" });
});

Deno.test("whoever is woken finds the channel as it is then, and may do with it what it likes", () => {
  const [tx, rx] = bounded<number>(1);
  let found: unknown;
  const recv = rx.recv();
  recv.poll({
    waker: {
      wake: () => {
        found = {
          output: recv.poll(context()),
          length: rx.length,
          sent: tx.trySend(2),
          received: rx.tryRecv(),
        };
        rx[Symbol.dispose]();
      },
    },
  });
  assertEquals(tx.trySend(1), undefined);
  assertEquals(found, { output: 1, length: 0, sent: undefined, received: 2 });
  assertEquals(tx.trySend(3), { reason: "disconnected", value: 3 });
});

Deno.test("a sender that is woken by a receive may send again within it", () => {
  const [tx, rx] = bounded<number>(1);
  tx.trySend(0);
  const send = tx.send(1);
  send.poll({ waker: { wake: () => void tx.send(2).poll(context()) } });
  assertEquals([rx.tryRecv(), rx.tryRecv(), rx.tryRecv(), rx.tryRecv()], [0, 1, 2, EMPTY]);
});

Deno.test("those who fail together have all failed before the first is woken", () => {
  const [tx, rx] = unbounded<number>();
  const recvs = [rx.recv(), rx.recv()];
  const errors: unknown[] = [];
  recvs[0].poll({
    waker: {
      wake: () => {
        for (const recv of recvs) errors.push(thrownBy(() => recv.poll(context())));
      },
    },
  });
  recvs[1].poll(context());
  tx[Symbol.dispose]();
  assertEquals(errors.map((error) => error instanceof RecvError), [true, true]);
});

Deno.test("what a waker throws is reported, and loses no message", async () => {
  const [tx, rx] = bounded<number>(1);
  const waker = { wake: throws };
  const recv = rx.recv();
  recv.poll({ waker });
  const errors = await reported(() => {
    assertEquals(tx.trySend(1), undefined);
    tx.trySend(2);
    tx.send(3).poll({ waker });
    assertEquals(rx.tryRecv(), 2);
  });
  assertEquals(errors, [boom, boom]);
  assertEquals({ waiting: recv.poll(context()), received: rx.tryRecv() }, { waiting: 1, received: 3 });
});

Deno.test("a promise that rejects without anybody listening is not made", async () => {
  const errors = await reported(async () => {
    const [tx, rx] = unbounded<number>();
    const recv = rx.recv();
    recv.poll(context());
    tx[Symbol.dispose]();
    await macrotask();
  });
  assertEquals(errors, []);
});

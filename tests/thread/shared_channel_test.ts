import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PENDING } from "../../mod.ts";
import { DISCONNECTED, EMPTY, type Recv, Selector, type Send, SendError } from "../../lib/channel/mod.ts";
import { blockOn } from "../../lib/executor/mod.ts";
import {
  defineTask,
  openReceiver,
  openSender,
  sharedChannel,
  TaskHandle,
  ThreadPool,
  transferred,
} from "../../lib/thread/mod.ts";
import { context } from "../helpers.ts";
import * as jobs from "./channel_jobs.ts";
import { test, until } from "./threaded.ts";

/** Both ends on this thread. */
function local<T>(capacity: number) {
  const [end, other] = sharedChannel<T>(capacity);
  return [openSender(end), openReceiver(other)] as const;
}

test("a thread sends what this one receives, in order, with back-pressure", async () => {
  const [end, other] = sharedChannel<number>(4);
  const job = TaskHandle.spawn(jobs.feed, [end, 1000], { transfer: [end.port] });
  const rx = openReceiver(other);
  const messages: number[] = [];
  for await (const message of rx) {
    messages.push(message);
    if (rx.length > 4) throw new Error(`${rx.length} messages in a channel of 4`);
  }
  assertEquals(messages, Array.from({ length: 1000 }, (_, i) => i));
  assertEquals(
    { isDisconnected: rx.isDisconnected, senderCount: rx.senderCount, received: rx.tryRecv() },
    { isDisconnected: true, senderCount: 0, received: DISCONNECTED },
  );
  await job;
});

for (const job of [jobs.sum, jobs.sumBlocked, jobs.sumBusy]) {
  test(`a thread receives what this one sends: ${job.name}`, async () => {
    const [end, other] = sharedChannel<number>(8);
    const tx = openSender(end);
    const handle = TaskHandle.spawn(job, [other], { transfer: [other.port] });
    for (let i = 1; i <= 500; i++) await tx.send(i);
    tx[Symbol.dispose]();
    assertEquals(await handle, 500 * 501 / 2);
  });
}

test("a thread that is blocked receives, and sends", () => {
  const [questions, asked] = sharedChannel<number>(1);
  const [answers, answered] = sharedChannel<number>(1);
  const tx = openSender(questions);
  const rx = openReceiver(answered);
  const job = TaskHandle.spawn(jobs.twice, [asked, answers], { transfer: [asked.port, answers.port] });
  for (let i = 0; i < 200; i++) {
    blockOn(tx.send(i));
    assertEquals(blockOn(rx.recv()), i * 2);
  }
  tx[Symbol.dispose]();
  job.wait();
  assertEquals(rx.tryRecv(), DISCONNECTED);
});

test("trySend() fills the channel exactly, and what a thread has left in it is not lost", async () => {
  const [end, other] = sharedChannel<number>(3);
  {
    await using pool = new ThreadPool({ maxThreads: 1 });
    assertEquals(await pool.spawn(jobs.burst, [end, 5], { transfer: [end.port] }), 2);
    // Opened when the sender is gone already.
  }
  const rx = openReceiver(other);
  assertEquals(rx.drain(), [0, 1, 2]);
  assertEquals(rx.tryRecv(), DISCONNECTED);
});

test("send() fails when the last receiver of the other thread is gone", async () => {
  const [end, other] = sharedChannel<number>(2);
  const job = TaskHandle.spawn(jobs.feedAll, [end], { transfer: [end.port] });
  const rx = openReceiver(other);
  const clone = rx.clone();
  assertEquals({ first: await rx.recv(), second: await clone.recv() }, { first: 0, second: 1 });
  rx[Symbol.dispose]();
  assertEquals(await clone.recv(), 2);
  clone[Symbol.dispose]();
  assertEquals(await job, { reason: "disconnected", value: "number" });
});

test("terminate() of a thread disconnects the ends that it has, and loses nothing that was sent", async () => {
  const [end, other] = sharedChannel<number>(2);
  const feeding = TaskHandle.spawn(jobs.feedAndDoze, [end], { transfer: [end.port] });
  const rx = openReceiver(other);
  await until(() => !rx.isEmpty);
  feeding.terminate();
  assertEquals([rx.tryRecv(), rx.tryRecv()], [1, DISCONNECTED]);

  const [end2, other2] = sharedChannel<number>(1);
  const tx = openSender(end2);
  const [ready, begun] = sharedChannel<boolean>(1);
  const holding = TaskHandle.spawn(jobs.hold, [other2, ready], { transfer: [other2.port, ready.port] });
  await tx.send(1);
  const waiting = assertRejects(async () => await tx.send(2), SendError<number>);
  await openReceiver(begun).recv();
  holding.terminate();
  const error = await waiting;
  assertEquals({ reason: error.reason, value: error.value }, { reason: "disconnected", value: 2 });
  await Promise.allSettled([feeding, holding]);
});

test("an end that was lost with its job before it was opened disconnects the other", async () => {
  const missing = defineTask(jobs.sum.url, "missing", () => {});
  for (const job of [missing, jobs.ignore]) {
    const [end, other] = sharedChannel<number>(1);
    const [end2, other2] = sharedChannel<number>(1);
    const tx = openSender(end);
    const handle = TaskHandle.spawn(job as never, [other, end2], { transfer: [other.port, end2.port] });
    tx.trySend(1);
    const waiting = assertRejects(async () => await tx.send(2), SendError);
    if (job !== missing) {
      await new Promise((resolve) => setTimeout(resolve, 50)); // begun, or not yet
      handle.terminate();
    }
    await waiting;
    assertEquals(openReceiver(other2).tryRecv(), DISCONNECTED);
    await assertRejects(async () => await handle);
  }
});

test("what can't be posted is given back, and the others are sent", async () => {
  const [tx, rx] = local<unknown>(1);
  assertThrows(() => tx.trySend(() => {}), DOMException);
  assertEquals({ length: tx.length, sent: tx.trySend(1) }, { length: 0, sent: undefined });
  const bad = tx.send(() => {});
  const good = tx.send(2);
  const failed = assertRejects(async () => await bad, DOMException);
  const sent = good.then();
  assertEquals([await rx.recv(), await rx.recv()], [1, 2]);
  assertEquals((await failed).name, "DataCloneError");
  await sent;
  assertEquals({ isSent: bad.isSent, message: typeof bad.message }, { isSent: false, message: "function" });
  await assertRejects(async () => await tx.send(Symbol("a")), DOMException);
  await assertRejects(async () => await new Selector().send(tx, () => {}, () => {}).wait(), DOMException);
});

test("transferred() moves some of a message", async () => {
  const [tx, rx] = local<Uint8Array>(1);
  const bytes = new Uint8Array([1, 2, 3]);
  tx.trySend(transferred(bytes, [bytes.buffer]));
  assertEquals({ left: bytes.length, received: [...await rx.recv()] }, { left: 0, received: [1, 2, 3] });
});

test("the ends do what those of a local channel do", async () => {
  const [tx, rx] = local<number>(2);
  assertEquals(
    { txCapacity: tx.capacity, rxCapacity: rx.capacity, txIsEmpty: tx.isEmpty, rxIsFull: rx.isFull },
    { txCapacity: 2, rxCapacity: 2, txIsEmpty: true, rxIsFull: false },
  );
  await assertRejects(async () => await rx.recvTimeout(1), DOMException, "the time is up");
  const selected = new Selector().recv(rx, (message) => message).wait();
  const clone = tx.clone();
  tx[Symbol.dispose]();
  await clone.send(7);
  assertEquals(await selected, 7);
  const streamed = Array.fromAsync(rx.stream());
  rx[Symbol.dispose]();
  for (const i of [1, 2, 3, 4]) await clone.send(i);
  clone[Symbol.dispose]();
  assertEquals(await streamed, [1, 2, 3, 4]);
});

test("a message that was handed out and given back takes its room again", async () => {
  const [tx, rx] = local<number>(1);
  const recv = rx.recv();
  assertEquals(recv.poll(context()), PENDING);
  tx.trySend(1);
  rx.isEmpty; // looks: `recv` is handed the message
  assertEquals({ length: tx.length, sent: tx.trySend(2) }, { length: 0, sent: undefined });
  recv[Symbol.dispose]();
  assertEquals({ length: tx.length, sent: tx.trySend(3) }, { length: 2, sent: { reason: "full", value: 3 } });
  assertEquals([rx.tryRecv(), rx.tryRecv(), rx.tryRecv()], [1, 2, EMPTY]);
  assertEquals(
    { length: tx.length, sent: tx.trySend(3), received: await rx.recv() },
    { length: 0, sent: undefined, received: 3 },
  );
});

test("tryRecv() wakes a sender that fills the channel while the message is being taken", async () => {
  const [tx, rx] = local<number>(2);
  tx.trySend(1);
  rx.isEmpty; // looks: the message is here, and not taken
  const { add, notify } = Atomics;
  let waiting: Promise<void> | undefined;
  let rung = 0;
  Atomics.add = ((words: Int32Array, index: number, value: number): number => {
    Atomics.add = add;
    // What another thread may do between two steps of this one.
    tx.trySend(2);
    waiting = tx.send(3).then();
    Atomics.notify = (words, index) => (rung++, notify(words as Int32Array, index));
    return add(words, index, value);
  }) as typeof add;
  assertEquals({ received: rx.tryRecv(), rung }, { received: 1, rung: 1 });
  Atomics.notify = notify;
  assertEquals([await rx.recv(), await rx.recv()], [2, 3]);
  await waiting;
});

test("what is wrong is refused", () => {
  assertThrows(() => sharedChannel("1" as never), TypeError, "capacity must be a number, got");
  for (const capacity of [0, -1, 1.5, NaN, Infinity, 2 ** 31]) {
    assertThrows(() => sharedChannel(capacity), RangeError, "capacity must be a whole number");
  }
  const [end, other] = sharedChannel<number>(1);
  assertThrows(() => openSender(other as never), TypeError, "Cannot open a sender: expected its end");
  assertThrows(() => openReceiver(undefined as never), TypeError, "Cannot open a receiver: expected its end");
  using tx = openSender(end);
  assertThrows(() => openSender(end), TypeError, "Cannot open a sender: the end has been opened");
  assertEquals(tx.trySend(1), undefined); // before anybody is there to receive it
  using rx = openReceiver(other);
  assertEquals([rx.tryRecv(), rx.tryRecv()], [1, EMPTY]);
});

const operations = {
  trySend: ({ tx, counts }: Run) => {
    if (tx.trySend(counts.next) === undefined) counts.next++;
  },
  send: ({ tx, sends, counts }: Run) => void sends.push(tx.send(counts.next++)),
  dropSend: ({ sends, counts }: Run) => {
    const send = sends.pop();
    send?.[Symbol.dispose]();
    if (send?.isSent === false) counts.unsent++;
  },
  tryRecv: ({ rx, received }: Run) => {
    const message = rx.tryRecv();
    if (typeof message === "number") received.push(message);
  },
  recv: ({ rx, recvs }: Run) => void recvs.push(rx.recv()),
  dropRecv: ({ recvs }: Run) => recvs.pop()?.[Symbol.dispose](),
  poll: ({ sends, recvs, received }: Run) => {
    for (const send of sends) send.poll(context());
    for (const recv of recvs.splice(0)) {
      const message = recv.poll(context());
      if (message === PENDING) recvs.push(recv);
      else received.push(message);
    }
  },
  turn: () => Promise.resolve(),
};

interface Run {
  tx: ReturnType<typeof local<number>>[0];
  rx: ReturnType<typeof local<number>>[1];
  sends: Send<unknown>[];
  recvs: Recv<number>[];
  received: number[];
  counts: { next: number; unsent: number };
}

test("random operations lose nothing, double nothing, and keep to the room", async () => {
  const names = fc.constantFrom(...Object.keys(operations) as (keyof typeof operations)[]);
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 3 }),
    fc.array(names, { maxLength: 80 }),
    async (capacity, chosen) => {
      const [tx, rx] = local<number>(capacity);
      const run: Run = { tx, rx, sends: [], recvs: [], received: [], counts: { next: 0, unsent: 0 } };
      for (const name of chosen) {
        await operations[name](run);
        const givenBack = chosen.filter((name) => name === "dropRecv").length;
        assert(Math.max(tx.length, rx.length) <= capacity + givenBack);
      }
      for (const send of run.sends) send[Symbol.dispose]();
      for (const recv of run.recvs) recv[Symbol.dispose]();
      run.received.push(...rx.tryIter());
      tx[Symbol.dispose]();
      assertEquals({ received: rx.tryRecv(), length: rx.length }, { received: DISCONNECTED, length: 0 });
      const unsent = run.counts.unsent + run.sends.filter((send) => !send.isSent).length;
      assertEquals(
        { distinct: new Set(run.received).size, all: run.received.length + unsent },
        { distinct: run.received.length, all: run.counts.next },
      );
      // Who waits to send, or has a message and not looked, is overtaken.
      const isPlain = !chosen.includes("send") && !chosen.includes("recv");
      if (isPlain) assertEquals(run.received, run.received.toSorted((a, b) => a - b));
    },
  );
  await fc.assert(property, { numRuns: 500 });
});

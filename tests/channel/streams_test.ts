/** `for await`, and the streams of the platform. */
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { PENDING, spawn } from "../../mod.ts";
import { bounded, EMPTY, RecvError, SendError, unbounded } from "../../lib/channel/mod.ts";
import { context, macrotask, Queue } from "../helpers.ts";
import { CountingSignal } from "../time/counting_signal.ts";

Deno.test("for await gives the messages until the channel is disconnected", async () => {
  const [tx, rx] = bounded<number>(1);
  const sent = (async () => {
    for (let i = 0; i < 5; i++) await tx.send(i);
    tx[Symbol.dispose]();
  })();
  const messages: number[] = [];
  for await (const message of rx) messages.push(message);
  await sent;
  assertEquals(messages, [0, 1, 2, 3, 4]);
});

Deno.test("for await ends when the receiver is disposed, and leaving it leaves the receiver", async () => {
  const [tx, rx] = unbounded<number>();
  tx.trySend(1);
  tx.trySend(2);
  for await (const message of rx) {
    assertEquals(message, 1);
    break;
  }
  for await (const message of rx) {
    assertEquals(message, 2);
    setTimeout(() => rx[Symbol.dispose]());
  }
  assert(tx.isDisconnected);
});

Deno.test("iter() serves several next() in order, and return() ends those that wait", async () => {
  const [tx, rx] = unbounded<number>();
  const iter = rx.iter();
  const other = rx.iter();
  assertStrictEquals(iter[Symbol.asyncIterator](), iter);
  const nexts = [iter.next(), iter.next(), other.next(), iter.next()];
  tx.trySend(1);
  assertEquals(await iter.return!(), { done: true, value: undefined });
  tx.trySend(2);
  tx.trySend(3);
  const done = { done: true, value: undefined };
  assertEquals(await Promise.all(nexts), [{ done: false, value: 1 }, done, { done: false, value: 2 }, done]);
  assertEquals({ next: await iter.next(), received: rx.tryRecv() }, { next: done, received: 3 });
  rx[Symbol.dispose]();
  assertEquals(await other.next(), { done: true, value: undefined });
});

Deno.test("iter() gives futures: next() takes its place at once, and may be polled", () => {
  const [tx, rx] = unbounded<number>();
  const iter = rx.iter();
  const [first, second] = [iter.next(), iter.next()];
  tx.trySend(1);
  tx.trySend(2);
  const third = iter.next();
  tx.trySend(3);
  const cx = context();
  const fourth = iter.next();
  assertEquals(
    { second: second.poll(cx), first: first.poll(cx), third: third.poll(cx), fourth: fourth.poll(cx) },
    {
      second: { done: false, value: 2 },
      first: { done: false, value: 1 },
      third: { done: false, value: 3 },
      fourth: PENDING,
    },
  );
  tx[Symbol.dispose]();
  assertEquals(
    { fourth: fourth.poll(cx), wakes: cx.waker.wakes },
    { fourth: { done: true, value: undefined }, wakes: 1 },
  );
});

Deno.test("iter() loses nothing when its next() is dropped, whether it waits or has a message", () => {
  const [tx, rx] = unbounded<number>();
  const iter = rx.iter();
  const [first, second] = [iter.next(), iter.next()];
  tx.trySend(1);
  tx.trySend(2);
  tx.trySend(3);
  const third = iter.next();
  second[Symbol.dispose]();
  third[Symbol.dispose]();
  first[Symbol.dispose]();
  const waiting = iter.next(); // takes 1
  waiting[Symbol.dispose]();
  assertEquals(rx.drain(), [1, 2, 3]);
  const last = iter.next();
  last[Symbol.dispose]();
  tx.trySend(4);
  assertEquals(rx.tryRecv(), 4);
  assertThrows(() => last.poll(context()), DOMException, "Cannot receive: the future was dropped");
});

Deno.test("iter() tells who awaits a next() that it is dropped, or that the iterator has ended", async () => {
  const [, rx] = unbounded<number>();
  const iter = rx.iter();
  const [next, other] = [iter.next(), iter.next()];
  const rejected = assertRejects(async () => await next, DOMException, "the future was dropped");
  const ended = other.then();
  await null;
  next[Symbol.dispose]();
  iter.return();
  await rejected;
  assertEquals(await ended, { done: true, value: undefined });
});

Deno.test("iter() may be used with yield* in a generator task, and gives back what it was handed", async () => {
  const [tx, rx] = unbounded<number>();
  const queue = new Queue();
  const iter = rx.iter();
  const [task, handle] = spawn(function* () {
    const first = yield* iter.next();
    yield* iter.next();
    return first;
  }, queue.schedule);
  task.run();
  tx.trySend(1);
  queue.run();
  tx.trySend(2);
  handle.cancel();
  queue.run();
  assertEquals(
    { drained: rx.drain(), status: (await handle.outcome()).status },
    { drained: [2], status: "cancelled" },
  );
});

Deno.test("iter() throws the reason of the signal, and takes no message then", async () => {
  const [tx, rx] = unbounded<number>();
  const signal = new CountingSignal();
  const iter = rx.iter(signal);
  tx.trySend(1);
  assertEquals(await iter.next(), { done: false, value: 1 });
  const next = assertRejects(() => iter.next().then(), Error, "enough");
  signal.abort(new Error("enough"));
  tx.trySend(2);
  await next;
  await assertRejects(() => iter.next().then(), Error, "enough");
  assertEquals({ listeners: signal.listeners, received: rx.tryRecv() }, { listeners: 0, received: 2 });
});

Deno.test("stream() gives the messages, and closes when the channel is disconnected", async () => {
  const [tx, rx] = unbounded<number>();
  const stream = rx.stream();
  assertEquals(tx.receiverCount, 2);
  tx.trySend(1);
  const reader = stream.getReader();
  assertEquals(await reader.read(), { done: false, value: 1 });
  const reads = [reader.read(), reader.read(), reader.read()];
  await macrotask();
  tx.trySend(2);
  tx.trySend(3);
  tx[Symbol.dispose]();
  assertEquals(await Promise.all(reads), [
    { done: false, value: 2 },
    { done: false, value: 3 },
    { done: true, value: undefined },
  ]);
  assertEquals(rx.receiverCount, 1);
});

Deno.test("stream() receives nothing before it is read, and cancelling it loses nothing", async () => {
  const [tx, rx] = unbounded<number>();
  const stream = rx.stream();
  tx.trySend(1);
  await macrotask();
  assertEquals(rx.length, 1);
  rx.tryRecv();
  const reader = stream.getReader();
  const read = reader.read();
  await macrotask();
  await reader.cancel();
  tx.trySend(2);
  assertEquals(
    { read: await read, received: rx.tryRecv(), receiverCount: tx.receiverCount },
    { read: { done: true, value: undefined }, received: 2, receiverCount: 1 },
  );
});

Deno.test("stream() has the message at once: it is not lost when the stream is cancelled right then", async () => {
  const [tx, rx] = unbounded<number>();
  const reader = rx.stream().getReader();
  const read = reader.read();
  await macrotask();
  tx.trySend(1);
  const cancelled = reader.cancel();
  tx.trySend(2);
  assertEquals(
    { read: await read, received: rx.tryRecv() },
    { read: { done: false, value: 1 }, received: 2 },
  );
  await cancelled;
});

Deno.test("stream() has a receiver of its own", async () => {
  const [tx, rx] = unbounded<number>();
  const stream = rx.stream();
  rx[Symbol.dispose]();
  tx.trySend(1);
  tx[Symbol.dispose]();
  assertEquals(await Array.fromAsync(stream), [1]);
});

Deno.test("sink() holds back who writes while the channel is full", async () => {
  const [tx, rx] = bounded<number>(1);
  const writer = tx.sink().getWriter();
  assertEquals(tx.senderCount, 2);
  tx[Symbol.dispose]();
  const log: string[] = [];
  const writes = [1, 2, 3].map((message) =>
    writer.write(message).then(() => void log.push(`wrote ${message}`))
  );
  await macrotask();
  assertEquals({ log, isFull: writer.desiredSize! <= 0 }, { log: ["wrote 1"], isFull: true });
  assertEquals(rx.tryRecv(), 1);
  await macrotask();
  assertEquals(log, ["wrote 1", "wrote 2"]);
  assertEquals(rx.tryRecv(), 2);
  await Promise.all(writes);
  await writer.close();
  assertEquals(
    { received: rx.tryRecv(), isDisconnected: rx.isDisconnected },
    { received: 3, isDisconnected: true },
  );
});

Deno.test("sink() that is aborted takes the message back that waits, and gives its sender up", async () => {
  const [tx, rx] = bounded<number>(0);
  const writer = tx.sink().getWriter();
  const written = assertRejects(() => writer.write(1), Error, "enough");
  const closed = assertRejects(() => writer.closed, Error, "enough");
  await macrotask();
  await writer.abort(new Error("enough"));
  await written;
  await closed;
  assertEquals({ received: rx.tryRecv(), senderCount: rx.senderCount }, { received: EMPTY, senderCount: 1 });
});

Deno.test("sink() fails when the last receiver goes, and gives its sender up", async () => {
  const [tx, rx] = bounded<number>(0);
  const writer = tx.sink().getWriter();
  const written = assertRejects(() => writer.write(1), SendError<number>);
  const closed = assertRejects(() => writer.closed, SendError);
  await macrotask();
  rx[Symbol.dispose]();
  assertEquals((await written).value, 1);
  await closed;
  assertEquals(tx.senderCount, 1);
});

Deno.test("a stream may be piped through a channel", async () => {
  const [tx, rx] = bounded<number>(2);
  const piped = ReadableStream.from(Array.from({ length: 100 }, (_, i) => i)).pipeTo(tx.sink());
  tx[Symbol.dispose]();
  const received = await Array.fromAsync(rx.stream().pipeThrough(new TransformStream()));
  await piped;
  assertEquals(received, Array.from({ length: 100 }, (_, i) => i));
  await assertRejects(async () => await rx.recv(), RecvError);
  assertEquals(context().waker.wakes, 0);
});

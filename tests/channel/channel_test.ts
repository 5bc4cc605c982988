/** What both sides can be asked, and messages that nobody has to wait for. */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { PENDING } from "../../mod.ts";
import { bounded, DISCONNECTED, EMPTY, Receiver, Sender, unbounded } from "../../lib/channel/mod.ts";
import { context } from "../helpers.ts";

Deno.test("unbounded() makes a channel that is empty, and never full", () => {
  const [tx, rx] = unbounded<number>();
  assert(tx instanceof Sender && rx instanceof Receiver);
  for (const end of [tx, rx]) {
    assertEquals([end.length, end.capacity, end.isEmpty, end.isFull], [0, Infinity, true, false]);
    assertEquals([end.senderCount, end.receiverCount, end.isDisconnected], [1, 1, false]);
  }
  for (let i = 0; i < 10_000; i++) assertEquals(tx.trySend(i), undefined);
  assertEquals([tx.length, rx.length, rx.isEmpty, rx.isFull], [10_000, 10_000, false, false]);
  for (let i = 0; i < 10_000; i++) assertEquals(rx.tryRecv(), i);
  assertStrictEquals(rx.tryRecv(), EMPTY);
});

Deno.test("bounded() makes a channel that is full at its capacity", () => {
  const [tx, rx] = bounded<number>(2);
  assertEquals([tx.capacity, rx.capacity], [2, 2]);
  assertEquals([tx.trySend(1), tx.isFull, tx.trySend(2), tx.isFull, rx.isFull], [
    undefined,
    false,
    undefined,
    true,
    true,
  ]);
  assertEquals(tx.trySend(3), { reason: "full", value: 3 });
  assertEquals([rx.tryRecv(), rx.isFull], [1, false]);
  assertEquals([tx.trySend(4), rx.tryRecv(), rx.tryRecv(), rx.tryRecv()], [undefined, 2, 4, EMPTY]);
});

Deno.test("bounded(0) is empty and full, and hands over when both sides are there", () => {
  const [tx, rx] = bounded<number>(0);
  assertEquals([rx.length, rx.capacity, rx.isEmpty, rx.isFull], [0, 0, true, true]);
  assertEquals(tx.trySend(1), { reason: "full", value: 1 });
  const recv = rx.recv();
  assertStrictEquals(recv.poll(context()), PENDING);
  assertEquals(tx.trySend(2), undefined);
  assertEquals([rx.length, recv.poll(context())], [0, 2]);
  const send = tx.send(3);
  assertStrictEquals(send.poll(context()), PENDING);
  assertEquals([rx.length, rx.tryRecv(), send.isSent, rx.tryRecv()], [0, 3, true, EMPTY]);
});

Deno.test("bounded(Infinity) is unbounded", () => {
  const [tx, rx] = bounded<number>(Infinity);
  assertEquals([tx.trySend(1), rx.capacity, rx.isFull], [undefined, Infinity, false]);
});

Deno.test("bounded() refuses what is no capacity", () => {
  for (const capacity of [-1, 1.5, NaN, -Infinity]) {
    assertThrows(() => bounded(capacity), RangeError, `Cannot make a channel: ${capacity} is no capacity`);
  }
  assertThrows(() => bounded("1" as never), TypeError, "expected a capacity, got string");
});

Deno.test("tryRecv() tells empty, disconnected and a message that is undefined apart", () => {
  const [tx, rx] = unbounded<undefined | null>();
  assertStrictEquals(rx.tryRecv(), EMPTY);
  tx.trySend(undefined);
  tx.trySend(null);
  assertStrictEquals(rx.tryRecv(), undefined);
  assertStrictEquals(rx.tryRecv(), null);
  tx.trySend(undefined);
  tx[Symbol.dispose]();
  assertStrictEquals(rx.tryRecv(), undefined);
  assertStrictEquals(rx.tryRecv(), DISCONNECTED);
});

Deno.test("the types tell a message from what is none", () => {
  const [tx, rx] = unbounded<number | undefined>();
  const unsent = tx.trySend(1);
  if (unsent !== undefined) throw new Error(`${unsent.reason satisfies "full" | "disconnected"}`);
  const message = rx.tryRecv();
  if (message === EMPTY || message === DISCONNECTED) throw new Error("unreachable");
  const narrowed: number | undefined = message;
  assertEquals(narrowed, 1);
});

Deno.test("send and trySend refuse the symbols that say that there is no message, and no others", () => {
  const [tx, rx] = unbounded<symbol>();
  for (const symbol of [PENDING, EMPTY, DISCONNECTED]) {
    assertThrows(() => tx.trySend(symbol), TypeError, "it means that there is no message");
    assertThrows(() => tx.send(symbol), TypeError, "Cannot send Symbol(async-task.");
  }
  assertEquals([tx.trySend(Symbol.iterator), rx.tryRecv()], [undefined, Symbol.iterator]);
});

Deno.test("clone() and dispose count; a handle is given up once", () => {
  const [tx, rx] = unbounded<number>();
  const [tx2, rx2] = [tx.clone(), rx.clone()];
  assertEquals([tx.senderCount, tx.receiverCount, rx.senderCount, rx.receiverCount], [2, 2, 2, 2]);
  tx2[Symbol.dispose]();
  tx2[Symbol.dispose]();
  rx2[Symbol.dispose]();
  rx2[Symbol.dispose]();
  assertEquals([tx.senderCount, tx.receiverCount, tx.isDisconnected, rx.isDisconnected], [
    1,
    1,
    false,
    false,
  ]);
  tx.trySend(1);
  assertEquals(rx.tryRecv(), 1);
});

Deno.test("sameChannel() compares senders and receivers with one another", () => {
  const [tx, rx] = unbounded<number>();
  const [tx2, rx2] = unbounded<number>();
  assertEquals([tx.sameChannel(rx), rx.sameChannel(tx), tx.sameChannel(tx.clone()), rx.sameChannel(rx)], [
    true,
    true,
    true,
    true,
  ]);
  assertEquals([tx.sameChannel(rx2), rx.sameChannel(tx2), tx.sameChannel(tx2)], [false, false, false]);
});

Deno.test("a disposed handle throws whatever is done with it", () => {
  const [tx, rx] = bounded<number>(1);
  const [tx2, rx2] = [tx.clone(), rx.clone()];
  tx[Symbol.dispose]();
  rx[Symbol.dispose]();
  const uses: (() => unknown)[] = [
    () => tx.trySend(1),
    () => tx.send(1),
    () => tx.sendTimeout(1, 1),
    () => tx.sendDeadline(1, 1),
    () => tx.sink(),
    () => tx.clone(),
    () => tx.downgrade(),
    () => rx.tryRecv(),
    () => rx.recv(),
    () => rx.recvTimeout(1),
    () => rx.recvDeadline(1),
    () => rx.iter(),
    () => rx[Symbol.asyncIterator](),
    () => rx.tryIter(),
    () => rx.drain(),
    () => rx.stream(),
    () => rx.clone(),
    () => tx2.sameChannel(tx),
    ...[tx, rx].flatMap((end) => [
      () => end.length,
      () => end.capacity,
      () => end.isEmpty,
      () => end.isFull,
      () => end.isDisconnected,
      () => end.senderCount,
      () => end.receiverCount,
      () => end.sameChannel(tx2),
    ]),
  ];
  for (const use of uses) assertThrows(use, TypeError, "the handle was disposed");
  assertEquals([tx2.senderCount, tx2.receiverCount], [1, 1]);
  assertEquals([tx2.trySend(1), rx2.tryRecv()], [undefined, 1]);
});

Deno.test("downgrade() gives a sender back as long as there is one", () => {
  const [tx, rx] = unbounded<number>();
  const weak = tx.downgrade();
  assertEquals(rx.senderCount, 1);
  const another = weak.upgrade()!;
  assertEquals([rx.senderCount, another.sameChannel(tx)], [2, true]);
  tx[Symbol.dispose]();
  another.trySend(1);
  another[Symbol.dispose]();
  assertEquals([weak.upgrade(), rx.isDisconnected, rx.tryRecv(), rx.tryRecv()], [
    undefined,
    true,
    1,
    DISCONNECTED,
  ]);
});

Deno.test("tryIter() gives what is there, and what comes meanwhile", () => {
  const [tx, rx] = bounded<number>(1);
  tx.trySend(1);
  const sent = tx.send(2);
  sent.poll(context());
  const messages: number[] = [];
  for (const message of rx.tryIter()) {
    messages.push(message);
    if (message === 2) tx.trySend(3);
  }
  assertEquals(messages, [1, 2, 3]);
  tx[Symbol.dispose]();
  assertEquals([...rx.tryIter()], []);
});

Deno.test("drain() takes all that is there, from those who wait, too, and wakes them", () => {
  for (const capacity of [0, 2]) {
    const [tx, rx] = bounded<number>(capacity);
    for (let i = 0; i < capacity; i++) tx.trySend(i);
    const cx = context();
    const sends = [2, 3, 4].map((message) => tx.send(message));
    for (const send of sends) assertStrictEquals(send.poll(cx), PENDING);
    assertEquals(rx.drain(), [0, 1].slice(0, capacity).concat([2, 3, 4]));
    assertEquals([cx.waker.wakes, rx.length, rx.drain()], [3, 0, []]);
    for (const send of sends) assertEquals([send.isSent, send.poll(cx)], [true, undefined]);
  }
});

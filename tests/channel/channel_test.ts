/** What both sides can be asked, and messages that nobody has to wait for. */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { PENDING } from "../../mod.ts";
import {
  bounded,
  DISCONNECTED,
  EMPTY,
  Receiver,
  Selector,
  Sender,
  unbounded,
} from "../../lib/channel/mod.ts";
import { context } from "../helpers.ts";

Deno.test("unbounded() makes a channel that is empty, and never full", () => {
  const [tx, rx] = unbounded<number>();
  assert(tx instanceof Sender && rx instanceof Receiver);
  for (const end of [tx, rx]) {
    assertEquals(
      { length: end.length, capacity: end.capacity, isEmpty: end.isEmpty, isFull: end.isFull },
      { length: 0, capacity: Infinity, isEmpty: true, isFull: false },
    );
    assertEquals(
      { senderCount: end.senderCount, receiverCount: end.receiverCount, isDisconnected: end.isDisconnected },
      { senderCount: 1, receiverCount: 1, isDisconnected: false },
    );
  }
  for (let i = 0; i < 10_000; i++) assertEquals(tx.trySend(i), undefined);
  assertEquals(
    { txLength: tx.length, rxLength: rx.length, rxIsEmpty: rx.isEmpty, rxIsFull: rx.isFull },
    { txLength: 10_000, rxLength: 10_000, rxIsEmpty: false, rxIsFull: false },
  );
  for (let i = 0; i < 10_000; i++) assertEquals(rx.tryRecv(), i);
  assertStrictEquals(rx.tryRecv(), EMPTY);
});

Deno.test("bounded() makes a channel that is full at its capacity", () => {
  const [tx, rx] = bounded<number>(2);
  assertEquals({ txCapacity: tx.capacity, rxCapacity: rx.capacity }, { txCapacity: 2, rxCapacity: 2 });
  assertEquals(
    {
      sent: tx.trySend(1),
      isFull: tx.isFull,
      sentAgain: tx.trySend(2),
      isFullThen: tx.isFull,
      rxIsFull: rx.isFull,
    },
    { sent: undefined, isFull: false, sentAgain: undefined, isFullThen: true, rxIsFull: true },
  );
  assertEquals(tx.trySend(3), { reason: "full", value: 3 });
  assertEquals({ received: rx.tryRecv(), isFull: rx.isFull }, { received: 1, isFull: false });
  assertEquals(
    { sent: tx.trySend(4), received: [rx.tryRecv(), rx.tryRecv(), rx.tryRecv()] },
    { sent: undefined, received: [2, 4, EMPTY] },
  );
});

Deno.test("bounded(0) is empty and full, and hands over when both sides are there", () => {
  const [tx, rx] = bounded<number>(0);
  assertEquals(
    { length: rx.length, capacity: rx.capacity, isEmpty: rx.isEmpty, isFull: rx.isFull },
    { length: 0, capacity: 0, isEmpty: true, isFull: true },
  );
  assertEquals(tx.trySend(1), { reason: "full", value: 1 });
  const recv = rx.recv();
  assertStrictEquals(recv.poll(context()), PENDING);
  assertEquals(tx.trySend(2), undefined);
  assertEquals({ length: rx.length, output: recv.poll(context()) }, { length: 0, output: 2 });
  const send = tx.send(3);
  assertStrictEquals(send.poll(context()), PENDING);
  assertEquals(
    { length: rx.length, received: rx.tryRecv(), isSent: send.isSent, receivedThen: rx.tryRecv() },
    { length: 0, received: 3, isSent: true, receivedThen: EMPTY },
  );
});

Deno.test("bounded(Infinity) is unbounded", () => {
  const [tx, rx] = bounded<number>(Infinity);
  assertEquals(
    { sent: tx.trySend(1), capacity: rx.capacity, isFull: rx.isFull },
    { sent: undefined, capacity: Infinity, isFull: false },
  );
});

Deno.test("bounded() refuses a capacity that is negative, or not a whole number", () => {
  for (const capacity of [-1, 1.5, NaN, -Infinity]) {
    const message =
      `Cannot make a channel: capacity must be a non-negative integer or Infinity, got ${capacity}`;
    assertThrows(() => bounded(capacity), RangeError, message);
  }
  assertThrows(() => bounded("1" as never), TypeError, 'or Infinity, got "1"');
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
  if (unsent !== undefined) throw new Error(`${unsent.reason satisfies "full" | "disconnected" | "closed"}`);
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
  assertEquals(
    { sent: tx.trySend(Symbol.iterator), received: rx.tryRecv() },
    { sent: undefined, received: Symbol.iterator },
  );
});

Deno.test("clone() and dispose count; a handle is given up once", () => {
  const [tx, rx] = unbounded<number>();
  const [tx2, rx2] = [tx.clone(), rx.clone()];
  assertEquals(
    {
      txSenderCount: tx.senderCount,
      txReceiverCount: tx.receiverCount,
      rxSenderCount: rx.senderCount,
      rxReceiverCount: rx.receiverCount,
    },
    { txSenderCount: 2, txReceiverCount: 2, rxSenderCount: 2, rxReceiverCount: 2 },
  );
  tx2[Symbol.dispose]();
  tx2[Symbol.dispose]();
  rx2[Symbol.dispose]();
  rx2[Symbol.dispose]();
  assertEquals(
    {
      txSenderCount: tx.senderCount,
      txReceiverCount: tx.receiverCount,
      txIsDisconnected: tx.isDisconnected,
      rxIsDisconnected: rx.isDisconnected,
    },
    { txSenderCount: 1, txReceiverCount: 1, txIsDisconnected: false, rxIsDisconnected: false },
  );
  tx.trySend(1);
  assertEquals(rx.tryRecv(), 1);
});

Deno.test("sameChannel() compares senders and receivers with one another", () => {
  const [tx, rx] = unbounded<number>();
  const [tx2, rx2] = unbounded<number>();
  assertEquals(
    {
      txWithRx: tx.sameChannel(rx),
      rxWithTx: rx.sameChannel(tx),
      withClone: tx.sameChannel(tx.clone()),
      withItself: rx.sameChannel(rx),
    },
    { txWithRx: true, rxWithTx: true, withClone: true, withItself: true },
  );
  assertEquals(
    { txWithRx: tx.sameChannel(rx2), rxWithTx: rx.sameChannel(tx2), txWithTx: tx.sameChannel(tx2) },
    { txWithRx: false, rxWithTx: false, txWithTx: false },
  );
});

Deno.test("senders and receivers show what their channel is like", () => {
  const [tx, rx] = bounded<number>(1);
  const another = rx.clone();
  tx.trySend(1);
  tx.send(2).poll(context());
  const view = {
    length: 1,
    capacity: 1,
    senders: 1,
    receivers: 2,
    waitingSenders: 1,
    waitingReceivers: 0,
    isDisconnected: false,
  };
  assertEquals({ tx: tx.toJSON(), rx: rx.toJSON() }, { tx: view, rx: view });
  rx.drain();
  rx.recv().poll(context());
  another.recv().poll(context());
  assertEquals(another.toJSON(), { ...view, length: 0, waitingSenders: 0, waitingReceivers: 2 });
  assertEquals(
    Deno.inspect(tx, { breakLength: Infinity, compact: true }),
    "Sender { length: 0, capacity: 1, senders: 1, receivers: 2, waitingSenders: 0, waitingReceivers: 2, " +
      "isDisconnected: false }",
  );
  another[Symbol.dispose]();
  rx[Symbol.dispose]();
  assertEquals(
    { tx: tx.toJSON(), rx: JSON.stringify(rx) },
    {
      tx: { ...view, length: 0, receivers: 0, waitingSenders: 0, isDisconnected: true },
      rx: '{"isDisposed":true}',
    },
  );
});

Deno.test("waits and selectors show their state", () => {
  const [tx, rx] = bounded<number>(0, { overflow: "drop" });
  const recv = rx.recv();
  const states = [recv.toJSON()];
  const next = () => states.push(recv.toJSON());
  recv.poll(context());
  next();
  tx.trySend(1);
  next();
  recv.poll(context());
  next();
  assertEquals(states, [{ state: "idle" }, { state: "waiting" }, { state: "delivered" }, { state: "done" }]);
  const [dropped, unsent] = [rx.iter().next(), tx.send(2)];
  dropped[Symbol.dispose]();
  unsent.poll(context());
  const selector = new Selector({ biased: true }).recv(rx, () => {});
  assertEquals(
    [dropped.toJSON(), unsent.toJSON(), selector.wait().toJSON(), selector.toJSON(), tx.downgrade().toJSON()],
    [{ state: "failed" }, { state: "unsent" }, { state: "idle" }, { branches: 1, isBiased: true }, {
      senders: 1,
    }],
  );
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
      () => end.isClosed,
      () => end.close(),
      () => end.senderCount,
      () => end.receiverCount,
      () => end.sameChannel(tx2),
    ]),
  ];
  for (const use of uses) assertThrows(use, TypeError, "er was disposed");
  assertEquals(
    { senderCount: tx2.senderCount, receiverCount: tx2.receiverCount },
    { senderCount: 1, receiverCount: 1 },
  );
  assertEquals({ sent: tx2.trySend(1), received: rx2.tryRecv() }, { sent: undefined, received: 1 });
});

Deno.test("downgrade() gives a sender back as long as there is one", () => {
  const [tx, rx] = unbounded<number>();
  const weak = tx.downgrade();
  assertEquals(rx.senderCount, 1);
  const another = weak.upgrade()!;
  assertEquals(
    { senderCount: rx.senderCount, isSame: another.sameChannel(tx) },
    { senderCount: 2, isSame: true },
  );
  tx[Symbol.dispose]();
  another.trySend(1);
  another[Symbol.dispose]();
  assertEquals(
    { upgraded: weak.upgrade(), isDisconnected: rx.isDisconnected, received: [rx.tryRecv(), rx.tryRecv()] },
    { upgraded: undefined, isDisconnected: true, received: [1, DISCONNECTED] },
  );
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
    assertEquals(
      { wakes: cx.waker.wakes, length: rx.length, drained: rx.drain() },
      { wakes: 3, length: 0, drained: [] },
    );
    for (const send of sends) {
      assertEquals(
        { isSent: send.isSent, output: send.poll(cx) },
        { isSent: true, output: undefined },
      );
    }
  }
});

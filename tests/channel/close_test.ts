/** close(): nothing is sent any more, what is queued still arrives, and the errors say why. */
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { PENDING } from "../../mod.ts";
import {
  bounded,
  DISCONNECTED,
  EMPTY,
  RecvError,
  Selector,
  SendError,
  unbounded,
} from "../../lib/channel/mod.ts";
import { openReceiver, openSender, sharedChannel } from "../../lib/thread/mod.ts";
import { context, thrownBy } from "../helpers.ts";

const reason = new Error("enough");

for (const side of ["sender", "receiver"] as const) {
  Deno.test(`close() of a ${side} lets arrive what is queued, and then says why there is no more`, async () => {
    const [tx, rx] = unbounded<number>();
    for (const i of [1, 2]) tx.trySend(i);
    (side === "sender" ? tx : rx).close(reason);
    for (const end of [tx, rx]) {
      assertEquals(
        { isClosed: end.isClosed, isDisconnected: end.isDisconnected, length: end.length },
        { isClosed: true, isDisconnected: true, length: 2 },
      );
    }
    assertEquals({ first: rx.tryRecv(), second: await rx.recv(), third: rx.tryRecv() }, {
      first: 1,
      second: 2,
      third: DISCONNECTED,
    });
    const error = await assertRejects(async () => await rx.recv(), RecvError);
    assertEquals(
      { reason: error.reason, message: error.message, cause: error.cause },
      { reason: "closed", message: "Cannot receive: the channel is empty, and was closed", cause: reason },
    );
    assertEquals({ senders: rx.senderCount, receivers: tx.receiverCount }, { senders: 1, receivers: 1 });
  });
}

Deno.test("close() fails the sends that wait, which keep their message, and those that come later", () => {
  const [tx, rx] = bounded<string>(1);
  tx.trySend("queued");
  const cx = context();
  const waiting = tx.send("waiting");
  assertStrictEquals(waiting.poll(cx), PENDING);
  rx.close(reason);
  assertEquals(cx.waker.wakes, 1);
  for (const [send, value] of [[waiting, "waiting"], [tx.send("late"), "late"]] as const) {
    const error = thrownBy(() => send.poll(cx)) as SendError<string>;
    assert(error instanceof SendError);
    assertEquals(
      { name: error.name, reason: error.reason, value: error.value, cause: error.cause, text: error.message },
      {
        name: "SendError",
        reason: "closed",
        value,
        cause: reason,
        text: "Cannot send: the channel was closed",
      },
    );
    assertEquals({ isSent: send.isSent, message: send.message }, { isSent: false, message: value });
  }
  assertEquals(tx.trySend("tried"), { reason: "closed", value: "tried", cause: reason });
  assertEquals(rx.drain(), ["queued"]);
});

Deno.test("close() fails the receives that wait, and ends for await", async () => {
  const [tx, rx] = unbounded<number>();
  const cx = context();
  const recv = rx.recv();
  recv.poll(cx);
  const loop = Array.fromAsync(rx);
  const read = rx.stream().getReader().read();
  await null;
  tx.close(reason);
  assertEquals(cx.waker.wakes, 1);
  assertEquals((thrownBy(() => recv.poll(cx)) as RecvError).cause, reason);
  assertEquals({ loop: await loop, read: await read }, { loop: [], read: { done: true, value: undefined } });
});

Deno.test("close() without a reason gives errors without a cause, and only the first call counts", async () => {
  const [tx, rx] = unbounded<number>();
  rx.close();
  tx.close(reason);
  const error = await assertRejects(async () => await rx.recv(), RecvError);
  const late = await assertRejects(async () => await tx.send(1), SendError);
  assertEquals(
    { recv: "cause" in error, send: "cause" in late, tried: tx.trySend(1) },
    { recv: false, send: false, tried: { reason: "closed", value: 1 } },
  );
});

Deno.test("close() counts as an answer for a Selector, on both sides", () => {
  const [tx, rx] = bounded<number>(0);
  const [other] = bounded<number>(0);
  const recv = new Selector().recv(rx, (message) => message);
  const send = new Selector().send(other, 1, () => "sent").send(tx, 2, (unsent) => unsent);
  const [receiving, sending] = [recv.wait(), send.wait()];
  const cx = context();
  receiving.poll(cx);
  receiving[Symbol.dispose]();
  assertStrictEquals(sending.poll(cx), PENDING);
  tx.close(reason);
  const unsent = { reason: "closed", value: 2, cause: reason };
  assertEquals(
    {
      wakes: cx.waker.wakes,
      sending: sending.poll(cx),
      recv: recv.wait().poll(cx),
      send: send.wait().poll(cx),
    },
    { wakes: 1, sending: unsent, recv: DISCONNECTED, send: unsent },
  );
});

Deno.test("close() takes a message back that was delivered and not seen, for who receives next", () => {
  for (const capacity of [0, 1, Infinity]) {
    const [tx, rx] = bounded<number>(capacity);
    const recv = rx.recv();
    recv.poll(context());
    tx.trySend(1);
    rx.close();
    recv[Symbol.dispose]();
    assertEquals(
      { sent: tx.trySend(2), length: rx.length, received: rx.tryRecv(), then: rx.tryRecv() },
      { sent: { reason: "closed", value: 2 }, length: 1, received: 1, then: DISCONNECTED },
    );
  }
});

Deno.test("close() of a handle that was disposed is refused", () => {
  const [tx, rx] = unbounded<number>();
  tx[Symbol.dispose]();
  rx[Symbol.dispose]();
  assertThrows(() => tx.close(), TypeError, "Cannot close: the sender was disposed");
  assertThrows(() => rx.close(), TypeError, "Cannot close: the receiver was disposed");
});

Deno.test("close() between threads ends both sides, and loses nothing that has come", () => {
  for (const side of ["sender", "receiver"] as const) {
    const [senderEnd, receiverEnd] = sharedChannel<number>(4);
    using tx = openSender(senderEnd);
    using rx = openReceiver(receiverEnd);
    for (const i of [1, 2]) tx.trySend(i);
    (side === "sender" ? tx : rx).close(reason);
    const sent = tx.trySend(3);
    assertEquals(sent?.reason, side === "sender" ? "closed" : "disconnected");
    assertEquals([rx.tryRecv(), rx.tryRecv(), rx.tryRecv()], [1, 2, DISCONNECTED]);
    assertEquals({ tx: tx.isDisconnected, rx: rx.isDisconnected }, { tx: true, rx: true });
  }
});

Deno.test("close() leaves another channel alone", () => {
  const [tx] = unbounded<number>();
  const [, rx] = unbounded<number>();
  tx.close();
  assertEquals({ received: rx.tryRecv(), isClosed: rx.isClosed }, { received: EMPTY, isClosed: false });
});

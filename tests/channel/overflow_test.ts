/** Channels that drop messages instead of having their senders wait. */
import { assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { bounded, EMPTY, type Overflow, Selector, SendError } from "../../lib/channel/mod.ts";
import { context } from "../helpers.ts";

Deno.test('bounded() with overflow "drop" drops what comes when it is full, and says so', async () => {
  const [tx, rx] = bounded<number>(2, { overflow: "drop" });
  assertEquals([tx.trySend(1), tx.trySend(2), tx.trySend(3)], [undefined, undefined, {
    reason: "full",
    value: 3,
  }]);
  const send = tx.send(4);
  await send;
  assertEquals({ isSent: send.isSent, message: send.message }, { isSent: false, message: 4 });
  send[Symbol.dispose]();
  assertEquals({ tx: tx.droppedCount, rx: rx.droppedCount, drained: rx.drain() }, {
    tx: 2,
    rx: 2,
    drained: [1, 2],
  });
  assertEquals(await send, undefined);
});

Deno.test('bounded() with overflow "slide" drops the oldest', async () => {
  const [tx, rx] = bounded<number>(2, { overflow: "slide" });
  for (const i of [1, 2, 3]) assertEquals(tx.trySend(i), undefined);
  const send = tx.send(4);
  await send;
  assertEquals(
    { isSent: send.isSent, message: send.message, dropped: rx.droppedCount, drained: rx.drain() },
    { isSent: true, message: undefined, dropped: 2, drained: [3, 4] },
  );
});

Deno.test("a message for who waits is never dropped, not even where there is no room at all", () => {
  const [tx, rx] = bounded<number>(0, { overflow: "drop" });
  const recv = rx.recv();
  recv.poll(context());
  assertEquals([tx.trySend(1), tx.trySend(2)], [undefined, { reason: "full", value: 2 }]);
  assertEquals({ received: recv.poll(context()), dropped: rx.droppedCount }, { received: 1, dropped: 1 });
});

Deno.test("messages that were put back count as queued, and are the first to be dropped", () => {
  const [tx, rx] = bounded<number>(2, { overflow: "slide" });
  const recvs = [rx.recv(), rx.recv(), rx.recv()];
  for (const recv of recvs) recv.poll(context());
  for (const i of [1, 2, 3]) tx.trySend(i);
  for (const recv of recvs) recv[Symbol.dispose]();
  assertEquals(rx.length, 3);
  tx.trySend(4);
  assertEquals({ drained: rx.drain(), dropped: rx.droppedCount }, { drained: [3, 4], dropped: 2 });
});

Deno.test("senders of a channel that drops fail when nobody receives any more, and drop nothing then", async () => {
  for (const overflow of ["drop", "slide"] as const) {
    const [tx, rx] = bounded<number>(1, { overflow });
    tx.trySend(1);
    rx.close();
    await assertRejects(async () => await tx.send(2), SendError, "the channel was closed");
    assertEquals(
      { sent: tx.trySend(3)?.reason, dropped: tx.droppedCount, received: rx.tryRecv() },
      { sent: "closed", dropped: 0, received: 1 },
    );
  }
});

Deno.test("a Selector never waits to send where messages are dropped, and is told", () => {
  const [tx, rx] = bounded<number>(1, { overflow: "drop" });
  const selector = new Selector().send(tx, 1, (unsent) => unsent?.reason);
  assertEquals([selector.tryWait(), selector.tryWait()], [undefined, "full"]);
  assertEquals({ length: rx.length, dropped: rx.droppedCount }, { length: 1, dropped: 1 });
});

Deno.test("bounded() refuses an overflow that is none, and to drop the oldest where none is queued", () => {
  const overflow = "newest" as Overflow;
  assertThrows(
    () => bounded(1, { overflow }),
    TypeError,
    'Cannot make a channel: overflow must be "wait", "drop" or "slide", got "newest"',
  );
  assertThrows(() => bounded(0, { overflow: "slide" }), RangeError, "capacity must be at least 1");
});

for (const overflow of ["drop", "slide"] as const) {
  Deno.test(`a channel with overflow "${overflow}" keeps what an array does that is cut to its capacity`, () => {
    const ops = fc.array(fc.constantFrom("trySend", "send", "tryRecv", "drain"), { maxLength: 60 });
    fc.assert(fc.property(fc.integer({ min: 1, max: 4 }), ops, (capacity, ops) => {
      const [tx, rx] = bounded<number>(capacity, { overflow });
      const model: number[] = [];
      let dropped = 0;
      for (const [message, op] of ops.entries()) {
        if (op === "drain") assertEquals(rx.drain(), model.splice(0));
        else if (op === "tryRecv") assertStrictEquals(rx.tryRecv(), model.length > 0 ? model.shift() : EMPTY);
        else {
          if (op === "trySend") tx.trySend(message);
          else assertEquals(tx.send(message).poll(context()), undefined);
          model.push(message);
          if (model.length > capacity) dropped += model.splice(overflow === "drop" ? capacity : 0, 1).length;
        }
        assertEquals({ length: rx.length, dropped: rx.droppedCount }, { length: model.length, dropped });
      }
    }));
  });
}

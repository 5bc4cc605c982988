/** Channels for one message. */
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PENDING, spawn } from "../../mod.ts";
import { DISCONNECTED, EMPTY, oneshot, RecvError } from "../../lib/channel/mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { context, macrotask, Queue, thrownBy } from "../helpers.ts";

Deno.test("a oneshot gives its message to who polls, and wakes them once", () => {
  const [tx, rx] = oneshot<string>();
  const cx = context();
  assertStrictEquals(rx.poll(cx), PENDING);
  assertEquals({ isDisconnected: tx.isDisconnected, tx: tx.toJSON(), rx: rx.toJSON() }, {
    isDisconnected: false,
    tx: { isSent: false, isDisconnected: false },
    rx: { length: 0, isDisconnected: false },
  });
  assertEquals({ sent: tx.send("a"), wakes: cx.waker.wakes, output: rx.poll(cx) }, {
    sent: undefined,
    wakes: 1,
    output: "a",
  });
  assertThrows(() => rx.poll(cx), TypeError, "the future has given out its message");
  assertEquals(tx.toJSON(), { isSent: true });
});

Deno.test("a oneshot may be awaited by any number, before and after", async () => {
  const [tx, rx] = oneshot<number>();
  const before = [rx.then(), rx.then()];
  tx.send(1);
  assertEquals([await rx, ...(await Promise.all(before))], [1, 1, 1]);
});

Deno.test("a oneshot is sent once", () => {
  const [tx] = oneshot<number>();
  tx.send(1);
  for (const use of [() => tx.send(2), () => tx.close(), () => tx.isDisconnected]) {
    assertThrows(use, TypeError, "a message was sent already, expected at most one");
  }
  tx[Symbol.dispose]();
  const [other] = oneshot<number>();
  other[Symbol.dispose]();
  assertThrows(() => other.send(1), TypeError, "Cannot send: the sender was disposed");
  assertThrows(() => oneshot<unknown>()[0].send(EMPTY), TypeError, "it means that there is no message");
  assertEquals(other.toJSON(), { isDisposed: true });
});

Deno.test("a sender that is gone without a message, or closed, says so to the receiver", async () => {
  for (const end of ["dispose", "close"] as const) {
    const [tx, rx] = oneshot<number>();
    const cx = context();
    rx.poll(cx);
    if (end === "close") tx.close("no answer");
    else tx[Symbol.dispose]();
    assertEquals({ wakes: cx.waker.wakes, isDisconnected: rx.isDisconnected }, {
      wakes: 1,
      isDisconnected: true,
    });
    const error = thrownBy(() => rx.poll(cx)) as RecvError;
    assert(error instanceof RecvError);
    assertEquals({ cause: error.cause, tried: rx.tryRecv() }, {
      cause: end === "close" ? "no answer" : undefined,
      tried: DISCONNECTED,
    });
    await assertRejects(async () => await rx, RecvError);
  }
});

Deno.test("a receiver that is gone, or closed, has the message given back", () => {
  const [tx, rx] = oneshot<number>();
  rx[Symbol.dispose]();
  rx[Symbol.dispose]();
  assertEquals({ isDisconnected: tx.isDisconnected, sent: tx.send(1) }, {
    isDisconnected: true,
    sent: { reason: "disconnected", value: 1 },
  });
  assertThrows(() => rx.tryRecv(), TypeError, "Cannot receive: the receiver was disposed");
  assertThrows(() => rx.poll(context()), DOMException, "the future was dropped");
  const [other, closed] = oneshot<number>();
  closed.close("enough");
  assertEquals(other.send(1), { reason: "closed", value: 1, cause: "enough" });
  assertEquals(closed.tryRecv(), DISCONNECTED);
});

Deno.test("a message that was sent before the receiver closed is received", async () => {
  const [tx, rx] = oneshot<number>();
  tx.send(1);
  rx.close();
  assertEquals(await rx, 1);
});

Deno.test("tryRecv() of a oneshot takes the message wherever it is", () => {
  for (const isPolled of [false, true]) {
    const [tx, rx] = oneshot<number>();
    if (isPolled) rx.poll(context());
    assertStrictEquals(rx.tryRecv(), EMPTY);
    tx.send(1);
    assertEquals({ first: rx.tryRecv(), then: rx.tryRecv() }, { first: 1, then: DISCONNECTED });
  }
});

Deno.test("a generator task waits for a oneshot, and lets go of it when it is cancelled", async () => {
  const queue = new Queue();
  const [tx, rx] = oneshot<number>();
  const [task, handle] = spawn(function* () {
    return yield* rx;
  }, queue.schedule);
  task.run();
  tx.send(1);
  queue.run();
  assertEquals(await handle, 1);

  const [unwanted, dropped] = oneshot<number>();
  const [other, otherHandle] = spawn(function* () {
    yield* dropped;
  }, queue.schedule);
  other.run();
  otherHandle.cancel();
  queue.run();
  assertEquals(unwanted.send(1), { reason: "disconnected", value: 1 });
});

Deno.test("an async task that is cancelled while it alone awaits a oneshot lets go of it", async () => {
  const [tx, rx] = oneshot<number>();
  const handle = new LocalExecutor().spawn(async () => await rx);
  await macrotask();
  await handle.cancel();
  assertEquals(tx.send(1), { reason: "disconnected", value: 1 });
});

Deno.test("a oneshot does what its model does, after any operations", () => {
  const ops = fc.array(
    fc.constantFrom("poll", "poll", "tryRecv", "send", "drop sender", "close", "drop receiver"),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(ops, (ops) => {
      const [tx, rx] = oneshot<number>();
      let [isSenderGone, isClosed, isReceiverGone, isWaiting] = [false, false, false, false];
      let message: number | "failed" | "taken" | undefined;
      let cx = context();
      for (const op of ops) {
        const isOver = isSenderGone || isClosed;
        if (op === "poll" || op === "tryRecv") {
          if (isReceiverGone) continue;
          if (op === "poll") cx = context();
          const output = outputOf(() => op === "poll" ? rx.poll(cx) : rx.tryRecv());
          const isThere = typeof message === "number";
          const none = op === "poll"
            ? message === "taken" ? "TypeError" : isOver || message === "failed" ? "RecvError" : PENDING
            : isOver || message !== undefined
            ? DISCONNECTED
            : EMPTY;
          assertEquals(output, isThere ? message : none);
          isWaiting ||= output === PENDING;
          if (isThere) message = "taken";
          else if (output === "RecvError") message = "failed";
        } else if (op === "send") {
          if (isSenderGone) continue;
          const reason = isClosed ? "closed" : isReceiverGone ? "disconnected" : undefined;
          assertEquals(tx.send(1)?.reason, reason);
          if (reason === undefined) message = 1;
          isSenderGone = true;
        } else if (op === "drop sender") {
          tx[Symbol.dispose]();
          isSenderGone = true;
        } else if (op === "close") {
          if (isReceiverGone) continue;
          rx.close();
          isClosed = true;
        } else {
          rx[Symbol.dispose]();
          isReceiverGone = true;
        }
        if (isWaiting && !isReceiverGone) {
          const isWoken = isSenderGone || isClosed || typeof message === "number" || message === "taken";
          assertEquals(cx.waker.wakes > 0 || message === "failed" || message === "taken", isWoken);
          isWaiting = !isWoken;
        }
      }
    }),
    { numRuns: 500 },
  );
});

/** What it gives, or the name of what it throws. */
function outputOf(get: () => unknown): unknown {
  try {
    return get();
  } catch (error) {
    return (error as Error).name;
  }
}

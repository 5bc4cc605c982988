/** Broadcasts: every receiver sees every message, and a slow one is told how many it has missed. */
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PENDING, spawn } from "../../mod.ts";
import {
  broadcast,
  type BroadcastReceiver,
  DISCONNECTED,
  EMPTY,
  LaggedError,
  RecvError,
} from "../../lib/channel/mod.ts";
import { context, Queue, thrownBy } from "../helpers.ts";
import { collect, isCollected, memoryTests } from "../memory.ts";
import { CountingSignal } from "../time/counting_signal.ts";

/** All that is there for a receiver; `"2 missed"` where it has missed two. */
function all(rx: BroadcastReceiver<number>): unknown[] {
  const seen: unknown[] = [];
  for (;;) {
    try {
      const message = rx.tryRecv();
      if (message === EMPTY || message === DISCONNECTED) return seen;
      seen.push(message);
    } catch (error) {
      if (!(error instanceof LaggedError)) throw error;
      seen.push(`${error.missed} missed`);
    }
  }
}

Deno.test("every receiver sees what is sent after it was made", () => {
  const [tx, rx] = broadcast<number>(4);
  tx.send(1);
  const late = tx.subscribe();
  tx.send(2);
  const clone = rx.clone();
  tx.send(3);
  assertEquals({ rx: rx.length, late: late.length, clone: clone.length }, { rx: 3, late: 2, clone: 3 });
  assertEquals({ rx: all(rx), late: all(late), clone: all(clone) }, {
    rx: [1, 2, 3],
    late: [2, 3],
    clone: [1, 2, 3],
  });
  assertEquals({ receivers: tx.receiverCount, rx: rx.receiverCount }, { receivers: 3, rx: 3 });
});

Deno.test("a receiver that is too slow is told how many it has missed, once, and goes on with the oldest", async () => {
  for (const capacity of [1, 2, 3, 4, 5]) {
    const [tx, rx] = broadcast<number>(capacity);
    const clone = rx.clone();
    for (let i = 0; i < 10; i++) tx.send(i);
    const rest = Array.from({ length: capacity }, (_, i) => 10 - capacity + i);
    assertEquals(rx.length, capacity);
    const error = await assertRejects(async () => await rx.recv(), LaggedError);
    assertEquals(
      { name: error.name, missed: error.missed, message: error.message },
      {
        name: "LaggedError",
        missed: 10 - capacity,
        message: `Cannot receive: ${10 - capacity} messages were missed, as others were sent meanwhile`,
      },
    );
    const another = clone.clone();
    const seen = [`${10 - capacity} missed`, ...rest];
    assertEquals({ rx: all(rx), clone: all(clone), another: all(another) }, {
      rx: rest,
      clone: seen,
      another: seen,
    });
  }
});

Deno.test("recv() waits for a message, which wakes all, each once", () => {
  const [tx, rx] = broadcast<number>(4);
  const receivers = [rx, rx.clone(), tx.subscribe()];
  const waits = receivers.map((rx) => ({ recv: rx.recv(), cx: context() }));
  for (const { recv, cx } of waits) assertStrictEquals(recv.poll(cx), PENDING);
  assertEquals(JSON.parse(JSON.stringify(tx)).waitingReceivers, 3);
  tx.send(1);
  tx.send(2);
  assertEquals(waits.map(({ cx }) => cx.waker.wakes), [1, 1, 1]);
  assertEquals(waits.map(({ recv, cx }) => recv.poll(cx)), [1, 1, 1]);
  assertEquals(receivers.map((rx) => rx.tryRecv()), [2, 2, 2]);
  assertThrows(() => waits[0].recv.poll(context()), TypeError, "the future has given out its output");
});

Deno.test("of several recv() of one receiver all are woken, and who finds nothing waits on", () => {
  const [tx, rx] = broadcast<number>(4);
  const waits = [rx.recv(), rx.recv(), rx.recv()].map((recv) => ({ recv, cx: context() }));
  for (const { recv, cx } of waits) recv.poll(cx);
  tx.send(1);
  assertEquals(waits.map(({ cx }) => cx.waker.wakes), [1, 1, 1]);
  assertEquals(waits.map(({ recv, cx }) => recv.poll(cx)), [1, PENDING, PENDING]);
  tx.send(2);
  assertEquals(waits.map(({ cx }) => cx.waker.wakes), [1, 2, 2]);
  assertEquals(waits.slice(1).map(({ recv, cx }) => recv.poll(cx)), [2, PENDING]);
});

Deno.test("several awaits of one receiver are served in order", async () => {
  const [tx, rx] = broadcast<number>(4);
  const recvs = [rx.recv(), rx.recv(), rx.recv()].map((recv) => recv.then());
  for (const i of [1, 2, 3]) tx.send(i);
  assertEquals(await Promise.all(recvs), [1, 2, 3]);
});

Deno.test("a recv() that is dropped takes no message, be it waiting or woken", () => {
  const [tx, rx] = broadcast<number>(4);
  const [waiting, woken] = [rx.recv(), rx.recv()];
  for (const recv of [waiting, woken]) recv.poll(context());
  waiting[Symbol.dispose]();
  tx.send(1);
  woken[Symbol.dispose]();
  assertEquals(all(rx), [1]);
  assertThrows(() => woken.poll(context()), DOMException, "Cannot receive: the future was dropped");
});

Deno.test("recv() throws the reason of the signal, and takes no message then", () => {
  const [tx, rx] = broadcast<number>(4);
  const signal = new CountingSignal();
  const recv = rx.recv(signal);
  const cx = context();
  recv.poll(cx);
  assertEquals(signal.listeners, 1);
  signal.abort("enough");
  tx.send(1);
  assertEquals(
    {
      thrown: thrownBy(() => recv.poll(cx)),
      wakes: cx.waker.wakes,
      listeners: signal.listeners,
      left: all(rx),
    },
    { thrown: "enough", wakes: 1, listeners: 0, left: [1] },
  );
});

Deno.test("receivers see what was sent, and then that the last sender is gone, or that the channel was closed", async () => {
  for (const end of ["dispose", "close"] as const) {
    const [tx, rx] = broadcast<number>(4);
    const another = tx.clone();
    const [cx, recv] = [context(), tx.subscribe().recv()];
    recv.poll(cx);
    tx.send(1);
    recv.poll(cx);
    const waiting = rx.clone();
    assertEquals(waiting.tryRecv(), 1);
    const wait = waiting.recv();
    wait.poll(cx);
    if (end === "close") another.close("enough");
    tx[Symbol.dispose]();
    another[Symbol.dispose]();
    assertEquals({ wakes: cx.waker.wakes, isDisconnected: rx.isDisconnected }, {
      wakes: 2,
      isDisconnected: true,
    });
    assertEquals({ first: await rx.recv(), then: rx.tryRecv() }, { first: 1, then: DISCONNECTED });
    for (const failing of [wait, rx.recv()]) {
      const error = thrownBy(() => failing.poll(cx)) as RecvError;
      assert(error instanceof RecvError);
      const closed = { reason: "closed", cause: "enough" };
      assertEquals(
        { reason: error.reason, cause: error.cause },
        end === "close" ? closed : { reason: "disconnected", cause: undefined },
      );
    }
    assertEquals(await Array.fromAsync(rx), []);
  }
});

Deno.test("send() gives the message back when nobody is there to receive it, or the channel was closed", () => {
  const [tx, rx] = broadcast<number>(1);
  rx[Symbol.dispose]();
  rx[Symbol.dispose]();
  assertEquals({ sent: tx.send(1), isDisconnected: tx.isDisconnected }, {
    sent: { reason: "disconnected", value: 1 },
    isDisconnected: true,
  });
  const late = tx.subscribe();
  assertEquals({ sent: tx.send(2), received: late.tryRecv() }, { sent: undefined, received: 2 });
  tx.close("enough");
  tx.close("later");
  assertEquals(
    { sent: tx.send(3), isClosed: tx.isClosed },
    { sent: { reason: "closed", value: 3, cause: "enough" }, isClosed: true },
  );
});

Deno.test("what waits through a receiver that is disposed fails, and its loops end", async () => {
  const [tx, rx] = broadcast<number>(1);
  const cx = context();
  const recvs = [rx.recv(), rx.recv()];
  for (const recv of recvs) recv.poll(cx);
  const loop = Array.fromAsync(rx);
  await null;
  rx[Symbol.dispose]();
  assertEquals(cx.waker.wakes, 2);
  for (const recv of recvs) {
    assertThrows(() => recv.poll(cx), TypeError, "Cannot receive: the receiver was disposed");
  }
  assertEquals(await loop, []);
  const uses = [() => rx.recv(), () => rx.tryRecv(), () => rx.iter(), () => rx.clone(), () => rx.length];
  for (const use of uses) assertThrows(use, TypeError, "the receiver was disposed");
  tx[Symbol.dispose]();
  for (const use of [() => tx.send(1), () => tx.subscribe(), () => tx.clone(), () => tx.close()]) {
    assertThrows(use, TypeError, "the sender was disposed");
  }
  assertEquals([tx.toJSON(), rx.toJSON()], [{ isDisposed: true }, { isDisposed: true }]);
});

Deno.test("whoever is woken may send, and receive, at once", () => {
  const [tx, rx] = broadcast<number>(4);
  const other = rx.clone();
  const seen: unknown[] = [];
  const recv = rx.recv();
  recv.poll({
    waker: {
      wake: () => {
        seen.push(recv.poll(context()));
        tx.send(2);
        rx.recv().poll(context());
        rx.recv().poll(context());
      },
    },
  });
  const cx = context();
  const waiting = other.recv();
  waiting.poll(cx);
  tx.send(1);
  assertEquals({ seen, wakes: cx.waker.wakes, other: waiting.poll(cx), then: all(other) }, {
    seen: [1],
    wakes: 1,
    other: 1,
    then: [2],
  });
});

Deno.test("generator tasks receive with yield*, and for await gives the messages", async () => {
  const [tx, rx] = broadcast<number>(4);
  const queue = new Queue();
  const [task, handle] = spawn(function* () {
    return [yield* rx.recv(), yield* rx.recv()];
  }, queue.schedule);
  task.run();
  const loop = Array.fromAsync(tx.subscribe());
  await null;
  tx.send(1);
  queue.run();
  tx.send(2);
  queue.run();
  tx[Symbol.dispose]();
  assertEquals({ task: await handle, loop: await loop }, { task: [1, 2], loop: [1, 2] });
});

Deno.test("broadcast() refuses a capacity that is not a whole number of at least 1", () => {
  for (const capacity of [0, -1, 1.5, NaN, Infinity]) {
    const message = `Cannot make a broadcast: capacity must be an integer from 1 to 2^24, got ${capacity}`;
    assertThrows(() => broadcast(capacity), RangeError, message);
  }
  assertThrows(() => broadcast("4" as never), TypeError, 'got "4"');
  const [tx] = broadcast<unknown>(1);
  assertThrows(() => tx.send(EMPTY), TypeError, "it means that there is no message");
});

Deno.test("receivers that come and go while nothing is sent leave nothing behind", () => {
  const [tx] = broadcast<number>(1);
  for (let i = 0; i < 1000; i++) {
    using rx = tx.subscribe();
    rx.recv().poll(context());
  }
  assertEquals(tx.toJSON(), {
    capacity: 1,
    senders: 1,
    receivers: 1,
    waitingReceivers: 0,
    isClosed: false,
  });
});

/** A broadcast as arrays: one for each receiver, cut to the capacity. */
class Model {
  readonly #capacity: number;
  readonly receivers = new Map<number, { queue: number[]; missed: number }>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  send(message: number): void {
    for (const receiver of this.receivers.values()) {
      receiver.queue.push(message);
      if (receiver.queue.length > this.#capacity) receiver.missed += receiver.queue.splice(0, 1).length;
    }
  }

  /** What a receive gives: a message, how many were missed, or nothing. */
  recv(id: number): number | string | undefined {
    const receiver = this.receivers.get(id)!;
    if (receiver.missed === 0) return receiver.queue.shift();
    const missed = `${receiver.missed} missed`;
    receiver.missed = 0;
    return missed;
  }
}

Deno.test("a broadcast does what its model does, after any operations", () => {
  const ops = fc.array(
    fc.tuple(
      fc.constantFrom("send", "send", "send", "recv", "recv", "tryRecv", "subscribe", "clone", "drop"),
      fc.nat(9),
    ),
    { maxLength: 80, size: "max" },
  );
  const take = (get: () => unknown): unknown => {
    try {
      const message = get();
      return message === EMPTY ? undefined : message;
    } catch (error) {
      if (!(error instanceof LaggedError)) throw error;
      return `${error.missed} missed`;
    }
  };
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), ops, (capacity, ops) => {
      const [tx, first] = broadcast<number>(capacity);
      const model = new Model(capacity);
      const receivers = new Map([[0, first]]);
      model.receivers.set(0, { queue: [], missed: 0 });
      for (const [message, [op, n]] of ops.entries()) {
        const id = [...receivers.keys()][n % receivers.size];
        const rx = receivers.get(id);
        if (op === "send") {
          assertEquals(tx.send(message) === undefined, receivers.size > 0);
          model.send(message);
        } else if (op === "subscribe") {
          receivers.set(message + 1, tx.subscribe());
          model.receivers.set(message + 1, { queue: [], missed: 0 });
        } else if (rx === undefined) continue;
        else if (op === "tryRecv") assertEquals(take(() => rx.tryRecv()), model.recv(id));
        else if (op === "recv") {
          const recv = rx.recv();
          const received = take(() => recv.poll(context()));
          assertEquals(received === PENDING ? undefined : received, model.recv(id));
          recv[Symbol.dispose]();
        } else if (op === "clone") {
          receivers.set(message + 1, rx.clone());
          const { queue, missed } = model.receivers.get(id)!;
          model.receivers.set(message + 1, { queue: [...queue], missed });
        } else {
          rx[Symbol.dispose]();
          receivers.delete(id);
          model.receivers.delete(id);
        }
        for (const [id, rx] of receivers) assertEquals(rx.length, model.receivers.get(id)!.queue.length);
      }
    }),
    { numRuns: 400 },
  );
});

const test = memoryTests(import.meta.url);

test("a message that all have seen, missed or given up is not kept alive", async () => {
  const [tx, rx] = broadcast<object>(3);
  const another = rx.clone();
  const send = () => {
    const message = { big: new Uint8Array(1000) };
    tx.send(message);
    return new WeakRef(message);
  };
  const seen = send();
  rx.tryRecv();
  another.tryRecv();
  const missed = send();
  for (let i = 0; i < 3; i++) tx.send({});
  assert(await isCollected(seen) && await isCollected(missed));
  rx[Symbol.dispose]();
  another.clone()[Symbol.dispose]();
  const given = send();
  another[Symbol.dispose]();
  assert(await isCollected(given));
  collect();
  assertEquals(tx.receiverCount, 0);
});

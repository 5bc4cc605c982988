/** Channels that keep the last value. */
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PENDING, spawn } from "../../mod.ts";
import { DISCONNECTED, RecvError, watch } from "../../lib/channel/mod.ts";
import { boom, context, Queue, thrownBy, throws } from "../helpers.ts";
import { CountingSignal } from "../time/counting_signal.ts";

Deno.test("a watch keeps the last value, and each receiver knows whether it has seen it", () => {
  const [tx, rx] = watch(0);
  const another = rx.clone();
  assertEquals({ rx: rx.borrow(), tx: tx.borrow(), hasChanged: rx.hasChanged }, {
    rx: 0,
    tx: 0,
    hasChanged: false,
  });
  assertEquals([tx.send(1), tx.send(2)], [undefined, undefined]);
  const late = tx.subscribe();
  assertEquals(
    { rx: rx.hasChanged, another: another.hasChanged, late: late.hasChanged },
    { rx: true, another: true, late: false },
  );
  assertEquals({ borrowed: rx.borrow(), hasChanged: rx.hasChanged }, { borrowed: 2, hasChanged: true });
  assertEquals({ seen: rx.borrowAndUpdate(), hasChanged: rx.hasChanged }, { seen: 2, hasChanged: false });
  assertEquals({ another: another.hasChanged, clone: another.clone().hasChanged }, {
    another: true,
    clone: true,
  });
});

Deno.test("changed() waits for a value that was not seen, and then it is", async () => {
  const [tx, rx] = watch("a");
  const cx = context();
  const changed = rx.changed();
  assertStrictEquals(changed.poll(cx), PENDING);
  tx.send("b");
  tx.send("c");
  assertEquals(
    { wakes: cx.waker.wakes, output: changed.poll(cx), value: rx.borrow(), hasChanged: rx.hasChanged },
    { wakes: 1, output: undefined, value: "c", hasChanged: false },
  );
  tx.send("c");
  await rx.changed(); // though it is the same
  assertStrictEquals(rx.changed().poll(cx), PENDING);
});

Deno.test("changed() of several receivers are all woken, and of one receiver one is done", () => {
  const [tx, rx] = watch(0);
  const another = rx.clone();
  const waits = [rx.changed(), rx.changed(), another.changed()].map((changed) => ({
    changed,
    cx: context(),
  }));
  for (const { changed, cx } of waits) changed.poll(cx);
  tx.send(1);
  assertEquals(waits.map(({ cx }) => cx.waker.wakes), [1, 1, 1]);
  assertEquals(waits.map(({ changed, cx }) => changed.poll(cx)), [undefined, PENDING, undefined]);
});

Deno.test("changed() that is dropped has seen nothing", () => {
  const [tx, rx] = watch(0);
  const changed = rx.changed();
  changed.poll(context());
  tx.send(1);
  changed[Symbol.dispose]();
  assertEquals(rx.hasChanged, true);
});

Deno.test("changed() throws the reason of the signal", () => {
  const [tx, rx] = watch(0);
  const signal = new CountingSignal();
  const changed = rx.changed(signal);
  const cx = context();
  changed.poll(cx);
  signal.abort("enough");
  tx.send(1);
  assertEquals(
    { thrown: thrownBy(() => changed.poll(cx)), wakes: cx.waker.wakes, listeners: signal.listeners },
    { thrown: "enough", wakes: 1, listeners: 0 },
  );
});

Deno.test("update() makes a new value of the old one", () => {
  const [tx, rx] = watch(1);
  tx.update((n) => n + 1);
  assertEquals({ value: rx.borrow(), hasChanged: rx.borrowAndUpdate() }, { value: 2, hasChanged: 2 });
  assertStrictEquals(thrownBy(() => tx.update(throws)), boom);
  assertEquals({ value: rx.borrow(), hasChanged: rx.hasChanged }, { value: 2, hasChanged: false });
  assertThrows(() => tx.update(3 as never), TypeError, "Cannot update: expected a function, got 3");
});

Deno.test("waitFor() gives the first value that matches, the present one too, and asks once for each", async () => {
  const [tx, rx] = watch(1);
  const asked: number[] = [];
  const isEven = (value: number) => {
    asked.push(value);
    return value % 2 === 0;
  };
  const cx = context();
  const wait = rx.waitFor(isEven);
  assertStrictEquals(wait.poll(cx), PENDING);
  assertStrictEquals(wait.poll(cx), PENDING);
  for (const value of [3, 5]) {
    tx.send(value);
    assertStrictEquals(wait.poll(cx), PENDING);
  }
  tx.send(6);
  assertEquals({ output: wait.poll(cx), wakes: cx.waker.wakes, hasChanged: rx.hasChanged }, {
    output: 6,
    wakes: 3,
    hasChanged: false,
  });
  assertEquals({ now: await rx.waitFor(isEven), asked: asked.filter((value) => value % 2 !== 0) }, {
    now: 6,
    asked: [1, 3, 5],
  });
  assertStrictEquals(thrownBy(() => rx.waitFor(throws).poll(cx)), boom);
  const failing = rx.waitFor((value) => value === 7 && throws());
  const rejected = assertRejects(async () => await failing, Error, boom.message);
  await null;
  tx.send(7);
  await rejected;
  assertThrows(
    () => rx.waitFor(1 as never),
    TypeError,
    "Cannot wait for a value: expected a function, got 1",
  );
});

Deno.test("the end is told once the last value was seen, and the value stays", async () => {
  for (const end of ["dispose", "close", "receiver closes"] as const) {
    const [tx, rx] = watch(0);
    const another = tx.clone();
    const waiting = tx.subscribe();
    const cx = context();
    const wait = waiting.changed();
    const match = waiting.waitFor((value) => value === 9);
    wait.poll(cx);
    match.poll(cx);
    if (end !== "receiver closes") tx.send(1);
    if (end === "close") tx.close("enough");
    if (end === "receiver closes") rx.close("enough");
    tx[Symbol.dispose]();
    another[Symbol.dispose]();
    if (end !== "receiver closes") await rx.changed();
    else assertThrows(() => wait.poll(cx), RecvError);
    const error = await assertRejects(async () => await rx.changed(), RecvError);
    assertEquals(
      { cause: error.cause, value: rx.borrow(), isDisconnected: rx.isDisconnected },
      {
        cause: end === "dispose" ? undefined : "enough",
        value: end === "receiver closes" ? 0 : 1,
        isDisconnected: true,
      },
    );
    assertThrows(() => match.poll(cx), RecvError);
  }
});

Deno.test("send() replaces the value though nobody watches, and not once the channel was closed", () => {
  const [tx, rx] = watch(0);
  rx[Symbol.dispose]();
  rx[Symbol.dispose]();
  assertEquals({ sent: tx.send(1), value: tx.subscribe().borrow(), receivers: tx.receiverCount }, {
    sent: undefined,
    value: 1,
    receivers: 1,
  });
  tx.close();
  assertEquals({
    sent: tx.send(2),
    updated: tx.update((n) => n + 2),
    value: tx.borrow(),
    isClosed: tx.isClosed,
  }, {
    sent: { reason: "closed", value: 2 },
    updated: { reason: "closed", value: 3 },
    value: 1,
    isClosed: true,
  });
});

Deno.test("waits through a receiver that is disposed fail, and its loops end", async () => {
  const [tx, rx] = watch(0);
  const cx = context();
  const changed = rx.changed();
  changed.poll(cx);
  const loop = Array.fromAsync(rx);
  await null;
  rx[Symbol.dispose]();
  assertEquals({ wakes: cx.waker.wakes, loop: await loop }, { wakes: 1, loop: [0] });
  assertThrows(() => changed.poll(cx), TypeError, "Cannot receive: the receiver was disposed");
  for (const use of [() => rx.borrow(), () => rx.changed(), () => rx.hasChanged, () => rx.iter()]) {
    assertThrows(use, TypeError, "the receiver was disposed");
  }
  tx[Symbol.dispose]();
  for (const use of [() => tx.send(1), () => tx.borrow(), () => tx.subscribe()]) {
    assertThrows(use, TypeError, "the sender was disposed");
  }
  assertEquals([tx.toJSON(), rx.toJSON()], [{ isDisposed: true }, { isDisposed: true }]);
});

Deno.test("for await gives the present value first, and then what it finds", async () => {
  const [tx, rx] = watch(1);
  const iterator = rx.iter();
  const results = [await iterator.next()];
  tx.send(2);
  tx.send(3);
  results.push(await iterator.next());
  const waiting = iterator.next();
  const cx = context();
  waiting.poll(cx);
  tx.send(4);
  tx[Symbol.dispose]();
  results.push(await waiting, await iterator.next());
  assertEquals(results.map(({ done, value }) => done ? DISCONNECTED : value), [1, 3, 4, DISCONNECTED]);
});

Deno.test("a generator task waits with yield* changed()", async () => {
  const [tx, rx] = watch(0);
  const queue = new Queue();
  const [task, handle] = spawn(function* () {
    const seen = [];
    for (let i = 0; i < 3; i++) {
      yield* rx.changed();
      seen.push(rx.borrow());
    }
    return seen;
  }, queue.schedule);
  task.run();
  for (const value of [1, 2, 3]) {
    tx.send(value);
    queue.run();
  }
  assertEquals(await handle, [1, 2, 3]);
});

Deno.test("a watch shows its value", () => {
  const [tx, rx] = watch({ port: 1 });
  tx.send({ port: 2 });
  const view = { value: { port: 2 }, senders: 1, receivers: 1, waitingReceivers: 0, isClosed: false };
  assertEquals({ tx: tx.toJSON(), rx: rx.toJSON() }, { tx: view, rx: { ...view, hasChanged: true } });
  assertThrows(() => tx.send(DISCONNECTED as never), TypeError, "it means that there is no message");
});

Deno.test("each receiver of a watch is told of every change, however sends and waits are mixed", () => {
  const ops = fc.array(fc.tuple(fc.constantFrom("send", "wait", "poll", "drop", "borrow"), fc.nat(2)), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(ops, (ops) => {
      const [tx, rx] = watch(0);
      const receivers = [rx, rx.clone(), rx.clone()];
      const seen = [0, 0, 0];
      let version = 0;
      const waits = receivers.map(() => ({ changed: rx.changed(), cx: context(), isPending: false }));
      for (const [op, n] of ops) {
        const wait = waits[n];
        if (op === "send") {
          tx.send(++version);
          // Who waits has been woken.
          for (const { isPending, cx } of waits) assert(!isPending || cx.waker.wakes > 0);
        } else if (op === "borrow") {
          seen[n] = receivers[n].borrowAndUpdate();
        } else if (op === "drop") {
          wait.changed[Symbol.dispose]();
          wait.isPending = false;
        } else if (op === "wait" || wait.isPending) {
          if (op === "wait") wait.changed = receivers[n].changed();
          wait.cx = context();
          wait.isPending = wait.changed.poll(wait.cx) === PENDING;
          assertEquals(wait.isPending, seen[n] === version);
          seen[n] = version;
        }
        assertEquals(receivers.map((rx) => rx.hasChanged), seen.map((seen) => seen !== version));
      }
    }),
    { numRuns: 300 },
  );
});

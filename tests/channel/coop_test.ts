/** Those who always find a message leave the others their turns. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { PENDING, spawn } from "../../mod.ts";
import { bounded, type Receiver, Selector, type Sender, unbounded } from "../../lib/channel/mod.ts";
import { endBudget, startBudget } from "../../lib/internal/coop.ts";
import { context, Queue } from "../helpers.ts";

/** Runs the queue as an executor does that counts. */
function run(queue: Queue, until: () => boolean): void {
  try {
    for (let task; !until() && (task = queue.tasks.shift()) !== undefined;) {
      startBudget();
      task.run();
    }
  } finally {
    endBudget();
  }
}

Deno.test("a generator task that always finds a message yields after 128, and loses none", () => {
  const [tx, rx] = unbounded<number>();
  for (let i = 0; i < 1000; i++) tx.trySend(i);
  const queue = new Queue();
  const received: number[] = [];
  spawn(function* () {
    for (;;) received.push(yield* rx.recv());
  }, queue.schedule)[0].schedule();
  let runs = 0;
  run(queue, () => ++runs > 3);
  assertEquals(received, Array.from({ length: 3 * 128 }, (_, i) => i));
  assertEquals({ length: rx.length, schedules: queue.schedules }, { length: 1000 - 3 * 128, schedules: 4 });
});

Deno.test("selects, and iterators, yield after 128 in a generator task, too, and lose none", () => {
  for (const kind of ["select", "next"] as const) {
    const [tx, rx] = unbounded<number>();
    for (let i = 0; i < 1000; i++) tx.trySend(i);
    const queue = new Queue();
    const received: unknown[] = [];
    const iterator = rx.iter();
    const selector = new Selector().recv(rx, (message) => message);
    spawn(function* () {
      for (;;) received.push(kind === "next" ? (yield* iterator.next()).value : yield* selector.wait());
    }, queue.schedule)[0].schedule();
    let runs = 0;
    run(queue, () => ++runs > 3);
    assertEquals(received, Array.from({ length: 3 * 128 }, (_, i) => i));
  }
});

Deno.test("sends and selects take part in the budget, and are left as they were", () => {
  const [tx, rx] = bounded<number>(1000);
  const queue = new Queue();
  let sent = 0;
  spawn(function* () {
    for (;; sent++) yield* tx.send(sent);
  }, queue.schedule)[0].schedule();
  let runs = 0;
  run(queue, () => ++runs > 2);
  assertEquals({ sent, length: rx.length }, { sent: 256, length: 256 });

  const cx = context();
  const [recv, select] = [rx.recv(), new Selector().recv(rx, (message) => message).wait()];
  const waiting = rx.recv();
  startBudget();
  try {
    for (let i = 0; i < 128; i++) rx.recv().poll(cx);
    assertStrictEquals(recv.poll(cx), PENDING);
    assertStrictEquals(select.poll(cx), PENDING);
    assertEquals({ wakes: cx.waker.wakes, length: rx.length }, { wakes: 2, length: 128 });
    startBudget();
    assertEquals({ received: recv.poll(cx), selected: select.poll(cx) }, { received: 128, selected: 129 });
    rx.drain();
    assertStrictEquals(waiting.poll(cx), PENDING);
    tx.trySend(1);
    for (let i = 0; i < 126; i++) {
      tx.trySend(i);
      rx.recv().poll(cx);
    }
    assertStrictEquals(waiting.poll(cx), PENDING);
    assertEquals(cx.waker.wakes, 4);
    startBudget();
    assertEquals(waiting.poll(cx), 1);
  } finally {
    endBudget();
  }
});

Deno.test("an awaited receive is not held back by the budget of the task that sends", async () => {
  const [tx, rx] = unbounded<number>();
  const promise = rx.recv().then();
  startBudget();
  for (let i = 0; i < 200; i++) tx.send(i).poll(context());
  endBudget();
  assertEquals(await promise, 0);
});

/** Two async functions that play ping-pong until `isOver`; how many messages they have sent. */
async function pingPong(isOver: () => boolean, kind: "recv" | "iter"): Promise<number> {
  const [tx1, rx1] = unbounded<number>();
  const [tx2, rx2] = bounded<number>(1);
  let count = 0;
  const play = async (rx: Receiver<number>, tx: Sender<number>): Promise<void> => {
    const iter = rx.iter();
    while (!isOver()) {
      if (kind === "recv") await rx.recv();
      else await iter.next();
      count++;
      await tx.send(count);
    }
  };
  tx1.trySend(0);
  await Promise.race([play(rx1, tx2), play(rx2, tx1)]);
  return count;
}

for (const kind of ["recv", "iter"] as const) {
  Deno.test(`a native timer fires while async functions play ping-pong for ever (${kind})`, async () => {
    let isOver = false;
    setTimeout(() => isOver = true, 1);
    const start = performance.now();
    const count = await pingPong(() => isOver || performance.now() - start > 5000, kind);
    assert(isOver, `no timer fired during ${count} messages`);
  });
}

Deno.test("a native timer fires while hundreds play ping-pong", async () => {
  let isOver = false;
  setTimeout(() => isOver = true, 1);
  const start = performance.now();
  const games = Array.from(
    { length: 500 },
    () => pingPong(() => isOver || performance.now() - start > 5000, "recv"),
  );
  await Promise.all(games);
  assert(isOver);
});

Deno.test("a native timer fires while one receives what is always there", async () => {
  const [tx, rx] = unbounded<number>();
  let isOver = false;
  setTimeout(() => isOver = true, 1);
  const start = performance.now();
  tx.trySend(0);
  for await (const message of rx) {
    if (isOver || performance.now() - start > 5000) break;
    tx.trySend(message + 1);
  }
  const reader = rx.stream().getReader();
  let isReallyOver = false;
  setTimeout(() => isReallyOver = true, 1);
  for (tx.trySend(0); !isReallyOver && performance.now() - start < 5000;) {
    tx.trySend(0);
    await reader.read();
  }
  assert(isOver && isReallyOver);
});

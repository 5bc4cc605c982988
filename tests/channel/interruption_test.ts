/**
 * Async bodies that are cancelled while they wait at a channel: they go on with the reason, and nothing is
 * lost.
 */
import { assertEquals } from "@std/assert";
import { bounded, Selector, unbounded } from "../../lib/channel/mod.ts";
import type { Future } from "../../mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { macrotask } from "../helpers.ts";
import { VirtualClock } from "../../lib/time/mod.ts";

const reason = new Error("enough");

/** Runs `body` until it waits, cancels it, and tells what it was thrown. */
async function cancelled(body: () => Promise<unknown>): Promise<unknown> {
  let thrown: unknown;
  const executor = new LocalExecutor();
  const handle = executor.spawn(async () => {
    try {
      await body();
    } catch (error) {
      thrown = error;
    }
  });
  await macrotask();
  await handle.cancel(reason);
  return thrown;
}

Deno.test("a receive that is awaited is interrupted, and swallows no message", async () => {
  const [tx, rx] = unbounded<number>();
  assertEquals(await cancelled(async () => await rx.recv()), reason);
  tx.trySend(1);
  assertEquals(rx.tryRecv(), 1);
});

Deno.test("a send that is awaited is interrupted, and keeps its message", async () => {
  const [tx, rx] = bounded<number>(0);
  const send = tx.send(1);
  assertEquals(await cancelled(async () => await send), reason);
  assertEquals({ message: send.message, drained: rx.drain() }, { message: 1, drained: [] });
});

Deno.test("for await is interrupted, and swallows no message", async () => {
  const [tx, rx] = unbounded<number>();
  tx.trySend(1);
  const received: number[] = [];
  const thrown = await cancelled(async () => {
    for await (const message of rx) received.push(message);
  });
  tx.trySend(2);
  assertEquals({ thrown, received, left: rx.drain() }, { thrown: reason, received: [1], left: [2] });
});

Deno.test("a selector and a wait that is over at a time are interrupted, and leave nothing registered", async () => {
  const [tx, rx] = unbounded<number>();
  const clock = new VirtualClock();
  assertEquals(await cancelled(async () => await rx.recvTimeout(10, { clock })), reason);
  assertEquals(await cancelled(async () => await new Selector().recv(rx, () => {}).wait()), reason);
  tx.trySend(1);
  assertEquals({ timers: clock.size, left: rx.drain() }, { timers: 0, left: [1] });
});

Deno.test("a receive that others await as well goes on for them", async () => {
  const [tx, rx] = unbounded<number>();
  const recv = rx.recv();
  const other = recv.then();
  assertEquals(await cancelled(async () => await recv), reason);
  tx.trySend(1);
  assertEquals(await other, 1);
});

Deno.test("a receive that a generator and an async body wait for is let go of when both are cancelled", async () => {
  for (const first of ["generator", "async"] as const) {
    const [tx, rx] = unbounded<number>();
    const recv = rx.recv();
    const executor = new LocalExecutor();
    const handles = [
      executor.spawn(function* () {
        yield* recv;
      }),
      executor.spawn(async () => await recv),
    ];
    await macrotask();
    if (first === "async") handles.reverse();
    for (const handle of handles) await handle.cancel();
    tx.trySend(1);
    assertEquals(rx.tryRecv(), 1);
  }
});

Deno.test("a receive that a generator and an async body wait for goes on for one when the other is cancelled", async () => {
  for (const cancelled of [0, 1]) {
    const [tx, rx] = unbounded<number>();
    const recv = rx.recv();
    const executor = new LocalExecutor();
    const handles = [
      executor.spawn(function* (): Generator<Future<unknown>, number> {
        return yield* recv;
      }),
      executor.spawn(async () => await recv),
    ];
    await macrotask();
    await handles[cancelled].cancel();
    tx.trySend(1);
    assertEquals(await handles[1 - cancelled], 1);
  }
});

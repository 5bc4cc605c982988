/**
 * Async bodies that are cancelled while they wait at a channel: they go on with the reason, and nothing is
 * lost.
 */
import { assertEquals } from "@std/assert";
import { bounded, broadcast, Selector, unbounded, watch } from "../../lib/channel/mod.ts";
import type { Awaitable, Future } from "../../mod.ts";
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

/** Receives of every kind, with what sends 1 to them, and what is left when nobody has taken it. */
const kinds: Record<string, () => { wait: Awaitable<unknown>; send: () => void; left: () => unknown[] }> = {
  recv: () => {
    const [tx, rx] = unbounded<number>();
    return { wait: rx.recv(), send: () => tx.trySend(1), left: () => rx.drain() };
  },
  recvTimeout: () => {
    const [tx, rx] = unbounded<number>();
    const wait = rx.recvTimeout(10, { clock: new VirtualClock() });
    return { wait, send: () => tx.trySend(1), left: () => rx.drain() };
  },
  next: () => {
    const [tx, rx] = unbounded<number>();
    return { wait: rx.iter().next(), send: () => tx.trySend(1), left: () => rx.drain() };
  },
  select: () => {
    const [tx, rx] = unbounded<number>();
    const wait = new Selector().recv(rx, (message) => message).wait();
    return { wait, send: () => tx.trySend(1), left: () => rx.drain() };
  },
  broadcast: () => {
    const [tx, rx] = broadcast<number>(1);
    return { wait: rx.recv(), send: () => tx.send(1), left: () => [rx.tryRecv()] };
  },
  watch: () => {
    const [tx, rx] = watch(0);
    return {
      wait: rx.waitFor((value) => value === 1),
      send: () => tx.send(1),
      left: () => rx.hasChanged ? [rx.borrow()] : [],
    };
  },
};

for (const [name, make] of Object.entries(kinds)) {
  const waitTwice = async () => {
    const { wait, ...rest } = make();
    const executor = new LocalExecutor();
    const handles = [
      executor.spawn(function* (): Generator<Future<unknown>, unknown> {
        return yield* wait;
      }),
      executor.spawn(async () => await wait),
    ];
    await macrotask();
    return { handles, ...rest };
  };

  Deno.test(`what a generator and an async body wait for is let go of when both are cancelled (${name})`, async () => {
    for (const isReversed of [false, true]) {
      const { handles, send, left } = await waitTwice();
      for (const handle of isReversed ? handles.reverse() : handles) await handle.cancel();
      send();
      assertEquals(left(), [1]);
    }
  });

  Deno.test(`what a generator and an async body wait for goes on for one without the other (${name})`, async () => {
    for (const cancelled of [0, 1]) {
      const { handles, send } = await waitTwice();
      await handles[cancelled].cancel();
      send();
      assertEquals(
        await handles[1 - cancelled],
        name === "next" ? { done: false, value: 1 } : 1,
      );
    }
  });
}

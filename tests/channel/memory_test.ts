/** What a channel lets go of. */
import { assert, assertEquals } from "@std/assert";
import { bounded, type Receiver, Selector, type Sender, unbounded } from "../../lib/channel/mod.ts";
import { context, macrotask } from "../helpers.ts";
import { collect, isCollected, memoryTests } from "../memory.ts";

const test = memoryTests(import.meta.url);

type Kept = unknown[];
type Use = (tx: Sender<object>, rx: Receiver<object>, message: object) => Kept;

/** Each has a message go through the channel in its own way, and keeps what is left. */
const uses: Record<string, Use> = {
  "received": (tx, rx, message) => {
    tx.trySend(message);
    rx.tryRecv();
    return [];
  },
  "received from the middle of many": (tx, rx, message) => {
    for (let i = 0; i < 700; i++) tx.trySend({});
    tx.trySend(message);
    for (let i = 0; i < 700; i++) tx.trySend({});
    for (let i = 0; i < 1000; i++) rx.tryRecv();
    return [];
  },
  "handed over": (tx, rx, message) => {
    const recv = rx.recv();
    recv.poll(context());
    tx.trySend(message);
    recv.poll(context());
    return [recv];
  },
  "given back": (tx, rx, message) => {
    const recv = rx.recv();
    recv.poll(context());
    tx.trySend(message);
    recv[Symbol.dispose]();
    rx.tryRecv();
    return [recv];
  },
  "sent by a future": (tx, rx, message) => {
    const send = tx.send(message);
    send.poll(context());
    rx.tryRecv();
    return [send];
  },
  "dropped with the last receiver": (tx, rx, message) => {
    tx.trySend(message);
    rx[Symbol.dispose]();
    return [];
  },
  "drained": (tx, rx, message) => {
    tx.trySend(message);
    rx.drain();
    return [];
  },
  "selected": (tx, rx, message) => {
    const wait = new Selector().recv(rx, () => 1).wait();
    wait.poll(context());
    tx.trySend(message);
    wait.poll(context());
    return [wait];
  },
};

for (const [name, use] of Object.entries(uses)) {
  test(`a message that was ${name} is not kept alive by the channel, nor by the future`, async () => {
    const [tx, rx] = unbounded<object>();
    const [kept, message] = (() => {
      const message = { big: new Uint8Array(1000) };
      return [use(tx, rx, message), new WeakRef(message)] as const;
    })();
    assert(await isCollected(message));
    assert(kept.length + tx.senderCount > 0);
  });
}

test("a wait that is let go of is not kept alive by the channel, nor by its neighbours", async () => {
  const [tx, rx] = bounded<number>(0);
  const neighbours = [rx.recv(), rx.recv()];
  neighbours[0].poll(context());
  const recv = new WeakRef((() => {
    const recv = rx.recv();
    recv.poll(context());
    neighbours[1].poll(context());
    recv[Symbol.dispose]();
    return recv;
  })());
  assert(await isCollected(recv));
  tx.trySend(1);
  assertEquals(
    { received: neighbours[0].poll(context()), senderCount: rx.senderCount },
    { received: 1, senderCount: 1 },
  );
});

test("a million messages leave nothing behind", async () => {
  const [tx, rx] = unbounded<object>();
  const go = async () => {
    for (let i = 0; i < 100_000; i++) tx.trySend({ i });
    for (let i = 0; i < 100_000; i++) await rx.recv();
    await macrotask();
    collect();
    return Deno.memoryUsage().heapUsed;
  };
  const before = await go();
  for (let i = 0; i < 9; i++) await go();
  const bytes = await go() - before;
  assert(bytes < 1_000_000, `${bytes} bytes are left`);
});

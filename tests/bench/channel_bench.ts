/**
 * Channels beside a bare ring buffer and beside other channels: `deno run -A tests/bench/channel_bench.ts`.
 *
 * In a ping-pong two tasks send a message to and fro, each on a channel of its own; the figure is the time per
 * message. `@std/async`'s channel takes part where it can be loaded; the environment variable `STD_CHANNEL` may
 * say from where.
 */
import { createChannel, type Operation, run, spawn as spawnOperation } from "effection";
import { spawn, type Task } from "../../mod.ts";
import {
  bounded,
  broadcast,
  type Receiver,
  Selector,
  type Sender,
  unbounded,
} from "../../lib/channel/mod.ts";
import { type Case, group } from "./harness.ts";

const COUNT = 1_000_000;
const MESSAGES = 20_000;

/** What a channel without waiting, errors and handles would be. */
class Ring<T> {
  #items: (T | undefined)[] = new Array(16).fill(undefined);
  #head = 0;
  #length = 0;

  push(item: T): void {
    if (this.#length === this.#items.length) this.grow();
    this.#items[(this.#head + this.#length++) & (this.#items.length - 1)] = item;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length--;
    return item;
  }

  private grow(): void {
    const items = new Array(this.#items.length * 2).fill(undefined);
    for (let i = 0; i < this.#length; i++) {
      items[i] = this.#items[(this.#head + i) & (this.#items.length - 1)];
    }
    this.#items = items;
    this.#head = 0;
  }
}

/** What is sent is of the kind that most messages are, and made beforehand. */
const messages = Array.from({ length: 1024 }, (_, id) => ({ id }));
let sum = 0;

const ring = new Ring<{ id: number }>();
const [tx, rx] = unbounded<{ id: number }>();
const [boundedTx, boundedRx] = bounded<{ id: number }>(16);

await group("a message in, and out again", COUNT, [
  {
    name: "a bare ring buffer: push, shift",
    run: (count) => {
      for (let i = 0; i < count; i++) {
        ring.push(messages[i & 1023]);
        sum += ring.shift()!.id;
      }
    },
  },
  {
    name: "unbounded: trySend, tryRecv",
    goal: 2,
    run: (count) => {
      for (let i = 0; i < count; i++) {
        tx.trySend(messages[i & 1023]);
        sum += (rx.tryRecv() as { id: number }).id;
      }
    },
  },
  {
    name: "bounded: trySend, tryRecv",
    run: (count) => {
      for (let i = 0; i < count; i++) {
        boundedTx.trySend(messages[i & 1023]);
        sum += (boundedRx.tryRecv() as { id: number }).id;
      }
    },
  },
]);

/** Sends `queued` messages and receives them, until `count` have gone through. */
const queued = (queued: number) => (count: number): void => {
  const [tx, rx] = unbounded<{ id: number }>();
  for (let done = 0; done < count; done += queued) {
    for (let i = 0; i < queued; i++) tx.trySend(messages[i & 1023]);
    for (let i = 0; i < queued; i++) sum += (rx.tryRecv() as { id: number }).id;
  }
};

const queuedRing = (queued: number) => (count: number): void => {
  const ring = new Ring<{ id: number }>();
  for (let done = 0; done < count; done += queued) {
    for (let i = 0; i < queued; i++) ring.push(messages[i & 1023]);
    for (let i = 0; i < queued; i++) sum += ring.shift()!.id;
  }
};

await group("a message of many that are queued", COUNT, [
  { name: "1e3 at a time", run: queued(1e3) },
  { name: "1e6 at a time", run: queued(1e6), goal: 1.5 },
  { name: "a bare ring buffer, 1e3 at a time", run: queuedRing(1e3) },
  { name: "a bare ring buffer, 1e6 at a time", run: queuedRing(1e6) },
]);

type Pair<T> = [T, T];

/** One side of a ping-pong: how it sends, and how it receives. */
interface Side {
  send(message: number): unknown;
  recv(): unknown;
}

/** One sends first, the other answers, `count` messages in all. */
async function pingPong(count: number, [a, b]: Pair<Side>): Promise<void> {
  const serve = async () => {
    for (let i = 0; i < count; i += 2) {
      await a.send(i);
      await a.recv();
    }
  };
  const answer = async () => {
    for (let i = 0; i < count; i += 2) {
      await b.recv();
      await b.send(i);
    }
  };
  await Promise.all([serve(), answer()]);
}

/** The same, where sending is no waiting. */
async function tryPingPong(count: number, [a, b]: Pair<Side>): Promise<void> {
  const serve = async () => {
    for (let i = 0; i < count; i += 2) {
      a.send(i);
      await a.recv();
    }
  };
  const answer = async () => {
    for (let i = 0; i < count; i += 2) {
      await b.recv();
      b.send(i);
    }
  };
  await Promise.all([serve(), answer()]);
}

type Duplex = Pair<[Sender<number>, Receiver<number>]>;

function duplex(): Duplex {
  const [tx1, rx1] = unbounded<number>();
  const [tx2, rx2] = unbounded<number>();
  return [[tx1, rx2], [tx2, rx1]];
}

const sides = (sending: "send" | "trySend"): Pair<Side> => {
  const side = ([tx, rx]: [Sender<number>, Receiver<number>]): Side => ({
    send: (message) => tx[sending](message),
    recv: () => rx.recv(),
  });
  const [a, b] = duplex();
  return [side(a), side(b)];
};

/** The loop that `for await` is, on both sides. */
async function forAwait(count: number): Promise<void> {
  const [[tx1, rx2], [tx2, rx1]] = duplex();
  const serve = async () => {
    let left = count / 2;
    tx1.trySend(0);
    for await (const message of rx2) {
      if (--left === 0) return;
      tx1.trySend(message);
    }
  };
  const answer = async () => {
    let left = count / 2;
    for await (const message of rx1) {
      tx2.trySend(message);
      if (--left === 0) return;
    }
  };
  await Promise.all([serve(), answer()]);
}

function* play(count: number, tx: Sender<number>, rx: Receiver<number>, isFirst: boolean) {
  for (let i = 0; i < count; i += 2) {
    if (isFirst) tx.trySend(i);
    yield* rx.recv();
    if (!isFirst) tx.trySend(i);
  }
}

function* playSend(count: number, tx: Sender<number>, rx: Receiver<number>, isFirst: boolean) {
  for (let i = 0; i < count; i += 2) {
    if (isFirst) yield* tx.send(i);
    yield* rx.recv();
    if (!isFirst) yield* tx.send(i);
  }
}

/** Generator tasks on the simplest executor there is. */
const generators = (body: typeof play) => (count: number): void => {
  const tasks = new Ring<Task<undefined>>();
  const schedule = (task: Task<undefined>): void => tasks.push(task);
  const [[tx1, rx2], [tx2, rx1]] = duplex();
  spawn(() => body(count, tx1, rx2, true), schedule)[0].schedule();
  spawn(() => body(count, tx2, rx1, false), schedule)[0].schedule();
  for (let task; (task = tasks.shift()) !== undefined;) task.run();
};

/** Two streams, of which each side writes to one and reads from the other. */
function streams(): Pair<Side> {
  const ping = new TransformStream<number, number>();
  const pong = new TransformStream<number, number>();
  const side = (writable: WritableStream<number>, readable: ReadableStream<number>): Side => {
    const writer = writable.getWriter();
    const reader = readable.getReader();
    return { send: (message) => writer.write(message), recv: () => reader.read() };
  };
  return [side(ping.writable, pong.readable), side(pong.writable, ping.readable)];
}

const effectionPingPong = (count: number): Promise<void> =>
  run(function* (): Operation<void> {
    const ping = createChannel<number, void>();
    const pong = createChannel<number, void>();
    const pings = yield* ping;
    const pongs = yield* pong;
    const answer = yield* spawnOperation(function* () {
      for (let i = 0; i < count; i += 2) {
        yield* pings.next();
        yield* pong.send(i);
      }
    });
    for (let i = 0; i < count; i += 2) {
      yield* ping.send(i);
      yield* pongs.next();
    }
    yield* answer;
  });

interface StdChannel {
  send(value: number): Promise<void>;
  trySend(value: number): boolean;
  receive(): Promise<number>;
}

type StdChannelClass = new (options: { capacity: number }) => StdChannel;

async function loadStdChannel(): Promise<StdChannelClass | undefined> {
  const url = Deno.env.get("STD_CHANNEL") ?? "jsr:@std/async@1/unstable-channel";
  try {
    return (await import(url)).Channel;
  } catch {
    console.log("\n(@std/async's channel can't be loaded here)");
    return undefined;
  }
}

const Std = await loadStdChannel();

const stdSides = (Channel: StdChannelClass, sending: "send" | "trySend"): Pair<Side> => {
  const ping = new Channel({ capacity: 16 });
  const pong = new Channel({ capacity: 16 });
  const side = (to: StdChannel, from: StdChannel): Side => ({
    send: (message) => to[sending](message),
    recv: () => from.receive(),
  });
  return [side(ping, pong), side(pong, ping)];
};

/** As a ratio of times. */
const THREE_TIMES_AS_MANY = 0.333;

/** Each group begins with a rival, so that a ratio of a third means three times the messages per second. */
async function compare(title: string, rival: Case): Promise<void> {
  await group(`ping-pong, a message; beside ${title}`, MESSAGES, [
    rival,
    { name: "generator tasks: trySend, yield* recv()", run: generators(play), goal: THREE_TIMES_AS_MANY },
    {
      name: "generator tasks: yield* send(), yield* recv()",
      run: generators(playSend),
      goal: THREE_TIMES_AS_MANY,
    },
    {
      name: "async functions: trySend, await recv()",
      run: (count) => tryPingPong(count, sides("trySend")),
      goal: THREE_TIMES_AS_MANY,
    },
    { name: "async functions: await send(), await recv()", run: (count) => pingPong(count, sides("send")) },
    { name: "async functions: trySend, for await", run: forAwait },
  ]);
}

if (Std !== undefined) {
  await compare("@std/async's channel: trySend, await receive()", {
    name: "@std/async: trySend, await receive()",
    run: (count) => tryPingPong(count, stdSides(Std, "trySend")),
  });
  await compare("@std/async's channel: await send(), await receive()", {
    name: "@std/async: await send(), await receive()",
    run: (count) => pingPong(count, stdSides(Std, "send")),
  });
}
await compare("Effection's channel", { name: "Effection", run: effectionPingPong, count: MESSAGES / 10 });
await compare("a TransformStream", {
  name: "TransformStream: await write(), await read()",
  run: (count) => pingPong(count, streams()),
  count: MESSAGES / 10,
});

const RECEIVERS = 100;

/** Sends `count` / 100 messages to 100 generator tasks, so many at a time; each is a message and a receiver. */
const broadcasting = (atOnce: number) => (count: number): void => {
  const tasks = new Ring<Task<undefined>>();
  const schedule = (task: Task<undefined>): void => tasks.push(task);
  const [tx] = broadcast<{ id: number }>(256);
  for (let i = 0; i < RECEIVERS; i++) {
    const rx = tx.subscribe();
    spawn(function* () {
      for (;;) sum += (yield* rx.recv()).id;
    }, schedule)[0].schedule();
  }
  for (let sent = 0; sent < count; sent += RECEIVERS * atOnce) {
    for (let i = 0; i < atOnce; i++) tx.send(messages[i & 1023]);
    for (let task; (task = tasks.shift()) !== undefined;) task.run();
  }
};

await group("broadcast to 100 generator tasks, a message and a receiver", COUNT, [
  { name: "64 messages at a time", run: broadcasting(64) },
  { name: "16 messages at a time", run: broadcasting(16) },
  { name: "one message at a time, which wakes all", run: broadcasting(1) },
]);

const cx = { waker: { wake() {} } };

await group("single waits", 100_000, [
  {
    name: "recv, ready",
    run: (count) => {
      for (let i = 0; i < count; i++) {
        tx.trySend(messages[i & 1023]);
        rx.recv().poll(cx);
      }
    },
  },
  {
    name: "recv, waiting, and let go of",
    run: (count) => {
      for (let i = 0; i < count; i++) {
        const recv = rx.recv();
        recv.poll(cx);
        recv[Symbol.dispose]();
      }
    },
  },
  {
    name: "a selector of two, ready",
    run: (count) => {
      const selector = new Selector().recv(rx, () => {}).recv(boundedRx, () => {});
      for (let i = 0; i < count; i++) {
        tx.trySend(messages[i & 1023]);
        selector.wait().poll(cx);
      }
    },
  },
  {
    name: "a selector of two, waiting",
    run: (count) => {
      const selector = new Selector().recv(rx, () => {}).recv(boundedRx, () => {});
      for (let i = 0; i < count; i++) {
        const wait = selector.wait();
        wait.poll(cx);
        tx.trySend(messages[i & 1023]);
        wait.poll(cx);
      }
    },
  },
], 11);
if (sum < 0) console.log(sum);

/** Channels. */
import {
  bounded,
  broadcast,
  DISCONNECTED,
  EMPTY,
  type LaggedError,
  oneshot,
  RecvError,
  Selector,
  SendError,
  unbounded,
  watch,
} from "../../lib/channel/mod.ts";
import { context, macrotask, Queue } from "../helpers.ts";
import { PENDING, spawn } from "../../mod.ts";
import { equal, rejects } from "./assert.ts";
import type { Cases } from "./cases.ts";

export const cases: Cases = {
  "messages come in order, and the end after the last": async () => {
    const [tx, rx] = unbounded<number | undefined>();
    for (const n of [1, undefined, 3]) tx.trySend(n);
    tx[Symbol.dispose]();
    equal(
      { received: rx.tryRecv(), awaited: await rx.recv(), length: rx.length },
      { received: 1, awaited: undefined, length: 1 },
    );
    const rest: unknown[] = [];
    for await (const message of rx) rest.push(message);
    equal({ rest, received: rx.tryRecv() }, { rest: [3], received: DISCONNECTED });
    await rejects(rx.recv(), RecvError);
  },

  "a full channel holds the sender back until there is room": async () => {
    const [tx, rx] = bounded<number>(1);
    const log: string[] = [];
    const sending = (async () => {
      for (let n = 1; n <= 3; n++) {
        await tx.send(n);
        log.push(`sent ${n}`);
      }
    })();
    await macrotask();
    equal({ log, isFull: rx.isFull }, { log: ["sent 1"], isFull: true });
    equal([await rx.recv(), await rx.recv(), await rx.recv()], [1, 2, 3]);
    await sending;
    equal(rx.tryRecv(), EMPTY);
  },

  "a rendezvous hands over from task to task": () => {
    const [tx, rx] = bounded<string>(0);
    const queue = new Queue();
    const log: string[] = [];
    const [sender] = spawn(function* () {
      yield* tx.send("a");
      log.push("sent");
    }, queue.schedule);
    const [receiver] = spawn(function* () {
      log.push(yield* rx.recv());
    }, queue.schedule);
    sender.schedule();
    receiver.schedule();
    queue.run();
    equal(log.sort(), ["a", "sent"]);
  },

  "what is dropped loses nothing, and what fails gives its message back": async () => {
    const [tx, rx] = bounded<string>(1);
    const recv = rx.recv();
    equal(recv.poll(context()), PENDING);
    tx.trySend("kept");
    recv[Symbol.dispose]();
    equal(rx.tryRecv(), "kept");
    rx[Symbol.dispose]();
    const error = await tx.send("back").then(() => undefined, (error) => error as SendError<string>);
    equal(
      { isSendError: error instanceof SendError, value: error?.value },
      { isSendError: true, value: "back" },
    );
  },

  "a selector takes the first that is ready": async () => {
    const [[tx], [, quiet]] = [unbounded<number>(), unbounded<number>()];
    const [sender, rx] = unbounded<string>();
    void tx;
    sender.trySend("here");
    const taken = await new Selector().recv(rx, (message) => message).recv(quiet, (message) => message)
      .wait();
    equal(taken, "here");
  },

  "streams carry messages, with back-pressure": async () => {
    const [tx, rx] = bounded<number>(2);
    const source = new ReadableStream<number>({
      start(controller) {
        for (let n = 0; n < 10; n++) controller.enqueue(n);
        controller.close();
      },
    });
    const piped = source.pipeTo(tx.sink());
    tx[Symbol.dispose]();
    const reader = rx.stream().getReader();
    const messages: unknown[] = [];
    for (let result; !(result = await reader.read()).done;) messages.push(result.value);
    await piped;
    equal(messages, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  },

  "a channel that is closed says why, and a full one may drop": async () => {
    const [tx, rx] = bounded<number>(2, { overflow: "slide" });
    for (const n of [1, 2, 3]) tx.trySend(n);
    rx.close("enough");
    equal({ sent: tx.trySend(4), dropped: rx.droppedCount, drained: rx.drain() }, {
      sent: { reason: "closed", value: 4, cause: "enough" },
      dropped: 1,
      drained: [2, 3],
    });
    const error = await rx.recv().then(undefined, (error) => error as Error) as Error;
    equal({ isRecvError: error instanceof RecvError, cause: error.cause }, {
      isRecvError: true,
      cause: "enough",
    });
  },

  "a oneshot, a watch and a broadcast do what they are for": async () => {
    const [answer, answered] = oneshot<number>();
    answer.send(1);
    const [settings, watcher] = watch("a");
    const changed = watcher.changed().then(() => watcher.borrow());
    settings.send("b");
    const [tx, rx] = broadcast<number>(2);
    const another = rx.clone();
    for (const n of [1, 2, 3]) tx.send(n);
    tx[Symbol.dispose]();
    const missed: unknown = await rx.recv().then(undefined, (error) => (error as LaggedError).missed);
    const rest: number[] = [];
    for await (const message of rx) rest.push(message);
    equal(
      { answered: await answered, changed: await changed, missed, rest, length: another.length },
      { answered: 1, changed: "b", missed: 1, rest: [2, 3], length: 2 },
    );
  },
};

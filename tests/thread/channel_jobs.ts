/** Jobs with one end of a channel: a module of its own, as each thread loads it. */
import { blockOn } from "../../lib/executor/mod.ts";
import { DISCONNECTED, SendError } from "../../lib/channel/mod.ts";
import { defineTask } from "../../lib/thread/mod.ts";
import { openReceiver, openSender, type ReceiverEnd, type SenderEnd } from "../../lib/thread/mod.ts";

const url = import.meta.url;

/** Sends 0 to `to`, waiting for room. */
export const feed = defineTask(url, "feed", async (_token, end: SenderEnd<number>, to: number) => {
  using tx = openSender(end);
  for (let i = 0; i < to; i++) await tx.send(i);
});

/** Sends 0 to `to` at once, and how many were refused. */
export const burst = defineTask(url, "burst", (_token, end: SenderEnd<number>, to: number) => {
  using tx = openSender(end);
  let refused = 0;
  for (let i = 0; i < to; i++) if (tx.trySend(i) !== undefined) refused++;
  return refused;
});

/** Sends for as long as anybody receives: how the last send failed. */
export const feedAll = defineTask(url, "feedAll", async (_token, end: SenderEnd<number>) => {
  const tx = openSender(end);
  try {
    for (let i = 0;; i++) await tx.send(i);
  } catch (error) {
    return error instanceof SendError ? { reason: error.reason, value: typeof error.value } : String(error);
  }
});

/** Sends one, and never ends. */
export const feedAndDoze = defineTask(url, "feedAndDoze", (_token, end: SenderEnd<number>) => {
  openSender(end).trySend(1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});

export const sum = defineTask(url, "sum", async (_token, end: ReceiverEnd<number>) => {
  using rx = openReceiver(end);
  let sum = 0;
  for await (const message of rx) sum += message;
  return sum;
});

/** Never lets its event loop run. */
export const sumBlocked = defineTask(url, "sumBlocked", (_token, end: ReceiverEnd<number>) => {
  using rx = openReceiver(end);
  let sum = 0;
  try {
    for (;;) sum += blockOn(rx.recv());
  } catch {
    return sum;
  }
});

/** Never waits. */
export const sumBusy = defineTask(url, "sumBusy", (_token, end: ReceiverEnd<number>) => {
  using rx = openReceiver(end);
  let sum = 0;
  for (let message; (message = rx.tryRecv()) !== DISCONNECTED;) {
    if (typeof message === "number") sum += message;
  }
  return sum;
});

/** Answers with twice what it is told. */
export const twice = defineTask(
  url,
  "twice",
  async (_token, questions: ReceiverEnd<number>, answers: SenderEnd<number>) => {
    using rx = openReceiver(questions);
    using tx = openSender(answers);
    for await (const question of rx) await tx.send(question * 2);
  },
);

/** Opens its end, says so, and leaves it to its fate. */
export const hold = defineTask(
  url,
  "hold",
  async (_token, end: ReceiverEnd<unknown>, begun: SenderEnd<boolean>) => {
    openReceiver(end);
    openSender(begun).trySend(true);
    await new Promise(() => {});
  },
);

/** Never opens what it is given. */
export const ignore = defineTask(url, "ignore", () => new Promise<void>(() => {}));

/** The jobs of the cases about threads: a module of its own, as each thread loads it. */
import { currentTag } from "../../mod.ts";
import {
  type CancellationToken,
  defineTask,
  openReceiver,
  openSender,
  type PostedWaker,
  type ReceiverEnd,
  type SenderEnd,
  SharedWaker,
  transferred,
} from "../../lib/thread/mod.ts";

/** A word that threads share. */
type Word = Int32Array<SharedArrayBuffer>;

// Where modules have no URLs, there are no threads either, and the cases are skipped.
const url = import.meta.url ?? "about:blank";

export const add = defineTask(url, "add", (_token: CancellationToken, a: number, b: number) => a + b);

export const echo = defineTask(url, "echo", (_token: CancellationToken, value: unknown) => value);

/** Of the buffer, which it is given, and of another one, which it gives away. */
export const bytes = defineTask(url, "bytes", (_token: CancellationToken, given: ArrayBuffer) => {
  const result = new Uint8Array(given.byteLength).fill(7);
  return transferred(result, [result.buffer]);
});

/** Ends when it is cancelled, and says before that it has begun. */
export const spin = defineTask(url, "spin", (token: CancellationToken, begun: Word) => {
  Atomics.store(begun, 0, 1);
  while (!token.cancelled);
  token.throwIfCancelled();
});

/** Waits for ever, and says before that it has begun. */
export const doze = defineTask(url, "doze", (_token: CancellationToken, begun: Word) => {
  Atomics.store(begun, 0, 1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});

export const later = defineTask(
  url,
  "later",
  async (token: CancellationToken, ms: number, value?: unknown) => {
    token.signal.throwIfAborted(); // a signal that is aborted has no event any more
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      token.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(token.signal.reason);
      });
    });
    return value;
  },
);

export const tag = defineTask(url, "tag", () => currentTag());

/** The tag before and after an await. */
export const tags = defineTask(url, "tags", async () => {
  const before = currentTag();
  await new Promise((resolve) => setTimeout(resolve, 1));
  return { before, after: currentTag() };
});

export const fails = defineTask(url, "fails", (_token: CancellationToken, isAsync: boolean) => {
  const error = Object.assign(new RangeError("out of range", { cause: new TypeError("the cause") }), {
    code: 42,
  });
  error.name = "OutOfRange";
  if (isAsync) return Promise.reject(error);
  throw error;
});

/** Fails where nothing catches it. */
export const dies = defineTask(url, "dies", async () => {
  setTimeout(() => {
    throw new Error("thrown later");
  });
  await new Promise((resolve) => setTimeout(resolve, 5_000));
});

export const wakes = defineTask(url, "wakes", (_token: CancellationToken, posted: PostedWaker) => {
  SharedWaker.from(posted).wake();
});

/** Has a thread of its own. */
export const nested = defineTask(url, "nested", async (_token: CancellationToken, a: number, b: number) => {
  const { ThreadPool } = await import("../../lib/thread/mod.ts");
  const pool = new ThreadPool({ maxThreads: 1 });
  const sum = await pool.spawn(add, [a, b]);
  await pool.close();
  return sum;
});

/** Answers with twice what it is told, until nobody asks any more. */
export const twice = defineTask(
  url,
  "twice",
  async (_token: CancellationToken, questions: ReceiverEnd<number>, answers: SenderEnd<number>) => {
    const rx = openReceiver(questions);
    const tx = openSender(answers);
    for await (const question of rx) await tx.send(question * 2);
    tx[Symbol.dispose]();
  },
);

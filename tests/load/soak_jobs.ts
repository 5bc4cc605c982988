/** The jobs of the soak: a module of its own, as every thread loads it. */
import {
  type CancellationToken,
  defineTask,
  openReceiver,
  openSender,
  owner,
  progress,
  type ReceiverEnd,
  type SenderEnd,
  transfer,
} from "../../lib/thread/mod.ts";

const url = import.meta.url;

export const echo = defineTask(url, "echo", (_token: CancellationToken, value: unknown) => value);

/** Gives a buffer back that it has got, moved. */
export const move = defineTask(
  url,
  "move",
  (_token: CancellationToken, bytes: Uint8Array) => transfer(bytes),
);

export const later = defineTask(url, "later", async (token: CancellationToken, ms: number) => {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    const { signal } = token;
    const abort = (): void => (clearTimeout(timer), reject(signal.reason));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort);
  });
  return ms;
});

/** Busy until it is cancelled. */
export const spin = defineTask(url, "spin", (token: CancellationToken) => {
  while (!token.cancelled);
  token.throwIfCancelled();
});

/** Asleep for ever: only `terminate()` ends it. */
export const doze = defineTask(url, "doze", () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});

/** Never ends, and does not listen. */
export const deaf = defineTask(url, "deaf", () => new Promise<void>(() => {}));

export const fail = defineTask(url, "fail", (_token: CancellationToken, value: unknown): unknown => {
  throw value ?? new RangeError("on purpose");
});

export const failLater = defineTask(url, "failLater", async () => {
  await null;
  throw Object.assign(new Error("later"), { map: new Map([[1, 2]]) });
});

/** Ends its thread. */
export const exit = defineTask(url, "exit", () => {
  (globalThis as unknown as { process: { exit(code: number): void } }).process.exit(3);
});

/** Leaves an error behind, which is nobody's when it is thrown. */
export const leave = defineTask(url, "leave", () => {
  setTimeout(() => {
    throw new Error("left behind");
  }, 1);
});

export const unpostable = defineTask(url, "unpostable", () => [() => 1]);

/** A value of so many objects inside of each other. */
export const deep = defineTask(url, "deep", (_token: CancellationToken, depth: number) => nest(depth));

/** A value of so many objects inside of each other. */
export function nest(depth: number): object {
  const root: { o?: object } = {};
  let last = root;
  for (let i = 0; i < depth; i++) last = last.o = {};
  return root;
}

export const count = defineTask(url, "count", function* (_token: CancellationToken, to: number) {
  for (let n = 0; n < to; n++) yield n;
});

export const countSlowly = defineTask(
  url,
  "countSlowly",
  async function* (_token: CancellationToken, to: number) {
    for (let n = 0; n < to; n++) {
      if (n % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      yield { n };
    }
  },
);

export const tell = defineTask(url, "tell", async (_token: CancellationToken, to: number) => {
  let sum = 0;
  for (let n = 1; n <= to; n++) {
    progress(n);
    sum += await owner<{ twice(n: number): number }>().twice(n);
  }
  return sum;
});

/** Sends so many, and fails after that if it is told to. */
export const feed = defineTask(
  url,
  "feed",
  async (_token: CancellationToken, end: SenderEnd<unknown>, to: number, fails: boolean) => {
    const tx = openSender(end);
    try {
      for (let n = 0; n < to; n++) await tx.send({ n });
      if (fails) throw new Error("on purpose");
    } finally {
      tx[Symbol.dispose]();
    }
  },
);

/** Receives so many at most. */
export const drain = defineTask(
  url,
  "drain",
  async (_token: CancellationToken, end: ReceiverEnd<unknown>, to: number) => {
    const rx = openReceiver(end);
    let received = 0;
    try {
      for await (const _ of rx) if (++received >= to) break;
    } finally {
      rx[Symbol.dispose]();
    }
    return received;
  },
);

/** Does not open what it is given. */
export const ignore = defineTask(url, "ignore", (_token: CancellationToken, _end: unknown) => {});

let users = 0;

/** What a thread does before its first job, and before it ends. */
export const setUp = defineTask(url, "setUp", () => void users++);
export const tearDown = defineTask(url, "tearDown", async () => {
  await null;
  users--;
});

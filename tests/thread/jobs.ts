/** The jobs of the tests: a module of its own, as each thread loads it. */
import { currentTag, currentTask } from "../../mod.ts";
import { defineTask, owner, progress, transferred } from "../../lib/thread/mod.ts";
import { type PostedWaker, SharedWaker } from "../../lib/thread/mod.ts";
import { CancellationToken, type PostedToken } from "../../lib/thread/mod.ts";
import { sleep } from "../../lib/time/mod.ts";
import type { Words } from "./words.ts";

const url = import.meta.url;

export const count = defineTask(url, "count", (token: CancellationToken, to: number) => {
  let n = 0;
  while (n < to && !token.cancelled) n++;
  return n;
});

export const spin = defineTask(url, "spin", (token: CancellationToken) => {
  while (!token.cancelled);
  token.throwIfCancelled();
});

export const burn = defineTask(
  url,
  "burn",
  (_token: CancellationToken, begun: Int32Array<SharedArrayBuffer>) => {
    Atomics.store(begun, 0, 1);
    Atomics.notify(begun, 0);
    for (;;);
  },
);

/** Says that it has begun, and waits for ever. */
export const doze = defineTask(
  url,
  "doze",
  (_token: CancellationToken, begun?: Int32Array<SharedArrayBuffer>) => {
    if (begun !== undefined) {
      Atomics.store(begun, 0, 1);
      Atomics.notify(begun, 0);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
);

export const echo = defineTask(url, "echo", (_token: CancellationToken, value: unknown) => value);

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

export const tagOf = defineTask(url, "tagOf", async () => {
  const before = currentTag();
  await new Promise((resolve) => setTimeout(resolve, 1));
  return { before, after: currentTag() };
});

export const fails = defineTask(url, "fails", (_token: CancellationToken, kind: string): number => {
  const cause = new TypeError("the cause");
  switch (kind) {
    case "range":
      throw Object.assign(new RangeError("out of range", { cause }), { code: 42 });
    case "aggregate":
      throw new AggregateError([new Error("one"), "two"], "several");
    case "dom":
      throw new DOMException("late", "TimeoutError");
    case "circular": {
      const error: Error & { self?: unknown } = new Error("circular");
      error.self = error;
      throw error;
    }
    case "function":
      throw () => 1;
    default:
      throw kind;
  }
});

export const lengthOf = defineTask(url, "lengthOf", (_token: CancellationToken, buffer: ArrayBuffer) => {
  return buffer.byteLength;
});

export const unpostable = defineTask(url, "unpostable", () => () => 1);

export const big = defineTask(url, "big", (_token: CancellationToken, bytes: number) => {
  const result = new Uint8Array(bytes).fill(7);
  return transferred(result, [result.buffer]);
});

export const dies = defineTask(url, "dies", async (_token: CancellationToken, how: string) => {
  const { process } = globalThis as unknown as { process: { exit(code: number): void } };
  if (how === "exit") process.exit(7);
  else if (how === "close") globalThis.close();
  else if (how === "throw") {
    setTimeout(() => {
      throw new Error("thrown later");
    });
  } else Promise.reject(new Error("rejected"));
  await new Promise((resolve) => setTimeout(resolve, 5_000));
});

export const wakes = defineTask(url, "wakes", (_token: CancellationToken, posted: PostedWaker) => {
  SharedWaker.from(posted).wake();
});

export const nested = defineTask(url, "nested", async (_token: CancellationToken, n: number) => {
  const { ThreadPool } = await import("../../lib/thread/mod.ts");
  await using pool = new ThreadPool({ maxThreads: 1 });
  return await pool.spawn(count, [n]);
});

export const struct = defineTask(url, "struct", () => ({ a: 1, b: 2.5, c: 3, d: -4n, e: true }));

export const everyType = defineTask(url, "everyType", () => ({
  a: true,
  b: 2n ** 64n - 1n,
  c: 255,
  d: 0.1,
  e: -128,
  f: 2 ** 32 - 1,
  g: 65535,
  h: -(2n ** 63n),
  i: -32768,
  j: 0.5,
  k: -(2 ** 31),
  l: 7,
  m: false,
  n: -7,
  surplus: "not C's",
}));

export const failing = defineTask(url, "failing", (): number => {
  throw new RangeError("out of range");
});

/** Ends when so many others are at it, too. */
export const meet = defineTask(
  url,
  "meet",
  (_token: CancellationToken, here: Int32Array<SharedArrayBuffer>, n: number) => {
    Atomics.add(here, 0, 1);
    Atomics.notify(here, 0);
    for (let seen; (seen = Atomics.load(here, 0)) < n;) Atomics.wait(here, 0, seen);
  },
);

/** Says that it has begun, and blocks its thread until it is released. */
export const hold = defineTask(url, "hold", (_token: CancellationToken, words: Words) => {
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
  Atomics.wait(words, 1, 0);
  return "released";
});

/** Says that it has begun, and never ends. */
export const hang = defineTask(url, "hang", async (_token: CancellationToken, words?: Words) => {
  if (words !== undefined) {
    Atomics.store(words, 0, 1);
    Atomics.notify(words, 0);
  }
  await new Promise(() => {});
});

/** Counts how often it was begun, in memory that all threads share. */
export const tally = defineTask(url, "tally", (_token: CancellationToken, counts: Words, index: number) => {
  return Atomics.add(counts, index, 1);
});

export const lengthOfBytes = defineTask(
  url,
  "lengthOfBytes",
  (_token: CancellationToken, bytes: Uint8Array) => {
    return bytes.byteLength;
  },
);

/** Leaves a watch on its token behind, and says later whether it was cancelled. */
export const leaves = defineTask(url, "leaves", (token: CancellationToken, seen: Words) => {
  token.signal.addEventListener("abort", () => Atomics.add(seen, 0, 1));
});

/** Watches its token for as long as it may. */
export const listens = defineTask(url, "listens", async (token: CancellationToken, words: Words) => {
  const aborted = new Promise((resolve) => token.signal.addEventListener("abort", resolve));
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
  await aborted;
  return (token.signal.reason as Error).cause;
});

/** Blocks in a job until another thread's job is done. */
export const waits = defineTask(url, "waits", async (_token: CancellationToken, n: number) => {
  const { TaskHandle } = await import("../../lib/thread/mod.ts");
  return TaskHandle.spawn(count, [n]).wait({ timeout: 10_000 });
});

/** Posts to whoever owns the thread, as if it were its runtime. */
export const posts = defineTask(url, "posts", () => {
  const scope = globalThis as { postMessage?(message: unknown): void; onmessage?: unknown };
  scope.postMessage?.({ type: "results", results: [{ id: 1, isOk: true, value: "forged" }] });
  scope.onmessage = () => {};
  return "done";
});

/** Watches a token that it is given. */
export const watches = defineTask(url, "watches", (_token: CancellationToken, posted: PostedToken) => {
  const other = CancellationToken.from(posted);
  while (!other.cancelled);
  return other.reason;
});

/** `meet`, for `map`. */
export const meetAll = defineTask(url, "meetAll", (token: CancellationToken, [here, n]: [Words, number]) => {
  meet.run(token, here, n);
});

/** A result that can be posted, and not read. */
export const nested3000 = defineTask(url, "nested3000", () => {
  const root: { o?: object } = {};
  let last = root;
  for (let i = 0; i < 3_000; i++) last = last.o = {};
  return root;
});

/** Throws what isn't an error, or has fields that JSON doesn't know. */
export const throws = defineTask(url, "throws", (_token: CancellationToken, kind: string) => {
  if (kind === "map") throw new Map([[1, { a: [2] }]]);
  throw Object.assign(new Error("fields", { cause: new Set([3]) }), {
    map: new Map([["a", 1]]),
    date: new Date(5),
    bytes: new Uint8Array([1, 2]),
  });
});

/** Who it is, before and after it has awaited something. */
export const whoAmI = defineTask(url, "whoAmI", async () => {
  const view = () => {
    const { id, tag, parentId } = currentTask()!;
    return { id, tag, parentId };
  };
  const before = view();
  await new Promise((resolve) => setTimeout(resolve, 1));
  return { before, after: view() };
});

/** Throws some ms after it has ended. */
export const leavesError = defineTask(url, "leavesError", (_token: CancellationToken, ms: number) => {
  setTimeout(() => {
    throw new Error("left behind");
  }, ms);
});

/** Never ends, and never opens what it has. */
export const hangsWith = defineTask(url, "hangsWith", async (_token: CancellationToken, _end: unknown) => {
  await new Promise(() => {});
});

let setUps = 0;
let teardownLog: Words | undefined;

export const setUp = defineTask(url, "setUp", () => void setUps++);
export const tearDown = defineTask(url, "tearDown", async () => {
  await null;
  if (teardownLog !== undefined) Atomics.add(teardownLog, 0, 1);
});

/** How often its thread was set up; its tear-down counts in `log`. */
export const wasSetUp = defineTask(url, "wasSetUp", (_token: CancellationToken, log: Words) => {
  teardownLog = log;
  return setUps;
});

export const tells = defineTask(url, "tells", async (_token: CancellationToken, to: number) => {
  progress(1);
  progress({ two: 2 });
  await null;
  progress(new Map([[3, 3]]));
  for (let n = 4; n <= to; n++) progress(n);
  return "told";
});

interface Exposed {
  [name: string]: (...args: unknown[]) => unknown;
  log(n: unknown, more: unknown): void;
  slowly(n: unknown): Promise<number>;
}

/** Calls what its pool exposes. */
export const calls = defineTask(url, "calls", async (_token: CancellationToken, n: number) => {
  const { log, slowly, fails, missing } = owner<Exposed>();
  await log(n, { deep: [n] });
  return {
    doubled: await slowly(n),
    error: await fails().then(() => "none", (error) => `${error} ${error.code}`),
    missing: await missing().then(() => "none", String),
  };
});

export const yields = defineTask(
  url,
  "yields",
  function* (_token: CancellationToken, made: Words, to: number) {
    for (let n = 0; n < to; n++) {
      Atomics.add(made, 0, 1);
      yield n;
    }
    return "all";
  },
);

export const yieldsLater = defineTask(
  url,
  "yieldsLater",
  async function* (_token: CancellationToken, to: number) {
    for (let n = 0; n < to; n++) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      yield { n };
    }
  },
);

export const yieldsForEver = defineTask(
  url,
  "yieldsForEver",
  async function* (_token: CancellationToken, closed: Words) {
    try {
      for (let n = 0;; n++) yield n;
    } finally {
      Atomics.add(closed, 0, 1);
    }
  },
);

export const yieldsAndFails = defineTask(
  url,
  "yieldsAndFails",
  function* (_token: CancellationToken, to: number) {
    for (let n = 0; n < to; n++) yield n;
    throw new RangeError("enough");
  },
);

export const prints = defineTask(url, "prints", () => {
  console.log("to stdout %d", 7);
  console.error("to stderr");
});

/** Yields 0 to `to`. */
export const counts = defineTask(url, "counts", function* (_token: CancellationToken, to: number) {
  for (let n = 0; n < to; n++) yield n;
});

/** The same, with a message each. */
export const postsEach = defineTask(
  url,
  "postsEach",
  (_token: CancellationToken, to: number, port: MessagePort) => {
    for (let n = 0; n < to; n++) port.postMessage(n);
    setTimeout(() => port.close(), 5_000);
  },
);

const threadName = Math.random();

/** Which thread it is on. */
export const threadOf = defineTask(url, "threadOf", () => threadName);

/** Waits in an `await` of this package, and says how it was interrupted. */
export const interrupted = defineTask(url, "interrupted", async (_token: CancellationToken, words: Words) => {
  const { signal } = currentTask()!;
  Atomics.store(words, 0, 1);
  try {
    await sleep(60_000);
    return "slept";
  } catch (error) {
    await sleep(1); // clean-up is not interrupted
    return { error, isAborted: signal.aborted };
  }
});

/** The same, and does not catch it. */
export const interruptible = defineTask(
  url,
  "interruptible",
  async (_token: CancellationToken, words: Words) => {
    Atomics.store(words, 0, 1);
    await sleep(60_000);
  },
);

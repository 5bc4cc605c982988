/** The jobs of the tests: a module of its own, as each thread loads it. */
import { currentTag } from "../../mod.ts";
import { defineTask, transferred } from "../../lib/thread/job.ts";
import { type PostedWaker, SharedWaker } from "../../lib/thread/shared_waker.ts";
import type { CancellationToken } from "../../lib/thread/cancellation_token.ts";

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
  return [before, currentTag()];
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
  await using pool = new ThreadPool({ size: 1 });
  return await pool.spawn(count, [n]);
});

export const struct = defineTask(url, "struct", () => ({ a: 1, b: 2.5, c: 3, d: -4n, e: true }));

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

/** Jobs that C runs: a module of its own, as each thread loads it. */
import { ready, spawn } from "../../mod.ts";
import { type CancellationToken, defineTask } from "../../lib/thread/mod.ts";

const url = import.meta.url;

/** A job of which nobody knows what it gives. */
export const giving = defineTask(url, "giving", (): unknown => 1);

/** Blocks its thread for so long. */
export const sleep = defineTask(url, "sleep", (_token: CancellationToken, ms: number): number => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return ms;
});

/** Looks at its token, and rests between: never ends otherwise. */
export const spin = defineTask(url, "spin", (token: CancellationToken): number => {
  const word = new Int32Array(new SharedArrayBuffer(4));
  let turns = 0;
  while (!token.cancelled) {
    Atomics.wait(word, 0, 0, 1);
    turns++;
  }
  return turns;
});

export const greet = defineTask(url, "greet", (_token: CancellationToken, name: string): string => {
  return `Hello, ${name}!`;
});

export const reverse = defineTask(
  url,
  "reverse",
  (_token: CancellationToken, bytes: Uint8Array): Uint8Array => {
    return bytes.slice().reverse();
  },
);

/** All of what C can be given, in one struct. */
export const profile = defineTask(
  url,
  "profile",
  (_token: CancellationToken, name: string, age: number, photo: Uint8Array, isNew: boolean) => ({
    id: BigInt(age) + 1n,
    isNew,
    name: name.toUpperCase(),
    age,
    photo: photo.map((byte) => byte + 1),
    empty: "",
    nothing: new Uint8Array(),
  }),
);

export const fails = defineTask(url, "fails", (_token: CancellationToken, why: string): number => {
  throw new RangeError(why);
});

/** What can't be put into a string of C's. */
export const withNul = defineTask(url, "withNul", (): string => "a\0b");

/** Numbers of all kinds; fails if `b` is 0. */
export const stats = defineTask(url, "stats", (_token: CancellationToken, a: number, b: number) => {
  if (b === 0) throw new RangeError("größer als 0 🦕", { cause: new Error("b war null") });
  return { mean: (a + b) / 2, count: 2, isNegative: a < 0, total: BigInt(a + b) };
});

/** A raw handle of its thread, when so many others have one as well. */
export const rawHandle = defineTask(
  url,
  "rawHandle",
  (_token: CancellationToken, arrived: Int32Array<SharedArrayBuffer>, count: number): number => {
    Atomics.add(arrived, 0, 1);
    Atomics.notify(arrived, 0);
    for (let seen; (seen = Atomics.load(arrived, 0)) < count;) Atomics.wait(arrived, 0, seen);
    return spawn(ready(1), () => {}, 1)[0].intoRaw();
  },
);

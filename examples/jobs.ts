/**
 * The jobs of `primes.ts`, `records.ts` and `spin.ts`: a module of its own, as every thread loads it once more.
 *
 * @module
 */
import { SendError } from "../lib/channel/mod.ts";
import {
  type CancellationToken,
  defineTask,
  openSender,
  owner,
  progress,
  type SenderEnd,
} from "../lib/thread/mod.ts";
import { currentTag } from "../mod.ts";

/** How many primes there are from `from` to before `to`. Looks at its token now and then. */
export const countPrimes = defineTask(
  import.meta.url,
  "countPrimes",
  (token: CancellationToken, from: number, to: number, isVerbose = false) => {
    let count = 0;
    for (let n = Math.max(from, 2); n < to; n++) {
      if (n % 1024 === 0) token.throwIfCancelled();
      if (isPrime(n)) count++;
    }
    // The tag has come along: nobody hands it down to here.
    if (isVerbose) console.error(`[${currentTag()}] ${count} primes`);
    return count;
  },
);

/** All primes, one after the other, as whoever asks takes them. */
export const primes = defineTask(import.meta.url, "primes", function* () {
  for (let n = 2;; n++) if (isPrime(n)) yield n;
});

/** Counts, and says how far it is. */
export const countTo = defineTask(import.meta.url, "countTo", (_token: CancellationToken, to: number) => {
  for (let n = 1; n <= to; n++) progress(n);
});

/** Asks the thread that has spawned it. */
export const ask = defineTask(import.meta.url, "ask", async (_token: CancellationToken, n: number) => {
  return await owner<{ twice: (n: number) => number }>().twice(n);
});

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return true;
}

/** Spins until it is cancelled, and counts in shared memory; how often it has spun, then. */
export const spin = defineTask(
  import.meta.url,
  "spin",
  (token: CancellationToken, spins: Int32Array<SharedArrayBuffer>) => {
    while (!token.cancelled) Atomics.add(spins, 0, 1);
    return Atomics.load(spins, 0);
  },
);

/** A number that takes more steps to get to 1 than all below it: halved if even, else three times it, and one. */
export interface Step {
  n: number;
  steps: number;
}

/** Sends such numbers for as long as anybody wants them; how many it had found when nobody did any more. */
export const findRecords = defineTask(
  import.meta.url,
  "findRecords",
  async (_token: CancellationToken, end: SenderEnd<Step>) => {
    using tx = openSender(end);
    let best = -1;
    for (let n = 1, found = 0;; n++) {
      const steps = stepsOf(n);
      if (steps <= best) continue;
      best = steps;
      found++;
      try {
        await tx.send({ n, steps }); // waits while the channel is full
      } catch (error) {
        if (error instanceof SendError) return found;
        throw error;
      }
    }
  },
);

function stepsOf(n: number): number {
  let steps = 0;
  for (; n !== 1; steps++) n = n % 2 === 0 ? n / 2 : 3 * n + 1;
  return steps;
}

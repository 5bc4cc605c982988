/**
 * The jobs of `primes.ts` and `spin.ts`: a module of its own, as every thread loads it once more.
 *
 * @module
 */
import { type CancellationToken, defineTask } from "../lib/thread/mod.ts";
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

/** The interface of p-limit on a `Limiter`. */
import { limit, LocalExecutor } from "../lib/executor/mod.ts";
// deno-lint-ignore no-explicit-any
type Fn = (...args: any[]) => any;
type Options = number | { concurrency: number; rejectOnClear?: boolean };
const CLEARED = Symbol("cleared"); // the promises of what was cancelled with it stay pending
const check = (n: number) =>
  Number.isInteger(n) && n > 0 || n === Infinity ? n : fail("`concurrency` to be a number from 1 and up");
const settle = (error: unknown) => error === CLEARED ? new Promise(() => {}) : Promise.reject(error);

export default function pLimit(given: Options): Fn & Record<string, unknown> {
  const { concurrency, rejectOnClear = false } = typeof given === "object" ? given : { concurrency: given };
  if (typeof rejectOnClear !== "boolean") fail("`rejectOnClear` to be a boolean");
  const limiter = limit(new LocalExecutor(), check(concurrency));
  const limited: Fn = (fn: Fn, ...args) => limiter.spawn(async () => await fn(...args)).catch(settle);
  const map = (items: Iterable<unknown>, fn: Fn) =>
    Promise.all(Array.from(items, (item, i) => limited(fn, item, i)));
  return Object.defineProperties(limited, {
    activeCount: { get: () => limiter.active },
    pendingCount: { get: () => limiter.waiting },
    clearQueue: { value: () => void limiter.clear(rejectOnClear ? AbortSignal.abort().reason : CLEARED) },
    concurrency: { get: () => limiter.concurrency, set: (n) => limiter.resize(check(n)) },
    map: { value: map },
  }) as Fn & Record<string, unknown>;
}
export const limitFunction = (fn: Fn, options: Options, run = pLimit(options)): Fn => (...args) =>
  run(fn, ...args);
function fail(expected: string): never {
  throw new TypeError(`Expected ${expected}`);
}

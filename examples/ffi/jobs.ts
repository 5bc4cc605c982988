/**
 * The jobs of `spin.ts`: a module of its own, as every thread loads it once more.
 *
 * @module
 */
import { type CancellationToken, defineTask } from "../../lib/thread/mod.ts";

const url = import.meta.url;

/** Spins until it is cancelled; how often it has, then. */
export const spin = defineTask(url, "spin", (token: CancellationToken) => {
  let spins = 0;
  while (!token.cancelled) spins++;
  return spins;
});

/** The root of a square; what is none is an error. */
export const fails = defineTask(url, "fails", (_token: CancellationToken, square: number) => {
  const root = Math.sqrt(square);
  if (!Number.isInteger(root)) throw new RangeError(`${square} is no square`);
  return root;
});

/** Never gives anything: its thread has gone. */
export const dies = defineTask(url, "dies", async () => {
  setTimeout(() => {
    throw new Error("nobody catches this");
  });
  return await new Promise<{ count: number; mean: number }>(() => {});
});

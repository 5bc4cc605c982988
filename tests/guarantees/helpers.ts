/** What these suites share: bodies that clean up, and an executor that says what nobody else was told. */
import { fromPromise, pending, type TaskGenerator } from "../../mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { macrotask } from "../helpers.ts";

/** An executor, and a log that has, besides what a test writes, the panics that nobody was told. */
export function setUp(): { executor: LocalExecutor; log: unknown[] } {
  const log: unknown[] = [];
  return { executor: new LocalExecutor({ onPanic: (error) => log.push(["unseen", error]) }), log };
}

/** The same body, as an async function and as a generator: it rests until it is cancelled, and cleans up for a turn. */
export function resting(log: unknown[], name: unknown): (() => Promise<void>)[] {
  const asAsync = async (): Promise<void> => {
    try {
      await pending();
    } finally {
      await macrotask();
      log.push(name);
    }
  };
  const asGenerator = function* (): TaskGenerator<void> {
    try {
      yield* pending();
    } finally {
      yield* fromPromise(macrotask());
      log.push(name);
    }
  };
  return [asAsync, asGenerator as unknown as () => Promise<void>];
}

/** One of them. */
export function rest(log: unknown[], name: unknown): () => Promise<void> {
  return resting(log, name)[0];
}

/** How a promise or future has settled, in a few words. */
export async function settled(future: PromiseLike<unknown>): Promise<unknown[]> {
  try {
    return ["fulfilled", await future];
  } catch (error) {
    return ["rejected", error];
  }
}

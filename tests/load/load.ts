/** Many tasks in one executor, for the tests, and for `deno task load`, which runs a million of them. */
import { assert, assertEquals } from "@std/assert";
import { bounded, unbounded } from "../../lib/channel/mod.ts";
import { LocalExecutor } from "../../lib/executor/mod.ts";
import { sleep, VirtualClock } from "../../lib/time/mod.ts";
import type { TaskGenerator, TaskHandle } from "../../lib/executor/mod.ts";
import { boom } from "../helpers.ts";

/** What has become of the tasks. */
export interface Count {
  spawned: number;
  completed: number;
  cancelled: number;
  panicked: number;
  /** How often a `finally` block ran; only what has started has one to run. */
  finallies: number;
  started: number;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Every task sleeps, sends its number, and receives another's; the sum of what was received. */
export async function load(count: number): Promise<{ sum: number; left: number; sleeping: number }> {
  const clock = new VirtualClock({ autoAdvance: true });
  await using executor = new LocalExecutor();
  const [queue, queued] = unbounded<number>();
  const [narrow, passed] = bounded<number>(16);
  const options = { clock };
  function* body(n: number): TaskGenerator<number> {
    yield* sleep(1 + n % 100, options);
    const [tx, rx] = n % 2 === 0 ? [queue, queued] : [narrow, passed];
    yield* tx.send(n);
    return yield* rx.recv();
  }
  const tasks: TaskHandle<number>[] = [];
  for (let n = 0; n < count; n++) tasks.push(executor.spawn(body(n), undefined));
  let sum = 0;
  for (const task of tasks) sum += await task;
  return { sum, left: executor.size + queued.length + passed.length, sleeping: clock.size };
}

/** A tenth throws, a tenth is cancelled, at random points. */
export async function faults(count: number, seed: number): Promise<Count> {
  const next = random(seed);
  const clock = new VirtualClock({ autoAdvance: true });
  await using executor = new LocalExecutor();
  const total: Count = { spawned: 0, completed: 0, cancelled: 0, panicked: 0, finallies: 0, started: 0 };
  const options = { clock };
  function* body(throwAt: number): TaskGenerator<void> {
    total.started++;
    try {
      for (let step = 0; step < 4; step++) {
        if (step === throwAt) throw boom;
        yield* sleep(1 + (step * 7) % 5, options);
      }
    } finally {
      total.finallies++;
    }
  }
  const tasks: TaskHandle<void>[] = [];
  for (let n = 0; n < count; n++) {
    const fate = next();
    const at = Math.floor(next() * 4);
    const task = executor.spawn(body(fate < 0.1 ? at : -1), undefined);
    total.spawned++;
    tasks.push(task);
    if (fate < 0.1 || fate >= 0.2) continue;
    if (at === 0) task.cancel(boom.message);
    else clock.register(at * 2, { wake: () => void task.cancel(boom.message) });
  }
  for (const task of tasks) {
    await task.then(() => total.completed++, (error) => {
      if (error === boom) total.panicked++;
      else if (error === boom.message) total.cancelled++;
      else throw error;
    });
  }
  return total;
}

/** Every task has ended in one way, and what was started was cleaned up once. */
export function check({ spawned, completed, cancelled, panicked, finallies, started }: Count): void {
  assertEquals(completed + cancelled + panicked, spawned);
  assertEquals(finallies, started);
  for (const part of [cancelled, panicked]) assert(Math.abs(part / spawned - 0.1) < 0.01);
}

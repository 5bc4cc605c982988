/** Random jobs, cancels, terminations, channels and values, for a while: nothing may be left, or grow. */
import {
  openReceiver,
  openSender,
  sharedChannel,
  spawnBlocking,
  type TaskHandle,
  ThreadPool,
  transfer,
} from "../../lib/thread/mod.ts";
import * as jobs from "./soak_jobs.ts";

/** How it went. */
export interface Soaked {
  /** What was found to be wrong. */
  readonly problems: string[];
  readonly summary: string;
}

/** How long anything may take to settle, in ms. */
const PATIENCE_MS = 20_000;
/** How many jobs are under way at a time. */
const WIDTH = 24;

/** What a process has open, and how much memory it takes, in MB; what can't be told is 0. */
interface Usage {
  heap: number;
  rss: number;
  files: number;
}

class Soak {
  readonly problems: string[] = [];
  readonly counts: Record<string, number> = {};
  readonly #random: () => number;
  readonly #pools: ThreadPool[];
  settled = 0;
  channels = 0;
  reported = 0;

  constructor(seed: number) {
    this.#random = mulberry(seed);
    const onError = (): unknown => this.reported++;
    const expose = { twice: (n: number) => 2 * n };
    this.#pools = [
      new ThreadPool({ maxThreads: 2, onError, expose }),
      new ThreadPool({ maxThreads: 2, onError, expose, concurrency: 5, maxJobs: 200, setUp: jobs.setUp }),
      new ThreadPool({ maxThreads: 1, onError, expose, tearDown: jobs.tearDown, idleTimeout: 20 }),
    ];
  }

  /** Keeps so many under way until the time is up. */
  async run(ms: number, onHalf: () => void): Promise<void> {
    const start = performance.now();
    let isHalf = false;
    const lane = async (): Promise<void> => {
      for (let now; (now = performance.now() - start) < ms;) {
        if (!isHalf && now > ms / 2) onHalf(), isHalf = true;
        await this.#one();
      }
    };
    await Promise.all(Array.from({ length: WIDTH }, lane));
  }

  async close(): Promise<void> {
    for (const [index, pool] of this.#pools.entries()) {
      await this.#inTime(`close() of pool ${index}`, pool.close({ grace: 2_000 }));
      const { size, activeCount, queueLength } = pool;
      if (size + activeCount + queueLength > 0) {
        this.problems.push(`pool ${index} has ${JSON.stringify(pool)}`);
      }
    }
  }

  async #one(): Promise<void> {
    const kinds = Object.keys(this.#kinds);
    const kind = kinds[this.#below(kinds.length)];
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
    await this.#inTime(kind, this.#kinds[kind]());
  }

  readonly #kinds: Record<string, () => Promise<unknown>> = {
    echo: () => this.#meddle(this.#pool().spawn(jobs.echo, [this.#value()])),
    blocking: () => this.#meddle(spawnBlocking(jobs.echo, [this.#value()])),
    move: () => this.#meddle(this.#pool().spawn(jobs.move, [transfer(new Uint8Array(this.#below(300_000)))])),
    deepArgument: () => this.#meddle(this.#pool().spawn(jobs.echo, [jobs.nest(this.#below(5_000))])),
    deepResult: () => this.#meddle(this.#pool().spawn(jobs.deep, [this.#below(5_000)])),
    later: () => this.#meddle(this.#pool().spawn(jobs.later, [this.#below(5)])),
    timeout: () => this.#meddle(this.#pool().spawn(jobs.later, [60_000], { timeout: this.#below(10) })),
    signal: () =>
      this.#meddle(this.#pool().spawn(jobs.spin, [], { signal: AbortSignal.timeout(this.#below(10)) })),
    deaf: () => {
      const job = this.#below(2) === 0 ? jobs.deaf : jobs.doze;
      const options = { timeout: this.#below(5), onDeaf: "terminate", grace: 1 } as const;
      return this.#rarely() ? this.#meddle(this.#pool().spawn(job, [], options)) : Promise.resolve();
    },
    terminate: () => {
      if (!this.#rarely()) return Promise.resolve();
      const handle = this.#pool().spawn(jobs.deaf, []);
      setTimeout(() => handle.terminate(), this.#below(5));
      return this.#settle(handle);
    },
    fail: () => this.#meddle(this.#pool().spawn(jobs.fail, [this.#value()])),
    failLater: () => this.#meddle(this.#pool().spawn(jobs.failLater, [])),
    exit: () => this.#rarely() ? this.#meddle(this.#pool().spawn(jobs.exit, [])) : Promise.resolve(),
    leave: () => this.#rarely() ? this.#meddle(this.#pool().spawn(jobs.leave, [])) : Promise.resolve(),
    unpostable: () => this.#meddle(this.#pool().spawn(jobs.unpostable, [])),
    refused: () => this.#meddle(this.#pool().spawn(jobs.echo, [[() => {}]])),
    tell: () => this.#meddle(this.#pool().spawn(jobs.tell, [this.#below(20)], { onProgress: () => {} })),
    stream: () => this.#stream(),
    map: () => this.#map(),
    waits: () => {
      const handle = this.#pool().spawn(jobs.echo, [this.#below(9)]);
      try {
        handle.wait({ timeout: 50 });
      } catch {
        // The time is up, or the job was lost.
      }
      return this.#settle(handle);
    },
    receives: () => this.#receives(),
    sends: () => this.#sends(),
  };

  /** Perhaps it is cancelled, terminated, polled, or let go of. */
  async #meddle(handle: TaskHandle<unknown>): Promise<void> {
    const meddle = (): void => {
      switch (this.#below(8)) {
        case 0:
          return void handle.cancel(this.#below(2) === 0 ? "enough" : undefined);
        case 1:
          return handle[Symbol.dispose]();
        case 2:
          if (this.#rarely()) handle.terminate();
          return;
        case 3:
          try {
            handle.poll();
          } catch {
            // what it threw
          }
      }
    };
    const when = this.#below(9);
    if (when < 3) meddle();
    else if (when < 5) setTimeout(meddle, this.#below(4));
    // A spinning one is at it until it is told.
    setTimeout(() => handle.cancel(), 1_000 + this.#below(500));
    await this.#settle(handle);
  }

  async #settle(handle: TaskHandle<unknown>): Promise<void> {
    await handle.then(undefined, () => {});
    this.settled++;
  }

  async #map(): Promise<void> {
    try {
      for await (const _ of this.#pool().map(jobs.echo, [1, { a: 2 }, this.#below(9)]));
    } catch {
      // Its thread was ended with another job.
    }
  }

  async #stream(): Promise<void> {
    const job = (this.#below(2) === 0 ? jobs.count : jobs.countSlowly) as typeof jobs.count;
    const stream = this.#pool().stream(job, [this.#below(4_000)]);
    const left = this.#below(4_000);
    let taken = 0;
    try {
      for await (const _ of stream) if (++taken === left) break;
    } catch {
      // Its thread was ended with another job.
    }
    await this.#settle(stream.handle);
  }

  /** A job has the end where messages go in. */
  async #receives(): Promise<void> {
    const [end, other] = sharedChannel<unknown>(1 + this.#below(8));
    const job = this.#below(3) === 0 ? jobs.ignore : jobs.feed;
    const handle = this.#pool().spawn(job as typeof jobs.feed, [
      transfer(end),
      this.#below(50),
      this.#below(2) === 0,
    ]);
    const rx = openReceiver(other);
    const meddled = this.#meddle(handle);
    for await (const _ of rx) if (this.#below(60) === 0) break;
    rx[Symbol.dispose]();
    this.channels++;
    await meddled;
  }

  /** A job has the end where they come out. */
  async #sends(): Promise<void> {
    const [end, other] = sharedChannel<unknown>(1 + this.#below(8));
    const job = this.#below(3) === 0 ? jobs.ignore : jobs.drain;
    const handle = this.#pool().spawn(job as typeof jobs.drain, [transfer(other), this.#below(50)]);
    const tx = openSender(end);
    const meddled = this.#meddle(handle);
    try {
      for (let n = this.#below(60); n > 0; n--) await tx.send({ n });
    } catch {
      // The job has heard enough, or never listened.
    }
    tx[Symbol.dispose]();
    this.channels++;
    await meddled;
  }

  async #inTime(what: string, promise: Promise<unknown>): Promise<void> {
    let timer;
    const late = new Promise<"late">((resolve) => timer = setTimeout(resolve, PATIENCE_MS, "late"));
    if (await Promise.race([promise, late]) === "late") this.problems.push(`${what} did not settle`);
    clearTimeout(timer);
  }

  #pool(): ThreadPool {
    return this.#pools[this.#below(this.#pools.length)];
  }

  #value(depth = 0): unknown {
    switch (this.#below(depth > 3 ? 6 : 12)) {
      case 0:
        return this.#below(1e9);
      case 1:
        return "x".repeat(this.#below(2_000));
      case 2:
        return undefined;
      case 3:
        return null;
      case 4:
        return new Date(this.#below(1e9));
      case 5:
        return new Uint8Array(this.#below(100_000));
      case 6:
        return new Map([[this.#value(depth + 1), this.#value(depth + 1)]]);
      case 7:
        return new Error("a value", { cause: this.#value(depth + 1) });
      case 8:
        return new Set([this.#value(depth + 1)]);
      default:
        return Array.from({ length: this.#below(6) }, () => ({ inner: this.#value(depth + 1) }));
    }
  }

  #rarely(): boolean {
    return this.#below(40) === 0;
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }
}

function mulberry(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Process {
  memoryUsage(): { heapUsed: number; rss: number };
  getBuiltinModule(name: string): unknown;
}

function usage(): Usage {
  const { process, gc } = globalThis as unknown as { process: Process; gc?: () => void };
  gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  let files = 0;
  try {
    const fs = process.getBuiltinModule("node:fs") as { readdirSync(path: string): string[] };
    files = fs.readdirSync("/proc/self/fd").length;
  } catch {
    // Not everywhere.
  }
  return { heap: Math.round(heapUsed / 1e6), rss: Math.round(rss / 1e6), files };
}

/** Soaks for so many ms; the same seed gives the same choices. */
export async function soak(ms: number, seed: number): Promise<Soaked> {
  const soak = new Soak(seed);
  let half: Usage | undefined;
  await soak.run(ms, () => half = usage());
  await soak.close();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const end = usage();
  const before = half ?? end;
  if (end.heap > 1.5 * before.heap + 30) soak.problems.push(`heap: ${before.heap} MB, then ${end.heap} MB`);
  if (end.rss > 1.5 * before.rss + 100) soak.problems.push(`memory: ${before.rss} MB, then ${end.rss} MB`);
  if (end.files > before.files + 20) soak.problems.push(`files: ${before.files}, then ${end.files}`);
  const { settled, channels, reported } = soak;
  const memory = `${before.rss} MB, then ${end.rss} MB; ${before.files} files, then ${end.files}`;
  return {
    problems: soak.problems,
    summary: `${settled} jobs, ${channels} channels, ${reported} errors reported, ${memory}`,
  };
}

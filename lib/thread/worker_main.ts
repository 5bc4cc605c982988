/** What runs on a thread: takes orders from its port, runs one job at a time, and reports. */
import { spawn } from "../adapt/mod.ts";
import { CancellationToken } from "./cancellation_token.ts";
import { Cancelled } from "./cancelled.ts";
import { encode } from "./codec.ts";
import { here, keyOf } from "./here.ts";
import { isTransferred, type Job } from "./job.ts";
import { receive } from "./runtime.ts";
import type { Boot, Order, Orders, Report, Result } from "./protocol.ts";

/** Results are posted together, but none waits for longer than this, in ms. */
const FLUSH_MS = 1;

/** How often the bell is looked at before the event loop is waited for: some tens of microseconds. */
const LOOKS = 2_000;

/** What Deno, Node and Bun have. */
interface Process {
  on(event: string, fn: (value: unknown) => void): void;
}

class Worker {
  readonly #port: MessagePort;
  readonly #word: Boot["word"];
  readonly #current: Boot["current"];
  readonly #bell: Boot["bell"];
  /** What the bell said when orders were last taken from the port. */
  #rung = 0;
  readonly #queue: Order[] = [];
  /** How many orders of the queue are done; they are removed when all are. */
  #next = 0;
  #isRunning = false;
  /** What is done and has not been posted, and what of it is transferred. */
  #results: { result: Result; transfer: Transferable[] }[] = [];
  #flushedAt = 0;

  constructor({ port, word, current, bell }: Boot) {
    this.#port = port;
    this.#word = word;
    this.#current = current;
    this.#bell = bell;
  }

  start(): void {
    this.#port.onmessage = ({ data }: MessageEvent<Orders>) => {
      this.#queue.push(...data.orders);
      if (!this.#isRunning) this.#run();
    };
    this.#post({ type: "booted" });
  }

  /** The thread is going to end: says so, with what is done. */
  end(why: string): void {
    this.#flush();
    this.#post({ type: "ends", why });
  }

  /** An error that nothing has caught: it is the running job's, and nobody knows what state the thread is in. */
  panic(error: unknown): void {
    const id = Atomics.exchange(this.#current, 0, 0);
    if (id !== 0) this.#results.push({ result: failure(id, error), transfer: [] });
    this.end("it has thrown an error that nothing has caught");
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    do await this.#runQueue(); while (this.#listen());
    this.#isRunning = false;
  }

  /** Whether orders come within a moment: by message they would be much later. */
  #listen(): boolean {
    for (let look = 0; look < LOOKS; look++) {
      const rung = Atomics.load(this.#bell, 0);
      if (rung === this.#rung) continue;
      this.#rung = rung;
      const orders = receive(this.#port) as Orders | undefined;
      if (orders !== undefined) return this.#queue.push(...orders.orders) > 0;
    }
    return false;
  }

  async #runQueue(): Promise<void> {
    this.#flushedAt = performance.now();
    while (this.#next < this.#queue.length) {
      const order = this.#queue[this.#next];
      this.#queue[this.#next++] = undefined as never;
      Atomics.store(this.#current, 0, order.id);
      const done = this.#perform(order);
      this.#done(order.id, done instanceof Promise ? await done : done);
    }
    this.#queue.length = this.#next = 0;
    this.#flush();
  }

  #done(id: number, output: Outcome): void {
    // Unless it has panicked meanwhile, and that was told.
    if (Atomics.compareExchange(this.#current, 0, id, 0) === id) this.#results.push(resultOf(id, output));
    if (performance.now() - this.#flushedAt >= FLUSH_MS) this.#flush();
  }

  /** A job that is there already, and returns no promise, is done when this returns. */
  #perform(order: Order): Outcome | Promise<Outcome> {
    const token = CancellationToken.from(order.token);
    if (token.cancelled && !order.isStubborn) return { error: new Cancelled(token.reason) };
    const job = jobs.get(order.url)?.get(order.name);
    return job === undefined ? load(order, token) : call(job, order, token);
  }

  #flush(): void {
    this.#flushedAt = performance.now();
    const done = this.#results;
    if (done.length === 0) return;
    this.#results = [];
    try {
      const results = done.map(({ result }) => result);
      this.#post({ type: "results", results }, done.flatMap(({ transfer }) => transfer));
    } catch {
      for (const one of done) this.#postAlone(one);
    }
  }

  /** Something among the results can't be posted: the others can. */
  #postAlone({ result, transfer }: { result: Result; transfer: Transferable[] }): void {
    try {
      this.#post({ type: "results", results: [result] }, transfer);
    } catch (error) {
      this.#post({ type: "results", results: [failure(result.id, error)] });
    }
  }

  #post(report: Report, transfer: Transferable[] = []): void {
    this.#port.postMessage(report, transfer);
    if (this.#word === undefined) return;
    Atomics.add(this.#word, 0, 1);
    Atomics.notify(this.#word, 0);
  }
}

/** What a job has come to. */
type Outcome = { value: unknown } | { error: unknown; isPanic?: boolean };

/** The jobs that were loaded, by URL and name. */
const jobs = new Map<string, Map<string, Job<unknown[], unknown>>>();

async function load(order: Order, token: CancellationToken): Promise<Outcome> {
  const { url, name } = order;
  const thread = here()!;
  let job;
  try {
    thread.loading = url;
    job = find(await import(url), order);
  } catch (error) {
    return { error, isPanic: true };
  } finally {
    thread.loading = undefined;
  }
  const known = jobs.get(url) ?? new Map();
  jobs.set(url, known.set(name, job));
  return await call(job, order, token);
}

/** The export of that name, or else the one job that was defined under it: bundlers rename exports. */
function find(module: Record<string, unknown>, order: Order): Job<unknown[], unknown> {
  const { url, name } = order;
  const exported = module[name] as Job<unknown[], unknown> | undefined;
  if (typeof exported?.run === "function" && exported.name === name) return exported;
  const { defined } = here()!;
  const job = defined.get(keyOf(order)) as Job<unknown[], unknown> | undefined;
  if (job !== undefined) return job;
  throw new TypeError(`${url} has ${defined.has(keyOf(order)) ? "several tasks" : "no task"} ${name}`);
}

/** In a task, so that `currentTag()` answers in the job: it runs at once, and once; what it returns is awaited here. */
function call(
  job: Job<unknown[], unknown>,
  { args, tag }: Order,
  token: CancellationToken,
): Outcome | Promise<Outcome> {
  let outcome!: Outcome;
  const [task] = spawn(
    () => {
      try {
        outcome = { value: job.run(token, ...args) };
      } catch (error) {
        outcome = { error };
      }
    },
    () => {},
    tag,
  );
  task.run();
  const { value } = outcome as { value?: PromiseLike<unknown> };
  if (typeof value?.then !== "function") return outcome;
  return Promise.resolve(value).then((value) => ({ value }), (error) => ({ error }));
}

function resultOf(id: number, outcome: Outcome): { result: Result; transfer: Transferable[] } {
  if ("error" in outcome) return { result: failure(id, outcome.error, outcome.isPanic), transfer: [] };
  const { value } = outcome;
  if (!isTransferred(value)) return { result: { id, isOk: true, value }, transfer: [] };
  return { result: { id, isOk: true, value: value.value }, transfer: value.transfer };
}

function failure(id: number, error: unknown, isPanic = false): Result {
  return { id, isOk: false, isPanic, error: encode(error) };
}

/** Where this module is, if modules have URLs in this runtime. */
export const url: string | undefined = import.meta.url;

/** Called on a new thread, by the script that it is started with. */
export function startWorker(boot: Boot): void {
  here()!.loading = undefined;
  const worker = new Worker(boot);
  const { process } = globalThis as { process?: Partial<Process> };
  if (process?.on !== undefined) {
    process.on("exit", (code) => worker.end(`it has exited with code ${code}`));
    process.on("uncaughtException", (error) => worker.panic(error));
    process.on("unhandledRejection", (error) => worker.panic(error));
  } else {
    addEventListener("error", (event) => (event.preventDefault(), worker.panic(event.error)));
    addEventListener("unhandledrejection", (event) => (event.preventDefault(), worker.panic(event.reason)));
  }
  const { close } = globalThis as { close?: () => void };
  (globalThis as { close?: () => void }).close = () => {
    worker.end("it has closed itself");
    close?.();
  };
  worker.start();
}

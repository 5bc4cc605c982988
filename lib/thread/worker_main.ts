/** What runs on a thread: takes orders from its port, runs one job at a time, and reports. */
import { canWaitAsync, globals, waitFor } from "../internal/runtime.ts";
import { call, jobOf, type Known, load, type Outcome } from "./call.ts";
import { CancellationToken, cancelledFor } from "./cancellation_token.ts";
import { encode } from "./codec.ts";
import { here } from "./here.ts";
import { isTransferred } from "./job.ts";
import { onOutOfMemory } from "./memory.ts";
import { canReceive, receive } from "./start_thread.ts";
import {
  type Boot,
  ENDED,
  type Order,
  type Orders,
  packResults,
  type Report,
  type Result,
  unpackOrders,
} from "./protocol.ts";
import { claim } from "./token_slots.ts";

/** Results of jobs that take no longer are posted together, in ms; none waits for longer than this. */
const FLUSH_MS = 1;

/** After so many batches without a turn of the event loop, it has one: a job may have left something to do there. */
const MAX_BATCHES = 64;

/** How long it is waited for orders before the event loop goes on, in ms: a job may have left something to do there. */
const LISTEN_MS = 1;

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
  /** Whether its owner was told that it ends: nothing is begun any more. */
  #hasEnded = false;
  /** How many batches were done since the event loop last had a turn. */
  #batches = 0;
  /** What is done and has not been posted, and what of it is transferred. */
  #results: { result: Result; transfer: Transferable[] }[] = [];
  #flushedAt = 0;
  /** Whether a turn of the event loop will post the results, should a job wait for more than that. */
  #isFlushing = false;

  constructor({ port, word, current, bell }: Boot) {
    this.#port = port;
    this.#word = word;
    this.#current = current;
    this.#bell = bell;
  }

  start(): void {
    if (canReceive && canWaitAsync()) {
      // Nothing else keeps a thread that rests.
      setInterval(() => {}, 2 ** 31 - 1);
      this.#rest();
    } else {
      this.#port.onmessage = ({ data }: MessageEvent<Orders>) => this.#begin(data);
    }
    this.#post({ type: "booted" });
  }

  /**
   * Waits for the bell, with the event loop. Not for messages: a runtime that listens to a port may have taken one out
   * of it that it has not told yet, where nobody finds it who only looks.
   */
  #rest(): void {
    const waited = Atomics.waitAsync(this.#bell, 0, this.#rung);
    if (waited.async) waited.value.then(() => this.#wake());
    else setTimeout(() => this.#wake());
  }

  #wake(): void {
    const orders = this.#receive();
    if (orders === undefined) this.#rest();
    else this.#begin(orders);
  }

  #receive(): Orders | undefined {
    this.#rung = Atomics.load(this.#bell, 0);
    return receive(this.#port) as Orders | undefined;
  }

  #begin(orders: Orders): void {
    this.#queue.push(...unpackOrders(orders));
    this.#batches = 0;
    if (!this.#isRunning) this.#run();
  }

  /** The thread is going to end: says so, with what is done. */
  end(why: string): void {
    this.#end(why, []);
  }

  /** An error that nothing has caught: it is the running job's, and nobody knows what state the thread is in. */
  panic(error: unknown): void {
    const id = Atomics.load(this.#current, 0);
    this.#end("it has thrown an error that nothing has caught", id > 0 ? [failure(id, error)] : []);
  }

  #end(why: string, results: Result[]): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#flush();
    this.#post({ type: "ends", why, results: packResults(results) });
    Atomics.store(this.#current, 0, ENDED);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    do await this.#runQueue(); while (this.#listen());
    this.#isRunning = false;
    if (this.#port.onmessage === null) this.#rest();
  }

  /** Whether orders come within a moment: through the event loop they would be later. */
  #listen(): boolean {
    if (this.#port.onmessage !== null || this.#hasEnded || ++this.#batches > MAX_BATCHES) return false;
    waitFor(this.#bell, this.#rung, LISTEN_MS);
    const orders = this.#receive();
    return orders !== undefined && this.#queue.push(...unpackOrders(orders)) > 0;
  }

  async #runQueue(): Promise<void> {
    this.#flushedAt = performance.now();
    while (this.#next < this.#queue.length && !this.#hasEnded) {
      const order = this.#queue[this.#next];
      this.#queue[this.#next++] = undefined as never;
      if (!claim(order.token, order.id)) continue;
      const known = jobOf(order);
      // It may be long, or the end of the thread: what is done before it must be told before.
      if (!known.isQuick) this.#flush();
      const running = this.#runOne(order, known);
      if (running !== undefined) await running;
    }
    this.#queue.length = this.#next = 0;
    this.#flush();
  }

  /** A job that returns no promise is done when this returns; then it returns none, either. */
  #runOne(order: Order, known: Known): Promise<void> | undefined {
    Atomics.store(this.#current, 0, order.id);
    const begun = performance.now();
    const token = CancellationToken.from(order.token);
    if (token.cancelled && !order.isStubborn) {
      return void this.#done(order.id, { error: cancelledFor(token.reason) });
    }
    const done = known.job === undefined ? load(order, known, token) : call(known.job, order, token);
    const end = (outcome: Outcome): void => {
      // The last look: its memory is another token's soon.
      token.cancelled;
      known.isQuick = performance.now() - begun < FLUSH_MS;
      this.#done(order.id, outcome);
    };
    if (!(done instanceof Promise)) return void end(done);
    this.#flushSoon();
    return done.then(end);
  }

  #done(id: number, outcome: Outcome): void {
    // Unless it has panicked meanwhile, and that was told.
    if (Atomics.compareExchange(this.#current, 0, id, 0) === id) this.#results.push(resultOf(id, outcome));
    if (performance.now() - this.#flushedAt >= FLUSH_MS) this.#flush();
  }

  /** A job is waited for: if it isn't done in this turn of the event loop, the results don't wait with it. */
  #flushSoon(): void {
    if (this.#isFlushing || this.#results.length === 0) return;
    this.#isFlushing = true;
    setTimeout(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    this.#flushedAt = performance.now();
    const done = this.#results;
    if (done.length === 0) return;
    this.#results = [];
    try {
      const results = packResults(done.map(({ result }) => result));
      this.#post({ type: "results", results }, done.flatMap(({ transfer }) => transfer));
    } catch {
      for (const one of done) this.#postAlone(one);
    }
  }

  /** Something among the results can't be posted: the others can. */
  #postAlone({ result, transfer }: { result: Result; transfer: Transferable[] }): void {
    try {
      this.#post({ type: "results", results: packResults([result]) }, transfer);
    } catch (error) {
      this.#post({ type: "results", results: packResults([failure(result.id, error)]) });
    }
  }

  #post(report: Report, transfer: Transferable[] = []): void {
    this.#port.postMessage(report, transfer);
    if (this.#word === undefined) return;
    Atomics.add(this.#word, 0, 1);
    Atomics.notify(this.#word, 0);
  }
}

function resultOf(id: number, outcome: Outcome): { result: Result; transfer: Transferable[] } {
  if ("error" in outcome) return { result: failure(id, outcome.error, outcome.isPanic), transfer: [] };
  const { value } = outcome;
  try {
    if (isTransferred(value)) {
      return { result: { id, isOk: true, value: value.value }, transfer: value.transfer };
    }
  } catch {
    // Nothing can be asked of it; it can't be posted, either, and that will be told.
  }
  return { result: { id, isOk: true, value }, transfer: [] };
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
  const { process, Deno } = globals;
  if (process?.on !== undefined) {
    process.on("exit", (code) => worker.end(`it has exited with code ${code}`));
    process.on("uncaughtException", (error) => worker.panic(error));
    process.on("unhandledRejection", (error) => worker.panic(error));
  } else {
    addEventListener("error", (event) => (event.preventDefault(), worker.panic(event.error)));
    addEventListener("unhandledrejection", (event) => (event.preventDefault(), worker.panic(event.reason)));
  }
  onOutOfMemory(() => worker.end("it has run out of memory"));
  if (Deno !== undefined) before(Deno, "exit", (code = 0) => worker.end(`it has exited with code ${code}`));
  before(globalThis, "close", () => worker.end("it has closed itself"));
  worker.start();
}

/** Calls `fn` before a method that ends this thread: its owner may be blocked, and see no other sign of it. */
function before(on: object, method: string, fn: (argument: unknown) => void): void {
  const methods = on as Record<string, (argument: unknown) => void>;
  const original = methods[method];
  methods[method] = (argument) => {
    fn(argument);
    original?.call(on, argument);
  };
}

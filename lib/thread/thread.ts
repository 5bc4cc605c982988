import { addWakeSource, canListen, listen } from "../internal/park.ts";
import { share } from "../internal/shared_memory.ts";
import { areLost, newThreadId, threadHasEnded } from "./life.ts";
import type { Order, Orders, Report, Result } from "./protocol.ts";
import { canReceive, receive, type Running, startThread } from "./runtime.ts";

/** How long a thread may take to start, in ms; while its owner is blocked, nothing else tells that it can't. */
const BOOT_MS = 30_000;

/** An order that was given to a thread, and who is told of it. */
export interface Placed {
  readonly order: Order;
  readonly transfer: Transferable[];
  /** It is done. */
  onResult(result: Result): void;
  /** The thread has ended while it was at it. */
  onLost(why: string, error: unknown): void;
}

/** Threads that have something to do: what a blocked owner waits for. */
const busy = new Set<Thread>();

/** What gives out jobs in the next microtask: a thread that blocks before that gives them out first. */
export const flushes: Set<() => void> = new Set();

const word = /* @__PURE__ */ addWakeSource({
  isExpected: () => busy.size + flushes.size > 0,
  deliver: () => {
    for (const flush of [...flushes]) flush();
    for (const thread of [...busy]) thread.receive();
  },
});

/** One thread, and what it was given and has not done. */
export class Thread {
  /** By id, in the order in which they are done. */
  readonly #placed: Map<number, Placed> = new Map();
  readonly #id = newThreadId();
  readonly #port: MessagePort;
  /** The other one, until the thread has it. */
  readonly #itsPort: MessagePort;
  readonly #current: Int32Array<SharedArrayBuffer>;
  readonly #bell: Int32Array<SharedArrayBuffer>;
  /** Set when it is given its first order. */
  #running: Running | undefined;
  #startedAt = 0;
  /** The module of that order. */
  #url = "";
  /** Told when there is nothing left to do; and when it has ended, with what it had not begun. */
  readonly #onIdle: (thread: Thread) => void;
  readonly #onEnd: (thread: Thread, left: Placed[]) => void;
  /**
   * Whether it listens to the word, and not to the port: a runtime that listens to a port may have taken a message
   * out of it that it has not told yet, where nobody finds it who blocks the thread.
   */
  readonly #isListening: boolean;
  #isBooted = false;
  #hasEnded = false;

  constructor(onIdle: (thread: Thread) => void, onEnd: (thread: Thread, left: Placed[]) => void) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#itsPort = port2;
    this.#onIdle = onIdle;
    this.#onEnd = onEnd;
    const shared = share(8);
    this.#current = new Int32Array(shared, 0, 1);
    this.#bell = new Int32Array(shared, 4, 1);
    this.#isListening = canReceive && canListen();
    if (!this.#isListening) port1.onmessage = ({ data }: MessageEvent<Report>) => this.#onReport(data);
  }

  get size(): number {
    return this.#placed.size;
  }

  /** Gives it orders. What can't be posted is told so, and the others are posted. */
  place(all: Placed[]): void {
    for (const one of all) this.#placed.set(one.order.id, one);
    if (this.#running === undefined) this.#start(all[0].order.url);
    if (this.#hasEnded) return;
    this.#keep(true);
    try {
      this.#post(all);
    } catch {
      for (const one of all) this.#postAlone(one);
    }
    if (this.#placed.size === 0) this.#rest();
  }

  /** Takes in what has been reported, without the event loop. */
  receive(): void {
    for (let report; !this.#hasEnded && (report = receive(this.#port)) !== undefined;) {
      this.#onReport(report as Report);
    }
    if (!this.#isBooted && performance.now() - this.#startedAt > BOOT_MS) {
      this.end(`it has not started in ${BOOT_MS} ms`);
    }
  }

  /** Whether it is at this order now. */
  isAt(id: number): boolean {
    return Atomics.load(this.#current, 0) === id;
  }

  /** It has ended, or is ended: what it was at is lost, the rest goes back. */
  end(why: string, error?: unknown): void {
    if (this.#hasEnded) return;
    // What was reported before is done.
    for (let report; (report = receive(this.#port) as Report | undefined) !== undefined;) {
      if (report.type === "results") this.#onResults(report.results);
    }
    this.#hasEnded = true;
    threadHasEnded(this.#id);
    this.#running?.terminate();
    this.#port.close();
    busy.delete(this);
    const left = [...this.#placed.values()];
    this.#placed.clear();
    // One that has not started can't load the module of its first order, perhaps: other modules may do.
    const lost = left.filter(({ order }) => this.#isBooted ? this.isAt(order.id) : order.url === this.#url);
    this.#onEnd(this, left.filter((one) => !lost.includes(one)));
    for (const one of lost) {
      areLost(one.transfer);
      one.onLost(why, error);
    }
  }

  #start(url: string): void {
    this.#startedAt = performance.now();
    this.#url = url;
    try {
      this.#running = startThread(
        { id: this.#id, url, port: this.#itsPort, word, bell: this.#bell, current: this.#current },
        (why, error) => this.end(why, error),
      );
    } catch (error) {
      this.end((error as Error).message, error);
    }
  }

  #post(all: Placed[]): void {
    const message: Orders = { orders: all.map(({ order }) => order) };
    this.#port.postMessage(message, all.flatMap(({ transfer }) => transfer));
    Atomics.add(this.#bell, 0, 1);
  }

  #postAlone(one: Placed): void {
    try {
      this.#post([one]);
    } catch (error) {
      this.#placed.delete(one.order.id);
      one.onLost("its arguments can't be posted", error);
    }
  }

  #onReport(report: Report): void {
    if (this.#hasEnded) return;
    if (report.type === "booted") this.#isBooted = true;
    else if (report.type === "ends") this.end(report.why);
    else {
      this.#onResults(report.results);
      if (this.#placed.size === 0) this.#rest();
    }
  }

  #onResults(results: Result[]): void {
    for (const result of results) {
      const placed = this.#placed.get(result.id);
      this.#placed.delete(result.id);
      if (!result.isOk && result.isPanic) areLost(placed?.transfer ?? []);
      placed?.onResult(result);
    }
  }

  #rest(): void {
    this.#keep(false);
    this.#onIdle(this);
  }

  /** A thread keeps the process alive while it has something to do. */
  #keep(isNeeded: boolean): void {
    if (isNeeded) busy.add(this);
    else busy.delete(this);
    this.#running!.ref(isNeeded);
    if (this.#isListening) return isNeeded ? listen() : undefined;
    const port = this.#port as MessagePort & { ref?(): void; unref?(): void };
    if (isNeeded) port.ref?.();
    else port.unref?.();
  }
}

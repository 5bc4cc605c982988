import { addWakeSource, listen } from "../internal/park.ts";
import { canWaitAsync, share } from "../internal/runtime.ts";
import { areLost, newThreadId, threadHasEnded } from "./life.ts";
import { ENDED, type Order, packOrders, type Report, type Result, unpackResults } from "./protocol.ts";
import { canReceive, receive, type Running, startThread } from "./start_thread.ts";
import { claim, offer } from "./token_slots.ts";

/** How long a thread may take to start, in ms; while its owner is blocked, nothing else tells that it can't. */
const BOOT_MS = 30_000;

/** An order that was given to a thread, and who is told of it. */
export interface Placed {
  readonly order: Order;
  readonly transfer: Transferable[];
  /** Whether nobody cares any more what it comes to: it keeps no process alive. */
  readonly isDropped: boolean;
  /** It is done. */
  onResult(result: Result): void;
  /** The thread has ended while it was at it. */
  onLost(why: string, error: unknown): void;
}

/** Ids are words of shared memory. */
const MAX_ID = 2 ** 31 - 1;
let lastId = 0;

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
  readonly #current: Int32Array<SharedArrayBuffer>;
  readonly #bell: Int32Array<SharedArrayBuffer>;
  readonly #running: Running;
  readonly #startedAt: number;
  /** The module that it was started for. */
  readonly #url: string;
  /**
   * Tells of what is done, or lost. Whoever is told first may wait for one of the others, or end the thread: so it
   * is taken in before, and is `busy` until all are told.
   */
  readonly #news: (() => void)[] = [];
  /** Told when there is nothing left to do; and when it has ended, with what it had not begun. */
  readonly #onIdle: (thread: Thread) => void;
  readonly #onEnd: (thread: Thread, left: Placed[]) => void;
  /** Told when somebody looks after it, who may be blocked; and asked whether more jobs wait for it. */
  readonly #onLook: (thread: Thread) => void;
  readonly #isAwaited: () => boolean;
  /**
   * Whether it listens to the word, and not to the port: a runtime that listens to a port may have taken a message
   * out of it that it has not told yet, where nobody finds it who blocks the thread.
   */
  readonly #isListening: boolean;
  #isBooted = false;
  /** Why, once it has said that it ends. */
  #ends: string | undefined;
  #hasEnded = false;
  /** Whether it has done all that it was given, and that was not told yet. */
  #isResting = false;

  /**
   * Starts it, for jobs of the module that has this URL.
   *
   * @throws {TypeError} Where it can't be started.
   */
  constructor(
    url: string,
    onIdle: (thread: Thread) => void,
    onEnd: (thread: Thread, left: Placed[]) => void,
    onLook: (thread: Thread) => void,
    isAwaited: () => boolean,
  ) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#onIdle = onIdle;
    this.#onEnd = onEnd;
    this.#onLook = onLook;
    this.#isAwaited = isAwaited;
    const shared = share(8);
    this.#current = new Int32Array(shared, 0, 1);
    this.#bell = new Int32Array(shared, 4, 1);
    this.#startedAt = performance.now();
    this.#url = url;
    this.#running = startThread(
      { id: this.#id, url, port: port2, word, bell: this.#bell, current: this.#current },
      (why, error) => this.end(why, error),
    );
    this.#isListening = canReceive && canWaitAsync();
    if (!this.#isListening) port1.onmessage = ({ data }: MessageEvent<Report>) => this.#onReport(data);
    this.review();
  }

  get size(): number {
    return this.#placed.size;
  }

  /** Gives it orders, and tells those that can't be posted. Whether any could be. */
  place(all: Placed[]): boolean {
    for (const one of all) {
      lastId = lastId % MAX_ID + 1;
      one.order.id = lastId;
      offer(one.order.token, lastId);
      this.#placed.set(lastId, one);
    }
    const failed = this.#tryPost(all) === undefined ? [] : all.flatMap((one) => this.#postAlone(one));
    this.review();
    for (const { one, error } of failed) one.onLost("its arguments can't be posted", error);
    return failed.length < all.length;
  }

  /** Takes in what has been reported, without the event loop. */
  receive(): void {
    this.#takeIn();
    this.#tell();
    if (this.#ends !== undefined) this.end(this.#ends);
    if (!this.#isBooted && performance.now() - this.#startedAt > BOOT_MS) {
      this.end(`it has not started in ${BOOT_MS} ms`);
    }
    this.#onLook(this);
  }

  /** Whether it is at this order now. */
  isAt(id: number): boolean {
    return Atomics.load(this.#current, 0) === id;
  }

  /** Whether it can take orders: it may have ended unheard, as nobody listens to one that has nothing to do. */
  isAlive(): boolean {
    if (!this.isAt(ENDED)) return true;
    this.receive();
    return false;
  }

  /** Takes back an order, unless it was begun; whether it wasn't. */
  takeBack({ order }: Pick<Placed, "order">): boolean {
    if (!this.#placed.has(order.id) || !claim(order.token, order.id)) return false;
    this.#placed.delete(order.id);
    if (this.#placed.size === 0) this.#rest();
    return true;
  }

  /** Takes back all that it has not begun, and that can be given to another. */
  takeBackAll(): Placed[] {
    return [...this.#placed.values()].filter((one) => !isMoved(one) && this.takeBack(one));
  }

  /** It has ended, or is ended: what it was at is lost, what it has not begun goes back. */
  end(why: string, error?: unknown): void {
    if (this.#hasEnded) return;
    this.#takeIn();
    this.#hasEnded = true;
    threadHasEnded(this.#id);
    this.#running.terminate();
    this.#port.close();
    const left = [...this.#placed.values()];
    this.#placed.clear();
    const back: Placed[] = [];
    for (const one of left) {
      if (this.#isUntouched(one)) back.push(one);
      else this.#news.push(() => this.#lose(one, why, error));
    }
    busy.add(this);
    this.#onEnd(this, back);
    this.#tell();
  }

  /** Keeps the process alive, if somebody cares for what it does, or waits for it to be done. */
  review(): void {
    if (this.#hasEnded) return;
    if (this.#placed.size + this.#news.length > 0) busy.add(this);
    else busy.delete(this);
    this.#keep(this.#placed.size > 0 && this.#isNeeded());
  }

  /**
   * Whether it has not begun an order, which can be given to another thread then. One that has not started can't load
   * the module of its first order, perhaps: other modules may do.
   */
  #isUntouched(one: Placed): boolean {
    const { token, id, url } = one.order;
    return claim(token, id) && !isMoved(one) && (this.#isBooted || url !== this.#url);
  }

  #lose(one: Placed, why: string, error: unknown): void {
    areLost(one.transfer);
    one.onLost(this.#ends ?? why, error);
  }

  #isNeeded(): boolean {
    if (this.#isAwaited()) return true;
    for (const { isDropped } of this.#placed.values()) if (!isDropped) return true;
    return false;
  }

  #onReport(report: Report): void {
    if (this.#hasEnded) return;
    this.#take(report);
    this.#tell();
    if (this.#ends !== undefined) this.end(this.#ends);
  }

  #post(all: Placed[]): void {
    this.#port.postMessage(
      packOrders(all.map(({ order }) => order)),
      all.flatMap(({ transfer }) => transfer),
    );
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }

  #tryPost(all: Placed[]): { error: unknown } | undefined {
    try {
      this.#post(all);
    } catch (error) {
      return { error };
    }
  }

  #postAlone(one: Placed): { one: Placed; error: unknown }[] {
    const failed = this.#tryPost([one]);
    if (failed === undefined) return [];
    this.#placed.delete(one.order.id);
    return [{ one, ...failed }];
  }

  /** Looks at all reports, and tells nobody yet: whoever is told may do anything with this thread. */
  #takeIn(): void {
    if (this.#hasEnded) return;
    for (let report; (report = receive(this.#port)) !== undefined;) this.#take(report as Report);
  }

  #take(report: Report): void {
    if (report.type === "booted") this.#isBooted = true;
    else {
      if (report.type === "ends") this.#ends = report.why;
      for (const result of unpackResults(report.results)) this.#takeResult(result);
    }
  }

  #takeResult(result: Result): void {
    const placed = this.#placed.get(result.id);
    if (placed === undefined) return;
    this.#placed.delete(result.id);
    this.#news.push(() => {
      if (!result.isOk && result.isPanic) areLost(placed.transfer);
      placed.onResult(result);
    });
    if (this.#placed.size === 0 && this.#ends === undefined) this.#isResting = true;
  }

  /** Takes on more, and then tells what is done: in this order, as whoever is told may wait for one of the others. */
  #tell(): void {
    if (this.#isResting && !this.#hasEnded) this.#rest();
    for (let tell; (tell = this.#news.shift()) !== undefined;) tell();
    if (this.#placed.size === 0) busy.delete(this);
  }

  #rest(): void {
    this.#isResting = false;
    this.review();
    this.#onIdle(this);
  }

  #keep(isNeeded: boolean): void {
    this.#running.ref(isNeeded);
    if (this.#isListening) return this.#placed.size > 0 ? listen() : undefined;
    const port = this.#port as MessagePort & { ref?(): void; unref?(): void };
    if (isNeeded) port.ref?.();
    else port.unref?.();
  }
}

/** Whether some of its arguments were transferred, so that it can't be sent twice. */
export function isMoved({ transfer }: Pick<Placed, "transfer">): boolean {
  return transfer.length > 0;
}

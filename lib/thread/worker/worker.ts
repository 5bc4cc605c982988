/** A thread at work: takes orders, runs its jobs, and reports. */
import { canWaitAsync, waitFor } from "../../internal/runtime.ts";
import { CancellationToken } from "../wire/cancellation_token.ts";
import { encode, encodeJson } from "../wire/codec.ts";
import type { Job } from "../wire/job.ts";
import { type Letter, Mailbox } from "../wire/mailbox.ts";
import {
  ANSWER,
  type Boot,
  BOOTED,
  CANCEL,
  ENDED,
  ENDS,
  FINISH,
  ORDERS,
  OUTPUT,
  STRAY,
  VALUES,
} from "../wire/messages.ts";
import { LOAD_ONLY, type Order, OrderReader, STREAM, STUBBORN } from "../wire/orders.ts";
import { canReceive } from "../wire/port.ts";
import { threadContext } from "../wire/thread_context.ts";
import { claim } from "../wire/token_slots.ts";
import {
  type Answer,
  call,
  callForThread,
  cancel,
  jobOf,
  load,
  loadAndCall,
  Running,
  runningJob,
} from "./call.ts";
import { kindOf } from "./kind.ts";
import { Outbox } from "./outbox.ts";
import { OwnerLink } from "./owner.ts";
import { isSource, StreamOut } from "./stream_out.ts";
import { throwerOf } from "./timers.ts";

/** What a thread that is warmed up does. */
const NOTHING: Job<unknown[], unknown> = { url: "", name: "", run: () => {} };

/** A job that takes no longer than this, in ms, is quick: its result waits for those of others. */
const QUICK_MS = 1;

/**
 * After so many rounds without a turn of the event loop, it has one: a job may have left something to do
 * there.
 */
const MAX_ROUNDS = 64;

/** For so long it is waited for orders before the event loop goes on, in ms. */
const LINGER_MS = 1;

export class Worker {
  readonly #mail: Mailbox;
  readonly #reader: OrderReader = new OrderReader();
  readonly #outbox: Outbox;
  readonly #owner: OwnerLink;
  readonly #boot: Boot;
  /** What the bell said before the port was last read. */
  #rung = 0;
  readonly #queue: Order[] = [];
  /** How many orders of the queue were begun; they are removed when all were. */
  #next = 0;
  /** By the word of `current` that says so. */
  readonly #running: (Running | undefined)[];
  #runningCount = 0;
  /** The time when a job was begun, or ended: the next begins then. */
  #now = 0;
  /** How many jobs were begun, ever. */
  #begun = 0;
  /** Whether it listens to the bell, without blocking; not for messages: see `#rest`. */
  #isResting = false;
  #rounds = 0;
  /** Whether its owner was told that it ends: nothing is begun any more. */
  #hasEnded = false;

  constructor(boot: Boot) {
    this.#boot = boot;
    this.#mail = new Mailbox(boot.port);
    this.#outbox = new Outbox(this.#mail, boot.word);
    this.#running = new Array(boot.current.length).fill(undefined);
    const only = (): Running | undefined =>
      this.#runningCount === 1 ? this.#running.find((one) => one !== undefined) : undefined;
    this.#owner = new OwnerLink((head, loose) => this.#outbox.post(head, loose), only);
  }

  async start(): Promise<void> {
    threadContext()!.owner = this.#owner;
    const { setUp } = this.#boot;
    if (setUp !== undefined) {
      try {
        await callForThread(setUp, "set-up");
      } catch (error) {
        return this.end((error as Error).message, error);
      }
    }
    if (canReceive && canWaitAsync()) {
      // Nothing else keeps a thread that rests.
      setInterval(() => {}, 2 ** 31 - 1);
      this.#outbox.post([BOOTED], []);
      this.#work();
    } else {
      this.#mail.listen((letter) => {
        this.#open(letter);
        this.#pump();
      });
      this.#outbox.post([BOOTED], []);
    }
  }

  /** The thread is going to end: says so, with what is done. */
  end(why: string, error?: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#outbox.flush();
    this.#outbox.post([ENDS, why, error === undefined ? undefined : encodeJson(error)], []);
    Atomics.store(this.#boot.current, 0, ENDED);
  }

  /** An error that nothing has caught: it is that of the job that has left it behind, if that is known. */
  stray(error: unknown): void {
    if (this.#hasEnded) return;
    const culprit = throwerOf(error) ?? runningJob() ??
      (this.#begun === 1 ? this.#running.find(Boolean) : undefined);
    const isTold = culprit === undefined ? this.#blameAll(error) : this.#blame(culprit, error);
    const { taskId, tag } = culprit?.order ?? {};
    this.#outbox.flush();
    this.#outbox.post([STRAY, isTold, encodeJson(error), taskId, encodeJson(tag)], []);
  }

  /** Whether it runs, and so is told. */
  #blame(culprit: Running, error: unknown): boolean {
    const isRunning = this.#running[culprit.seat] === culprit;
    if (isRunning) this.#finish(culprit, { error });
    return isRunning;
  }

  /** Whose it is, nobody knows: all that run may wait for what will never come. Whether there is one. */
  #blameAll(error: unknown): boolean {
    const all = this.#running.filter((one) => one !== undefined);
    for (const running of all) this.#finish(running, { error, isPanic: true });
    return all.length > 0;
  }

  /** Hands on what a job has printed. */
  print(stream: number, text: string): void {
    this.#outbox.post([OUTPUT, stream, text, runningJob()?.order.taskId], []);
  }

  /**
   * Does what can be done without the event loop, and a moment longer: through the event loop it would be
   * later.
   */
  #work(): void {
    do {
      this.#receiveAll();
      this.#pump();
    } while (this.#linger());
    this.#rest();
  }

  #receiveAll(): void {
    this.#rung = Atomics.load(this.#boot.bell, 0);
    for (let letter; (letter = this.#mail.receive()) !== undefined;) this.#open(letter);
  }

  #open({ head, loose }: Letter): void {
    switch (head[0]) {
      case ORDERS:
        return void this.#queue.push(...this.#reader.read(head, loose));
      case ANSWER: {
        const [, id, isOk, isSafe, value] = head as [number, number, boolean, boolean, unknown];
        return this.#owner.answer(id, isOk, isSafe ? { value } : loose[0]);
      }
      case CANCEL: {
        const running = this.#running.find((one) => one?.order.id === head[1]);
        return running && cancel(running);
      }
      case FINISH:
        return void this.#tearDown();
    }
  }

  /** Whether orders come within a moment. */
  #linger(): boolean {
    if (this.#runningCount > 0 || this.#hasEnded || ++this.#rounds > MAX_ROUNDS) return false;
    waitFor(this.#boot.bell, this.#rung, LINGER_MS);
    return Atomics.load(this.#boot.bell, 0) !== this.#rung;
  }

  /**
   * Waits for the bell, with the event loop. Not for messages: a runtime that listens to a port may have
   * taken one out of it that it has not told yet, where nobody finds it who only asks.
   */
  #rest(): void {
    if (this.#isResting || this.#mail.port.onmessage !== null) return;
    this.#isResting = true;
    const wake = (): void => {
      this.#isResting = false;
      this.#rounds = 0;
      this.#work();
    };
    const waited = Atomics.waitAsync(this.#boot.bell, 0, this.#rung);
    if (waited.async) waited.value.then(wake);
    else setTimeout(wake);
  }

  /** Begins what can be begun. */
  #pump(): void {
    const queue = this.#queue;
    if (queue.length > 0) this.#now = performance.now();
    while (this.#next < queue.length && this.#runningCount < this.#running.length && !this.#hasEnded) {
      const order = queue[this.#next];
      queue[this.#next++] = undefined as never;
      if (claim(order.words, order.id)) this.#begin(order);
    }
    if (this.#next === queue.length) queue.length = this.#next = 0;
    if (this.#runningCount === 0) this.#outbox.flush();
  }

  #begin(order: Order): void {
    const seat = this.#running.indexOf(undefined);
    const known = jobOf(order);
    // It may be long, or the end of the thread: what is done before it must be told before.
    if (!known.isQuick) this.#outbox.flush();
    const token = new CancellationToken(order);
    const running = new Running(order, token, known, seat, this.#now);
    this.#running[seat] = running;
    this.#runningCount++;
    this.#begun++;
    Atomics.store(this.#boot.current, seat, order.id);
    const outcome = this.#call(running);
    if (!(outcome instanceof Promise)) return this.#finish(running, outcome);
    this.#outbox.flushSoon();
    outcome.then((outcome) => {
      this.#finish(running, outcome);
      if (this.#mail.port.onmessage === null) this.#work();
      else this.#pump();
    });
  }

  #call(running: Running): Answer | Promise<Answer> {
    const { order, token, known } = running;
    if (order.failure !== undefined) {
      return {
        error: new TypeError("its arguments can't be read", { cause: order.failure.error }),
        isPanic: true,
      };
    }
    if (token.cancelled && (order.flags & STUBBORN) === 0) return { error: token.signal.reason };
    if ((order.flags & LOAD_ONLY) !== 0) return loadOnly(running);
    if ((order.flags & STREAM) !== 0) return this.#stream(running);
    return known.job === undefined ? loadAndCall(running) : call(running);
  }

  #stream(running: Running): Answer | Promise<Answer> {
    const { order, token, known } = running;
    const taken = (order.args as unknown[]).pop() as Int32Array<SharedArrayBuffer>;
    const stream = new StreamOut((values) => this.#outbox.postValues(VALUES, order.id, values), token, taken);
    const finish = (value: unknown): unknown => isSource(value) ? stream.drain(value) : value;
    return known.job === undefined ? loadAndCall(running, finish) : call(running, finish);
  }

  /** A job has ended; it is told unless that was done before. */
  #finish(running: Running, outcome: Answer): void {
    const { order: { id }, token, known, begunAt, seat } = running;
    if (this.#running[seat] !== running) return;
    this.#running[seat] = undefined;
    this.#runningCount--;
    const ms = (this.#now = performance.now()) - begunAt;
    known.isQuick = ms < QUICK_MS;
    const kind = kindOf(outcome, token);
    if (Atomics.compareExchange(this.#boot.current, seat, id, 0) !== id) return;
    this.#outbox.push(id, kind, "value" in outcome ? outcome.value : encode(outcome.error), ms, this.#now);
  }

  /** Its owner wants it to end. */
  async #tearDown(): Promise<void> {
    const { tearDown } = this.#boot;
    try {
      if (tearDown !== undefined) await callForThread(tearDown, "tear-down");
    } catch (error) {
      this.#outbox.post([STRAY, false, encodeJson(error), undefined, encodeJson(undefined)], []);
    }
    this.end("it was closed");
  }
}

/** Calls nothing of the user's; but what the first job will need has run once by then. */
async function loadOnly({ order, token, known, seat, begunAt }: Running): Promise<Answer> {
  try {
    if (order.url !== "") await load(order, known);
    return await call(new Running(order, token, { job: NOTHING, isQuick: true }, seat, begunAt));
  } catch (error) {
    return { error, isPanic: true };
  }
}

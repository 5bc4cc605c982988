/** One thread, and what it was given and has not done. */
import { listen } from "../../internal/park.ts";
import { canWaitAsync, share } from "../../internal/runtime.ts";
import { newThreadId, threadHasEnded } from "../wire/life.ts";
import { type Arrived, type Letter, Mailbox } from "../wire/mailbox.ts";
import { CANCEL, ENDED, FINISH } from "../wire/messages.ts";
import { OrderWriter } from "../wire/orders.ts";
import { canReceive } from "../wire/port.ts";
import { claim, offer } from "../wire/token_slots.ts";
import { nameOf, type ThreadOptions } from "./pool_options.ts";
import { answer } from "./answer.ts";
import { busy, word } from "./busy.ts";
import { guarded } from "./errors.ts";
import { type Desk, readReport } from "./reports.ts";
import { type Running, startThread } from "./start_thread.ts";
import type { Work } from "./work.ts";

/**
 * How long a thread may take to start, in ms; while its owner is blocked, nothing else tells that it can't.
 */
const BOOT_MS = 30_000;

/** Who has started a thread. */
export interface ThreadOwner {
  /** It has room for more. */
  hasRoom(thread: Thread): void;
  /** It takes jobs. */
  onBoot(thread: Thread): void;
  /** It has ended; with what it had not begun. */
  onEnd(thread: Thread, left: Work[], why: string): void;
  /** Somebody attends to it, who may be blocked. */
  onAttend(thread: Thread): void;
  /** Whether more jobs wait for it. */
  isAwaited(): boolean;
  /** An error that nothing has caught, unless a job was told; the thread is not to be given more jobs. */
  onStray(
    thread: Thread,
    stray: { error: unknown } | undefined,
    taskId: number | undefined,
    tag: unknown,
  ): void;
  /** A job calls one of the functions that are exposed. */
  onCall(name: string, args: readonly unknown[]): unknown;
}

export class Thread {
  /** By id, in the order in which they are begun. */
  readonly #placed: Map<number, Work> = new Map();
  readonly #id = newThreadId();
  readonly #mail: Mailbox;
  readonly #writer: OrderWriter = new OrderWriter();
  readonly #current: Int32Array<SharedArrayBuffer>;
  readonly #bell: Int32Array<SharedArrayBuffer>;
  readonly #running: Running;
  readonly #startedAt: number;
  /** The module that it was started for. */
  readonly #url: string | undefined;
  readonly #options: ThreadOptions;
  readonly #owner: ThreadOwner;
  /**
   * Tells of what is done, or lost. Whoever is told first may wait for one of the others, or end the thread:
   * so it is taken in before, and is `busy` until all are told.
   */
  #news: (() => void)[] = [];
  /** How many of them were told. */
  #told = 0;
  /**
   * Whether it listens to the word, and not to the port: a runtime that listens to a port may have taken a
   * message out of it that it has not told yet, where nobody finds it who blocks the thread.
   */
  readonly #isListening: boolean;
  #isBooted = false;
  /** Whether it keeps the process alive. */
  #isKept = true;
  #done = 0;
  /** Why, once it has said that it ends. */
  #ends: { why: string; error: unknown } | undefined;
  #hasEnded = false;
  /** Whether it was told to end by itself. */
  #isFinishing = false;
  /** Whether it has done something that it was given, and its owner was not told yet. */
  #hasRoom = false;
  readonly #desk: Desk = {
    tell: (news) => void this.#news.push(news),
    find: (id) => this.#placed.get(id),
    remove: (id) => this.#remove(id),
    onBoot: () => {
      this.#isBooted = true;
      for (const work of this.#placed.values()) work.startClock();
      this.#news.push(() => this.#owner.onBoot(this));
    },
    onEnds: (why, error) => void (this.#ends = { why, error }),
    onStray: (stray, taskId, tag) =>
      void this.#news.push(() => this.#owner.onStray(this, stray, taskId, tag)),
    onOutput: (...printed) => void this.#news.push(() => guarded(() => this.#options.onOutput?.(...printed))),
    onCall: (...call) => void this.#news.push(() => void this.#answer(...call)),
  };

  /**
   * Starts it, for jobs of the module that has this URL.
   *
   * @throws {TypeError} Where it can't be started.
   */
  constructor(url: string | undefined, options: ThreadOptions, owner: ThreadOwner) {
    const { port1, port2 } = new MessageChannel();
    this.#mail = new Mailbox(port1);
    this.#options = options;
    this.#owner = owner;
    const { concurrency = 1, setUp, tearDown, onOutput } = options;
    const shared = share(4 * (concurrency + 1));
    this.#current = new Int32Array(shared, 0, concurrency);
    this.#bell = new Int32Array(shared, 4 * concurrency, 1);
    this.#startedAt = performance.now();
    this.#url = url;
    const words = { id: this.#id, url, port: port2, word, bell: this.#bell, current: this.#current };
    const boot = {
      ...words,
      setUp: nameOf(setUp),
      tearDown: nameOf(tearDown),
      isCaptured: onOutput !== undefined,
    };
    this.#running = startThread(boot, options, (why, error) => this.end(why, error));
    this.#isListening = canReceive && canWaitAsync();
    if (!this.#isListening) this.#mail.listen((letter) => this.#onLetter(letter));
    this.review();
  }

  get size(): number {
    return this.#placed.size;
  }

  /** How many jobs it has done. */
  get done(): number {
    return this.#done;
  }

  /** Whether it takes jobs. */
  get isBooted(): boolean {
    return this.#isBooted;
  }

  /** Gives it jobs, and tells those that can't be posted. */
  place(all: Work[]): void {
    for (const work of all) {
      const id = work.onPlaced(this);
      offer(work.place, id);
      this.#placed.set(id, work);
    }
    const { head, loose } = this.#writer.write(all);
    const failed = this.#mail.post(head, [...loose.keys()]);
    this.#ring();
    for (const [one, error] of failed ?? []) this.#fail(loose.get(one)!, error);
    this.review();
    if (failed !== undefined) this.#tell();
  }

  /** Takes in what has been reported, without the event loop. */
  receive(): void {
    this.#takeIn();
    this.#tell();
    if (this.#ends !== undefined) this.end(this.#ends.why, this.#ends.error);
    if (!this.#isBooted && performance.now() - this.#startedAt > BOOT_MS) {
      this.end(`it has not started in ${BOOT_MS} ms`);
    }
    this.#owner.onAttend(this);
  }

  /** Whether it is at this job now. */
  isAt({ id }: Work): boolean {
    for (let seat = 0; seat < this.#current.length; seat++) {
      if (Atomics.load(this.#current, seat) === id) return true;
    }
    return false;
  }

  /** Whether it can take jobs: it may have ended unheard, as nobody listens to one that has nothing to do. */
  isAlive(): boolean {
    if (Atomics.load(this.#current, 0) !== ENDED) return true;
    this.receive();
    return false;
  }

  /** Takes back a job, unless it was begun; whether it wasn't. */
  takeBack(work: Work): boolean {
    if (this.#placed.get(work.id) !== work || !claim(work.words, work.id)) return false;
    this.#placed.delete(work.id);
    work.thread = undefined;
    this.#makeRoom();
    return true;
  }

  /** Takes back all that it has not begun, and that can be given to another. */
  takeBackAll(): Work[] {
    return [...this.#placed.values()].filter((work) => !work.isMoved && this.takeBack(work));
  }

  /** A job that it has begun was cancelled. */
  cancel({ id }: Work): void {
    this.#mail.post([CANCEL, id], []);
    this.#ring();
  }

  /** All that it was given and has not done. */
  works(): Work[] {
    return [...this.#placed.values()];
  }

  /** Has it end by itself, after its tear-down. */
  finish(): void {
    if (this.#options.tearDown === undefined) return this.end("it was closed");
    this.#mail.post([FINISH], []);
    this.#ring();
    this.#isFinishing = true;
    this.review();
  }

  /** It has ended, or is ended: what it was at is lost, what it has not begun goes back. */
  end(why: string, error?: unknown): void {
    if (this.#hasEnded) return;
    this.#takeIn();
    this.#hasEnded = true;
    threadHasEnded(this.#id);
    this.#running.terminate();
    this.#mail.port.close();
    const left = [...this.#placed.values()];
    this.#placed.clear();
    const back: Work[] = [];
    const reason = this.#ends ?? { why, error };
    for (const work of left) {
      if (this.#isUntouched(work)) back.push(work);
      else this.#news.push(() => work.lose(reason.why, reason.error));
      work.thread = undefined;
    }
    busy.add(this);
    this.#owner.onEnd(this, back, reason.why);
    this.#tell();
  }

  /** Keeps the process alive, if somebody cares for what it does, or waits for it to be done. */
  review(): void {
    if (this.#hasEnded) return;
    if (this.#isBusy()) busy.add(this);
    else busy.delete(this);
    this.#keep(this.#isFinishing || (this.#placed.size > 0 && this.#isNeeded()));
  }

  /**
   * Whether it has not begun a job, which can be given to another thread then. One that has not started can't
   * load the module of its first job, perhaps: other modules may do.
   */
  #isUntouched(work: Work): boolean {
    return claim(work.words, work.id) && !work.isMoved && (this.#isBooted || work.url !== this.#url);
  }

  #remove(id: number): Work | undefined {
    const work = this.#placed.get(id);
    if (work === undefined) return undefined;
    this.#placed.delete(id);
    this.#done++;
    this.#hasRoom = true;
    return work;
  }

  #isNeeded(): boolean {
    if (this.#owner.isAwaited()) return true;
    for (const { isDropped } of this.#placed.values()) if (!isDropped) return true;
    return false;
  }

  /** Its thread will find that it is not to be done. */
  #fail(work: Work, error: unknown): void {
    if (!claim(work.words, work.id)) return;
    this.#placed.delete(work.id);
    this.#news.push(() => work.lose("its arguments can't be posted", error));
    this.#hasRoom = true;
  }

  #ring(): void {
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }

  #onLetter(letter: Letter): void {
    if (this.#hasEnded) return;
    readReport(letter, this.#desk);
    this.#tell();
    if (this.#ends !== undefined) this.end(this.#ends.why, this.#ends.error);
  }

  /** Takes in all letters, and tells nobody yet: whoever is told may do anything with this thread. */
  #takeIn(): void {
    if (this.#hasEnded) return;
    for (let letter; (letter = this.#mail.receive()) !== undefined;) readReport(letter, this.#desk);
  }

  /** Calls a function for a job, and posts what it gives. */
  async #answer(id: number, name: string, args: Arrived): Promise<void> {
    const { head, loose } = await answer(id, args, (args) => this.#owner.onCall(name, args));
    if (this.#hasEnded) return;
    this.#mail.post(head, loose);
    this.#ring();
  }

  /**
   * Takes on more, and then tells what is done: in this order, as whoever is told may wait for one of the
   * others.
   */
  #tell(): void {
    if (this.#hasRoom && !this.#hasEnded) this.#makeRoom();
    while (this.#told < this.#news.length) this.#news[this.#told++]();
    this.#news = [];
    this.#told = 0;
    if (!this.#isBusy()) busy.delete(this);
  }

  #isBusy(): boolean {
    return !this.#hasEnded && (this.#placed.size + this.#news.length > 0 || this.#isFinishing);
  }

  #makeRoom(): void {
    this.#hasRoom = false;
    this.review();
    if (this.#ends === undefined) this.#owner.hasRoom(this);
  }

  #keep(isNeeded: boolean): void {
    if (isNeeded !== this.#isKept) this.#running.ref(isNeeded);
    this.#isKept = isNeeded;
    if (this.#isListening) return this.#isBusy() ? listen() : undefined;
    const port = this.#mail.port as MessagePort & { ref?(): void; unref?(): void };
    if (isNeeded) port.ref?.();
    else port.unref?.();
  }
}

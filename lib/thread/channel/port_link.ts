/** Halves of channels on two threads: what goes through their port, and how they count. */
import { type Link, ReceiverHalf, SenderHalf } from "../../channel/friend.ts";
import { report } from "../../core/friend.ts";
import { addWakeSource, listen } from "../../internal/park.ts";
import { canWaitAsync } from "../../internal/runtime.ts";
import { pack } from "../wire/copy.ts";
import { isTransferred } from "../wire/transferred.ts";
import { hasThreadEnded, onThreadEnd, thisThread } from "../wire/life.ts";
import { canReceive, post, receive, Unreadable, unwrap } from "../wire/port.ts";
import type { ChannelEnd } from "./shared_channel.ts";

/** The words of the shared memory. How many messages were posted, ever: changed where the senders are. */
const POSTED = 0;
/** How many of them were taken, ever: changed where the receivers are. */
const TAKEN = 1;
/** By side: the thread on which the half is, 0 until it is opened. */
const THREAD = { sender: 2, receiver: 3 };
/** By side: 1 once the half is gone. */
const GONE = { sender: 4, receiver: 5 };
export const LINK_BYTES = 6 * 4;

const OTHER = { sender: "receiver", receiver: "sender" } as const;

/** What a port carries: the word on which the other thread sleeps, a message, or nothing but the event. */
interface Carried {
  word?: Int32Array<SharedArrayBuffer>;
  message?: unknown;
}

/** The halves on this thread that are not gone, and whose other half isn't. */
const open = new Set<PortLink>();

/**
 * The word on which this thread sleeps, where it listens to that; else it listens to the ports. (Not to both:
 * what a runtime has taken out of a port that is listened to is not found by a thread that is blocked.)
 */
const word = /* @__PURE__ */ wordToSleepOn();

function wordToSleepOn(): Int32Array<SharedArrayBuffer> | undefined {
  if (!canReceive || !canWaitAsync()) return undefined;
  return addWakeSource({ isExpected: () => open.size > 0, deliver: syncAll });
}

/** Nobody will ever open this end, unless somebody has. */
export function giveUp({ shared, side }: ChannelEnd): void {
  const words = new Int32Array(shared);
  if (Atomics.compareExchange(words, THREAD[side], 0, thisThread()) !== 0) return;
  Atomics.store(words, GONE[side], 1);
  syncAll();
}

function syncAll(): void {
  for (const link of [...open]) link.sync();
}

function loseThread(id: number): void {
  for (const link of [...open]) if (link.thread === id) link.lose();
}

/**
 * A half of a channel, its link to the other: the messages go through a port, the counts are in shared
 * memory.
 *
 * Who waits is not forgotten, as each side counts first and then reads the other's count. The sender posts,
 * counts, and rings. The receiver counts what it takes, and rings if there was no room before: if it has not
 * seen the message that filled the channel, then the sender sees what was taken, when it asks whether there
 * is room.
 */
abstract class PortLink implements Link {
  abstract readonly half: SenderHalf<unknown> | ReceiverHalf<unknown>;
  protected readonly port: MessagePort;
  protected readonly words: Int32Array;
  protected readonly capacity: number;
  readonly #side: "sender" | "receiver";
  /** Whether this half is open, and the other is not gone. */
  protected isOpen = true;
  /** What the other thread sleeps on; the first that comes through the port. */
  #bell: Int32Array | undefined;

  constructor({ port, shared, capacity, side }: ChannelEnd) {
    this.port = port;
    this.words = new Int32Array(shared);
    this.capacity = capacity;
    this.#side = side;
    if (Atomics.compareExchange(this.words, THREAD[side], 0, thisThread()) !== 0) {
      throw new TypeError(`Cannot open a ${side}: the end has been opened`);
    }
  }

  /** Called by the constructor, at its end. */
  protected begin(): void {
    open.add(this);
    onThreadEnd(loseThread);
    if (hasThreadEnded(this.thread)) return this.lose();
    if (word === undefined) {
      this.port.onmessage = ({ data }: MessageEvent) => {
        this.on(unwrap(data));
        this.sync();
      };
      this.port.onmessageerror = () => {
        this.on(new Unreadable(new DOMException("a message can't be read", "DataCloneError")));
        this.sync();
      };
    } else {
      post(this.port, { word }, []);
      listen();
    }
  }

  get length(): number {
    return (Atomics.load(this.words, POSTED) - Atomics.load(this.words, TAKEN)) | 0;
  }

  post(message: unknown): void {
    const { value, transfer } = isTransferred(message)
      ? pack(message.value, message.transfer)
      : pack(message, []);
    post(this.port, { message: value }, transfer);
    Atomics.add(this.words, POSTED, 1);
    if (word !== undefined) this.ring();
  }

  take(count: number): void {
    // To be counted first: a sender that fills the channel meanwhile either sees the room, or is seen here.
    const before = Atomics.add(this.words, TAKEN, count);
    const length = (Atomics.load(this.words, POSTED) - before) | 0;
    if (length >= this.capacity) this.ring();
  }

  abstract sync(): void;

  close(): void {
    if (!this.isOpen) return;
    Atomics.store(this.words, GONE[this.#side], 1);
    this.ring();
    this.end();
  }

  /** The thread of the other half; 0 while that is not open. */
  get thread(): number {
    return Atomics.load(this.words, THREAD[OTHER[this.#side]]);
  }

  /** The thread of the other half has ended. */
  lose(): void {
    Atomics.store(this.words, GONE[OTHER[this.#side]], 1);
    this.sync();
  }

  /** Something has come through the port. */
  protected on(carried: unknown): void {
    const { word } = carried as Carried;
    if (word !== undefined) this.#bell = word;
  }

  protected get isOtherGone(): boolean {
    return Atomics.load(this.words, GONE[OTHER[this.#side]]) !== 0;
  }

  /** Nothing goes to or fro any more. */
  protected end(): void {
    this.isOpen = false;
    open.delete(this);
  }

  /** Has the other sync. Unless it is not open: it does when it opens. */
  protected ring(): void {
    // One thread for both: nothing else would keep its event loop until it syncs.
    if (this.thread === thisThread()) queueMicrotask(syncAll);
    if (word === undefined) return post(this.port, {}, []);
    this.#bell ??= (receive(this.port) as Carried | undefined)?.word;
    if (this.#bell === undefined) return;
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }
}

export class SenderLink extends PortLink {
  override readonly half: SenderHalf<unknown>;

  constructor(end: ChannelEnd) {
    super(end);
    this.half = new SenderHalf(end.capacity, this);
    this.begin();
  }

  /** Its port is left open: closing it loses, in some runtimes, what the receiver has not taken out of it. */
  override sync(): void {
    if (!this.isOpen) return;
    if (!this.isOtherGone) return this.half.serve();
    this.end();
    this.half.disconnect();
  }
}

export class ReceiverLink extends PortLink {
  override readonly half: ReceiverHalf<unknown>;
  /** How many messages have come through the port. */
  #received = 0;

  constructor(end: ChannelEnd) {
    super(end);
    this.half = new ReceiverHalf(end.capacity, this);
    this.begin();
  }

  override sync(): void {
    if (!this.isOpen) return;
    // To be asked first: what was posted before is counted by now.
    const isOtherGone = this.isOtherGone;
    const carried = this.#drain();
    if (!isOtherGone || !this.isOpen || !carried) return;
    this.end();
    this.half.disconnect();
  }

  /** What has not come by now never will. */
  override lose(): void {
    this.#drain();
    Atomics.store(this.words, POSTED, this.#received);
    super.lose();
  }

  protected override on(carried: unknown): void {
    super.on(carried);
    const isUnread = carried instanceof Unreadable;
    if (!isUnread && !("message" in (carried as Carried))) return;
    this.#received = (this.#received + 1) | 0;
    if (!isUnread) return this.half.give((carried as Carried).message);
    // Its room is free again, and nobody else can be told.
    this.take(1);
    report(new TypeError("Cannot receive a message: it can't be read", { cause: carried.error }));
  }

  protected override end(): void {
    super.end();
    this.port.close();
  }

  /** Whether everything that was posted is here. */
  #drain(): boolean {
    while (this.isOpen && this.#received !== Atomics.load(this.words, POSTED)) {
      const carried = receive(this.port);
      if (carried === undefined) return false;
      this.on(carried);
    }
    return true;
  }
}

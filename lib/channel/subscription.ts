/** Waits for what all receivers see: changes of a value, messages to everybody. */
import { disposedError } from "./errors.ts";
import { ChannelWait, DONE, FAILED } from "./wait.ts";
import { abandonAll, Handle, type HandleWaiter, notifyAll } from "./wait_list.ts";

/**
 * More subscribers that rest than there are, and so many, and those are left out of whom nobody waits any
 * more.
 */
const SLACK = 16;

/** What those know of a receiver who wait through it. */
export class Subscriber extends Handle {
  readonly all: Subscribers;
  /** Whether it is among those of them that rest. */
  isResting = false;

  constructor(all: Subscribers) {
    super("receiver");
    this.all = all;
  }
}

/** The receivers of a channel that all see the same. */
export class Subscribers {
  /** How many there are that are not disposed. */
  count = 0;
  /** Those through whom somebody waits, or has waited since the last change; each once. */
  #resting: Subscriber[] = [];
  /** An empty array, for the next change. */
  #spare: Subscriber[] | undefined = [];

  /** How many waits there are. O(n), to be shown only. */
  get waiting(): number {
    let count = 0;
    for (const { first } of this.#resting) {
      for (let waiter = first; waiter !== undefined; waiter = waiter.later) count++;
    }
    return count;
  }

  add(): Subscriber {
    this.count++;
    return new Subscriber(this);
  }

  /** Fails those who wait through `subscriber`, which is not disposed yet. */
  remove(subscriber: Subscriber): void {
    this.count--;
    subscriber.isDisposed = true;
    const ended: HandleWaiter[] = [];
    abandonAll(subscriber, ended);
    notifyAll(ended);
  }

  /** Somebody waits through `subscriber`. */
  rest(subscriber: Subscriber): void {
    if (subscriber.isResting) return;
    subscriber.isResting = true;
    this.#resting.push(subscriber);
    if (this.#resting.length > 2 * this.count + SLACK) this.#tidy();
  }

  /** There is something new, for everybody who waits. */
  rouse(): void {
    const resting = this.#resting;
    if (resting.length === 0) return;
    // Whoever is woken may wait again, or cause the next change.
    this.#resting = this.#spare ?? [];
    this.#spare = undefined;
    for (const subscriber of resting) {
      subscriber.isResting = false;
      rouseAll(subscriber);
    }
    resting.length = 0;
    this.#spare = resting;
  }

  #tidy(): void {
    const resting = this.#resting.filter((subscriber) => {
      subscriber.isResting = subscriber.first !== undefined;
      return subscriber.isResting;
    });
    this.#resting = resting;
  }
}

function rouseAll(subscriber: Subscriber): void {
  const first = subscriber.first as SubscriptionWait<unknown> | undefined;
  if (first === undefined) return;
  const others = first.later === undefined ? undefined : othersOf(subscriber);
  first.rouse();
  first.notify();
  if (others !== undefined) notifyAll(others);
}

/** All who wait through `subscriber` but the first; they are roused. */
function othersOf(subscriber: Subscriber): HandleWaiter[] {
  const others: HandleWaiter[] = [];
  for (let waiter; (waiter = subscriber.last) !== subscriber.first;) {
    (waiter as SubscriptionWait<unknown>).rouse();
    others.push(waiter!);
  }
  return others.reverse();
}

/** What a {@linkcode SubscriptionWait} waits for, as its receiver sees it. */
export interface Source<R> {
  /** Whether there is something, be it an error. */
  readonly isReady: boolean;
  /** Takes what is there, or throws. */
  take(): R;
}

/**
 * A wait for something that all receivers see. Nothing is delivered to it: it is roused, and then looks for
 * itself. Flat, see lib/README.md.
 */
export class SubscriptionWait<R> extends ChannelWait<R> implements HandleWaiter {
  declare earlier: HandleWaiter | undefined;
  declare later: HandleWaiter | undefined;
  declare readonly handle: Subscriber;
  declare private readonly source: Source<R>;

  constructor(handle: Subscriber, source: Source<R>, signal: AbortSignal | undefined) {
    super(signal);
    this.earlier = undefined;
    this.later = undefined;
    this.handle = handle;
    this.source = source;
  }

  protected override get action(): string {
    return "receive";
  }

  protected override get place(): object {
    return this.handle.all;
  }

  protected override isReady(): boolean {
    return this.source.isReady || this.handle.isDisposed ||
      (this.signal !== undefined && this.signal.aborted);
  }

  override finish(): R {
    if (this.state === FAILED) this.rethrow();
    if (this.state === DONE) throw new TypeError("Cannot receive: the future has given out its output");
    this.checkStart(this.handle);
    try {
      const output = this.source.take();
      this.state = DONE;
      return output;
    } catch (error) {
      return this.failWith(error);
    }
  }

  abandon(): void {
    this.fail(disposedError("receive", "receiver"));
  }

  protected override enter(): void {
    this.handle.push(this);
    this.handle.all.rest(this.handle);
  }

  protected override leave(): void {
    this.handle.remove(this);
  }

  /** What is there stays there. */
  protected override putBack(): void {}
}

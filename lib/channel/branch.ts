/** The sends and receives that a select chooses from. */
import type { Channel, WaitingReceiver, WaitingSender } from "./channel.ts";
import { DISCONNECTED, disposedError, type Unsent } from "./errors.ts";
import type { SelectWait } from "./select.ts";
import type { Handle, HandleWaiter, Waiter } from "./wait_list.ts";

/**
 * One of the things that a {@linkcode SelectWait} waits for, and what stands in the list for it. Flat, see
 * lib/README.md.
 */
export abstract class Branch implements Waiter {
  declare before: Waiter | undefined;
  declare after: Waiter | undefined;
  declare earlier: HandleWaiter | undefined;
  declare later: HandleWaiter | undefined;
  declare readonly handle: Handle;
  declare protected readonly owner: SelectWait;

  constructor(owner: SelectWait, handle: Handle) {
    this.before = undefined;
    this.after = undefined;
    this.earlier = undefined;
    this.later = undefined;
    this.handle = handle;
    this.owner = owner;
  }

  /** Whether it can be done at once; that it can't ever be done is an answer, too. */
  abstract get isReady(): boolean;
  /** Does it: the answer. */
  abstract perform(): unknown;
  /** Calls the function of the branch with the answer. */
  abstract tell(answer: unknown): unknown;
  abstract enter(): void;
  abstract leave(): void;
  /** Puts back what came with an answer that nobody will be told. */
  abstract putBack(answer: unknown): void;
  abstract disconnect(): void;

  abandon(): void {
    this.owner.fail(disposedError("select", this.handle.side));
  }

  fail(error: unknown): void {
    this.owner.fail(error);
  }

  notify(): void {
    this.owner.notify();
  }
}

/** A receive that a select may choose. */
export class RecvBranch<T> extends Branch implements WaitingReceiver<T> {
  declare private readonly channel: Channel<T>;
  declare private readonly fn: (message: T | typeof DISCONNECTED) => unknown;
  /** That of the message that was delivered. */
  declare private ticket: number;

  constructor(
    owner: SelectWait,
    handle: Handle,
    channel: Channel<T>,
    fn: (message: T | typeof DISCONNECTED) => unknown,
  ) {
    super(owner, handle);
    this.channel = channel;
    this.fn = fn;
    this.ticket = 0;
  }

  override get isReady(): boolean {
    return this.channel.hasMessage || !this.channel.hasSenders;
  }

  override perform(): T | typeof DISCONNECTED {
    return this.channel.hasMessage ? this.channel.take() : DISCONNECTED;
  }

  override tell(answer: unknown): unknown {
    return this.fn(answer as T | typeof DISCONNECTED);
  }

  override enter(): void {
    this.channel.waitingReceivers.push(this);
  }

  override leave(): void {
    this.channel.waitingReceivers.remove(this);
  }

  override putBack(answer: unknown): void {
    if (answer !== DISCONNECTED) this.channel.putBack(answer as T, this.ticket);
  }

  deliver(message: T, ticket: number): void {
    this.ticket = ticket;
    this.owner.choose(this, message);
  }

  override disconnect(): void {
    this.owner.choose(this, DISCONNECTED);
  }
}

/** A send that a select may choose. */
export class SendBranch<T> extends Branch implements WaitingSender<T> {
  declare readonly message: T;
  declare private readonly channel: Channel<T>;
  declare private readonly fn: (unsent: Unsent<T> | undefined) => unknown;

  constructor(
    owner: SelectWait,
    handle: Handle,
    channel: Channel<T>,
    message: T,
    fn: (unsent: Unsent<T> | undefined) => unknown,
  ) {
    super(owner, handle);
    this.message = message;
    this.channel = channel;
    this.fn = fn;
  }

  override get isReady(): boolean {
    return this.channel.hasRoom || !this.channel.hasReceivers;
  }

  override perform(): Unsent<T> | undefined {
    return this.channel.push(this.message) ? undefined : this.channel.refuse(this.message);
  }

  override tell(answer: unknown): unknown {
    return this.fn(answer as Unsent<T> | undefined);
  }

  override enter(): void {
    this.channel.waitingSenders.push(this);
  }

  override leave(): void {
    this.channel.waitingSenders.remove(this);
  }

  /** What was sent is sent. */
  override putBack(): void {}

  takeMessage(): T {
    this.owner.choose(this, undefined);
    return this.message;
  }

  override disconnect(): void {
    this.owner.choose(this, this.channel.refuse(this.message));
  }
}

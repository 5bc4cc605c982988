import type { Chan, Giver, Taker } from "./chan.ts";
import { DISCONNECTED, type Unsent } from "./errors.ts";
import { DONE, FAILED, HANDED, IDLE, Operation } from "./operation.ts";
import type { Handle, Waiter } from "./wait_list.ts";

/** One of the things that a {@linkcode Selecting} waits for, and at the same time what stands in the list. */
export abstract class Arm implements Waiter {
  before: Waiter | undefined;
  after: Waiter | undefined;
  earlier: Waiter | undefined;
  later: Waiter | undefined;
  readonly handle: Handle;
  protected readonly owner: Selecting<unknown>;

  constructor(owner: Selecting<unknown>, handle: Handle) {
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
  /** Calls the function of the arm with the answer. */
  abstract tell(answer: unknown): unknown;
  abstract enter(): void;
  abstract leave(): void;
  /** Lets go of an answer that nobody will be told. */
  abstract giveBack(answer: unknown): void;
  abstract disconnect(): void;

  fail(error: unknown): void {
    this.owner.fail(error);
  }

  notify(): void {
    this.owner.notify();
  }
}

export class RecvArm<T> extends Arm implements Taker<T> {
  readonly #chan: Chan<T>;
  readonly #fn: (message: T | typeof DISCONNECTED) => unknown;
  #ticket = 0;

  constructor(
    owner: Selecting<unknown>,
    handle: Handle,
    chan: Chan<T>,
    fn: (message: T | typeof DISCONNECTED) => unknown,
  ) {
    super(owner, handle);
    this.#chan = chan;
    this.#fn = fn;
  }

  override get isReady(): boolean {
    return this.#chan.hasMessage || this.#chan.senderCount === 0;
  }

  override perform(): T | typeof DISCONNECTED {
    return this.#chan.hasMessage ? this.#chan.take() : DISCONNECTED;
  }

  override tell(answer: unknown): unknown {
    return this.#fn(answer as T | typeof DISCONNECTED);
  }

  override enter(): void {
    this.#chan.takers.push(this);
  }

  override leave(): void {
    this.#chan.takers.remove(this);
  }

  override giveBack(answer: unknown): void {
    if (answer !== DISCONNECTED) this.#chan.giveBack(answer as T, this.#ticket);
  }

  hand(message: T, ticket: number): void {
    this.#ticket = ticket;
    this.owner.choose(this, message);
  }

  override disconnect(): void {
    this.owner.choose(this, DISCONNECTED);
  }
}

export class SendArm<T> extends Arm implements Giver<T> {
  readonly message: T;
  readonly #chan: Chan<T>;
  readonly #fn: (unsent: Unsent<T> | undefined) => unknown;

  constructor(
    owner: Selecting<unknown>,
    handle: Handle,
    chan: Chan<T>,
    message: T,
    fn: (unsent: Unsent<T> | undefined) => unknown,
  ) {
    super(owner, handle);
    this.#chan = chan;
    this.message = message;
    this.#fn = fn;
  }

  override get isReady(): boolean {
    return this.#chan.hasRoom || this.#chan.receiverCount === 0;
  }

  override perform(): Unsent<T> | undefined {
    return this.#chan.push(this.message) ? undefined : this.#chan.refuse(this.message);
  }

  override tell(answer: unknown): unknown {
    return this.#fn(answer as Unsent<T> | undefined);
  }

  override enter(): void {
    this.#chan.givers.push(this);
  }

  override leave(): void {
    this.#chan.givers.remove(this);
  }

  /** What was sent is sent. */
  override giveBack(): void {}

  accept(): T {
    this.owner.choose(this, undefined);
    return this.message;
  }

  override disconnect(): void {
    this.owner.choose(this, this.#chan.refuse(this.message));
  }
}

/** An arm, and what it is to be told. */
interface Choice {
  arm: Arm;
  answer: unknown;
}

/** Makes an arm for a wait. */
export type ArmMaker = (owner: Selecting<unknown>) => Arm;

/** The wait of a selector: in the lists of all its arms until the first of them is done, then in none. */
export class Selecting<R> extends Operation<R> {
  readonly #arms: Arm[];
  /** The arm that was found ready, or that was chosen. */
  #chosen: Arm | undefined;
  /** What the chosen arm is to be told while it is `HANDED`. */
  #answer: unknown;

  constructor(makers: readonly ArmMaker[], signal: AbortSignal | undefined) {
    super(signal);
    this.#arms = makers.map((make) => make(this as Selecting<unknown>));
    this.#chosen = undefined;
    this.#answer = undefined;
  }

  override isReady(): boolean {
    if (this.signal?.aborted || this.#arms.some(({ handle }) => handle.isDisposed)) return true;
    // Any order that is the same each time would let one channel that is never empty starve the others.
    const start = Math.floor(Math.random() * this.#arms.length);
    for (let i = 0; i < this.#arms.length; i++) {
      const arm = this.#arms[(start + i) % this.#arms.length];
      if (!arm.isReady) continue;
      this.#chosen = arm;
      return true;
    }
    return false;
  }

  override finish(): R {
    const { arm, answer } = this.commit();
    return arm.tell(answer) as R;
  }

  override commit(): Choice {
    if (this.state === FAILED) this.rethrow();
    if (this.state === DONE) throw new TypeError("Cannot select: the future has given out its output");
    if (this.state === IDLE) this.perform();
    this.state = DONE;
    const choice = { arm: this.#chosen!, answer: this.#answer };
    this.clear();
    return choice;
  }

  /** The first arm is done, and none of the others will be; to be notified. */
  choose(arm: Arm, answer: unknown): void {
    this.stop(HANDED);
    this.#chosen = arm;
    this.#answer = answer;
  }

  protected override enter(): void {
    for (const arm of this.#arms) arm.enter();
  }

  protected override leave(): void {
    for (const arm of this.#arms) arm.leave();
  }

  protected override giveBack(): void {
    const arm = this.#chosen!;
    const answer = this.#answer;
    this.clear();
    arm.giveBack(answer);
  }

  protected override get action(): string {
    return "select";
  }

  /** The function of the arm is called in a turn of its own, not by whoever sent the message. */
  protected override begin(): Promise<R> {
    const chosen = super.begin() as Promise<unknown> as Promise<Choice>;
    return chosen.then(({ arm, answer }) => arm.tell(answer) as R);
  }

  private perform(): void {
    for (const { handle } of this.#arms) this.checkStart(handle);
    // Before it does anything: what it wakes may look here.
    this.state = DONE;
    this.#answer = this.#chosen!.perform();
  }

  private clear(): void {
    this.#chosen = undefined;
    this.#answer = undefined;
  }
}

/** The wait for the first of several branches. */
import type { Wait } from "../internal/waits.ts";
import { existingDriver, FutureIterator, isAwaited } from "../core/friend.ts";
import { Awaitable, type Context, type Future, PENDING, type Poll } from "../core/mod.ts";
import { tryProceed } from "../internal/coop.ts";
import type { Branch } from "./branch.ts";
import { ChannelWait, DELIVERED, DONE, FAILED, Finished, IDLE } from "./wait.ts";

// A local copy, see lib/README.md.
const pending: typeof PENDING = PENDING;

/** A branch, and what it is to be told. */
interface Choice {
  readonly branch: Branch;
  readonly answer: unknown;
}

/** Makes a branch for a wait. */
export type BranchMaker = (owner: SelectWait) => Branch;

/**
 * Waits in the lists of all its branches until one of them is done, then in none: which one that is, and its
 * answer. Flat, see lib/README.md.
 */
export class SelectWait extends ChannelWait<Choice> {
  declare private readonly branches: Branch[];
  /** Whether the first branch that is ready is chosen, and not any. */
  declare private readonly isBiased: boolean;
  /** The branch that was found ready, or that was chosen. */
  declare private chosen: Branch | undefined;
  /** What the chosen branch is to be told while it is `DELIVERED`. */
  declare private answer: unknown;

  constructor(makers: readonly BranchMaker[], isBiased: boolean, signal: AbortSignal | undefined) {
    super(signal);
    this.branches = makers.map((make) => make(this));
    this.isBiased = isBiased;
    this.chosen = undefined;
    this.answer = undefined;
  }

  protected override get action(): string {
    return "select";
  }

  protected override isReady(): boolean {
    if (this.signal?.aborted || this.branches.some(({ handle }) => handle.isDisposed)) return true;
    const { branches } = this;
    // Any order that is the same each time lets one channel that is never empty starve the others.
    const start = this.isBiased ? 0 : Math.floor(Math.random() * branches.length);
    for (let i = 0; i < branches.length; i++) {
      const branch = branches[(start + i) % branches.length];
      if (!branch.isReady) continue;
      this.chosen = branch;
      return true;
    }
    return false;
  }

  override finish(): Choice {
    if (this.state === FAILED) this.rethrow();
    if (this.state === DONE) throw new TypeError("Cannot select: the future has given out its output");
    if (this.state === IDLE) this.perform();
    this.state = DONE;
    return this.takeChoice();
  }

  /** The first branch is done, and none of the others will be; to be notified. */
  choose(branch: Branch, answer: unknown): void {
    this.stop(DELIVERED);
    this.chosen = branch;
    this.answer = answer;
  }

  protected override enter(): void {
    for (const branch of this.branches) branch.enter();
  }

  protected override leave(): void {
    for (const branch of this.branches) branch.leave();
  }

  protected override putBack(): void {
    const { branch, answer } = this.takeChoice();
    branch.putBack(answer);
  }

  private perform(): void {
    for (const { handle } of this.branches) this.checkStart(handle);
    // Before it does anything: what it wakes may ask for the state.
    this.state = DONE;
    this.answer = this.chosen!.perform();
  }

  private takeChoice(): Choice {
    const choice = { branch: this.chosen!, answer: this.answer };
    this.chosen = undefined;
    this.answer = undefined;
    return choice;
  }
}

/**
 * What the function of the chosen branch makes of the answer; it is called by whoever waits, and not by who
 * sends.
 */
export class SelectFuture<R> extends Awaitable<R> implements Disposable {
  declare private readonly wait: SelectWait;

  constructor(makers: readonly BranchMaker[], isBiased: boolean, signal: AbortSignal | undefined) {
    super();
    this.wait = new SelectWait(makers, isBiased, signal);
  }

  override poll(cx: Context): Poll<R> {
    const driver = existingDriver(this);
    if (driver !== undefined && driver !== cx) return driver.follow(cx.waker) as Poll<R>;
    const choice = this.wait.poll(cx);
    return choice === pending ? pending : tell<R>(choice);
  }

  /** What is ready at once is done at once, as with every wait of a channel. */
  override [Symbol.iterator](): Iterator<Future<unknown>, R, unknown> {
    const isReady = !isAwaited(this) && this.wait.canFinish && tryProceed();
    return isReady ? new Finished(tell<R>(this.wait.finish())) : new FutureIterator<R>(this);
  }

  override waitsFor(): Wait | undefined {
    return this.wait.waitsFor();
  }

  /** What `JSON.stringify` shows, and, with the name of the class, `console.log`: the state. */
  override toJSON(): object {
    return this.wait.toJSON();
  }

  /** Whoever awaits it is told; what was chosen is put back. */
  [Symbol.dispose](): void {
    this.wait.drop(isAwaited(this));
  }
}

/** What is ready is done now, or nothing is: `otherwise` then. */
export function selectNow<R, E>(makers: readonly BranchMaker[], isBiased: boolean, otherwise: E): R | E {
  const wait = new SelectWait(makers, isBiased, undefined);
  return wait.canFinish ? tell<R>(wait.finish()) : otherwise;
}

function tell<R>({ branch, answer }: Choice): R {
  return branch.tell(answer) as R;
}

/** A job on its way: what it is, where it is, and what it has come to. */
import { type Context, type Future, PENDING, type Poll } from "../../core/mod.ts";
import { RankedItem } from "../../internal/ranked.ts";
import { type AbortTarget, listenToAbort, unlistenToAbort } from "../../internal/abort.ts";
import { startTimer } from "../../internal/runtime.ts";
import { CancellationToken } from "../wire/cancellation_token.ts";
import { decode, describe, type Encoded } from "../wire/codec.ts";
import { copy } from "../wire/copy.ts";
import type { Job } from "../wire/job.ts";
import { areLost } from "../wire/life.ts";
import type { Arrived } from "../wire/mailbox.ts";
import { CANCELLED, FAILED, OK, PANICKED } from "../wire/messages.ts";
import { type Orderable, STUBBORN } from "../wire/orders.ts";
import { freeSlot, isLive, isOffered, type Slot, takeSlot } from "../wire/token_slots.ts";
import { takeMarked } from "../wire/transferred.ts";
import { WorkerError } from "../wire/worker_error.ts";
import { guardedIn } from "./errors.ts";
import type { Home } from "./home.ts";
import type { JobCell } from "./job_cell.ts";
import type { JobOptions } from "./job_options.ts";
import type { Thread } from "./thread.ts";

/** Told of what a job yields, and why the next value could not be had. */
export type Sink = (values: unknown[], failure: { error: unknown } | undefined) => void;

/** How long a cancelled job may take to end, in ms, if it was not said. */
const GRACE_MS = 100;

const NONE: Transferable[] = [];
const NO_ARGS: readonly unknown[] = [];

/** Ids are words of shared memory. */
const MAX_ID = 2 ** 31 - 1;
let lastId = 0;

/** The future of a job's task, and what stands for it in queues. Flat, see lib/README.md. */
export class Work extends RankedItem implements Future<unknown>, Orderable, AbortTarget {
  /** Another one each time that it is sent. */
  declare id: number;
  declare readonly url: string;
  declare readonly name: string;
  declare readonly label: string;
  declare readonly flags: number;
  /** A copy of the arguments, until the job has ended. */
  declare args: readonly unknown[];
  declare transfer: Transferable[];
  declare isSafe: boolean;
  /** What of the arguments was moved, as the caller had it. */
  declare private moved: readonly Transferable[];
  /** Set right after construction. */
  declare cell: JobCell;
  declare readonly home: Home;
  /** Where it was sent. */
  declare thread: Thread | undefined;
  declare readonly spawnedAt: number;
  /** Whether a thread has it, or has ended with it. */
  declare isPlaced: boolean;
  /** How long it took on its thread, in ms. */
  declare ms: number;
  /** `OK`, `FAILED` or `CANCELLED` at its end. */
  declare status: number | undefined;
  /** Whether its thread was ended while it was at it. */
  declare isLost: boolean;
  /** Whether it was disposed before it ended, and nobody waits for it all the same. */
  declare isDropped: boolean;
  declare onValues: Sink | undefined;
  declare private readonly options: JobOptions<unknown>;
  declare private slot: Slot;
  /** Made when somebody cancels. */
  declare private token: CancellationToken | undefined;
  declare private wasCancelled: boolean;
  declare private isTerminated: boolean;
  declare private output: unknown;
  declare private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(job: Job<never, unknown>, options: JobOptions<unknown>, home: Home, flags: number) {
    super();
    this.id = 0;
    this.url = job.url;
    this.name = job.name;
    this.label = options.name ?? job.name;
    this.flags = options.startCancelled === true ? flags | STUBBORN : flags;
    this.args = NO_ARGS;
    this.transfer = NONE;
    this.isSafe = true;
    this.moved = NONE;
    this.home = home;
    this.thread = undefined;
    this.spawnedAt = home.now();
    this.isPlaced = false;
    this.ms = 0;
    this.status = undefined;
    this.isLost = false;
    this.isDropped = false;
    this.onValues = undefined;
    this.options = options;
    this.slot = takeSlot();
    this.token = undefined;
    this.wasCancelled = false;
    this.isTerminated = false;
    this.output = undefined;
    this.timer = undefined;
  }

  get tag(): unknown {
    return this.cell.tag;
  }

  get taskId(): number {
    return this.cell.id;
  }

  get parentId(): number | undefined {
    return this.cell.parentId;
  }

  get shared(): SharedArrayBuffer {
    return this.slot.shared;
  }

  get offset(): number {
    return this.slot.offset;
  }

  get turn(): number {
    return this.slot.turn;
  }

  get words(): Int32Array {
    return this.slot.words;
  }

  get place(): Slot {
    return this.slot;
  }

  get isFinished(): boolean {
    return this.status !== undefined;
  }

  /** Whether it was cancelled before it ended. */
  get isCancelled(): boolean {
    return this.status === undefined ? !isLive(this.slot) : this.wasCancelled;
  }

  /** Whether its thread has begun it. */
  get isBegun(): boolean {
    return this.thread !== undefined && !isOffered(this.slot, this.id);
  }

  /** Some of its arguments were moved, so that it can't be sent twice. */
  get isMoved(): boolean {
    return this.transfer.length > 0;
  }

  /** Copies the arguments, and begins to heed what cancels the job; whether it can be done. */
  prepare(args: readonly unknown[]): boolean {
    const { transfer = NONE, signal, deadline } = this.options;
    try {
      const marked = takeMarked(args);
      this.moved = marked.length > 0 ? [...transfer, ...marked] : transfer;
      const { value, transfer: moved, isSafe } = copy(args, this.moved);
      this.args = value as unknown[];
      this.transfer = moved;
      this.isSafe = isSafe && isPrimitive(this.tag);
    } catch (error) {
      this.lose("its arguments can't be posted", error);
      return false;
    }
    if (signal?.aborted) this.endCancelled(signal.reason);
    else if (signal !== undefined) listenToAbort(signal, this);
    if (deadline !== undefined) this.expireIn(deadline - performance.now());
    return this.status === undefined;
  }

  /** A thread is given it, under an id of its own. */
  onPlaced(thread: Thread): number {
    lastId = lastId % MAX_ID + 1;
    this.thread = thread;
    if (thread.isBooted) this.startClock();
    return this.id = lastId;
  }

  /** Its thread takes jobs. */
  startClock(): void {
    const { timeout, deadline = Infinity } = this.options;
    if (timeout === undefined) return;
    this.expireIn(Math.min(timeout, deadline - performance.now()));
  }

  /** Called when the signal is aborted. */
  onAbort(): void {
    this.cancel(this.options.signal!.reason);
  }

  /** What the task's run asks, when the job has ended. */
  poll(_cx: Context): Poll<unknown> {
    if (this.status === undefined) return PENDING;
    if (this.status === OK) return this.output;
    throw this.output;
  }

  /** Asks the job to end; one that was not begun is not. Whether it is the first time. */
  cancel(reason: unknown): boolean {
    if (this.status !== undefined) return false;
    this.token ??= new CancellationToken(this.slot);
    if (!this.token.cancel(reason)) return false;
    if (this.home.withdraw(this, (this.flags & STUBBORN) === 0)) {
      this.endCancelled(reason);
      return true;
    }
    this.thread?.cancel(this);
    if (this.options.onDeaf === "terminate") {
      clearTimeout(this.timer);
      this.timer = startTimer(
        () => this.terminate("it did not heed its cancellation"),
        this.options.grace ?? GRACE_MS,
      );
    }
    return true;
  }

  /**
   * Tells the job that it is cancelled, and leaves it where it is: in the queue, too, to be begun when it is
   * its turn.
   */
  raise(reason: unknown): void {
    if (this.status === undefined) (this.token ??= new CancellationToken(this.slot)).cancel(reason);
  }

  /** Ends the job without its consent. */
  terminate(why: string): void {
    if (this.status !== undefined) return;
    this.raise(undefined);
    this.isTerminated = true;
    this.isLost = !this.home.withdraw(this, true) && this.home.kill(this, why);
    // It may have been done, and not told; or it is at it, and will be told so.
    if (this.status === undefined) this.lose(why);
  }

  /** It has ended on its thread. */
  onResult(kind: number, result: Arrived, ms: number): void {
    if (this.status !== undefined) return;
    this.ms = ms;
    if ("error" in result) {
      if (result.isUnread) this.end(FAILED, lost(this, "its result can't be read", result.error), true);
      else this.end(FAILED, result.error, true);
    } else if (kind === OK) this.end(OK, result.value, true);
    else if (kind === CANCELLED) this.endCancelled((this.token ??= new CancellationToken(this.slot)).reason);
    else this.onError(kind, decode(result.value as Encoded));
  }

  /** Its thread has ended while it was at it, or it can't be given to one. */
  lose(why: string, cause?: unknown): void {
    if (this.status !== undefined) return;
    const error = lost(this, why, cause);
    if (this.isTerminated) this.endCancelled(error, false);
    else this.end(FAILED, error, false);
  }

  /** How far it is: told in the context of who has spawned it. */
  onProgress(value: Arrived): void {
    if ("value" in value) guardedIn(this.cell.asyncContext, this.options.onProgress, value.value);
  }

  private expireIn(ms: number): void {
    if (this.status !== undefined) return;
    clearTimeout(this.timer);
    this.timer = startTimer(() => this.expire(), Math.max(ms, 0));
  }

  private expire(): void {
    const { deadline = Infinity } = this.options;
    // Its thread was at something else, the import of its module for instance: its time has not begun yet.
    if (this.thread !== undefined && performance.now() < deadline && !this.isBegun) {
      return this.startClock();
    }
    this.cancel(new DOMException(`Cannot go on with ${this.label}: the time is up`, "TimeoutError"));
  }

  private onError(kind: number, error: unknown): void {
    const text = error instanceof Error ? error.message : describe(error);
    this.end(FAILED, kind === PANICKED ? lost(this, text, error) : error, true);
  }

  private end(status: number, output: unknown, isSlotFree: boolean): void {
    this.output = output;
    this.leave(status, isSlotFree);
    this.cell.end();
    this.output = undefined;
    this.home.left();
  }

  private endCancelled(reason: unknown, isSlotFree = true): void {
    this.leave(CANCELLED, isSlotFree);
    this.cell.endCancelled(reason);
    this.home.left();
  }

  /** Lets go of what it has. A thread that was ended may burn on, and read the token. */
  private leave(status: number, isSlotFree: boolean): void {
    this.wasCancelled = status === CANCELLED || !isLive(this.slot);
    this.status = status;
    if (this.options.signal !== undefined) unlistenToAbort(this.options.signal, this);
    if (this.timer !== undefined) clearTimeout(this.timer);
    this.args = NO_ARGS;
    this.thread = undefined;
    if (this.moved.length > 0) areLost(this.moved);
    if (isSlotFree) freeSlot(this.slot);
    this.home.leaving(this);
  }
}

function isPrimitive(value: unknown): boolean {
  return typeof value !== "object"
    ? typeof value !== "function" && typeof value !== "symbol"
    : value === null;
}

function lost({ label }: Work, why: string, cause?: unknown): WorkerError {
  return new WorkerError(`Cannot finish ${label}: ${why}`, cause === undefined ? undefined : { cause });
}

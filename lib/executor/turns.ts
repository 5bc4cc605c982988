/** Who may start, and who waits for that: the inside of a limiter. */
import { type Wait, waitOf } from "../internal/waits.ts";
import { type Cell, checkWaker, CLOSED } from "../core/friend.ts";
import { type Awaitable, type Context, type Future, PENDING, type Poll, type Waker } from "../core/mod.ts";
import type { Clock, ClockEntry } from "../time/mod.ts";
import { Conditions } from "./conditions.ts";
import { AgeList, PriorityItem, PriorityQueue } from "./priority_queue.ts";
import type { Gate } from "./rate.ts";
import { Wrapper } from "./wrapper.ts";

/** The body has not asked for a turn. */
const NEW = 0;
/** It waits for its time, when it will ask: it is in `delayed`. */
const DELAYED = 1;
/** It waits for its turn: it is in `waiting`. */
const WAITING = 2;
/** It has its turn: it is in `started`. */
const STARTED = 3;
/** It has none, and needs none any more. */
const OVER = 4;
/** So has its task: nothing of it is left. */
const GONE = 5;

/**
 * A body that is not polled before it has its turn, which it gives back when its task has ended. Flat, see
 * lib/README.md.
 */
export class LimitedBody<R> extends PriorityItem implements Future<R> {
  /** Read by `bodiesOf`. */
  declare readonly inner: Future<R>;
  declare readonly turns: Turns;
  declare cell: Cell;
  declare state: number;
  /** Who polled while it waited. */
  declare private waker: Waker | undefined;

  constructor(inner: Future<R>, turns: Turns) {
    super(0);
    this.inner = inner;
    this.turns = turns;
    this.cell = undefined as unknown as Cell;
    this.state = NEW;
    this.waker = undefined;
  }

  poll(cx: Context): Poll<R> {
    if (this.state === DELAYED) this.turns.ask(this as LimitedBody<unknown>);
    if (this.state === STARTED) return this.inner.poll(cx);
    this.waker = checkWaker(cx.waker);
    return PENDING;
  }

  pollClose(cx: Context): Poll<unknown> {
    return this.inner.pollClose?.(cx);
  }

  waitsFor(): Wait | undefined {
    return this.state === STARTED ? waitOf(this.inner) : { kind: "turn", on: this.turns };
  }

  [Symbol.dispose](): void {
    this.turns.leave(this as LimitedBody<unknown>);
    this.inner[Symbol.dispose]?.();
  }

  /** Whether its task has ended. */
  get isGone(): boolean {
    return this.state === GONE;
  }

  /** Its turn has come. */
  start(): void {
    const { waker } = this;
    this.state = STARTED;
    this.waker = undefined;
    waker?.wake();
  }
}

/** Hands out turns to start, by priority, then in the order in which they were asked for. */
export class Turns implements Waker {
  readonly #clock: Clock;
  readonly #gate: Gate | undefined;
  readonly #waiting: PriorityQueue<LimitedBody<unknown>>;
  readonly #started: AgeList<LimitedBody<unknown>> = new AgeList();
  readonly #delayed: AgeList<LimitedBody<unknown>> = new AgeList();
  readonly #conditions: Conditions = new Conditions();
  #concurrency: number;
  #isPaused: boolean;
  /** Set while the gate is shut, and somebody waits for it. */
  #entry: ClockEntry | undefined = undefined;

  constructor(concurrency: number, gate: Gate | undefined, clock: Clock, ageing: number, isPaused: boolean) {
    this.#concurrency = concurrency;
    this.#gate = gate;
    this.#clock = clock;
    this.#waiting = new PriorityQueue(ageing);
    this.#isPaused = isPaused;
  }

  get concurrency(): number {
    return this.#concurrency;
  }

  set concurrency(concurrency: number) {
    this.#concurrency = concurrency;
    this.#handOut();
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused;
    this.#handOut();
  }

  /** How many have their turn. */
  get active(): number {
    return this.#started.size;
  }

  /** How many wait for it, or for the time when they will. */
  get waiting(): number {
    return this.#waiting.size + this.#delayed.size;
  }

  /** Whether somebody waits, and the gate is shut. */
  get isRateLimited(): boolean {
    return this.#entry !== undefined;
  }

  /** Those that wait, in the order in which they have asked. */
  waitingBodies(): LimitedBody<unknown>[] {
    return [...this.#waiting.toArray(), ...this.#delayed.toArray()];
  }

  /** Those that have their turn, in the order in which they were given it. */
  activeBodies(): LimitedBody<unknown>[] {
    return this.#started.toArray();
  }

  /** A future that is ready once `isMet()`. */
  when(isMet: () => boolean): Awaitable<void> & Disposable {
    return this.#conditions.when(isMet);
  }

  /** The body will ask for its turn when it is polled. */
  delay(body: LimitedBody<unknown>): void {
    body.state = DELAYED;
    this.#delayed.add(body);
    this.#conditions.check();
  }

  /** The body asks for its turn. */
  ask(body: LimitedBody<unknown>): void {
    if (body.state === DELAYED) this.#delayed.remove(body);
    if (this.#waiting.size === 0 && this.#mayStart()) this.#give(body);
    else {
      body.state = WAITING;
      this.#waiting.push(body);
    }
    this.#conditions.check();
  }

  /** Nobody waits any more: all who did. */
  clear(): LimitedBody<unknown>[] {
    const bodies = this.waitingBodies();
    for (const body of bodies) {
      if (!this.#waiting.remove(body)) this.#delayed.remove(body);
      body.state = OVER;
    }
    this.#handOut();
    return bodies;
  }

  reprioritize(body: LimitedBody<unknown>, priority: number): void {
    this.#waiting.reprioritize(body, priority);
  }

  /** The task of the body has ended. */
  leave(body: LimitedBody<unknown>): void {
    const { state } = body;
    body.state = GONE;
    if (state === WAITING) this.#waiting.remove(body);
    else if (state === DELAYED) this.#delayed.remove(body);
    else if (state === STARTED) this.#started.remove(body);
    this.#handOut();
  }

  /** Called by the clock: the gate is open. */
  wake(): void {
    this.#entry = undefined;
    this.#handOut();
  }

  #handOut(): void {
    while (this.#waiting.size > 0 && this.#mayStart()) {
      const body = this.#waiting.pop()!;
      // What is cancelled need not start any more.
      if ((body.cell.state & CLOSED) !== 0) body.state = OVER;
      else this.#give(body);
    }
    if (this.#entry !== undefined && this.#waiting.size === 0) this.#disarm();
    this.#conditions.check();
  }

  #mayStart(): boolean {
    // The gate first: who is told whether it is shut is told also while all turns are taken.
    return (this.#gate === undefined || this.#isOpen(this.#gate)) && this.active < this.#concurrency &&
      !this.#isPaused;
  }

  /** Whether the gate is open; if not, the clock will tell when it is. */
  #isOpen(gate: Gate): boolean {
    if (this.#entry !== undefined) return false;
    const now = this.#clock.now();
    const next = gate.next(now, this.active);
    if (next <= now) return true;
    this.#entry = this.#clock.register(next, this);
    return false;
  }

  #disarm(): void {
    this.#clock.cancel(this.#entry!);
    this.#entry = undefined;
  }

  #give(body: LimitedBody<unknown>): void {
    this.#started.add(body);
    this.#gate?.take(this.#clock.now());
    body.start();
  }
}

/**
 * What a task that has not ended waits with for one of these turns, or has it; `undefined` if it is
 * another's.
 */
export function limitedBodyOf({ future }: Cell, turns: Turns): LimitedBody<unknown> | undefined {
  return bodiesOf(future).find((body) => body.turns === turns);
}

/** Sets the priority of a task wherever it waits for a turn. */
export function reprioritize({ future }: Cell, priority: number): void {
  for (const body of bodiesOf(future)) body.turns.reprioritize(body, priority);
}

/** The bodies that limiters have put around one another. */
function bodiesOf(future: Future<unknown> | undefined): LimitedBody<unknown>[] {
  const bodies: LimitedBody<unknown>[] = [];
  while (future instanceof LimitedBody || future instanceof Wrapper) {
    if (future instanceof LimitedBody) bodies.push(future);
    future = future.inner as Future<unknown>;
  }
  return bodies;
}

/** When an executor runs on the event loop, and when it lets go of it. */
import { outside } from "../core/friend.ts";
import { capture } from "../internal/async_context.ts";
import { macrotask } from "../internal/macrotask.ts";

/** How often the clock is read in a budget, or so. */
const READINGS = 8;

/** The most polls between two readings: so many slow ones may come at once, after fast ones. */
const MAX_SPACING = 32;

/**
 * Runs an executor on the event loop, in slices: the first in a microtask, and as soon as the time or the
 * polls of a turn are used up, the next one in another turn.
 *
 * A turn has many microtasks, and they could go on for ever: so polls are counted from turn to turn, not from
 * slice to slice. A turn that nobody noticed makes one more turn, and does no harm.
 */
export class Pump {
  /** Whether a slice is on its way, or running. */
  isArmed: boolean;
  readonly #slice: () => void;
  readonly #budget: number;
  readonly #maxPolls: number;
  readonly #turn: () => void;
  /** Polls since the turn began. */
  #polls: number;
  /** The number of polls at which the clock is read next. */
  #syncAt: number;
  /** Polls between two readings. */
  #spacing: number;
  /** When the turn began, and when the clock was last read, in ms; `NaN` before the first reading. */
  #startedAt: number;
  #syncedAt: number;
  /** Whether the turn has had its time or its polls. */
  #isUsedUp: boolean;

  /** `slice` runs tasks until there are none, or `isOver()`; it says whether there are more. */
  constructor(slice: () => boolean, budget: number, maxPolls: number) {
    this.isArmed = false;
    const drain = (): void => {
      if (slice()) macrotask(this.#turn);
      else this.isArmed = false;
    };
    // In the context of whoever made the executor, not of whoever happens to wake it.
    const context = capture();
    this.#slice = () => outside(context, drain);
    this.#turn = () => {
      this.#begin();
      this.#slice();
    };
    this.#budget = budget;
    this.#maxPolls = maxPolls;
    this.#spacing = 1;
    this.#polls = 0;
    this.#syncAt = 1;
    this.#startedAt = NaN;
    this.#syncedAt = NaN;
    this.#isUsedUp = false;
  }

  /** There is something to run, and nothing on its way to run it. */
  arm(): void {
    this.isArmed = true;
    if (this.#isUsedUp) macrotask(this.#turn);
    else queueMicrotask(this.#slice);
  }

  /** Counts a poll. Whether the event loop is to have a turn. */
  isOver(): boolean {
    return ++this.#polls >= this.#syncAt && this.#sync();
  }

  #begin(): void {
    this.#isUsedUp = false;
    this.#polls = 0;
    this.#syncAt = Math.min(this.#spacing, this.#maxPolls);
    this.#startedAt = this.#syncedAt = performance.now();
  }

  #sync(): boolean {
    const now = performance.now();
    if (Number.isNaN(this.#startedAt)) this.#startedAt = this.#syncedAt = now;
    this.#spacing = this.#spacingFor((now - this.#syncedAt) / this.#spacing);
    this.#syncedAt = now;
    this.#syncAt = Math.min(this.#polls + this.#spacing, this.#maxPolls);
    this.#isUsedUp = now - this.#startedAt >= this.#budget || this.#polls >= this.#maxPolls;
    return this.#isUsedUp;
  }

  /** How many polls fit between two readings of the clock, if one takes so many ms. */
  #spacingFor(perPoll: number): number {
    const polls = Math.floor(this.#budget / READINGS / perPoll);
    // Not so for NaN: 0 / 0, no budget and no time.
    return polls >= 1 ? Math.min(polls, MAX_SPACING) : 1;
  }
}

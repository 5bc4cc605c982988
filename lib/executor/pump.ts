import { outside } from "../core/friend.ts";
import { macrotask } from "../internal/macrotask.ts";

/** The clock is looked at this many times in a budget, or so. */
const LOOKS = 8;

/** The most polls between two looks at the clock: so many slow ones may come at once, after fast ones. */
const MAX_SPACING = 32;

/**
 * Runs an executor on the event loop, in slices: the first in a microtask, and as soon as the time or the polls
 * of a turn are used up, the next one in another turn.
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
  /** The number of polls at which the clock is looked at. */
  #lookAt: number;
  /** Polls between two looks. */
  #spacing: number;
  /** When the turn began, and when the clock was last looked at, in ms; `NaN` before the first look of a turn. */
  #startedAt: number;
  #lookedAt: number;
  /** Whether the turn has had its time or its polls. */
  #isUsedUp: boolean;

  /** `slice` runs tasks until there are none, or `isOver()`; it says whether there are more. */
  constructor(slice: () => boolean, budget: number, maxPolls: number) {
    this.isArmed = false;
    const drain = (): void => {
      if (slice()) macrotask(this.#turn);
      else this.isArmed = false;
    };
    this.#slice = () => outside(drain);
    this.#turn = () => {
      this.begin();
      this.#slice();
    };
    this.#budget = budget;
    this.#maxPolls = maxPolls;
    this.#spacing = 1;
    this.#polls = 0;
    this.#lookAt = 1;
    this.#startedAt = NaN;
    this.#lookedAt = NaN;
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
    return ++this.#polls >= this.#lookAt && this.look();
  }

  private begin(): void {
    this.#isUsedUp = false;
    this.#polls = 0;
    this.#lookAt = this.#spacing;
    this.#startedAt = this.#lookedAt = performance.now();
  }

  private look(): boolean {
    const now = performance.now();
    if (Number.isNaN(this.#startedAt)) this.#startedAt = this.#lookedAt = now;
    const perPoll = (now - this.#lookedAt) / this.#spacing;
    this.#lookedAt = now;
    this.#spacing = Math.min(Math.max(Math.floor(this.#budget / LOOKS / perPoll), 1), MAX_SPACING);
    this.#lookAt = Math.min(this.#polls + this.#spacing, this.#maxPolls);
    this.#isUsedUp = now - this.#startedAt >= this.#budget || this.#polls >= this.#maxPolls;
    return this.#isUsedUp;
  }
}

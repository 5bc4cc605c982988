/** The last part of an executor's or a limiter's life. */
import type { Waker } from "../core/mod.ts";
import { type Clock, type ClockEntry, systemClock } from "../time/mod.ts";
import { checkTime, type CloseOptions } from "./options.ts";

/** Nothing from outside is taken any more; when the grace is over, whatever is left is cancelled. */
export class Closing implements Waker {
  readonly #cancel: () => void;
  #clock: Clock | undefined = undefined;
  #entry: ClockEntry | undefined = undefined;
  #deadline = Infinity;
  #isGraceOver = false;

  constructor(cancel: () => void) {
    this.#cancel = cancel;
  }

  /** Whether even what comes from inside is cancelled at once. */
  get isGraceOver(): boolean {
    return this.#isGraceOver;
  }

  /** Shortens the grace, where it was longer, or without an end. */
  limit({ grace = Infinity, clock = systemClock }: CloseOptions): void {
    if (this.#isGraceOver || grace === Infinity) return;
    if (grace <= 0) return this.wake();
    const deadline = clock.now() + grace;
    if (this.#clock === clock && this.#deadline <= deadline) return;
    this.stop();
    this.#clock = clock;
    this.#deadline = deadline;
    this.#entry = clock.register(deadline, this);
  }

  /** Called by the clock. */
  wake(): void {
    this.stop();
    this.#isGraceOver = true;
    this.#cancel();
  }

  /** Nothing is left: there is nothing to wait for. */
  stop(): void {
    if (this.#entry !== undefined) this.#clock!.cancel(this.#entry);
    this.#entry = undefined;
  }
}

/** Throws unless they are options of `close`. */
export function checkCloseOptions(options: CloseOptions, action: string): void {
  checkTime(options.grace, "grace", action);
}

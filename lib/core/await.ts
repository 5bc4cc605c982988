/** One `await` of a future. */
import type { Driver } from "./driver.ts";
import type { Waits } from "./waits.ts";

let resolveTaken: (output: unknown) => void;
let rejectTaken: (error: unknown) => void;

/** One function for all promises, instead of a closure for each. */
function take(resolve: typeof resolveTaken, reject: typeof rejectTaken): void {
  resolveTaken = resolve;
  rejectTaken = reject;
}

/** One `await`: its promise, and whose it is. Flat, see `lib/README.md`. */
export class Await {
  declare readonly driver: Driver;
  declare readonly promise: Promise<unknown>;
  declare readonly resolve: (output: unknown) => void;
  declare readonly reject: (error: unknown) => void;
  /** The list in which it stands while it can be interrupted, and its neighbours there. */
  declare waits: Waits | undefined;
  declare before: Await | undefined;
  declare after: Await | undefined;
  /** Its neighbours among the awaits of the same future. */
  declare earlier: Await | undefined;
  declare later: Await | undefined;

  constructor(driver: Driver, waits: Waits | undefined) {
    this.driver = driver;
    this.promise = new Promise<unknown>(take);
    this.resolve = resolveTaken;
    this.reject = rejectTaken;
    this.waits = waits;
    this.before = undefined;
    this.after = undefined;
    this.earlier = undefined;
    this.later = undefined;
    if (waits !== undefined) waits.add(this);
  }

  /** It has ended, or is interrupted: nobody can interrupt it from now on. */
  release(): void {
    const waits = this.waits;
    if (waits === undefined) return;
    this.waits = undefined;
    waits.remove(this);
  }

  /**
   * Whoever awaits goes on with `reason`; if nobody else waits for the future, when that has been let go of.
   */
  interrupt(reason: unknown): void {
    this.release();
    this.driver.drop(this, reason);
  }
}

/** Until when the code that is running may take. */
import { deadlines } from "../core/friend.ts";
import type { Clock } from "./clock.ts";

/**
 * A deadline: a time, and the clock whose time it is.
 *
 * @example
 * ```ts
 * import { currentDeadline, type Deadline, timeout } from "@tagged/async-task/time";
 * import { assert } from "@std/assert";
 *
 * const found: Deadline | undefined = await timeout(() => currentDeadline(), 500);
 * assert(found !== undefined && found.remaining <= 500);
 * ```
 */
export interface Deadline {
  /** When, in ms of the clock. */
  readonly time: number;
  /** Whose time it is. */
  readonly clock: Clock;
  /** How many ms are left; negative if it has passed. */
  readonly remaining: number;
}

/** A deadline as it is kept for a task, the body of a scope, or a function in a `timeout`. */
export class KnownDeadline implements Deadline {
  readonly time: number;
  readonly clock: Clock;

  constructor(time: number, clock: Clock) {
    this.time = time;
    this.clock = clock;
  }

  get remaining(): number {
    return this.time - this.clock.now();
  }
}

/**
 * The deadline of the code that is running: the nearest of those of its task, of the scopes around it, and of
 * the `timeout` that has called it; `undefined` if it has all the time in the world. So that a request to
 * somebody else can say how long an answer is of use.
 *
 * @example
 * ```ts
 * import { LocalExecutor } from "@tagged/async-task/executor";
 * import { currentDeadline, VirtualClock } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const task = new LocalExecutor().spawn(() => currentDeadline()?.remaining, "t", { timeout: 500, clock });
 * assertEquals(await task, 500);
 * assertEquals(currentDeadline(), undefined);
 * ```
 */
export function currentDeadline(): Deadline | undefined {
  return nearest(deadlines() as KnownDeadline[]);
}

/** The deadline of which the least is left. */
export function nearest(deadlines: readonly KnownDeadline[]): KnownDeadline | undefined {
  let found: KnownDeadline | undefined;
  for (const deadline of deadlines) {
    if (found === undefined || deadline.remaining < found.remaining) found = deadline;
  }
  return found;
}

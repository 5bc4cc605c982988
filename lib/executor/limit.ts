/** How to get a limiter. */
import { show } from "../internal/show.ts";
import { systemClock } from "../time/mod.ts";
import { checkConcurrency, Limiter, type LimiterOptions } from "./limiter.ts";
import { checkName } from "./options.ts";
import { checkAgeing } from "./priority_queue.ts";
import { gateOf } from "./rate.ts";
import type { Spawner } from "./spawner.ts";
import { Turns } from "./turns.ts";

/**
 * Limits how many tasks are under way at the same time: of those that are spawned through what it returns, at
 * most so many have started and not ended, clean-up included. The others wait for their turn: by priority,
 * and in the order in which they were spawned within one. What is cancelled while it waits never starts.
 *
 * @param executor What runs the tasks; several limiters may share one, and a limiter may be limited.
 * @param options How many, or more about it.
 * @throws {RangeError} If a number is out of range.
 * @throws {TypeError} If `executor` can't spawn, or an option is of the wrong kind.
 *
 * @example
 * ```ts
 * import { limit, LocalExecutor } from "@tagged/async-task/executor";
 * import { sleep } from "@tagged/async-task/time";
 * import { assertEquals } from "@std/assert";
 *
 * const two = limit(new LocalExecutor(), 2);
 * let active = 0;
 * let most = 0;
 * const job = async () => {
 *   most = Math.max(most, ++active);
 *   await sleep(1);
 *   active--;
 * };
 * await Promise.all(Array.from({ length: 5 }, () => two.spawn(job)));
 * assertEquals(most, 2);
 * ```
 *
 * @example Three requests at a time, and ten a second
 * ```ts
 * import { limit, LocalExecutor } from "@tagged/async-task/executor";
 *
 * const requests = limit(new LocalExecutor(), { concurrency: 3, rate: { max: 10, per: 1000 } });
 * await requests.spawn(() => "a request", "page 7", { priority: 1 });
 * ```
 */
export function limit(executor: Spawner, options: number | LimiterOptions): Limiter {
  if (typeof executor?.spawn !== "function") {
    throw new TypeError(`Cannot limit: expected an executor, got ${show(executor)}`);
  }
  const known = typeof options === "object" && options !== null ? options : { concurrency: options };
  const { concurrency = Infinity, rate, clock = systemClock, ageing = 64, isPaused = false, name } = known;
  checkName(name, "limit");
  const gate = rate === undefined ? undefined : gateOf(rate);
  const turns = new Turns(
    checkConcurrency(concurrency, "limit"),
    gate,
    clock,
    checkAgeing(ageing, "limit"),
    isPaused,
  );
  return new Limiter(executor, turns, name);
}

import { Ranked } from "../internal/ranked.ts";
import type { PriorityEntry } from "./entry.ts";
import type { ReadyQueue } from "./ready_queue.ts";

/**
 * The highest priority first, and what became ready first within one; but every `ageing`-th is the one that has
 * been ready for the longest, whatever its priority.
 *
 * That bounds the wait: what is ready, with `n` others that have been ready for longer, is among the next
 * `ageing * (n + 1)`, as each of those turns takes one of the `n`, or itself.
 */
export class PriorityQueue implements ReadyQueue {
  readonly #ageing: number;
  readonly #ranked: Ranked<PriorityEntry> = new Ranked();
  /** All that are in `#ranked`, by age. */
  #oldest: PriorityEntry | undefined;
  #newest: PriorityEntry | undefined;
  /** How many come by priority before the next that comes by age. */
  #untilAge: number;

  constructor(ageing: number) {
    this.#ageing = ageing;
    this.#oldest = undefined;
    this.#newest = undefined;
    this.#untilAge = ageing;
  }

  get size(): number {
    return this.#ranked.size;
  }

  push(entry: PriorityEntry): void {
    this.#ranked.add(-entry.priority, entry);
    entry.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  pop(): PriorityEntry | undefined {
    if (this.#ranked.size === 0) return undefined;
    const entry = --this.#untilAge > 0 ? this.#ranked.pop()! : this.popOldest();
    this.unlink(entry);
    return entry;
  }

  /** If the entry is ready, it goes to the end of its new priority, and keeps its age. */
  reprioritize(entry: PriorityEntry, priority: number): void {
    entry.priority = priority;
    if (this.#ranked.remove(entry)) this.#ranked.add(-priority, entry);
  }

  private popOldest(): PriorityEntry {
    this.#untilAge = this.#ageing;
    const entry = this.#oldest!;
    this.#ranked.remove(entry);
    return entry;
  }

  private unlink(entry: PriorityEntry): void {
    const { older, newer } = entry;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    entry.older = entry.newer = undefined;
  }
}

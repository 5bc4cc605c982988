import { assertEquals } from "@std/assert";
import type { NativeTimers } from "../../lib/time/mod.ts";

/** Native timers whose time the test sets, and that count. There is never more than one of them. */
export class FakeNative implements NativeTimers {
  time: number;
  sets = 0;
  clears = 0;
  /** The timer that is set, if one is: for how long, and until when. */
  timer: { fn: () => void; ms: number; at: number } | undefined;

  constructor(time = 0) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }

  setTimeout(fn: () => void, ms: number): unknown {
    assertEquals(this.timer, undefined, "one native timer at a time");
    this.sets++;
    return this.timer = { fn, ms, at: this.time + ms };
  }

  clearTimeout(id: unknown): void {
    assertEquals(id, this.timer, "clears the timer that is set");
    this.clears++;
    this.timer = undefined;
  }

  /** Lets the timer fire at `time`, and the clock arm itself again. */
  async fire(time: number): Promise<void> {
    this.time = time;
    const { fn } = this.timer!;
    this.timer = undefined;
    try {
      fn();
    } finally {
      await null;
    }
  }
}

/** Native timers of several requests. */
export class FakeRequests implements NativeTimers {
  readonly isPerRequest = true;
  readonly timers: { fn: () => void; ms: number }[] = [];
  clears = 0;
  #time = 0;

  now(): number {
    return this.#time;
  }

  setTimeout(fn: () => void, ms: number): unknown {
    const timer = { fn, ms };
    this.timers.push(timer);
    return timer;
  }

  clearTimeout(id: unknown): void {
    this.clears++;
    this.timers.splice(this.timers.indexOf(id as { fn: () => void; ms: number }), 1);
  }

  /** Lets one of them fire at `time`. */
  fire(index: number, time: number): void {
    this.#time = time;
    this.timers.splice(index, 1)[0].fn();
  }
}

/** Random registrations, cancellations and advances do what a sorted array does. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type ClockEntry, SystemClock, VirtualClock } from "../../lib/time/mod.ts";
import { Heap } from "../../lib/internal/heap.ts";
import { FakeNative } from "./fake_native.ts";

type Op = ["register", number] | ["cancel", number] | ["advance", number];

const ops = (step: fc.Arbitrary<number>): fc.Arbitrary<Op[]> =>
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.constant("register" as const), step) },
      { weight: 2, arbitrary: fc.tuple(fc.constant("cancel" as const), fc.nat(50)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant("advance" as const), fc.nat(12)) },
    ),
    { maxLength: 80 },
  );

/** A clock without a data structure. */
class Naive {
  now = 0;
  waiting: { at: number; id: number }[] = [];

  register(at: number, id: number): void {
    this.waiting.push({ at, id });
  }

  cancel(id: number): void {
    this.waiting = this.waiting.filter((entry) => entry.id !== id);
  }

  /** The ids of those who are woken, in order. */
  advance(ms: number): number[] {
    this.now += ms;
    const due = this.waiting.filter(({ at }) => at <= this.now);
    this.waiting = this.waiting.filter(({ at }) => at > this.now);
    return due.sort((a, b) => a.at - b.at || a.id - b.id).map(({ id }) => id);
  }
}

Deno.test("VirtualClock wakes like a sorted array, after any sequence of operations", () => {
  const step = fc.oneof(fc.integer({ min: -5, max: 20 }), fc.double({ min: 0, max: 20, noNaN: true }));
  fc.assert(fc.property(ops(step), (ops) => {
    const clock = new VirtualClock();
    const naive = new Naive();
    const entries: ClockEntry[] = [];
    const log: number[] = [];
    for (const [op, value] of ops) {
      if (op === "register") {
        const id = entries.length;
        entries.push(clock.register(clock.now() + value, { wake: () => void log.push(id) }));
        naive.register(naive.now + Math.max(value, 0), id);
      } else if (op === "cancel") {
        if (entries[value] !== undefined) clock.cancel(entries[value]);
        naive.cancel(value);
      } else {
        log.length = 0;
        clock.advance(value);
        assertEquals(log, naive.advance(value));
      }
      assertEquals(clock.size, naive.waiting.length);
      assertEquals(clock.nextDeadline, Math.min(Infinity, ...naive.waiting.map(({ at }) => at)));
    }
  }));
});

Deno.test("SystemClock wakes like a sorted array of whole ms, with one timer that is in time", async () => {
  const step = fc.double({ min: 0, max: 20, noNaN: true });
  await fc.assert(fc.asyncProperty(ops(step), async (ops) => {
    const native = new FakeNative();
    const clock = new SystemClock(native);
    const naive = new Naive();
    const entries: ClockEntry[] = [];
    const log: number[] = [];
    for (const [op, value] of ops) {
      if (op === "register") {
        const id = entries.length;
        entries.push(clock.register(native.time + value, { wake: () => void log.push(id) }));
        // Nobody is registered for a ms that has fired.
        naive.register(Math.max(Math.ceil(native.time + value), native.time === 0 ? 0 : native.time + 1), id);
      } else if (op === "cancel") {
        if (entries[value] !== undefined) clock.cancel(entries[value]);
        naive.cancel(value);
      } else if (value > 0) {
        log.length = 0;
        native.time += value;
        clock.fire();
        assertEquals(log, naive.advance(value));
      }
      await null;
      assertEquals(clock.size, naive.waiting.length);
      assertEquals(native.timer !== undefined, naive.waiting.length > 0);
      if (native.timer !== undefined) assert(native.timer.at <= clock.nextDeadline);
    }
  }));
});

Deno.test("Heap gives its items in order, after any pushes and removals", () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(99), fc.boolean())), (entries) => {
    const heap = new Heap<{ key: number; heapIndex: number }>((a, b) => a.key < b.key);
    const items = entries.map(([key]) => ({ key, heapIndex: -1 }));
    for (const item of items) heap.push(item);
    for (const [i, [, isRemoved]] of entries.entries()) {
      if (isRemoved) {
        assertEquals(
          { removed: heap.remove(items[i]), removedAgain: heap.remove(items[i]) },
          { removed: true, removedAgain: false },
        );
      }
    }
    const kept = items.filter((_, i) => !entries[i][1]).map(({ key }) => key);
    assertEquals(heap.size, kept.length);
    const popped: number[] = [];
    for (let item; (item = heap.pop()) !== undefined;) popped.push(item.key);
    assertEquals(popped, kept.toSorted((a, b) => a - b));
  }));
});

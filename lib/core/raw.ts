/**
 * Raw handles: numbers that stand for an object while it is in foreign hands, a C executor's for instance.
 *
 * A handle is a positive safe integer, and so fits C's `uint64_t` and a `void*` on 64-bit machines. It is used
 * once: taking it back invalidates it. From the lowest bit up it holds
 *
 *     slot        22 bits   index into `slots` (4 million handles may be out at a time)
 *     generation  15 bits   counts the uses of the slot, from 1; a slot that has used them all is retired
 *     local        1 bit    the task was spawned by `spawnLocal`
 *     thread      15 bits   drawn at random when the thread hands out its first handle
 *
 * so that a handle that was taken already, was never given out or comes from another thread is recognised.
 */

const SLOTS = 2 ** 22;
const GENERATIONS = 2 ** 15;
const LOCAL = SLOTS * GENERATIONS;
const THREAD = LOCAL * 2;
const THREADS = 2 ** 15;

/** What a handle can stand for, as error messages name it. */
export type RawKind = "Task" | "Runnable" | "v4 Task";

interface Slot {
  generation: number;
  /** Both are `undefined` while the slot is free. */
  kind: RawKind | undefined;
  value: unknown;
}

const slots: Slot[] = [];
/** Slots that can be used again, the last one first. */
const free: number[] = [];
let thread: number | undefined;

/** Gives out a handle for `value`, which it keeps alive until the handle is taken back. */
export function toRaw(kind: RawKind, value: unknown, isLocal: boolean): number {
  const index = free.pop() ?? slots.length;
  if (index === SLOTS) throw new RangeError(`Cannot make a raw handle: ${SLOTS} of them are out already`);
  if (index === slots.length) slots.push({ generation: 0, kind: undefined, value: undefined });
  const slot = slots[index];
  slot.generation++;
  slot.kind = kind;
  slot.value = value;
  thread ??= 1 + Math.floor(Math.random() * (THREADS - 1));
  return index + slot.generation * SLOTS + (isLocal ? LOCAL : 0) + thread * THREAD;
}

/** Takes back what `raw` stands for. */
export function fromRaw(kind: RawKind, raw: number): unknown {
  const slot = find(kind, raw);
  const value = slot.value;
  slot.kind = undefined;
  slot.value = undefined;
  if (slot.generation < GENERATIONS - 1) free.push(raw % SLOTS);
  return value;
}

function find(kind: RawKind, raw: number): Slot {
  const action = `Cannot make a ${kind} of raw handle ${String(raw)}`;
  if (!Number.isSafeInteger(raw) || raw < THREAD) throw new TypeError(`${action}: it is none`);
  if (Math.floor(raw / THREAD) !== thread) {
    const isLocal = Math.floor(raw / LOCAL) % 2 === 1;
    throw new TypeError(
      `${action}: ${
        isLocal ? "local task polled by a thread that didn't spawn it" : "it belongs to another thread"
      }`,
    );
  }
  const slot = slots[raw % SLOTS];
  const generation = Math.floor(raw / SLOTS) % GENERATIONS;
  if (slot === undefined || generation > slot.generation) throw new TypeError(`${action}: it is none`);
  if (generation < slot.generation || slot.kind === undefined) {
    throw new TypeError(`${action}: it was taken already`);
  }
  if (slot.kind !== kind) throw new TypeError(`${action}: it is one of a ${slot.kind}`);
  return slot;
}

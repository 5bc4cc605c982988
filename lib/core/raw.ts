/**
 * Raw handles: numbers that stand for an object while it is in foreign hands, a C executor's for instance.
 *
 * A handle is a positive safe integer, and so fits C's `uint64_t` and a `void*` on 64-bit machines. It is
 * used once: taking it back invalidates it. From the lowest bit up it holds
 *
 *     slot        22 bits   index into `slots` (4 million handles may be out at a time)
 *     generation  15 bits   counts the uses of the slot; a slot that has used them all is retired
 *     local        1 bit    the task was spawned by `spawnLocal`
 *     thread      15 bits   drawn, or counted, when the thread hands out its first handle
 *
 * so that a handle that was taken already, or was never given out, is recognised for certain. So is one of
 * another thread, if this package has started one of the two, or both: they count in shared memory. Others
 * can't ask each other: two may have drawn the same number. So generations don't begin with 1, but with a
 * number that is drawn, too; a handle of another thread is taken for one's own if both are the same: once in
 * half a billion times that one is tried.
 */
import { canShare, share } from "../internal/runtime.ts";
import { show } from "../internal/show.ts";

// Powers of two, in full: a bundler leaves `2 ** 22` in programs that don't use it.
const SLOTS = 0x40_0000;
const GENERATIONS = 0x8000;
const LOCAL = 0x20_0000_0000;
const THREAD = 0x40_0000_0000;
const THREADS = 0x8000;

/** The key of a global. */
export const COUNTER = "async-task.threadCounter";

const globals = globalThis as { [COUNTER]?: Int32Array<SharedArrayBuffer> };

/** What a handle can stand for, as error messages name it. */
export type RawKind = "Task" | "Runnable" | "v4 Task";

interface HandleSlot {
  generation: number;
  /** Both are `undefined` while the slot is free. */
  kind: RawKind | undefined;
  value: unknown;
}

const slots: HandleSlot[] = [];
/** Slots that can be used again, the last one first. */
const free: number[] = [];
let thread: number | undefined;
/** One less than the first generation of each slot. */
let origin = 0;

/** Gives out a handle for `value`, which it keeps alive until the handle is taken back. */
export function toRaw(kind: RawKind, value: unknown, isLocal: boolean): number {
  const index = free.pop() ?? slots.length;
  if (index === SLOTS) throw new RangeError(`Cannot make a raw handle: ${SLOTS} of them are out already`);
  if (thread === undefined) thread = draw();
  if (index === slots.length) slots.push({ generation: origin, kind: undefined, value: undefined });
  const slot = slots[index];
  slot.generation++;
  slot.kind = kind;
  slot.value = value;
  return index + slot.generation * SLOTS + (isLocal ? LOCAL : 0) + thread * THREAD;
}

/** The number of this thread. Slots keep at least half of their generations. */
function draw(): number {
  origin = Math.floor(Math.random() * (GENERATIONS / 2));
  const counter = globals[COUNTER];
  return 1 + (counter === undefined ? drawNumber() : (Atomics.add(counter, 0, 1) >>> 0) % (THREADS - 1));
}

function drawNumber(): number {
  return Math.floor(Math.random() * (THREADS - 1));
}

/**
 * Where threads count that know of each other: from the number of this one on, that has no predecessor.
 * `undefined` where memory can't be shared. A thread that is started is given it as a global, which all
 * copies of this package find, and is called {@linkcode COUNTER}.
 */
export function threadCounter(): Int32Array<SharedArrayBuffer> | undefined {
  if (globals[COUNTER] === undefined && canShare()) {
    const counter = new Int32Array(share(4));
    counter[0] = thread ?? drawNumber();
    globals[COUNTER] = counter;
  }
  return globals[COUNTER];
}

/** Takes back what `handle` stands for: a number, or the bigint as which C's `uint64_t` comes back. */
export function fromRaw(kind: RawKind, handle: number | bigint): unknown {
  const raw = typeof handle === "bigint" ? Number(handle) : handle;
  const slot = find(kind, raw, handle);
  const value = slot.value;
  slot.kind = undefined;
  slot.value = undefined;
  if (slot.generation < GENERATIONS - 1) free.push(raw % SLOTS);
  return value;
}

function find(kind: RawKind, raw: number, handle: unknown): HandleSlot {
  const action = `Cannot make a ${kind} of raw handle ${typeof handle === "bigint" ? handle : show(handle)}`;
  if (!Number.isSafeInteger(raw) || raw < THREAD) throw new TypeError(`${action}: it is not a valid handle`);
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
  if (slot === undefined || generation > slot.generation || generation <= origin) {
    throw new TypeError(`${action}: it is not a valid handle`);
  }
  if (generation < slot.generation || slot.kind === undefined) {
    throw new TypeError(`${action}: it was taken already`);
  }
  if (slot.kind !== kind) throw new TypeError(`${action}: it is one of a ${slot.kind}`);
  return slot;
}

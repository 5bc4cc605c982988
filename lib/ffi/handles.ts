/**
 * Opaque handles: numbers that stand for an object while C has them, for as often as C likes to use them.
 *
 * A handle is a positive safe integer, and so fits a `uint64_t`, and a pointer of a 64-bit machine. From the
 * lowest bit up it holds
 *
 *     slot        20 bits   index into the table (a million handles may be out at a time)
 *     generation  17 bits   counts the uses of the slot, from 1; a slot that has used them all is retired
 *     table       16 bits   another number for each table of the thread; the first one is drawn at random
 *
 * so that a handle that was destroyed, was never given out, or is another table's of the thread is recognised
 * for certain. That it is another thread's is not found out if both tables have drawn the same number, and it
 * is out here as well: once in 65,536 pairs of tables, at most.
 */
import { show } from "../internal/show.ts";

const SLOTS = 2 ** 20;
const GENERATIONS = 2 ** 17;
const TABLE = SLOTS * GENERATIONS;
const TABLES = 2 ** 16;

let lastTable = Math.floor(Math.random() * TABLES);

/** A table of values, each under a handle. */
export class HandleTable<V> {
  /** What a handle is called in error messages. */
  readonly #noun: string;
  readonly #table: number;
  /** The handle under which a slot was last given out, and whether it still is: negative, if it isn't. */
  readonly #handles: number[];
  readonly #values: (V | undefined)[];
  /** Slots that can be used again, the last one first. */
  readonly #free: number[];
  #size: number;

  constructor(noun: string) {
    this.#noun = noun;
    lastTable = lastTable % (TABLES - 1) + 1;
    this.#table = lastTable * TABLE;
    this.#handles = [];
    this.#values = [];
    this.#free = [];
    this.#size = 0;
  }

  /** How many handles are out. */
  get size(): number {
    return this.#size;
  }

  /** Gives out a handle for `value`, which is kept alive until it is removed. */
  insert(value: V): number {
    const free = this.#free;
    const slot = free.length > 0 ? free.pop()! : this.#grow();
    const handle = SLOTS - this.#handles[slot];
    this.#handles[slot] = handle;
    this.#values[slot] = value;
    this.#size++;
    return handle;
  }

  /** What `handle` stands for. */
  get(handle: number, action: string): V {
    const slot = slotOf(handle);
    if (this.#handles[slot] !== handle) throw this.refuse(handle, action);
    return this.#values[slot]!;
  }

  /** What `handle` stands for; `undefined` if it is not a valid handle of this table's that is still out. */
  find(handle: number): V | undefined {
    const slot = slotOf(handle);
    return this.#handles[slot] === handle ? this.#values[slot] : undefined;
  }

  /** Whether `handle` looks like one of this table's, out or not. */
  isOwn(handle: number): boolean {
    return Math.floor(handle / TABLE) * TABLE === this.#table;
  }

  /** Takes back what `handle` stands for: it is no handle any more. */
  remove(handle: number, action: string): V {
    const slot = slotOf(handle);
    if (this.#handles[slot] !== handle) throw this.refuse(handle, action);
    const value = this.#values[slot]!;
    this.#values[slot] = undefined;
    this.#handles[slot] = -handle;
    this.#size--;
    if (handle - this.#table < TABLE - SLOTS) this.#free.push(slot);
    return value;
  }

  /** Takes back everything. */
  clear(): V[] {
    const out = this.#handles.filter((handle) => handle > 0);
    return out.map((handle) => this.remove(handle, "destroy"));
  }

  /** Why `handle` is none that is out. */
  refuse(handle: number, action: string): TypeError {
    return new TypeError(`Cannot ${action} ${this.#noun} ${show(handle)}: ${this.#describe(handle)}`);
  }

  #describe(handle: number): string {
    if (handle === 0) return "it is null";
    if (!Number.isSafeInteger(handle) || handle < 0) return "it is not a valid handle";
    const last = Math.abs(this.#handles[slotOf(handle)] ?? 0);
    if (!this.isOwn(handle)) return "it is not a valid handle, or another table's";
    return handle - slotOf(handle) > this.#table && handle <= last
      ? "it was destroyed already"
      : "it is not a valid handle";
  }

  #grow(): number {
    const slot = this.#handles.length;
    if (slot === SLOTS) throw new RangeError(`Cannot make a ${this.#noun}: ${SLOTS} of them are out already`);
    this.#handles.push(-(this.#table + slot));
    this.#values.push(undefined);
    return slot;
  }
}

/** The lowest bits; bitwise operators look at no others, and don't mind what is no number. */
function slotOf(handle: number): number {
  return handle & (SLOTS - 1);
}

/**
 * Where a bigint and its halves are the same memory; every machine that Deno runs on has the lower half
 * first.
 */
const wide = new BigUint64Array(1);
const halves = new Uint32Array(wide.buffer);

/** What `Number()` makes of a `uint64_t`, in a fraction of the time: engines have no fast path for that. */
export function numberOf(raw: bigint): number {
  wide[0] = raw;
  return halves[0] + halves[1] * 2 ** 32;
}

/** The `uint64_t` of a handle: what `BigInt()` makes of it, faster as well. */
export function bigintOf(handle: number): bigint {
  halves[0] = handle;
  halves[1] = handle / 2 ** 32;
  return wide[0];
}

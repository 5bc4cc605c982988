/**
 * Copies of what is to be posted, made when it is handed over: what happens to it afterwards is not seen
 * elsewhere.
 */
import { movable, takeMarked } from "./transferred.ts";

/** A value for another thread. */
export interface Parcel {
  readonly value: unknown;
  /** What of it is moved. */
  readonly transfer: Transferable[];
  /**
   * Whether it is so small and plain that it can be posted and read for sure, and so together with others.
   */
  readonly isSafe: boolean;
}

/** What `copySafe` gives for what isn't. */
const UNSAFE: unique symbol = Symbol("async-task.UNSAFE");

const MAX_ENTRIES = 64;
const MAX_DEPTH = 4;

/** A buffer with so many bytes is copied once and moved, as posting would copy it twice. */
const LARGE_BYTES = 1 << 16;

/** Nothing is moved. */
const NONE: Transferable[] = [];

/**
 * Copies a value, but for what is moved.
 *
 * @throws The runtime's `DataCloneError` if it can't be copied.
 */
export function copy(value: unknown, moved: readonly Transferable[]): Parcel {
  if (moved.length === 0) {
    const safe = copySafe(value);
    if (safe !== UNSAFE) return { value: safe, transfer: NONE, isSafe: true };
  }
  checkOnce(moved);
  const copied = structuredClone(value, { transfer: moved as Transferable[] });
  const isMoved = moved.length > 0 || hasLarge(copied);
  return { value: copied, transfer: isMoved ? movable(copied, moved) : NONE, isSafe: false };
}

/**
 * The same for what is posted at once, and so need not be copied unless that is faster. What is marked to be
 * moved is moved as well.
 */
export function pack(value: unknown, transfer: readonly Transferable[]): Parcel {
  const marked = takeMarked(value);
  const moved = marked.length > 0 ? [...transfer, ...marked] : transfer as Transferable[];
  if (moved.length > 0) return { value, transfer: moved, isSafe: false };
  const safe = copySafe(value);
  if (safe !== UNSAFE) return { value: safe, transfer: NONE, isSafe: true };
  return hasLarge(value) ? copy(value, NONE) : { value, transfer: NONE, isSafe: false };
}

/** Not every runtime's `structuredClone` does. */
function checkOnce(moved: readonly Transferable[]): void {
  if (new Set(moved).size === moved.length) return;
  throw new DOMException("Cannot transfer the same object twice", "DataCloneError");
}

/** Whether there is a large buffer in it, or in what it consists of. */
function hasLarge(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (ArrayBuffer.isView(value)) return isLarge(value.buffer);
  if (value instanceof ArrayBuffer) return isLarge(value);
  if (depth > 2 || value instanceof Map || value instanceof Set) return false;
  const inner = Object.values(value);
  return inner.length <= MAX_ENTRIES && inner.some((one) => hasLarge(one, depth + 1));
}

function isLarge(buffer: ArrayBufferLike): boolean {
  return buffer instanceof ArrayBuffer && buffer.byteLength >= LARGE_BYTES;
}

/** The objects of the value that is being copied: one that is in it twice must be so in the copy. */
const seen: object[] = [];
let entries = 0;

/** A copy of what is made of plain objects, arrays and primitives, and of few; `UNSAFE` if it isn't. */
function copySafe(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return copyInner(value, 0);
  entries = 0;
  try {
    return copyObject(value, 0);
  } catch {
    return UNSAFE; // a getter, or a proxy: structured clone will say
  } finally {
    seen.length = 0;
  }
}

function copyInner(value: unknown, depth: number): unknown {
  if (typeof value === "object") return value === null ? null : copyObject(value, depth);
  return typeof value === "function" || typeof value === "symbol" ? UNSAFE : value;
}

function copyObject(value: object, depth: number): unknown {
  const isArray = Array.isArray(value);
  const prototype = Object.getPrototypeOf(value);
  if (depth > MAX_DEPTH || prototype !== (isArray ? Array.prototype : Object.prototype)) return UNSAFE;
  if (seen.includes(value)) return UNSAFE;
  seen.push(value);
  const keys = Object.keys(value);
  entries += keys.length;
  if (entries > MAX_ENTRIES || (isArray && keys.length !== value.length)) return UNSAFE;
  const copied = (isArray ? [] : {}) as Record<string, unknown>;
  for (const key of keys) {
    const inner = copyInner((value as Record<string, unknown>)[key], depth + 1);
    if (inner === UNSAFE || key === "__proto__") return UNSAFE;
    copied[key] = inner;
  }
  return copied;
}

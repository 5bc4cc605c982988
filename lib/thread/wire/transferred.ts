/** What is moved to the other thread, and not copied: said in place, or with a list. */
import { show } from "../../internal/show.ts";

/** The same in every copy of this module: a job's module may have been given another one than its thread. */
const BRAND = Symbol.for("async-task.transferred");

/** What was marked with `transfer`, and was not posted yet; shared by all copies of this module. */
const MARKS = Symbol.for("async-task.transfer");

/** A result with what of it is transferred, not copied. Made by {@linkcode transferred}. */
export interface Transferred<R> {
  /** The result. */
  readonly value: R;
  /** What is transferred. */
  readonly transfer: Transferable[];
}

/**
 * The result of a job, of which some is transferred to the owner's thread, and not copied.
 *
 * @param transfer The buffers, ports and so on; they can't be used in the job's thread any more.
 *
 * @example
 * ```ts
 * import { transferred } from "@tagged/async-task/thread";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new Uint8Array(1000);
 * assertEquals(transferred(bytes, [bytes.buffer]).transfer.length, 1);
 * ```
 */
export function transferred<R>(value: R, transfer: Transferable[]): Transferred<R> {
  return { [BRAND]: true, value, transfer } as Transferred<R>;
}

/** Whether it is what `transferred(…)` gives. */
export function isTransferred(value: unknown): value is Transferred<unknown> {
  return typeof value === "object" && value !== null && BRAND in value;
}

interface Marks {
  readonly all: WeakSet<object>;
  /** How many there may be. */
  count: number;
}

function marks(): Marks {
  const scope = globalThis as { [MARKS]?: Marks };
  return scope[MARKS] ??= { all: new WeakSet(), count: 0 };
}

/**
 * Marks a value to be moved when it is next posted, wherever it is among the arguments of a job, in its
 * result, or in a message of a shared channel: a buffer, a typed array (with its whole buffer), a port, a
 * stream, an end of a shared channel. It can't be used on this thread any more then.
 *
 * @returns The value.
 * @throws {TypeError} If `value` is no object.
 *
 * @example
 * ```ts
 * import { openReceiver, openSender, sharedChannel, transfer } from "@tagged/async-task/thread";
 * import { assertEquals } from "@std/assert";
 *
 * const [end, other] = sharedChannel<{ bytes: Uint8Array }>(1);
 * using tx = openSender(end);
 * using rx = openReceiver(other);
 * const bytes = new Uint8Array(1000);
 * tx.trySend({ bytes: transfer(bytes) });
 * assertEquals({ here: bytes.length, there: (await rx.recv()).bytes.length }, { here: 0, there: 1000 });
 * ```
 */
export function transfer<T extends object>(value: T): T {
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`Cannot transfer a value: expected a buffer, a port or the like, got ${show(value)}`);
  }
  const { all } = marks();
  if (!all.has(value)) {
    all.add(value);
    marks().count++;
  }
  return value;
}

/** What in `value` is marked: it is no more. */
export function takeMarked(value: unknown): Transferable[] {
  const found: Transferable[] = [];
  const { all, count } = marks();
  if (count === 0) return found;
  walk(value, (object) => {
    if (!all.delete(object)) return true;
    marks().count--;
    found.push(transferableOf(object));
    return false;
  });
  return found;
}

function transferableOf(object: object): Transferable {
  if (ArrayBuffer.isView(object)) return object.buffer as ArrayBuffer;
  const { port } = object as { port?: unknown };
  return (port instanceof MessagePort ? port : object) as Transferable;
}

/**
 * What of a copy can be moved on: its buffers, as nobody else has them, and whatever is of a kind that was
 * moved to make it.
 */
export function movable(copy: unknown, moved: readonly Transferable[]): Transferable[] {
  const kinds = new Set(moved.map((one) => (one as object).constructor));
  const found = new Set<Transferable>();
  walk(copy, (object) => {
    const buffer = ArrayBuffer.isView(object) ? object.buffer : object;
    if (buffer instanceof ArrayBuffer || kinds.has(buffer.constructor)) found.add(buffer as Transferable);
    return !ArrayBuffer.isView(object) && !found.has(object as Transferable);
  });
  return [...found];
}

/** Calls `visit` with every object in `value` once; what it says no to is not entered. */
function walk(value: unknown, visit: (object: object) => boolean): void {
  const seen = new Set<unknown>();
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== "object" || next === null || seen.has(next)) continue;
    seen.add(next);
    if (!visit(next)) continue;
    if (next instanceof Map) { for (const [key, inner] of next) left.push(key, inner); }
    else if (next instanceof Set) { for (const inner of next) left.push(inner); }
    else for (const key of Object.keys(next)) left.push((next as Record<string, unknown>)[key]);
  }
}

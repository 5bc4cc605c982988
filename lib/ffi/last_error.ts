/**
 * The last error: what JavaScript, and C on its thread, have failed with; and what each thread of C's own
 * has.
 */
import { show } from "../internal/show.ts";

/**
 * The last error of this thread; while a thread of C's own is being served, what becomes of that one's, and
 * whether anything does.
 */
let message: string | undefined;
let isChanged = false;
/** Whether it is one of C's own that is being served. */
let isForThread = false;

const encoder = new TextEncoder();

/** How many causes a message tells of. */
const MAX_CAUSES = 8;

/**
 * Makes `error` the last error of this thread: its message, and those of its causes, as `"outer: inner"`. The
 * guarded functions that C calls do so with whatever they throw. `ffi_helpers::update_last_error` in Rust.
 *
 * @param error Any value; never throws, whatever it is.
 *
 * @example
 * ```ts
 * import { clearLastError, errorMessage, updateLastError } from "@tagged/async-task/ffi";
 * import { assertEquals } from "@std/assert";
 *
 * updateLastError(new Error("Cannot open the file", { cause: new Error("it is locked") }));
 * assertEquals(errorMessage(), "Cannot open the file: it is locked");
 * clearLastError();
 * assertEquals(errorMessage(), undefined);
 * ```
 */
export function updateLastError(error: unknown): void {
  message = textOf(error);
  isChanged = true;
}

/**
 * Gives the last error's message, and clears it. `ffi_helpers::take_last_error` in Rust.
 *
 * @returns `undefined` if there is none.
 *
 * @example
 * ```ts
 * import { takeLastError, updateLastError } from "@tagged/async-task/ffi";
 * import { assertEquals } from "@std/assert";
 *
 * updateLastError("out of paper");
 * assertEquals([takeLastError(), takeLastError()], ["out of paper", undefined]);
 * ```
 */
export function takeLastError(): string | undefined {
  const text = message;
  clearLastError();
  return text;
}

/**
 * Forgets the last error. `ffi_helpers::clear_last_error` in Rust.
 *
 * @example
 * ```ts
 * import { clearLastError, lastErrorLength, updateLastError } from "@tagged/async-task/ffi";
 * import { assertEquals } from "@std/assert";
 *
 * updateLastError("out of paper");
 * clearLastError();
 * assertEquals(lastErrorLength(), 0);
 * ```
 */
export function clearLastError(): void {
  message = undefined;
  isChanged = true;
}

/**
 * The last error's message; `undefined` if there is none. It stays. `ffi_helpers::error_message` in Rust.
 *
 * @example
 * ```ts
 * import { clearLastError, errorMessage, updateLastError } from "@tagged/async-task/ffi";
 * import { assertEquals } from "@std/assert";
 *
 * updateLastError(new RangeError("no such page"));
 * assertEquals([errorMessage(), errorMessage()], ["no such page", "no such page"]);
 * clearLastError();
 * ```
 */
export function errorMessage(): string | undefined {
  return message;
}

/**
 * The bytes that the last error's message takes as UTF-8, its NUL included; 0 if there is none.
 * `ffi_helpers::last_error_length` in Rust.
 *
 * @example
 * ```ts
 * import { clearLastError, lastErrorLength, updateLastError } from "@tagged/async-task/ffi";
 * import { assertEquals } from "@std/assert";
 *
 * updateLastError("größer");
 * assertEquals(lastErrorLength(), 9);
 * clearLastError();
 * ```
 */
export function lastErrorLength(): number {
  return message === undefined ? 0 : encoder.encode(message).length + 1;
}

/**
 * The `uint16_t`s that the last error's message takes as UTF-16, its NUL included; 0 if there is none.
 * `ffi_helpers::last_error_length_utf16` in Rust.
 *
 * @example
 * ```ts
 * import { clearLastError, lastErrorLengthUtf16, updateLastError } from "@tagged/async-task/ffi";
 * import { assertEquals } from "@std/assert";
 *
 * updateLastError("größer");
 * assertEquals(lastErrorLengthUtf16(), 7);
 * clearLastError();
 * ```
 */
export function lastErrorLengthUtf16(): number {
  return message === undefined ? 0 : message.length + 1;
}

/**
 * Calls `fn` for a thread of C's own, whose last error is at `slot`: what `fn` says of the last error is said
 * of that one. It begins as none.
 */
export function forThread<R>(slot: Deno.PointerValue, fn: () => R): R {
  const [outer, wasChanged, wasForThread] = [message, isChanged, isForThread];
  message = undefined;
  isChanged = false;
  isForThread = true;
  try {
    return fn();
  } finally {
    if (isChanged && slot !== null) writeSlot(slot, message);
    message = outer;
    isChanged = wasChanged;
    isForThread = wasForThread;
  }
}

/** Whether a thread of C's own is being served. */
export function servesThread(): boolean {
  return isForThread;
}

/**
 * What the header calls `async_task_error`: two lengths as `int32_t`, NULs included, and the message as UTF-8
 * and as UTF-16. A longer message is cut.
 */
export const SLOT_UNITS = 2048;
const UTF8_AT = 8;
const UTF16_AT = UTF8_AT + SLOT_UNITS;
const SLOT_BYTES = UTF16_AT + SLOT_UNITS * 2;

function writeSlot(slot: Deno.PointerObject, text: string | undefined): void {
  const memory = Deno.UnsafePointerView.getArrayBuffer(slot, SLOT_BYTES);
  const lengths = new Int32Array(memory, 0, 2);
  if (text === undefined) return void lengths.fill(0);
  const utf8 = new Uint8Array(memory, UTF8_AT, SLOT_UNITS);
  const { read, written } = encoder.encodeInto(text, utf8.subarray(0, SLOT_UNITS - 1));
  utf8[written] = 0;
  const utf16 = new Uint16Array(memory, UTF16_AT, SLOT_UNITS);
  for (let index = 0; index < read; index++) utf16[index] = text.charCodeAt(index);
  utf16[read] = 0;
  lengths.set([written + 1, read + 1]);
}

/** The message as UTF-8 with its NUL; `undefined` if there is none. */
export function encodeUtf8(): Uint8Array | undefined {
  return message === undefined ? undefined : encoder.encode(`${message}\0`);
}

/** The message as UTF-16 in the byte order of this machine, with its NUL; `undefined` if there is none. */
export function encodeUtf16(): Uint8Array | undefined {
  if (message === undefined) return undefined;
  const units = Uint16Array.from({ length: message.length + 1 }, (_, index) => message!.charCodeAt(index));
  return new Uint8Array(units.buffer);
}

/**
 * What C is told of `error`. A C string ends at its first NUL, and is no place for half a surrogate pair:
 * both are replaced.
 */
function textOf(error: unknown): string {
  let text: string;
  try {
    text = describe(error, 0);
  } catch {
    text = "An error that can't be put into words";
  }
  return text.replaceAll("\0", "\u2400").replace(/\p{Surrogate}/gu, "\uFFFD");
}

function describe(error: unknown, depth: number): string {
  if (!(error instanceof Error)) return textOfThrown(error);
  const text = `${error.message}` || `${error.name}`;
  const hasCause = error.cause !== undefined && error.cause !== error && depth < MAX_CAUSES;
  return hasCause ? `${text}: ${describe(error.cause, depth + 1)}` : text;
}

/** What was thrown and is no error, in words of its own, if it has any. */
function textOfThrown(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const isWorded = value.toString !== Object.prototype.toString && !Array.isArray(value);
  return isWorded ? String(value) : show(value);
}

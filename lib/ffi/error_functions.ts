/** The functions with which C asks for the last error. */
import { type CFunction, define, type Signature } from "./c_function.ts";
import { callbackOf, type Gate, guard } from "./guard.ts";
import {
  clearLastError,
  encodeUtf16,
  encodeUtf8,
  lastErrorLength,
  lastErrorLengthUtf16,
} from "./last_error.ts";

const NOTHING: Signature = { parameters: [], result: "void" };
const LENGTH: Signature = { parameters: [], result: "i32" };
const MESSAGE: Signature = { parameters: ["pointer", "i32"], result: "i32" };

/**
 * They go on working when a table is closed: that is an error that C will ask for. In their order in every
 * table, after its own functions.
 */
export const errorFunctions: Readonly<Record<string, CFunction>> = /* @__PURE__ */ (() => ({
  last_error_length: define(LENGTH, 0, lastErrorLength, { result: "int", parameters: [] }, true),
  last_error_length_utf16: define(LENGTH, 0, lastErrorLengthUtf16, { result: "int", parameters: [] }, true),
  error_message_utf8: define(
    MESSAGE,
    -1,
    (buffer: Deno.PointerValue, length: number) => write(buffer, length, encodeUtf8),
    { result: "int", parameters: ["char *buffer", "int length"] },
    true,
  ),
  error_message_utf16: define(
    MESSAGE,
    -1,
    (buffer: Deno.PointerValue, length: number) => write(buffer, length * 2, encodeUtf16),
    { result: "int", parameters: ["uint16_t *buffer", "int length"] },
    true,
  ),
  clear_last_error: define(NOTHING, undefined, clearLastError, { result: "void", parameters: [] }, true),
}))();

/**
 * The callbacks of these functions: the same for all tables of this thread, as the last error is. They are
 * freed with the last of the tables, so that C may ask on when the table is freed that it has loaded last.
 */
let callbacks: Deno.UnsafeCallback[] = [];
let tables = 0;

/** For one more table. */
export function takeErrorCallbacks(): readonly Deno.UnsafeCallback[] {
  if (tables === 0) {
    const gate: Gate = { isClosed: false, depth: 0 };
    callbacks = Object.entries(errorFunctions).map(([name, fn]) => callbackOf(fn, guard(name, fn, gate)));
  }
  tables++;
  return callbacks;
}

/** A table needs them no more. */
export function releaseErrorCallbacks(): void {
  if (--tables > 0) return;
  for (const callback of callbacks) callback.close();
  callbacks = [];
}

/**
 * Writes the message. Returns 0 if there is none. If there is no room for it, it stays, to be asked for
 * again.
 */
function write(buffer: Deno.PointerValue, size: number, encode: () => Uint8Array | undefined): number {
  const bytes = encode();
  return bytes === undefined ? 0 : writeBytes(buffer, size, bytes);
}

/** Writes `bytes` into a buffer of C's. Returns how many; -1 if there is no buffer, or it is too small. */
export function writeBytes(buffer: Deno.PointerValue, size: number, bytes: Uint8Array): number {
  if (buffer === null || bytes.length > size) return -1;
  new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(buffer, bytes.length)).set(bytes);
  return bytes.length;
}

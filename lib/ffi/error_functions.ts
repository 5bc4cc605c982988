import { type CFunction, define, type Signature } from "./c_function.ts";
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
 * The functions with which C asks for the last error, in their order at the end of every table. They go on
 * working when the table is closed: that is an error that C will ask for.
 */
export const errorFunctions: Readonly<Record<string, CFunction>> = {
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
};

/** Writes the message. Returns 0 if there is none. If there is no room for it, it stays, to be asked for again. */
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

/** Errors on their way between threads: structured clone loses their names, fields, causes and stacks. */

import { CancelledError } from "../../core/mod.ts";
import { WorkerError } from "./worker_error.ts";

/** Something thrown, in a form that can be posted. */
export type Encoded =
  | { kind: "value"; value: unknown }
  | { kind: "text"; text: string }
  /**
   * An error that contains this one, or is beside it: its number, in the order in which they were encoded.
   */
  | { kind: "again"; index: number }
  | EncodedError;

interface EncodedError {
  kind: "error";
  /** The constructor's name where it is one that every thread has. */
  type: string;
  name: string;
  message: string;
  stack: string | undefined;
  cause: Encoded | undefined;
  errors: Encoded[] | undefined;
  fields: [string, Encoded][];
}

/** The errors that every thread has; a class of the user's is the first of them that it extends. */
const types: Record<string, new (message: string) => Error> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  WorkerError,
};

/** How deep causes and fields are followed. */
const MAX_DEPTH = 50;

/** How deep data is; deeper, it may be circular. */
const MAX_DATA_DEPTH = 8;

/** What are no fields of its own. */
const KNOWN = new Set(["name", "message", "stack", "cause", "errors"]);

/** Says whether a value that is no error can be carried as it is. */
type CanCarry = (value: unknown) => boolean;

/** `thrown` as it can be posted; what can't be is a text. Never throws, whatever getters do. */
export function encode(thrown: unknown): Encoded {
  return encodeInner(thrown, new Map(), 0, isCloneable);
}

/** The same as JSON can carry it. */
export function encodeJson(thrown: unknown): Encoded {
  return encodeInner(thrown, new Map(), 0, (value) => isPlain(value, 0));
}

function encodeInner(
  thrown: unknown,
  seen: Map<unknown, number>,
  depth: number,
  canCarry: CanCarry,
): Encoded {
  try {
    const index = seen.get(thrown);
    if (index !== undefined) return { kind: "again", index };
    if (isError(thrown) && depth < MAX_DEPTH) return encodeError(thrown, seen, depth, canCarry);
    if (canCarry(thrown)) return { kind: "value", value: thrown };
  } catch {
    // A text will do.
  }
  return { kind: "text", text: describe(thrown) };
}

/** What was thrown, or what is most like it. `seen`: the errors that were decoded before. */
export function decode(encoded: Encoded, seen: Error[] = []): unknown {
  switch (encoded.kind) {
    case "value":
      return encoded.value;
    case "text":
      return encoded.text;
    case "again":
      return seen[encoded.index];
    case "error":
      return decodeError(encoded, seen);
  }
}

function isError(value: unknown): value is Error & { errors?: unknown[] } {
  return value instanceof Error || value instanceof DOMException;
}

function encodeError(
  error: Error,
  seen: Map<unknown, number>,
  depth: number,
  canCarry: CanCarry,
): EncodedError {
  seen.set(error, seen.size);
  const inner = (value: unknown): Encoded => encodeInner(value, seen, depth + 1, canCarry);
  const type = typeOf(error);
  const [stack, errors] = [read(error, "stack"), read(error, "errors")];
  return {
    kind: "error",
    type,
    name: describe(read(error, "name")),
    message: describe(read(error, "message")),
    stack: typeof stack === "string" ? stack : undefined,
    cause: "cause" in error ? inner(read(error, "cause")) : undefined,
    errors: Array.isArray(errors) ? errors.map(inner) : undefined,
    fields: type === "DOMException" ? [] : fieldsOf(error).map((key) => [key, inner(read(error, key))]),
  };
}

function typeOf(error: Error): string {
  if (error instanceof CancelledError) return "CancelledError";
  if (error instanceof AggregateError) return "AggregateError";
  if (!(error instanceof Error) || error instanceof DOMException) {
    return "DOMException";
  }
  return Object.keys(types).find((name) => error instanceof types[name]) ?? "Error";
}

function fieldsOf(error: Error): string[] {
  return Object.keys(error).filter((key) => !KNOWN.has(key));
}

/** A property, whatever its getter does. */
function read(from: Error, key: string): unknown {
  try {
    return (from as unknown as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function decodeError(encoded: EncodedError, seen: Error[]): unknown {
  const { type, name, message, stack, cause, errors, fields } = encoded;
  const error = emptyError(type, name, message);
  // Before what it contains, which may contain it.
  seen.push(error);
  if (error.name !== name) define(error, "name", name);
  if (error.message !== message) define(error, "message", message);
  define(error, "stack", stack);
  if (cause !== undefined) define(error, "cause", decode(cause, seen));
  if (errors !== undefined) define(error, "errors", errors.map((inner) => decode(inner, seen)));
  for (const [key, value] of fields) define(error, key, decode(value, seen), true);
  return error;
}

function emptyError(type: string, name: string, message: string): Error {
  if (type === "CancelledError") return new CancelledError();
  if (type === "AggregateError") return new AggregateError([], message);
  if (type === "DOMException") return new DOMException(message, name) as Error;
  return new (types[type] ?? Error)(message);
}

function define(error: Error, key: string, value: unknown, enumerable = false): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable });
}

/** Whether structured clone carries it, and the other side can read it. */
function isCloneable(value: unknown): boolean {
  if (isPlain(value, MAX_DATA_DEPTH)) return true;
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

/** Whether it is data, through and through, such as JSON and structured clone can carry alike. */
function isPlain(value: unknown, depth: number): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value !== "object") return typeof value !== "function" && typeof value !== "symbol";
  if (depth > MAX_DATA_DEPTH) return false;
  const prototype = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((inner) => isPlain(inner, depth + 1));
}

/** A text for anything. */
export function describe(value: unknown): string {
  try {
    return typeof value === "function" ? `function ${value.name}` : String(value);
  } catch {
    return typeof value;
  }
}

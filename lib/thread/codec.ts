/** Errors on their way between threads: structured clone loses their names, fields, causes and stacks. */

import { Cancelled } from "./cancelled.ts";

/** Something thrown, in a form that can be posted. */
export type Encoded =
  | { kind: "value"; value: unknown }
  | { kind: "text"; text: string }
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

/** The errors that every thread has. */
const types: Record<string, new (message: string) => Error> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** How deep causes and fields are followed; they may be circular. */
const MAX_DEPTH = 8;

/** What are no fields of its own. */
const KNOWN = new Set(["name", "message", "stack", "cause", "errors", "reason"]);

/** `thrown` as it can be posted; what can't be is a text. */
export function encode(thrown: unknown, depth = 0): Encoded {
  if (isError(thrown)) return encodeError(thrown, depth);
  return isPlain(thrown, depth) ? { kind: "value", value: thrown } : { kind: "text", text: describe(thrown) };
}

/** What was thrown, or what is most like it. */
export function decode(encoded: Encoded): unknown {
  switch (encoded.kind) {
    case "value":
      return encoded.value;
    case "text":
      return encoded.text;
    case "error":
      return decodeError(encoded);
  }
}

function isError(value: unknown): value is Error & { errors?: unknown[] } {
  return value instanceof Error || (typeof DOMException === "function" && value instanceof DOMException);
}

function encodeError(error: Error & { errors?: unknown[] }, depth: number): EncodedError {
  const isDeep = depth >= MAX_DEPTH;
  const inner = (value: unknown): Encoded =>
    isDeep ? { kind: "text", text: describe(value) } : encode(value, depth + 1);
  const type = error instanceof Cancelled
    ? "Cancelled"
    : error instanceof DOMException
    ? "DOMException"
    : error instanceof AggregateError
    ? "AggregateError"
    : Object.keys(types).find((name) => error.constructor === types[name]) ?? "Error";
  return {
    kind: "error",
    type,
    name: String(error.name),
    message: String(error.message),
    stack: typeof error.stack === "string" ? error.stack : undefined,
    cause: "cause" in error ? inner(error.cause) : undefined,
    errors: Array.isArray(error.errors) ? error.errors.map(inner) : undefined,
    fields: type === "DOMException" ? [] : fieldsOf(error).map(([key, value]) => [key, inner(value)]),
  };
}

function fieldsOf(error: Error): [string, unknown][] {
  return Object.entries(error).filter(([key]) =>
    !KNOWN.has(key) || (key === "reason" && !(error instanceof Cancelled))
  );
}

function decodeError(encoded: EncodedError): unknown {
  const { type, name, message, stack, cause, errors, fields } = encoded;
  const error: Error = type === "Cancelled"
    ? new Cancelled(cause === undefined ? undefined : decode(cause))
    : type === "DOMException"
    ? new DOMException(message, name) as Error
    : type === "AggregateError"
    ? new AggregateError((errors ?? []).map(decode), message)
    : new (types[type] ?? Error)(message);
  if (error.name !== name) define(error, "name", name);
  define(error, "stack", stack);
  if (cause !== undefined && type !== "Cancelled") define(error, "cause", decode(cause));
  if (errors !== undefined && type !== "AggregateError") define(error, "errors", errors.map(decode));
  for (const [key, value] of fields) (error as unknown as Record<string, unknown>)[key] = decode(value);
  return error;
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false });
}

/** Whether it is data, through and through, such as JSON and structured clone can carry alike. */
function isPlain(value: unknown, depth: number): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value !== "object") return typeof value !== "function" && typeof value !== "symbol";
  if (depth > MAX_DEPTH) return false;
  const prototype = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((inner) => isPlain(inner, depth + 1));
}

/** A text for anything. */
function describe(value: unknown): string {
  try {
    return typeof value === "function" ? `function ${value.name}` : String(value);
  } catch {
    return typeof value;
  }
}

/** The assertions of the cases: `@std/assert` would do, but for what it needs of a runtime. */

type ErrorClass = abstract new (...args: never[]) => Error;

/** Throws unless both are alike: arrays and plain objects by what is in them, anything else by `Object.is`. */
export function equal(actual: unknown, expected: unknown): void {
  if (!isAlike(actual, expected)) throw new Error(`Expected ${show(expected)}, got ${show(actual)}`);
}

/** The error that `fn` throws; if `type` or `text` are given, it must be one of `type` and contain `text`. */
export function throws(fn: () => unknown, type: ErrorClass = Error, text = ""): Error {
  try {
    fn();
  } catch (error) {
    return check(error, type, text);
  }
  throw new Error(`Expected ${type.name}, nothing was thrown`);
}

/** The same for what `promise` rejects with. */
export async function rejects(
  promise: PromiseLike<unknown>,
  type: ErrorClass = Error,
  text = "",
): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return check(error, type, text);
  }
  throw new Error(`Expected ${type.name}, nothing was rejected`);
}

function check(error: unknown, type: ErrorClass, text: string): Error {
  if (!(error instanceof type)) throw new Error(`Expected ${type.name}, got ${show(error)}`);
  if (!error.message.includes(text)) throw new Error(`Expected "${text}", got "${error.message}"`);
  return error;
}

function isAlike(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isPlain(a) || !isPlain(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  return keys.length === others.length &&
    keys.every((key) => Object.hasOwn(b, key) && isAlike(a[key], b[key]));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Array.prototype || prototype === Object.prototype || prototype === null;
}

function show(value: unknown): string {
  if (value instanceof Error) return `${value}`;
  if (!isPlain(value)) return typeof value === "string" ? JSON.stringify(value) : String(value);
  const entries = Object.entries(value);
  return Array.isArray(value)
    ? `[${entries.map(([, item]) => show(item)).join(", ")}]`
    : `{ ${entries.map(([key, item]) => `${key}: ${show(item)}`).join(", ")} }`;
}

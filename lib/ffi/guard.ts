import type { CFunction } from "./c_function.ts";
import { checkerOf } from "./c_type.ts";
import { updateLastError } from "./last_error.ts";

/** What the functions of a table have in common. */
export interface Gate {
  /** Whether the functions refuse to work. */
  isClosed: boolean;
  /** How many of them are running. */
  depth: number;
}

/** A function as C calls it, with what Deno makes of the arguments. */
export type Native = (...args: unknown[]) => unknown;

/**
 * The one way from C into JavaScript: `fn`, such that nothing is thrown, and nothing returned that isn't of its
 * type (a bigint for an `int32_t` would end the process). An error becomes the last error, and its fallback is
 * returned.
 */
export function guard(name: string, fn: CFunction, gate: Gate): Native {
  const check = checkerOf(fn.result);
  const checkResult = (result: unknown): void => {
    try {
      check(result);
    } catch (error) {
      throw new TypeError(`Cannot return from ${name}`, { cause: error });
    }
  };
  return fn.parameters.length <= 4
    ? guardFew(name, fn, gate, checkResult)
    : guardMany(name, fn, gate, checkResult);
}

type Check = (result: unknown) => void;

/** Arguments that aren't there are `undefined` to the body: that is cheaper than to gather those that are. */
function guardFew(name: string, { body, fallback, isEternal }: CFunction, gate: Gate, check: Check): Native {
  const call = body as (a: unknown, b: unknown, c: unknown, d: unknown) => unknown;
  return (a, b, c, d) => {
    gate.depth++;
    try {
      if (gate.isClosed && !isEternal) refuse(name);
      const result = call(a, b, c, d);
      check(result);
      return result;
    } catch (error) {
      keep(error);
      return fallback;
    } finally {
      gate.depth--;
    }
  };
}

function guardMany(name: string, { body, fallback, isEternal }: CFunction, gate: Gate, check: Check): Native {
  const call = body as Native;
  return (...args) => {
    gate.depth++;
    try {
      if (gate.isClosed && !isEternal) refuse(name);
      const result = call(...args);
      check(result);
      return result;
    } catch (error) {
      keep(error);
      return fallback;
    } finally {
      gate.depth--;
    }
  };
}

function refuse(name: string): never {
  throw new TypeError(`Cannot call ${name}: its table was closed`);
}

function keep(error: unknown): void {
  try {
    updateLastError(error);
  } catch {
    // Only where the stack has no room left. What matters is that C gets its fallback.
  }
}

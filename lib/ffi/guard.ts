/** The one way from C into JavaScript. */
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
 * `fn` as C may call it: such that nothing is thrown, and nothing returned that isn't of its type (a bigint
 * for an `int32_t` would end the process). An error becomes the last error, and its fallback is returned.
 */
export function guard(name: string, fn: CFunction, gate: Gate): Native {
  return fn.natives.length <= 4 ? guardFew(name, fn, gate) : guardMany(name, fn, gate);
}

/** Arguments that aren't there are `undefined` to the body: that is cheaper than to gather those that are. */
function guardFew(name: string, { body, result: type, fallback, isEternal }: CFunction, gate: Gate): Native {
  const call = body as (a: unknown, b: unknown, c: unknown, d: unknown) => unknown;
  const check = checkerOf(type);
  return (a, b, c, d) => {
    let isReturning = false;
    gate.depth++;
    try {
      if (gate.isClosed && !isEternal) refuse(name);
      const result = call(a, b, c, d);
      isReturning = true;
      check(result);
      return result;
    } catch (error) {
      keep(error, name, isReturning);
      return fallback;
    } finally {
      gate.depth--;
    }
  };
}

function guardMany(name: string, { body, result: type, fallback, isEternal }: CFunction, gate: Gate): Native {
  const call = body as Native;
  const check = checkerOf(type);
  return (...args) => {
    let isReturning = false;
    gate.depth++;
    try {
      if (gate.isClosed && !isEternal) refuse(name);
      const result = call(...args);
      isReturning = true;
      check(result);
      return result;
    } catch (error) {
      keep(error, name, isReturning);
      return fallback;
    } finally {
      gate.depth--;
    }
  };
}

/** What a function says when its table is closed. */
export function refuse(name: string): never {
  throw new TypeError(`Cannot call ${name}: its table was closed`);
}

/**
 * Makes it the last error: what the function has thrown, or what is wrong with the result that it is
 * returning.
 */
function keep(error: unknown, name: string, isReturning: boolean): void {
  try {
    updateLastError(isReturning ? new TypeError(`Cannot return from ${name}`, { cause: error }) : error);
  } catch {
    // Only where the stack has no room left. What matters is that C gets its fallback.
  }
}

/** A callback that C has. */
export function callbackOf({ natives, result }: CFunction, native: Native): Deno.UnsafeCallback {
  const definition: Deno.UnsafeCallbackDefinition = { parameters: natives, result };
  return new Deno.UnsafeCallback(definition, native as never);
}

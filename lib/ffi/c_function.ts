/** Functions that C can call: their types, what they do, and how a header spells them. */
import { show } from "../internal/show.ts";
import { checkParameters, type CParameter, nativesOf, reading } from "./c_parameter.ts";
import { checkerOf, type CType } from "./c_type.ts";

/** What a C function can return. */
export type CResult = CType | "pointer" | "void";

/** What JavaScript sees of a type. */
export type JsOf<T extends CParameter | CResult> = T extends "void" ? void
  : T extends "bool" ? boolean
  : T extends "pointer" ? Deno.PointerValue
  : T extends "u64" | "i64" | "usize" | "isize" ? bigint
  : T extends "string" ? string
  : T extends "bytes" ? Uint8Array<ArrayBuffer>
  : number;

/** What JavaScript may return for a type. */
export type JsFor<T extends CParameter | CResult> = T extends "u64" | "i64" | "usize" | "isize"
  ? bigint | number
  : T extends "bytes" ? Uint8Array
  : JsOf<T>;

/** What JavaScript sees of a list of parameters. */
export type JsOfAll<P extends readonly CParameter[]> = { -readonly [I in keyof P]: JsOf<P[I]> };

/** How a header spells a function. */
export interface Declaration {
  /** The type of the result. */
  readonly result: string;
  /** Type and name of each parameter. */
  readonly parameters: readonly string[];
  /** What it does, in C, where there is a table; `async_task_call_NAME` calls JavaScript. Default: that. */
  readonly body?: string;
  /** Whether it is for the header alone. Default: `false`. */
  readonly isInternal?: boolean;
}

/**
 * A function that C can call: made by {@linkcode cFunction}, given to a {@linkcode FunctionTable}.
 *
 * @example
 * ```ts
 * import { type CFunction, cFunction } from "@tagged/async-task/ffi";
 * import { assertEquals } from "@std/assert";
 *
 * const add: CFunction = cFunction(["i32", "i32"], "i32", -1, (a, b) => a + b);
 * assertEquals(add.fallback, -1);
 * ```
 */
export interface CFunction {
  /** The types of what it takes. */
  readonly parameters: readonly CParameter[];
  /** What Deno passes for that. */
  readonly natives: readonly (CType | "pointer")[];
  /** The type of what it returns. */
  readonly result: CResult;
  /** What it returns when it fails. */
  readonly fallback: unknown;
  /** What it does, given what Deno passes. */
  readonly body: (...args: never[]) => unknown;
  /** How a header spells it; `undefined`: as the types say. */
  readonly declaration: Declaration | undefined;
  /** Whether it goes on working when its table is closed. */
  readonly isEternal: boolean;
}

/**
 * Makes a function that C can call out of a JavaScript function.
 *
 * Whatever `body` throws becomes the last error, and C gets `fallback`; so it does when `body` returns what
 * is not of the type `result`, a promise for instance.
 *
 * @param parameters The types of what it takes. 64-bit integers come as bigints, pointers as Deno's, strings
 * (UTF-8; what is none is replaced by U+FFFD) and bytes as copies. C passes bytes as an address and a length.
 * @param result The type of what it returns. For 64-bit integers, `body` may return a number as well.
 * @param fallback What C gets if it fails.
 * @param body What it does; synchronously.
 * @throws {TypeError} If a type is none, `body` is no function, or `fallback` is not of the type `result`.
 *
 * @example
 * ```ts
 * import { cFunction, FunctionTable } from "@tagged/async-task/ffi";
 * import { assertEquals } from "@std/assert";
 *
 * const table = new FunctionTable("math", {
 *   divide: cFunction(["i32", "i32"], "i32", -1, (a, b) => {
 *     if (b === 0) throw new RangeError("Cannot divide by zero");
 *     return Math.trunc(a / b);
 *   }),
 * });
 * assertEquals(table.header().includes("int32_t math_divide(int32_t a0, int32_t a1);"), true);
 * table.free();
 * ```
 */
export function cFunction<const P extends readonly CParameter[], R extends CResult>(
  parameters: P,
  result: R,
  fallback: JsFor<R>,
  body: (...args: JsOfAll<P>) => JsFor<R>,
): CFunction {
  return define({ parameters, result }, fallback, body, undefined, false);
}

/** The types of a function. */
export interface Signature {
  /** What it takes. */
  readonly parameters: readonly CParameter[];
  /** What it returns. */
  readonly result: CResult;
}

/** What `cFunction` does, for functions with a declaration, and for those that outlive their table's end. */
export function define(
  { parameters, result }: Signature,
  fallback: unknown,
  body: (...args: never[]) => unknown,
  declaration: Declaration | undefined,
  isEternal: boolean,
): CFunction {
  if (typeof body !== "function") {
    throw new TypeError(`Cannot make a C function: its body is not a function, got ${show(body)}`);
  }
  if (!Array.isArray(parameters)) {
    throw new TypeError(`Cannot make a C function: expected an array of parameters, got ${show(parameters)}`);
  }
  checkParameters(parameters);
  const check = checkerOf(result);
  try {
    check(fallback);
  } catch (error) {
    throw new TypeError("Cannot make a C function: it can't return its fallback", { cause: error });
  }
  const natives = nativesOf(parameters);
  return {
    parameters,
    natives,
    result,
    fallback,
    body: reading(parameters, body),
    declaration,
    isEternal,
  };
}

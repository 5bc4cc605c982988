/** The types of C that values of JavaScript can be given as, and what C calls them. */
import { show } from "../internal/show.ts";

/**
 * A type of C that a number, a bigint or a boolean stands for. `usize` is C's `size_t`, `isize` its
 * `ptrdiff_t`.
 *
 * @example
 * ```ts
 * import type { CType } from "@tagged/async-task/ffi";
 *
 * const types: Record<string, CType> = { count: "usize", mean: "f64", isComplete: "bool" };
 * ```
 */
export type CType =
  | "bool"
  | "u8"
  | "i8"
  | "u16"
  | "i16"
  | "u32"
  | "i32"
  | "u64"
  | "i64"
  | "usize"
  | "isize"
  | "f32"
  | "f64";

/**
 * What takes a piece of memory in C: `string` is UTF-8 with a NUL at its end, `bytes` an address and a
 * length.
 *
 * @example
 * ```ts
 * import type { CData, CType } from "@tagged/async-task/ffi";
 *
 * const fields: Record<string, CType | CData> = { name: "string", digest: "bytes", size: "u64" };
 * ```
 */
export type CData = "string" | "bytes";

/** Puts a value where C will find it. */
type Write = (view: DataView, offset: number, value: never) => void;

/** What there is to know of a type. */
interface Traits {
  /** Its size and its alignment, in bytes. */
  readonly size: number;
  readonly spelling: string;
  /** Throws unless the value is one of the type. */
  readonly check: (value: unknown) => void;
  readonly write: Write;
}

/** Every machine that Deno runs on has the lower half first. */
const LITTLE = true;

const integer = (spelling: string, bits: number, isSigned: boolean, write: Write): Traits => {
  const min = isSigned ? -(2n ** BigInt(bits - 1)) : 0n;
  const max = 2n ** BigInt(isSigned ? bits - 1 : bits) - 1n;
  return {
    size: bits / 8,
    spelling,
    check: bits < 64 ? inRange(Number(min), Number(max)) : inWide(min, max),
    write,
  };
};

const inRange = (min: number, max: number) => (value: unknown): void => {
  if (typeof value !== "number") throw unexpected(TypeError, "a number", value);
  if (!(value >= min && value <= max && Math.trunc(value) === value)) {
    throw unexpected(RangeError, `an integer from ${min} to ${max}`, value);
  }
};

const inWide = (min: bigint, max: bigint) => (value: unknown): void => {
  const isBig = typeof value === "bigint";
  if (!isBig && typeof value !== "number") throw unexpected(TypeError, "a number or a bigint", value);
  if ((isBig || Number.isSafeInteger(value)) && value >= min && value <= max) return;
  throw unexpected(RangeError, `${isBig ? "an" : "a safe"} integer from ${min} to ${max}`, value);
};

const real = (value: unknown): void => {
  if (typeof value !== "number") throw unexpected(TypeError, "a number", value);
};

const truth = (value: unknown): void => {
  if (typeof value !== "boolean") throw unexpected(TypeError, "a boolean", value);
};

/** The error that says so. */
export function unexpected(
  type: typeof TypeError | typeof RangeError,
  expected: string,
  value: unknown,
): TypeError | RangeError {
  return new type(`expected ${expected}, got ${show(value)}`);
}

const u64: Write = (view, offset, value) => view.setBigUint64(offset, BigInt(value), LITTLE);
const i64: Write = (view, offset, value) => view.setBigInt64(offset, BigInt(value), LITTLE);

const traits: Record<CType, Traits> = /* @__PURE__ */ (() => ({
  bool: {
    size: 1,
    spelling: "bool",
    check: truth,
    write: (view, at, value) => view.setUint8(at, Number(value)),
  },
  u8: integer("uint8_t", 8, false, (view, at, value) => view.setUint8(at, value)),
  i8: integer("int8_t", 8, true, (view, at, value) => view.setInt8(at, value)),
  u16: integer("uint16_t", 16, false, (view, at, value) => view.setUint16(at, value, LITTLE)),
  i16: integer("int16_t", 16, true, (view, at, value) => view.setInt16(at, value, LITTLE)),
  u32: integer("uint32_t", 32, false, (view, at, value) => view.setUint32(at, value, LITTLE)),
  i32: integer("int32_t", 32, true, (view, at, value) => view.setInt32(at, value, LITTLE)),
  u64: integer("uint64_t", 64, false, u64),
  i64: integer("int64_t", 64, true, i64),
  usize: integer("size_t", 64, false, u64),
  isize: integer("ptrdiff_t", 64, true, i64),
  f32: {
    size: 4,
    spelling: "float",
    check: real,
    write: (view, at, value) => view.setFloat32(at, value, LITTLE),
  },
  f64: {
    size: 8,
    spelling: "double",
    check: real,
    write: (view, at, value) => view.setFloat64(at, value, LITTLE),
  },
}))();

/** Writes an address, or a size. */
export const writeWord: Write = u64;

/** What there is to know of `type`. */
export function traitsOf(type: CType): Traits {
  if (!Object.hasOwn(traits, type)) {
    throw new TypeError(`Cannot use ${show(type)} in C: it is not a type, expected "u8", "f64" or the like`);
  }
  return traits[type];
}

/** What throws unless a value can be returned to C as this. */
export function checkerOf(type: CType | "pointer" | "void"): (value: unknown) => void {
  if (type === "void") return () => {};
  return type === "pointer" ? isPointer : traitsOf(type).check;
}

const isPointer = (value: unknown): void => {
  // Deno's pointers are objects without a prototype.
  if (value !== null && (typeof value !== "object" || Object.getPrototypeOf(value) !== null)) {
    throw unexpected(TypeError, "a pointer of Deno's, or null", value);
  }
};

/**
 * A type of C that a number, a bigint or a boolean stands for. `usize` is C's `size_t`, `isize` its `ptrdiff_t`.
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

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

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
  if (typeof value !== "number") throw new TypeError(`it is ${nameOf(value)}, not a number`);
  if (!(value >= min && value <= max && Math.trunc(value) === value)) {
    throw new RangeError(`${value} is no integer from ${min} to ${max}`);
  }
};

const inWide = (min: bigint, max: bigint) => (value: unknown): void => {
  const isBig = typeof value === "bigint";
  if (!isBig && typeof value !== "number") {
    throw new TypeError(`it is ${nameOf(value)}, neither a number nor a bigint`);
  }
  if ((isBig || Number.isSafeInteger(value)) && value >= min && value <= max) return;
  throw new RangeError(`${value} is no ${isBig ? "" : "safe "}integer from ${min} to ${max}`);
};

const real = (value: unknown): void => {
  if (typeof value !== "number") throw new TypeError(`it is ${nameOf(value)}, not a number`);
};

const truth = (value: unknown): void => {
  if (typeof value !== "boolean") throw new TypeError(`it is ${nameOf(value)}, not a boolean`);
};

const u64: Write = (view, offset, value) => view.setBigUint64(offset, BigInt(value), LITTLE);
const i64: Write = (view, offset, value) => view.setBigInt64(offset, BigInt(value), LITTLE);

const traits: Record<CType, Traits> = {
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
};

/** What there is to know of `type`. */
export function traitsOf(type: CType): Traits {
  if (!Object.hasOwn(traits, type)) throw new TypeError(`Cannot use ${nameOf(type)} in C: it is no type`);
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
    throw new TypeError(`it is ${nameOf(value)}, not a pointer`);
  }
};

/** What an error message calls a value. */
export function nameOf(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null || typeof value !== "object") return typeof value;
  return value instanceof Promise ? "a promise" : "an object";
}

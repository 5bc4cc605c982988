/** What a job gives C: written to the heap of C, and freed when C gives it back. */
import { show } from "../internal/show.ts";
import type { JsFor } from "./c_function.ts";
import { allocate, free } from "./c_heap.ts";
import { isData } from "./c_parameter.ts";
import { type CData, type CType, traitsOf, unexpected, writeWord } from "./c_type.ts";
import { checkFields } from "./names.ts";

/** What can be in a result. */
type FieldType = CType | CData;

/**
 * What a job gives C: a number, a string, bytes, nothing, or a struct of these, field by field.
 *
 * `NAME_wait` returns a pointer to it: to a number, to the first `char` of a string, to an
 * `async_task_bytes`, or to a `NAME_result`, whose strings and bytes live as long as it does.
 *
 * @example
 * ```ts
 * import type { ResultType } from "@tagged/async-task/ffi";
 *
 * const types: ResultType[] = ["usize", "string", "void", { count: "u32", mean: "f64", name: "string" }];
 * if (types.length !== 4) throw new Error("unreachable");
 * ```
 */
export type ResultType = CType | CData | "void" | Readonly<Record<string, CType | CData>>;

/** What a job must return for a result of this type, as far as the type says. */
export type JsForResult<S extends ResultType> = S extends "void" ? unknown
  : S extends CType | CData ? JsFor<S>
  : string extends keyof S ? unknown
  : S extends Readonly<Record<string, CType | CData>> ? { readonly [K in keyof S]: JsFor<S[K]> }
  : never;

/** One value in a result. */
interface Field {
  /** `undefined` if the result is the value. */
  readonly key: string | undefined;
  readonly type: FieldType;
  readonly offset: number;
}

const WORD = 8;

const encoder = new TextEncoder();

/** The results of a job. */
export class Results {
  /** How C spells the type. */
  readonly spelling: string;
  /** What the header has to say of it. */
  readonly definition: string;
  readonly #fields: readonly Field[];
  readonly #size: number;
  /** The addresses that C has. */
  readonly #out: Set<bigint> = new Set();
  /** Where a result is that takes no room: nowhere, but not null, and aligned for everything, as in Rust. */
  readonly #nothingAt: Deno.PointerObject = Deno.UnsafePointer.create(16n)!;

  constructor(name: string, type: ResultType) {
    if (typeof type !== "string" && (typeof type !== "object" || type === null)) {
      throw new TypeError(`Cannot export ${name}: expected a type, or a struct of types, got ${show(type)}`);
    }
    const isStruct = typeof type === "object";
    if (isStruct) checkFields(`${name}_result`, Object.keys(type));
    this.#fields = layOut(isStruct ? Object.entries(type) : type === "void" ? [] : [[undefined, type]]);
    this.#size = sizeOf(this.#fields);
    this.spelling = isStruct ? `${name}_result` : spellingOf(type);
    this.definition = isStruct ? this.#define(name) : "";
  }

  /** Puts a result on the heap: one piece of memory, in which strings and bytes are after the fields. */
  write(result: unknown): Deno.PointerObject {
    if (this.#fields.length === 0) return this.#nothingAt;
    const data = this.#fields.map((field) => checkField(field, result));
    const isBare = this.#fields[0].key === undefined && this.#fields[0].type === "string";
    const sizes = data.map((bytes) => bytes?.length ?? 0);
    const start = isBare ? 0 : this.#size;
    const total = sizes.reduce((sum, size) => sum + size, start);
    const pointer = allocate(Math.max(total, 1));
    const memory = Deno.UnsafePointerView.getArrayBuffer(pointer, Math.max(total, 1));
    const address = Deno.UnsafePointer.value(pointer);
    const view = new DataView(memory);
    let next = start;
    for (const [index, field] of this.#fields.entries()) {
      const bytes = data[index];
      if (bytes === undefined) writeValue(view, field, result);
      else {
        new Uint8Array(memory, next, bytes.length).set(bytes);
        if (!isBare) writeAddress(view, field, address + BigInt(next), bytes.length);
        next += bytes.length;
      }
    }
    this.#out.add(address);
    return pointer;
  }

  /** Frees a result; one that is null, or takes no room, needs no freeing. */
  destroy(pointer: Deno.PointerValue): void {
    if (
      pointer === null || (this.#fields.length === 0 && Deno.UnsafePointer.equals(pointer, this.#nothingAt))
    ) return;
    const address = Deno.UnsafePointer.value(pointer);
    if (!this.#out.delete(address)) {
      throw new TypeError(
        `Cannot destroy result 0x${address.toString(16)}: it is not a valid handle, or was destroyed already`,
      );
    }
    free(pointer);
  }

  /** A struct without fields is none in C: such a result is something that can't be looked into. */
  #define(name: string): string {
    const fields = this.#fields.map(({ key, type }) => `  ${fieldSpelling(type)}${key};\n`).join("");
    const type = fields === "" ? "void" : `struct ${name}_result {\n${fields}}`;
    return `\n/* What ${name} gives. */\ntypedef ${type} ${name}_result;\n`;
  }
}

/** As a C compiler lays a struct out: every field at a multiple of its alignment. */
function layOut(fields: [string | undefined, FieldType][]): Field[] {
  let end = 0;
  return fields.map(([key, type]) => {
    const align = alignOf(type);
    const offset = Math.ceil(end / align) * align;
    end = offset + (type === "bytes" ? 2 * WORD : align);
    return { key, type, offset };
  });
}

function sizeOf(fields: readonly Field[]): number {
  if (fields.length === 0) return 0;
  const { type, offset } = fields.at(-1)!;
  const widest = Math.max(...fields.map(({ type }) => alignOf(type)));
  return Math.ceil((offset + (type === "bytes" ? 2 * WORD : alignOf(type))) / widest) * widest;
}

/** The alignment of a type, which is its size, too, but for bytes. */
function alignOf(type: FieldType): number {
  return isData(type) ? WORD : traitsOf(type).size;
}

/** What C gets a pointer to. */
function spellingOf(type: FieldType | "void"): string {
  if (type === "void") return "void";
  if (type === "string") return "char";
  return type === "bytes" ? "async_task_bytes" : traitsOf(type).spelling;
}

/** A field's type, and what is between it and its name. */
function fieldSpelling(type: FieldType): string {
  return type === "string" ? "const char *" : `${spellingOf(type)} `;
}

function valueOf({ key }: Field, result: unknown): unknown {
  return key === undefined ? result : (result as Record<string, unknown> | undefined | null)?.[key];
}

/** Throws unless it is of its type; what of it is no number, as C sees it. */
function checkField(field: Field, result: unknown): Uint8Array | undefined {
  try {
    const value = valueOf(field, result);
    if (field.type === "string") return encodeString(value);
    if (field.type === "bytes") return checkBytes(value);
    traitsOf(field.type).check(value);
  } catch (cause) {
    const name = field.key === undefined ? "the result" : `field ${field.key} of the result`;
    throw new TypeError(`Cannot give C ${name}`, { cause });
  }
}

function encodeString(value: unknown): Uint8Array {
  if (typeof value !== "string") throw unexpected(TypeError, "a string", value);
  const at = value.indexOf("\0");
  if (at >= 0) throw new RangeError(`expected a string without NUL, got one at ${at}`);
  return encoder.encode(`${value}\0`);
}

function checkBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw unexpected(TypeError, "a Uint8Array", value);
}

function writeValue(view: DataView, field: Field, result: unknown): void {
  traitsOf(field.type as CType).write(view, field.offset, valueOf(field, result) as never);
}

function writeAddress(view: DataView, { type, offset }: Field, address: bigint, length: number): void {
  writeWord(view, offset, address as never);
  if (type === "bytes") writeWord(view, offset + WORD, length as never);
}

import { allocate, free } from "./c_heap.ts";
import { type CType, nameOf, traitsOf } from "./c_type.ts";
import { checkName } from "./header.ts";

/**
 * What a job gives C: a number, nothing, or a struct of numbers, field by field.
 *
 * @example
 * ```ts
 * import type { ResultType } from "@tagged/async-task/ffi";
 *
 * const types: ResultType[] = ["usize", "void", { count: "u32", mean: "f64" }];
 * if (types.length !== 3) throw new Error("unreachable");
 * ```
 */
export type ResultType = CType | "void" | Readonly<Record<string, CType>>;

/** One number in a result. */
interface Field {
  /** `undefined` if the result is the number. */
  readonly key: string | undefined;
  readonly type: CType;
  readonly offset: number;
}

/** The results of a job on the heap of C: written there, and freed when C gives them back. */
export class Results {
  /** How C spells the type. */
  readonly spelling: string;
  /** What the header has to say of it. */
  readonly definition: string;
  readonly #fields: Field[] = [];
  #size = 0;
  /** The addresses that C has. */
  readonly #out: Set<bigint> = new Set();
  /** Where a result is that takes no room: nowhere, but not null, and aligned for everything, as in Rust. */
  readonly #nothingAt: Deno.PointerObject = Deno.UnsafePointer.create(16n)!;

  constructor(name: string, type: ResultType) {
    if (typeof type === "string") {
      this.spelling = type === "void" ? "void" : traitsOf(type).spelling;
      this.definition = "";
      if (type !== "void") this.#add(undefined, type);
      return;
    }
    if (typeof type !== "object" || type === null) {
      throw new TypeError(
        `Cannot export ${name}: its result is ${nameOf(type)}, neither a type nor a struct of types`,
      );
    }
    this.spelling = `${name}_result`;
    for (const [key, field] of Object.entries(type)) this.#add(checkName(key), field);
    this.definition = `\n/* What ${name} gives. */\ntypedef struct ${name}_result {\n${
      this.#fields.map(({ key, type }) => `  ${traitsOf(type).spelling} ${key};\n`).join("")
    }} ${name}_result;\n`;
  }

  /** Puts a result on the heap. */
  write(result: unknown): Deno.PointerObject {
    if (this.#fields.length === 0) return this.#nothingAt;
    for (const field of this.#fields) checkField(field, result);
    const pointer = allocate(this.#size);
    const view = new DataView(Deno.UnsafePointerView.getArrayBuffer(pointer, this.#size));
    for (const field of this.#fields) {
      traitsOf(field.type).write(view, field.offset, valueOf(field, result) as never);
    }
    this.#out.add(Deno.UnsafePointer.value(pointer));
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
        `Cannot destroy result 0x${address.toString(16)}: it is none, or was destroyed already`,
      );
    }
    free(pointer);
  }

  /** As a C compiler lays a struct out: every field at a multiple of its size. */
  #add(key: string | undefined, type: CType): void {
    const { size } = traitsOf(type);
    const last = this.#fields.at(-1);
    const end = last === undefined ? 0 : last.offset + traitsOf(last.type).size;
    this.#fields.push({ key, type, offset: Math.ceil(end / size) * size });
    const widest = Math.max(...this.#fields.map(({ type }) => traitsOf(type).size));
    this.#size = Math.ceil((this.#fields.at(-1)!.offset + size) / widest) * widest;
  }
}

function valueOf({ key }: Field, result: unknown): unknown {
  return key === undefined ? result : (result as Record<string, unknown> | undefined | null)?.[key];
}

function checkField(field: Field, result: unknown): void {
  try {
    traitsOf(field.type).check(valueOf(field, result));
  } catch (cause) {
    const name = field.key === undefined ? "the result" : `field ${field.key} of the result`;
    throw new TypeError(`Cannot give C ${name}`, { cause });
  }
}

/** What C functions take: how C spells it, how Deno passes it, and what JavaScript makes of that. */
import { show } from "../internal/show.ts";
import { type CData, type CType, traitsOf } from "./c_type.ts";

/** What a C function can take. `string` and `bytes` are copied, before C goes on. */
export type CParameter = CType | CData | "pointer";

/** More bytes than this are no buffer, but a mistake: an engine would end the process. */
const MAX_BYTES = 2 ** 32;

/** The parameters as Deno knows them: bytes are two of them. */
export function nativesOf(parameters: readonly CParameter[]): (CType | "pointer")[] {
  return parameters.flatMap((type) => {
    if (type === "string") return ["pointer"];
    return type === "bytes" ? ["pointer", "usize"] : [type];
  });
}

/** The parameters as C spells them, with their names. */
export function spelledOf(parameters: readonly CParameter[]): string[] {
  return parameters.flatMap((type, index) => {
    const name = `a${index}`;
    if (type === "string") return [`const char *${name}`];
    if (type === "bytes") return [`const uint8_t *${name}`, `size_t ${name}_length`];
    return type === "pointer" ? [`void *${name}`] : [`${traitsOf(type).spelling} ${name}`];
  });
}

/** Throws if one of them is no type. */
export function checkParameters(parameters: readonly CParameter[]): void {
  for (const type of parameters) if (type !== "pointer" && !isData(type)) traitsOf(type);
}

/** Whether it takes memory of C's. */
export function isData(type: unknown): type is CData {
  return type === "string" || type === "bytes";
}

/** `body`, given strings and bytes, as a function of what Deno passes; itself if it takes none of them. */
export function reading(
  parameters: readonly CParameter[],
  body: (...args: never[]) => unknown,
): (...args: never[]) => unknown {
  if (!parameters.some(isData)) return body;
  return (...natives: unknown[]) => {
    let next = 0;
    const args = parameters.map((type, index) => {
      const native = natives[next++];
      if (type === "string") return readString(native as Deno.PointerValue, index);
      return type === "bytes"
        ? readBytes(native as Deno.PointerValue, natives[next++] as bigint, index)
        : native;
    });
    return body(...args as never[]);
  };
}

function readString(pointer: Deno.PointerValue, index: number): string {
  if (pointer === null) throw new TypeError(`Cannot take a${index}: expected a string, got NULL`);
  return Deno.UnsafePointerView.getCString(pointer);
}

function readBytes(pointer: Deno.PointerValue, length: bigint, index: number): Uint8Array<ArrayBuffer> {
  if (length === 0n) return new Uint8Array();
  if (pointer === null) throw new TypeError(`Cannot take a${index}: expected ${length} bytes, got NULL`);
  if (length > MAX_BYTES) {
    throw new RangeError(`Cannot take a${index}: expected ${MAX_BYTES} bytes at most, got ${show(length)}`);
  }
  return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, Number(length)).slice(0));
}

/** The heap of C, where results live: C may free them, or give them back here. */

const NAMES: Record<string, string[]> = {
  windows: ["ucrtbase.dll", "msvcrt.dll"],
  darwin: ["libSystem.dylib"],
};

const symbols = {
  malloc: { parameters: ["usize"], result: "pointer" },
  free: { parameters: ["pointer"], result: "void" },
} as const;

let library: Deno.DynamicLibrary<typeof symbols> | undefined;

/** Memory of this size. */
export function allocate(bytes: number): Deno.PointerObject {
  const pointer = open().malloc(BigInt(bytes));
  if (pointer === null) throw new RangeError(`Cannot allocate ${bytes} bytes: C has no more`);
  return pointer;
}

/** Gives memory back. */
export function free(pointer: Deno.PointerObject): void {
  open().free(pointer);
}

function open(): Deno.DynamicLibrary<typeof symbols>["symbols"] {
  if (library === undefined) library = openAny(NAMES[Deno.build.os] ?? ["libc.so.6", "libc.so"]);
  return library.symbols;
}

function openAny(names: string[]): Deno.DynamicLibrary<typeof symbols> {
  const errors: unknown[] = [];
  for (const name of names) {
    try {
      return Deno.dlopen(name, symbols);
    } catch (error) {
      errors.push(error);
    }
  }
  throw new AggregateError(errors, `Cannot find the C library: tried ${names.join(", ")}`);
}

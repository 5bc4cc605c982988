/**
 * What is asked of the library of C: memory, where results live until C gives them back, and which thread
 * this is.
 */

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
  if (library === undefined) library = openC(symbols);
  return library.symbols;
}

/** Opens the library of C. */
export function openC<const S extends Deno.ForeignLibraryInterface>(symbols: S): Deno.DynamicLibrary<S> {
  const names = NAMES[Deno.build.os] ?? ["libc.so.6", "libc.so"];
  const errors: unknown[] = [];
  for (const name of names) {
    try {
      return Deno.dlopen(name, symbols);
    } catch (error) {
      errors.push(error);
    }
  }
  throw new AggregateError(errors, `Cannot open the library of C: expected one of ${names.join(", ")}`);
}

let thread: bigint | undefined;

/** What C calls this thread; 0 if it can't be asked: then, it is the one that loads a table. */
export function ownThread(): bigint {
  return thread ??= askThread();
}

function askThread(): bigint {
  const signature = { parameters: [], result: "u64" } as const;
  try {
    const [name, library] = Deno.build.os === "windows"
      ? [
        "GetCurrentThreadId",
        Deno.dlopen("kernel32.dll", { GetCurrentThreadId: { parameters: [], result: "u32" } }),
      ]
      : ["pthread_self", openC({ pthread_self: signature })];
    const id = BigInt((library.symbols as Record<string, () => number | bigint>)[name]());
    library.close();
    return id;
  } catch {
    // Where this program may open its own library alone.
    return 0n;
  }
}

import type { CFunction } from "./c_function.ts";
import { nameOf } from "./c_type.ts";
import { errorFunctions } from "./error_functions.ts";
import { type Gate, guard, type Native } from "./guard.ts";
import { checkNames, functionHeader } from "./header.ts";

/**
 * Tables whose functions C may hold. They are kept here, because nobody else may know them any more: a function
 * that C calls must not be garbage.
 */
const tables = new Set<FunctionTable>();

/**
 * JavaScript functions that C can call: a table of function pointers.
 *
 * C receives `pointers`, in the order of the functions that were given, then `last_error_length`,
 * `last_error_length_utf16`, `error_message_utf8`, `error_message_utf16` and `clear_last_error`. The header that
 * {@linkcode FunctionTable.header} writes makes C functions of it, and a `NAME_load` that takes the pointers.
 *
 * No function throws into C: see {@linkcode cFunction}. After `close()` every function answers with an error;
 * the memory that they take, some hundred bytes each, is given back by `free()` alone, as C may still hold them.
 *
 * C may call from threads of its own as well. Such a call waits until the event loop of the thread that has made
 * the table gets to it, and runs there. So a synchronous call into the library that joins the other thread never
 * returns, as each waits for the other: declare that function `nonblocking`, and await it. `ref()` keeps the process
 * alive for such calls. The last error is one for all threads: those that ask for it need a lock of theirs around
 * the call and the question, which the thread that runs JavaScript never takes.
 *
 * Those threads must have stopped calling when the table is freed, and when the process or the Worker that has made
 * it ends by itself: Deno takes the memory of the functions back, and a call then ends the process with a signal.
 * `Deno.exit()` needs no such care.
 *
 * @example
 * ```ts
 * import { cFunction, FunctionTable } from "@tagged/async-task/ffi";
 * import { assertEquals } from "@std/assert";
 *
 * const table = new FunctionTable("log", {
 *   level: cFunction([], "i32", -1, () => 3),
 * });
 * // lib.symbols.log_load(table.pointers)
 * assertEquals(table.pointers.length, 6); // level, and the five of the last error
 * table.free();
 * ```
 */
export class FunctionTable implements Disposable {
  /** What the names of its functions begin with. */
  readonly name: string;
  /** The addresses of its functions: what C is given, as a `buffer`. They stay where they are until `free()`. */
  readonly pointers: BigUint64Array<ArrayBuffer>;
  readonly #functions: Readonly<Record<string, CFunction>>;
  readonly #gate: Gate;
  /** What the header says before the functions: the types that they are about. */
  readonly #types: string;
  #callbacks: Deno.UnsafeCallback[];

  /**
   * Makes the functions.
   *
   * @param name What the names of the functions begin with, in C: `NAME_`.
   * @param functions The functions by the rest of their names.
   * @throws {TypeError} If a name is none in C, or this runtime has no `Deno.UnsafeCallback`.
   * @throws {Deno.errors.NotCapable} Without `--allow-ffi`.
   */
  constructor(name: string, functions: Readonly<Record<string, CFunction>>);
  /** @ignore */
  constructor(name: string, functions: Readonly<Record<string, CFunction>>, types?: string);
  constructor(name: string, functions: Readonly<Record<string, CFunction>>, types = "") {
    if (typeof Deno !== "object" || typeof Deno.UnsafeCallback !== "function") {
      throw new TypeError("Cannot make functions for C: this runtime has no Deno.UnsafeCallback");
    }
    checkNames(name, Object.keys(functions));
    const gate: Gate = { isClosed: false, depth: 0 };
    this.name = name;
    this.#functions = functions;
    this.#gate = gate;
    this.#types = types;
    const made = [
      ...Object.entries(functions).map(([key, fn]) => define(`${name}_${key}`, fn, gate)),
      ...Object.entries(errorFunctions).map(([key, fn]) => define(key, fn, gate)),
    ];
    this.#callbacks = made.map(([definition, native]) =>
      new Deno.UnsafeCallback(definition, native as never)
    );
    const addresses = this.#callbacks.map(({ pointer }) => Deno.UnsafePointer.value(pointer));
    this.pointers = BigUint64Array.from(addresses);
    tables.add(this);
  }

  /** Whether its functions answer with an error. */
  get isClosed(): boolean {
    return this.#gate.isClosed;
  }

  /** The text of the C header that declares its functions. */
  header(): string {
    return functionHeader(this.name, this.#functions, this.#types);
  }

  /** From now on, calls from C threads are waited for: the process does not end by itself. */
  ref(): void {
    for (const callback of this.#callbacks) callback.ref();
  }

  /** Takes back one `ref()`. */
  unref(): void {
    for (const callback of this.#callbacks) callback.unref();
  }

  /**
   * From now on, every function but those of the last error answers with an error. C may go on calling them.
   *
   * @example
   * ```ts
   * import { FunctionTable } from "@tagged/async-task/ffi";
   * import { assertEquals } from "@std/assert";
   *
   * const table = new FunctionTable("empty", {});
   * table.close();
   * assertEquals(table.isClosed, true);
   * table.free();
   * ```
   */
  close(): void {
    this.#gate.isClosed = true;
  }

  /**
   * Gives back the memory of its functions. A call from C after this ends the process, and so does one of a C
   * thread that still waits for the event loop: it is for when the library was closed, or was told to forget the
   * table.
   *
   * @throws {TypeError} If one of its functions is running.
   *
   * @example
   * ```ts
   * import { FunctionTable } from "@tagged/async-task/ffi";
   * import { assertEquals } from "@std/assert";
   *
   * const table = new FunctionTable("empty", {});
   * table.free();
   * assertEquals(table.isClosed, true);
   * ```
   */
  free(): void {
    if (this.#gate.depth > 0) {
      throw new TypeError(`Cannot free table ${this.name}: C is calling one of its functions`);
    }
    this.close();
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    for (const callback of callbacks) callback.close();
    tables.delete(this);
  }

  /** The same as `close()`, and not as `free()`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function define(name: string, fn: CFunction, gate: Gate): [Deno.UnsafeCallbackDefinition, Native] {
  if (typeof fn?.body !== "function") {
    throw new TypeError(`Cannot make ${name}: it is ${nameOf(fn)}, not a function made with cFunction`);
  }
  return [{ parameters: fn.parameters, result: fn.result }, guard(name, fn, gate)];
}

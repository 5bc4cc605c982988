/** Tables of functions that C can call. */
import { Inspectable } from "../internal/inspect.ts";
import { show } from "../internal/show.ts";
import type { CFunction } from "./c_function.ts";
import { ownThread } from "./c_heap.ts";
import { releaseErrorCallbacks, takeErrorCallbacks } from "./error_functions.ts";
import { callbackOf, type Gate, guard } from "./guard.ts";
import { functionHeader, type HeaderParts } from "./header.ts";
import { checkNames } from "./names.ts";
import { serve } from "./serve.ts";

/**
 * Tables whose functions C may hold. They are kept here, because nobody else may know them any more: a
 * function that C calls must not be garbage.
 */
const tables = new Set<FunctionTable>();

/**
 * JavaScript functions that C can call: a table of function pointers.
 *
 * C receives `pointers`: the functions that were given, in their order, then `last_error_length`,
 * `last_error_length_utf16`, `error_message_utf8`, `error_message_utf16` and `clear_last_error`; and then
 * what the header needs besides. The header that {@linkcode FunctionTable.header} writes makes C functions of
 * it, and a `NAME_load` that takes the pointers.
 *
 * No function throws into C: see {@linkcode cFunction}. After `close()` every function answers with an error;
 * the memory that they take, some hundred bytes each, is given back by `free()` alone, as C may still hold
 * them.
 *
 * C may call from threads of its own as well. Such a call waits until the event loop of the thread that has
 * made the table gets to it, and runs there. If that thread is in a `NAME_wait`, it makes the call there,
 * between two looks; but a thread that has called just before that is back only when the event loop is. So a
 * synchronous call into the library that joins another thread may never return, as each waits for the other:
 * declare that function `nonblocking`, and await it. `ref()` keeps the process alive for such calls.
 *
 * The last error is one for each thread of C's own: the functions of the header see to that; a message is cut
 * to 2,047 bytes there. JavaScript, and C that it calls, have one together, which a program that uses the
 * pointers without the header shares with them.
 *
 * Threads must have stopped calling when the table is freed, and when the process or the Worker that has made
 * it ends by itself: Deno takes the memory of the functions back, and a call then ends the process with a
 * signal. `Deno.exit()` needs no such care. In a child that `fork()` has made, nothing of JavaScript goes on:
 * there, none of the functions may be called.
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
 * assertEquals(table.pointers.length, 1 + 5 + 1 + 1);
 * table.free();
 * ```
 */
export class FunctionTable extends Inspectable implements Disposable {
  /** What the names of its functions begin with. */
  readonly name: string;
  /**
   * The addresses of its functions: what C is given, as a `buffer`. They stay where they are until `free()`.
   */
  readonly pointers: BigUint64Array<ArrayBuffer>;
  readonly #functions: Readonly<Record<string, CFunction>>;
  readonly #gate: Gate;
  /** What its header says besides. */
  readonly #parts: HeaderParts;
  /** Its own, until it is freed; those of the last error belong to all tables. */
  #callbacks: Deno.UnsafeCallback[];
  #errorCallbacks: readonly Deno.UnsafeCallback[];
  /** How often it was referred to. */
  #refs = 0;

  /**
   * Makes the functions.
   *
   * @param name What the names of the functions begin with, in C: `NAME_`.
   * @param functions The functions by the rest of their names.
   * @throws {TypeError} If a name is none in C, or in C++, or is that of something else there, or this
   * runtime has no `Deno.UnsafeCallback`.
   * @throws {Deno.errors.NotCapable} Without `--allow-ffi`.
   */
  constructor(name: string, functions: Readonly<Record<string, CFunction>>);
  /** @ignore */
  constructor(name: string, functions: Readonly<Record<string, CFunction>>, parts?: HeaderParts);
  constructor(name: string, functions: Readonly<Record<string, CFunction>>, parts: HeaderParts = {}) {
    super();
    if (typeof Deno !== "object" || typeof Deno.UnsafeCallback !== "function") {
      throw new TypeError("Cannot make functions for C: this runtime has no Deno.UnsafeCallback");
    }
    const gate: Gate = { isClosed: false, depth: 0 };
    const [first, more] = [Object.entries(functions), Object.entries(parts.more ?? {})];
    const all = [...first, ...more];
    checkNames(name, all.map(([key]) => key), parts.ownName);
    for (const [key, fn] of all) checkFunction(`${name}_${key}`, fn);
    this.name = name;
    this.#functions = functions;
    this.#gate = gate;
    this.#parts = parts;
    const own = all.map(([key, fn]) => callbackOf(fn, guard(`${name}_${key}`, fn, gate)));
    const serving = callbackOf(serve, guard(`${name}_serve`, serve, gate));
    this.#callbacks = [...own, serving];
    this.#errorCallbacks = takeErrorCallbacks();
    const inOrder = [
      ...own.slice(0, first.length),
      ...this.#errorCallbacks,
      ...own.slice(first.length),
      serving,
    ];
    const addresses = inOrder.map(({ pointer }) => Deno.UnsafePointer.value(pointer));
    this.pointers = BigUint64Array.from([...addresses, ownThread()]);
    tables.add(this);
  }

  /** Whether its functions answer with an error. */
  get isClosed(): boolean {
    return this.#gate.isClosed;
  }

  /** The text of the C header that declares its functions. */
  header(): string {
    return functionHeader(this.name, this.#functions, this.#parts);
  }

  /** From now on, calls from C threads are waited for: the process does not end by itself. */
  ref(): void {
    this.#refs++;
    for (const callback of [...this.#callbacks, ...this.#errorCallbacks]) callback.ref();
  }

  /** Takes back one `ref()`. */
  unref(): void {
    if (this.#refs === 0) return;
    this.#refs--;
    for (const callback of [...this.#callbacks, ...this.#errorCallbacks]) callback.unref();
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
   * thread that still waits for the event loop: it is for when the library was closed, or was told to forget
   * the table.
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
    if (!tables.delete(this)) return;
    while (this.#refs > 0) this.unref();
    for (const callback of this.#callbacks) callback.close();
    this.#callbacks = [];
    this.#errorCallbacks = [];
    releaseErrorCallbacks();
  }

  /** What `JSON.stringify` makes of it: its name, its functions, and whether it is closed. */
  override toJSON(): object {
    const more = Object.entries(this.#parts.more ?? {}).filter(([, fn]) => !fn.declaration?.isInternal);
    const functions = [...Object.keys(this.#functions), ...more.map(([key]) => key)];
    return { name: this.name, functions, isClosed: this.isClosed };
  }

  /** The same as `close()`, and not as `free()`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function checkFunction(name: string, fn: CFunction): void {
  if (typeof fn?.body === "function") return;
  throw new TypeError(`Cannot make ${name}: expected what cFunction() returns, got ${show(fn)}`);
}

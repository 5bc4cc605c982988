import { type Job, TaskHandle } from "../thread/mod.ts";
import { type CFunction, define } from "./c_function.ts";
import { Results, type ResultType } from "./c_result.ts";
import { type CType, nameOf, traitsOf } from "./c_type.ts";
import { FunctionTable } from "./function_table.ts";
import { HandleTable, numberOf } from "./handles.ts";
import { clearLastError } from "./last_error.ts";

/**
 * What {@linkcode exportTask} has to be told.
 *
 * @example
 * ```ts
 * import type { ExportOptions } from "@tagged/async-task/ffi";
 *
 * const options: ExportOptions = { name: "spin", result: "usize" };
 * if (options.name !== "spin") throw new Error("unreachable");
 * ```
 */
export interface ExportOptions {
  /** What the names of the C functions begin with. */
  name: string;
  /** What the job gives. */
  result: ResultType;
  /** What the job takes after its token, and so what `NAME_spawn` takes. Default: nothing. */
  parameters?: readonly CType[];
  /** The tag of every job. */
  tag?: unknown;
}

/** A job on a background thread, as C sees it. */
type Handle = TaskHandle<unknown, unknown>;

/**
 * Makes a job one that C can run on a background thread: `export_task!` of ffi_helpers in Rust.
 *
 * The functions, which the table's `header()` declares:
 *
 * - `uint64_t NAME_spawn(…)`: starts the job; a handle, or 0 and an error;
 * - `T *NAME_poll(uint64_t)`: never blocks. `NULL` and no error while the job runs; then its result, once, or `NULL`
 *   and an error;
 * - `T *NAME_wait(uint64_t)`: blocks until the job has ended, and frees the handle. Its result, or `NULL` and an error;
 * - `void NAME_cancel(uint64_t)`, `int NAME_cancelled(uint64_t)`: 1 if it was cancelled, 0 if not, -1 and an error;
 * - `void NAME_handle_destroy(uint64_t)`: cancels the job, and frees the handle;
 * - `void NAME_result_destroy(T *)`: frees a result. Results live on the heap of C until then; one without fields
 *   takes none of it, and is not `NULL` nevertheless.
 *
 * Whatever is wrong, a handle that is null, made up, or destroyed, a job that throws, an argument that doesn't fit,
 * becomes the last error. C may call them from threads of its own: see {@linkcode FunctionTable}. They run on the
 * thread that has made them all the same, which `NAME_wait` blocks, whoever calls it.
 *
 * @throws {TypeError} If `job` is none, a name is none in C, or a type none of the types.
 * @throws {Deno.errors.NotCapable} Without `--allow-ffi`.
 *
 * @example
 * ```ts
 * import { exportTask } from "@tagged/async-task/ffi";
 * import { countPrimes } from "../../examples/jobs.ts";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const table = exportTask(countPrimes, { name: "primes", result: "u32", parameters: ["u32", "u32"] });
 * assertStringIncludes(table.header(), "uint64_t primes_spawn(uint32_t a0, uint32_t a1);");
 * table.free();
 * ```
 */
export function exportTask<Args extends readonly unknown[], R>(
  job: Job<Args, R>,
  options: ExportOptions,
): FunctionTable {
  if (typeof job?.run !== "function") {
    throw new TypeError(`Cannot export a task: expected what defineTask() returns, got ${nameOf(job)}`);
  }
  if (typeof options?.name !== "string" || !Array.isArray(options.parameters ?? [])) {
    throw new TypeError(`Cannot export ${job.name}: expected its name in C, and an array of parameters`);
  }
  return new JobTable(job as unknown as Job<unknown[], unknown>, options);
}

/** The functions of a job, and the handles that C has. */
class JobTable extends FunctionTable {
  readonly #handles: HandleTable<Handle>;

  constructor(job: Job<unknown[], unknown>, { name, result, parameters = [], tag }: ExportOptions) {
    const handles = new HandleTable<Handle>(`${name} handle`);
    const results = new Results(name, result);
    const spawn = (...args: unknown[]): number =>
      handles.insert(start(job, args.slice(0, parameters.length), tag));
    super(name, {
      spawn: define({ parameters, result: "u64" }, 0n, (...args) => BigInt(spawn(...args)), {
        result: "uint64_t",
        parameters: parameters.map((type, index) => `${traitsOf(type).spelling} a${index}`),
      }, false),
      ...functions(handles, results),
    }, results.definition);
    this.#handles = handles;
  }

  /** The jobs that C has forgotten are cancelled. */
  override close(): void {
    super.close();
    for (const handle of this.#handles.clear()) handle[Symbol.dispose]();
  }
}

function functions(handles: HandleTable<Handle>, results: Results): Record<string, CFunction> {
  const pointer = `${results.spelling} *`;
  const one = { parameters: ["u64"], result: "pointer" } as const;
  const declared = (result: string) => ({ result, parameters: ["uint64_t handle"] });
  const get = (handle: bigint, action: string): Handle => handles.get(numberOf(handle), action);
  const take = (handle: bigint, action: string): Handle => handles.remove(numberOf(handle), action);
  return {
    poll: define(one, null, (handle: bigint) => poll(get(handle, "poll"), results), declared(pointer), false),
    wait: define(
      one,
      null,
      (handle: bigint) => results.write(take(handle, "wait for").wait()),
      declared(pointer),
      false,
    ),
    cancel: define(
      { parameters: ["u64"], result: "void" },
      undefined,
      (handle: bigint) => get(handle, "cancel").cancel(),
      declared("void"),
      false,
    ),
    cancelled: define(
      { parameters: ["u64"], result: "i32" },
      -1,
      (handle: bigint) => Number(get(handle, "look at").cancelled),
      declared("int"),
      false,
    ),
    handle_destroy: define(
      { parameters: ["u64"], result: "void" },
      undefined,
      (handle: bigint) => take(handle, "destroy")[Symbol.dispose](),
      declared("void"),
      false,
    ),
    result_destroy: define(
      { parameters: ["pointer"], result: "void" },
      undefined,
      (result: Deno.PointerValue) => results.destroy(result),
      { result: "void", parameters: [`${pointer}result`] },
      true,
    ),
  };
}

/** On its way at once, and whatever becomes of it: as a thread of Rust's does, it runs, to say itself how it ends. */
function start(job: Job<unknown[], unknown>, args: unknown[], tag: unknown): Handle {
  const handle = TaskHandle.spawn(job, args, { tag, startCancelled: true });
  handle.send();
  return handle;
}

/** `null` says two things: what it is not says the last error. */
function poll(handle: Handle, results: Results): Deno.PointerValue {
  clearLastError();
  const polled = handle.poll();
  return polled.done ? results.write(polled.value) : null;
}

/** Jobs for C: `export_task!` of ffi_helpers in Rust. */
import { show } from "../internal/show.ts";
import type { Job, ThreadPool } from "../thread/mod.ts";
import type { JsOfAll } from "./c_function.ts";
import type { JsForResult, ResultType } from "./c_result.ts";
import type { CData, CType } from "./c_type.ts";
import type { FunctionTable } from "./function_table.ts";
import { JobTable } from "./job_table.ts";

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
export interface ExportOptions<
  P extends readonly (CType | CData)[] = readonly (CType | CData)[],
  S extends ResultType = ResultType,
> {
  /** What the names of the C functions begin with. */
  name: string;
  /** What the job gives. */
  result: S;
  /** What the job takes after its token, and so what `NAME_spawn` takes. Default: nothing. */
  parameters?: P;
  /** The tag of every job. */
  tag?: unknown;
  /**
   * The threads that run the job, and who is told of an error that C has not asked for. Default: threads of
   * all tables together, 64 at most, so that many jobs may wait for each other; such errors are printed, and
   * end no process.
   */
  pool?: ThreadPool;
}

/** What a job is given for such parameters. They are what is said of them, and not what the job takes. */
export type Taking<P extends readonly (CType | CData)[]> = P extends readonly (CType | CData)[] ? JsOfAll<P>
  : never;

/**
 * `R`, if a job that gives it can be one with results of type `S`: what isn't known is found out when it
 * gives it.
 */
export type Giving<R, S extends ResultType> = unknown extends R ? R : JsForResult<S>;

/**
 * Makes a job one that C can run on a background thread: `export_task!` of ffi_helpers in Rust.
 *
 * The functions, which the table's `header()` declares:
 *
 * - `uint64_t NAME_spawn(…)`: starts the job, on a thread that is idle, or on a new one, or, when there are
 *   as many as there may be, later; a handle, or 0 and an error. Strings and bytes are copied;
 * - `T *NAME_poll(uint64_t)`: never blocks. `NULL` and no error while the job runs; then its result, once, or
 *   `NULL` and an error;
 * - `T *NAME_wait(uint64_t)`: blocks until the job has ended, and frees the handle. Its result, or `NULL` and
 *   an error;
 * - `T *NAME_wait_timeout(uint64_t, double milliseconds)`: the same, for so long at most; then `NULL` and no
 *   error, and the handle is as good as before;
 * - `int NAME_on_finish(uint64_t, async_task_callback, void *data)`: calls back once, on the thread of
 *   JavaScript, from its event loop: when the job has ended, or its handle was destroyed, or the table
 *   closed. 0, or -1 and an error;
 * - `void NAME_cancel(uint64_t)`, `int NAME_cancelled(uint64_t)`: 1 if it was cancelled, 0 if not, -1 and an
 *   error;
 * - `void NAME_handle_destroy(uint64_t)`: cancels the job, and frees the handle. If the job has failed, and C
 *   has not asked, the pool's `onError` is told;
 * - `void NAME_result_destroy(T *)`: frees a result. Results live on the heap of C until then, each in one
 *   piece; one without fields takes none of it, and is not `NULL` nevertheless. It is what frees a result:
 *   not `free()`.
 *
 * Whatever is wrong, a handle that is null, made up, or destroyed, a job that throws, an argument that
 * doesn't fit, becomes the last error. C may call them from threads of its own, each of which has its own
 * last error: see {@linkcode FunctionTable}. A thread of C's own that waits sleeps, and keeps nobody from
 * anything. On the thread of JavaScript, waiting blocks its event loop, and makes the calls that other
 * threads of C's make meanwhile: one that cancels the job gets in. A job that needs the event loop never ends
 * then. Ctrl-C ends such a wait, also where a listener keeps it from ending the process (not on Windows): the
 * error says so, the job goes on, and the handle is as good as before.
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
export function exportTask<
  R,
  const P extends readonly (CType | CData)[] = [],
  const S extends ResultType = ResultType,
>(
  job: Job<Taking<P>, R> & Job<Taking<P>, Giving<R, S>>,
  options: ExportOptions<P, S>,
): FunctionTable {
  const { run, name } = (job ?? {}) as Partial<Job<never, unknown>>;
  if (typeof run !== "function") {
    throw new TypeError(`Cannot export a task: expected what defineTask() returns, got ${show(job)}`);
  }
  if (typeof options?.name !== "string" || !Array.isArray(options.parameters ?? [])) {
    throw new TypeError(
      `Cannot export ${name}: expected its name in C, and an array of parameters, got ${show(options)}`,
    );
  }
  if (options.pool !== undefined && typeof options.pool?.spawn !== "function") {
    throw new TypeError(`Cannot export ${name}: expected a ThreadPool, got ${show(options.pool)}`);
  }
  return new JobTable(job as unknown as Job<unknown[], unknown>, options);
}

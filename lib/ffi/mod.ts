/**
 * TypeScript for C: tables of functions that a C library can call, whatever it does, and jobs on background
 * threads among them. Deno only; needs `--allow-ffi`.
 *
 * C may call from threads of its own: the call waits for the event loop of the thread that has made the
 * table, and runs there. A synchronous call into C that joins such a thread never returns. {@linkcode
 * FunctionTable} has the rest.
 *
 * @module
 */
export {
  type CFunction,
  cFunction,
  type CResult,
  type Declaration,
  type JsFor,
  type JsOf,
  type JsOfAll,
} from "./c_function.ts";
export type { CParameter } from "./c_parameter.ts";
export type { JsForResult, ResultType } from "./c_result.ts";
export type { CData, CType } from "./c_type.ts";
export * from "./export_task.ts";
export * from "./foreign_executor.ts";
export * from "./function_table.ts";
export * from "./last_error.ts";
export * from "./task_table.ts";
export type { Job, ThreadPool } from "../thread/mod.ts";

export * from "./c_function.ts";
export type { CType } from "./c_type.ts";
export * from "./foreign_executor.ts";
export * from "./function_table.ts";
export * from "./last_error.ts";
export * from "./task_table.ts";

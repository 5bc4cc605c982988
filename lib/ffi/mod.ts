export * from "./c_function.ts";
export type { CType } from "./c_type.ts";
export * from "./function_table.ts";
export * from "./last_error.ts";

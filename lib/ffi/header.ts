/** The header of a table, for C and C++. */
import type { CFunction, CResult, Declaration } from "./c_function.ts";
import { spelledOf } from "./c_parameter.ts";
import { traitsOf } from "./c_type.ts";
import { errorFunctions } from "./error_functions.ts";
import { COMMON_IMPLEMENTATION, commonDeclarations } from "./header_common.ts";
import { WAITING_IMPLEMENTATION } from "./header_waiting.ts";

/** What a header says besides its functions. */
export interface HeaderParts {
  /** Types, and what there is to know of the functions. Default: nothing. */
  readonly before?: string;
  /** Functions that come after those of the last error. Default: none. */
  readonly more?: Readonly<Record<string, CFunction>>;
  /** Whether threads of C's own sleep while they wait for something. Default: `false`. */
  readonly isWaiting?: boolean;
  /** The name of the table, if it is this package's own. */
  readonly ownName?: string;
}

/** A function as a header needs it. */
interface Entry extends Declaration {
  /** Its name in the table. */
  readonly key: string;
  readonly name: string;
  /** What it returns while there is no table; nothing, if it returns nothing. */
  readonly fallback: string;
}

/**
 * The header of a table: the types, the functions, and `NAME_load`. One source file of a library defines
 * `ASYNC_TASK_IMPLEMENTATION` before it includes it: there, the functions are defined.
 */
export function functionHeader(
  name: string,
  functions: Readonly<Record<string, CFunction>>,
  { before = "", more = {}, isWaiting = false }: HeaderParts,
): string {
  const [first, last] = [functions, more].map((some) =>
    Object.entries(some).map(([key, fn]) => entry(key, `${name}_${key}`, fn))
  );
  const all = [...first, ...last];
  const guard = `ASYNC_TASK_HEADER_${name}`;
  return `/* Written by @tagged/async-task/ffi, for C99 and C++11 and later. */
#ifndef ${guard}
#define ${guard}
${common()}${isWaiting ? WAITING_IMPLEMENTATION : ""}${before}
${tableOf(name, first, last)}
#ifdef __cplusplus
extern "C" {
#endif

/* Takes the functions of a table, or, given NULL, forgets them; before that, they all fail. No other thread may call
   them meanwhile. Calls of other threads than the one of JavaScript wait for its event loop. */
ASYNC_TASK_API void ${name}_load(const void *table);

${all.filter(({ isInternal }) => !isInternal).map(prototype).join("")}
#ifdef ASYNC_TASK_IMPLEMENTATION
${implementation(name, all)}#endif

#ifdef __cplusplus
}
#endif
#endif
`;
}

/** What all headers have in common. */
function common(): string {
  const entries = Object.entries(errorFunctions).map(([key, fn]) => entry(key, key, fn));
  return commonDeclarations(
    entries.map((each) => member(each, "  ")).join(""),
    entries.map(prototype).join(""),
  ) + COMMON_IMPLEMENTATION;
}

/** The struct that JavaScript hands over: addresses, and the number of a thread. */
function tableOf(name: string, first: readonly Entry[], last: readonly Entry[]): string {
  const members = (entries: readonly Entry[]) => entries.map((each) => member(each, "  ")).join("");
  return `/* The functions, as JavaScript hands them over. */
typedef struct ${name}_table {
${members(first)}  async_task_errors errors;
${members(last)}  async_task_server serve;
  /* The thread of JavaScript. */
  uint64_t owner;
} ${name}_table;
`;
}

function implementation(name: string, own: readonly Entry[]): string {
  const inOrder = [
    ...own.filter(({ isInternal }) => isInternal),
    ...own.filter(({ isInternal }) => !isInternal),
  ];
  return `static ${name}_table ${name}_functions;
static async_task_source ${name}_loaded;

ASYNC_TASK_API void ${name}_load(const void *table) {
  static ${name}_table none;
  ${name}_functions = table == NULL ? none : *(const ${name}_table *)table;
  if (${name}_functions.owner == 0) ${name}_functions.owner = async_task_thread();
  async_task_register(&${name}_loaded, ${name}_functions.owner, table == NULL ? NULL : &${name}_functions.errors);
}

${inOrder.map((each) => definition(each, name)).join("\n")}`;
}

function entry(key: string, name: string, { result, parameters, declaration, fallback }: CFunction): Entry {
  const spelled = declaration ?? { result: spell(result), parameters: spelledOf(parameters) };
  return { key, name, ...spelled, fallback: literal(spelled.result, result, fallback) };
}

function spell(type: CResult): string {
  if (type === "void") return "void";
  return type === "pointer" ? "void *" : traitsOf(type).spelling;
}

/** A value as C writes it. */
function literal(spelling: string, type: CResult, value: unknown): string {
  if (type === "void") return "";
  if (spelling.endsWith("*")) return "NULL";
  if (type === "f32" || type === "f64") {
    return real(type === "f32" ? Math.fround(value as number) : value as number);
  }
  if (typeof value === "boolean") return `${value}`;
  return whole(value as number | bigint);
}

function real(value: number): string {
  if (Number.isNaN(value)) return "NAN";
  if (Math.abs(value) === Infinity) return value < 0 ? "-INFINITY" : "INFINITY";
  return Object.is(value, -0) ? "-0.0" : `${value}`;
}

function whole(value: number | bigint): string {
  if (typeof value === "number") return `${value}`;
  // C has no negative literals: this would be the negative of one that is too large.
  if (value === -(2n ** 63n)) return `(${value + 1n}ll - 1)`;
  return `${value}${value < 0n ? "" : "u"}ll`;
}

/** A result type before a name: pointers need no space. */
function before(result: string): string {
  return result.endsWith("*") ? result : `${result} `;
}

function list(parameters: readonly string[]): string {
  return parameters.length === 0 ? "void" : parameters.join(", ");
}

function member({ key, result, parameters }: Entry, indent: string): string {
  return `${indent}${before(result)}(*${key})(${list(parameters)});\n`;
}

function prototype({ name, result, parameters }: Entry): string {
  return `ASYNC_TASK_API ${before(result)}${name}(${list(parameters)});\n`;
}

/**
 * A function calls JavaScript: directly on its own thread, and on any other with a frame that it is given.
 */
function definition(entry: Entry, table: string): string {
  const { key, name, result, parameters, isInternal, body } = entry;
  const calling = body === undefined ? name : `async_task_call_${name}`;
  const scope = isInternal || body !== undefined ? "ASYNC_TASK_STATIC" : "ASYNC_TASK_API";
  const call = `${scope} ${before(result)}${calling}(${list(parameters)}) {\n${callOf(entry, table)}}\n`;
  if (body === undefined) return `${frameOf(entry, table)}\n${call}`;
  const own = `ASYNC_TASK_API ${before(result)}${name}(${list(parameters)}) {
  if (!${table}_functions.${key}) return ${entry.fallback};
${body}}\n`;
  return `${frameOf(entry, table)}\n${call}\n${own}`;
}

/** What is handed to the thread of JavaScript, and what that does with it. */
function frameOf({ key, name, result, parameters }: Entry, table: string): string {
  const fields = [...parameters, result === "void" ? "bool returned" : `${before(result)}returned`];
  const args = parameters.map((parameter) => `frame->${nameOf(parameter)}`).join(", ");
  return `typedef struct async_task_frame_${name} {
${fields.map((field) => `  ${field};\n`).join("")}} async_task_frame_${name};

static void async_task_run_${name}(void *data) {
  async_task_frame_${name} *frame = (async_task_frame_${name} *)data;
  ${result === "void" ? "" : "frame->returned = "}${table}_functions.${key}(${args});${
    result === "void" ? "\n  frame->returned = true;" : ""
  }
}
`;
}

function callOf({ key, name, result, parameters, fallback }: Entry, table: string): string {
  const functions = `${table}_functions`;
  const names = parameters.map(nameOf);
  const isVoid = result === "void";
  const direct = `${functions}.${key}(${names.join(", ")})`;
  const isOwn = isVoid
    ? `  if (!${functions}.${key}) return;\n  if (async_task_thread() == ${functions}.owner) {\n    ${direct};\n    return;\n  }`
    : `  if (!${functions}.${key} || async_task_thread() == ${functions}.owner)\n    return ${functions}.${key} ? ${direct} : ${fallback};`;
  return `  async_task_frame_${name} frame;
${isOwn}
${names.map((each) => `  frame.${each} = ${each};\n`).join("")}  frame.returned = ${
    isVoid ? "false" : fallback
  };
  async_task_request(${functions}.owner, ${functions}.serve, async_task_run_${name}, &frame);
${isVoid ? "" : "  return frame.returned;\n"}`;
}

function nameOf(parameter: string): string {
  return /\w+$/.exec(parameter)![0];
}

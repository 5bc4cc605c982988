import type { CFunction, CResult } from "./c_function.ts";
import { nameOf, traitsOf } from "./c_type.ts";
import { errorFunctions } from "./error_functions.ts";

/** Words that can't be names, in C or C++. */
const KEYWORDS = new Set(
  ("alignas alignof auto bool break case catch char class const constexpr continue default delete do double else " +
    "enum explicit export extern false float for friend goto if inline int long mutable namespace new noexcept " +
    "nullptr operator private protected public register restrict return short signed sizeof static static_assert " +
    "struct switch template this thread_local throw true try typedef typeid typename typeof union unsigned using " +
    "virtual void volatile while").split(" "),
);

/** Names that a header gives to something else, after the name of the table. */
const TAKEN = new Set(["errors", "functions", "load", "table"]);

/** Throws unless C can use `name`. */
export function checkName(name: string): string {
  if (typeof name !== "string" || !/^[A-Za-z][A-Za-z0-9_]*$/.test(name) || KEYWORDS.has(name)) {
    throw new TypeError(`Cannot use ${nameOf(name)} in C: it is no name there`);
  }
  return name;
}

/** Throws unless C can use the name of a table, and those of its functions. */
export function checkNames(name: string, keys: string[]): void {
  checkName(name);
  for (const key of keys) {
    if (TAKEN.has(checkName(key))) {
      throw new TypeError(`Cannot make ${name}_${key}: the header has one already`);
    }
  }
}

/** A function as a header needs it. */
interface Entry {
  /** Its name in the table. */
  readonly key: string;
  readonly name: string;
  readonly result: string;
  readonly parameters: readonly string[];
  /** What it returns while there is no table. */
  readonly fallback: string;
}

/**
 * The header of a table: `before`, the type of the table, its functions, and `NAME_load`. One source file of a
 * library defines `ASYNC_TASK_IMPLEMENTATION` before it includes it: there, the functions are defined.
 */
export function functionHeader(
  name: string,
  functions: Readonly<Record<string, CFunction>>,
  before = "",
): string {
  const own = Object.entries(functions).map(([key, fn]) => entry(key, `${name}_${key}`, fn));
  const guardName = `ASYNC_TASK_${name.toUpperCase()}_H`;
  return `/* Written by @tagged/async-task/ffi. */
#ifndef ${guardName}
#define ${guardName}
${errorHeader()}${before}
/* The functions, as JavaScript hands them over. */
typedef struct ${name}_table {
${own.map(member).join("")}  async_task_errors errors;
} ${name}_table;

#ifdef __cplusplus
extern "C" {
#endif

/* Takes the functions of a table, or, given NULL, forgets them; before that, they all fail. No other thread may call
   them meanwhile. Its calls wait for the event loop of JavaScript. */
ASYNC_TASK_API void ${name}_load(const void *table);

${own.map(prototype).join("")}
#ifdef ASYNC_TASK_IMPLEMENTATION
static ${name}_table ${name}_functions;

ASYNC_TASK_API void ${name}_load(const void *table) {
  static const ${name}_table none;
  ${name}_functions = table == NULL ? none : *(const ${name}_table *)table;
  if (table != NULL) async_task_error_functions = ${name}_functions.errors;
}

${own.map((entry) => definition(entry, `${name}_functions`)).join("\n")}#endif

#ifdef __cplusplus
}
#endif
#endif
`;
}

/** What all headers have in common, and a library gets once. */
function errorHeader(): string {
  const entries = Object.entries(errorFunctions).map(([key, fn]) => entry(key, key, fn));
  return `
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef ASYNC_TASK_ERRORS_H
#define ASYNC_TASK_ERRORS_H

#ifndef ASYNC_TASK_API
#ifdef _WIN32
#define ASYNC_TASK_API __declspec(dllexport)
#else
#define ASYNC_TASK_API
#endif
#endif

typedef char async_task_needs_64_bits[sizeof(void *) == 8 ? 1 : -1];

/* The last error of the JavaScript thread, which all threads of C share. Lengths include the NUL; a message is written
   if there is room for it: the bytes written, 0 if there is no error, or -1. */
typedef struct async_task_errors {
${entries.map(member).join("")}} async_task_errors;

#ifdef __cplusplus
extern "C" {
#endif

${entries.map(prototype).join("")}
#ifdef __cplusplus
}
#endif
#endif

#if defined(ASYNC_TASK_IMPLEMENTATION) && !defined(ASYNC_TASK_ERRORS_DEFINED)
#define ASYNC_TASK_ERRORS_DEFINED
#ifdef __cplusplus
extern "C" {
#endif

static async_task_errors async_task_error_functions;

${entries.map((entry) => definition(entry, "async_task_error_functions")).join("\n")}
#ifdef __cplusplus
}
#endif
#endif
`;
}

function entry(key: string, name: string, { result, parameters, declaration, fallback }: CFunction): Entry {
  const spelled = declaration ?? {
    result: spell(result),
    parameters: parameters.map((type, index) => `${spell(type)}${type === "pointer" ? "" : " "}a${index}`),
  };
  return { key, name, ...spelled, fallback: literal(spelled.result, fallback) };
}

function spell(type: CResult): string {
  if (type === "void") return "void";
  return type === "pointer" ? "void *" : traitsOf(type).spelling;
}

function literal(result: string, fallback: unknown): string {
  if (result.endsWith("*")) return "NULL";
  if (Number.isNaN(fallback)) return "NAN";
  if (fallback === Infinity) return "INFINITY";
  if (fallback === -Infinity) return "-INFINITY";
  return typeof fallback === "bigint" ? `${fallback}${fallback < 0n ? "" : "u"}ll` : `${fallback}`;
}

/** A result type before a name: pointers need no space. */
function before(result: string): string {
  return result.endsWith("*") ? result : `${result} `;
}

function list(parameters: readonly string[]): string {
  return parameters.length === 0 ? "void" : parameters.join(", ");
}

function member({ key, result, parameters }: Entry): string {
  return `  ${before(result)}(*${key})(${list(parameters)});\n`;
}

function prototype({ name, result, parameters }: Entry): string {
  return `ASYNC_TASK_API ${before(result)}${name}(${list(parameters)});\n`;
}

function definition({ key, name, result, parameters, fallback }: Entry, table: string): string {
  const args = parameters.map((parameter) => /\w+$/.exec(parameter)![0]).join(", ");
  const call = `${table}.${key}(${args})`;
  const body = result === "void"
    ? `if (${table}.${key}) ${call};`
    : `return ${table}.${key} ? ${call} : ${fallback};`;
  return `ASYNC_TASK_API ${before(result)}${name}(${list(parameters)}) {\n  ${body}\n}\n`;
}

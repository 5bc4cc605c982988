/** Names that C and C++ can use for what a header declares. */
import { show } from "../internal/show.ts";

/** Words that can't be names, in C or C++, and those that gcc adds. */
const KEYWORDS = /* @__PURE__ */ (() =>
  new Set(
    ("alignas alignof and and_eq asm atomic_cancel atomic_commit atomic_noexcept auto bitand bitor bool break case " +
      "catch char char16_t char32_t char8_t class co_await co_return co_yield compl complex concept const const_cast " +
      "consteval constexpr constinit continue decltype default delete do double dynamic_cast else enum explicit " +
      "export extern false float for friend goto if imaginary inline int long mutable namespace new noexcept " +
      "noreturn not not_eq nullptr operator or or_eq private protected public reflexpr register reinterpret_cast " +
      "requires restrict return short signed sizeof static static_assert static_cast struct switch synchronized " +
      "template this thread_local throw true try typedef typeid typename typeof typeof_unqual union unsigned using " +
      "virtual void volatile wchar_t while xor xor_eq i386 linux unix").split(" "),
  ))();

/** Macros, types and functions of the standard headers that could be meant, header by header. */
const STANDARD = /* @__PURE__ */ (() =>
  new RegExp(
    "^(?:" + [
      // <stdint.h>, <limits.h>, <inttypes.h>, <float.h>: INT8_MAX, UINT_FAST16_MAX, INT64_C, CHAR_BIT,
      // PRId64, DBL_DIG
      "U?INT(?:PTR|MAX|(?:_FAST|_LEAST)?\\d+)?_(?:MAX|MIN|WIDTH|C)",
      "(?:BOOL|S?CHAR|UCHAR|U?SHRT|U?L?LONG|U?LONG_LONG|PTRDIFF|S?SIZE|WCHAR|WINT|SIG_ATOMIC)_(?:MAX|MIN|WIDTH|BIT)",
      "(?:PRI|SCN)[a-zA-Z](?:LEAST|FAST)?(?:\\d+|PTR|MAX)",
      "(?:FLT|DBL|LDBL|DEC\\d+|FP|FE|M|MATH)_\\w+|DECIMAL_DIG|HUGE(?:_VAL\\w*)?|S?NANF?\\w?|INFINITY|math_errhandling",
      // <math.h>
      "signgam|fpclassify|signbit|is(?:finite|normal|nan|inf|greater|greaterequal|less|lessequal|lessgreater|unordered)",
      "iscanonical|issignaling|issubnormal|iszero|iseqsig|lgamma\\w*_r|DOMAIN|SING|OVERFLOW|UNDERFLOW|[PT]LOSS|X_TLOSS",
      // <stddef.h>, <stdlib.h>, <stdio.h>, <errno.h>, <assert.h>, <stdarg.h>, <complex.h>
      "NULL|offsetof|unreachable|alloca|EXIT_(?:SUCCESS|FAILURE)|RAND_MAX|MB_(?:CUR|LEN)_MAX|assert|va_\\w+|I",
      "std(?:in|out|err)|EOF|BUFSIZ|FILENAME_MAX|FOPEN_MAX|L_tmpnam|TMP_MAX|P_tmpdir|SEEK_\\w+|errno|EDOM|EILSEQ|ERANGE",
      // <signal.h>, <locale.h>, <setjmp.h>, <time.h>
      "SIG(?:_\\w+|ABRT|FPE|ILL|INT|SEGV|TERM|HUP|KILL|QUIT|PIPE|ALRM|CHLD|STOP|CONT|USR1|USR2)|LC_\\w+|setjmp",
      "CLOCKS?_\\w+|TIMER?_(?:UTC|ABSTIME)|ADJ_\\w+|STA_\\w+|MOD_\\w+|clock_(?:adj|get|set|nano)\\w+",
      "timer_(?:create|delete|[gs]ettime|getoverrun)|timespec_get\\w*|(?:asctime|ctime|gmtime|localtime)_r",
      // <string.h>
      "str(?:n?casecmp|coll|xfrm|ftime|ptime|error|tok)_[lr]|mem_?\\w*_[lr]",
      // <pthread.h>, <sched.h>, <threads.h>, <stdatomic.h>, and what they bring along
      "PTHREAD_\\w+|pthread_\\w+|SCHED_\\w+|sched_(?:get|set|rr|yield)\\w*|CPU_\\w+|CLONE_\\w+|WNOHANG",
      "ATOMIC_\\w+|atomic_\\w+|kill_dependency|memory_order\\w*|call_once|ONCE_FLAG_INIT|TSS_\\w+|(?:LITTLE|BIG|PDP|BYTE)_ENDIAN",
      "thrd_(?:create|equal|current|sleep|yield|exit|detach|join)|mtx_(?:init|(?:timed|try|un)?lock|destroy)",
      "cnd_(?:init|signal|broadcast|(?:timed)?wait|destroy)|tss_(?:create|delete|[gs]et)",
      // Their types.
      "(?:u?int(?:ptr|max|(?:_fast|_least)?\\d+)|u_int\\d+|r?s?size|ptrdiff|wchar|wint|max_align|nullptr|float|double)_t",
      "(?:time|clock|clockid|timer|locale|pid|uid|gid|off|mode|cpu_set|sig\\w*|fenv|fexcept|l?l?div|imaxdiv|mbstate)_t",
      "(?:u_)?(?:quad|dev|ino|nlink|fsid|id|daddr|caddr|key|register|blksize|blkcnt|fsblkcnt|fsfilcnt|loff|suseconds)_t",
      "fd_set|fd_mask|u_(?:char|short|int|long)|jmp_buf|va_list",
    ].join("|") + ")$",
  ))();

/** Names that the header of every table has: members of its struct, and what begins with its name. */
const TAKEN = /* @__PURE__ */ new Set(["errors", "functions", "load", "loaded", "owner", "serve", "table"]);

/** Names that all headers have in common. */
const COMMON =
  /^(?:last_error_length(?:_utf16)?|error_message_utf(?:8|16)|clear_last_error|(?:async_task|ASYNC_TASK)(?:_\w*)?)$/;

/** Throws unless C and C++ can use `name`. */
export function checkName(name: string): string {
  const isName = typeof name === "string" && /^[A-Za-z][A-Za-z0-9_]*$/.test(name);
  if (!isName) {
    throw refuse(name, "it is not a name there, expected a letter, and then letters, digits and underscores");
  }
  if (KEYWORDS.has(name)) throw refuse(name, "it is not a name there, but a word of C or C++");
  if (STANDARD.test(name)) throw refuse(name, "it is not a name there, but one of the standard headers'");
  return name;
}

/** Throws unless a struct can have fields of these names. `type` is its own. */
export function checkFields(type: string, names: readonly string[]): void {
  for (const name of names) {
    if (COMMON.test(checkName(name)) || name === type) throw refuse(name, "it is a type of the header's");
  }
}

/**
 * Throws unless C can use the name of a table, those of its functions, and both together. `ownName` is the
 * one name of this package that the table may have.
 */
export function checkNames(name: string, keys: readonly string[], ownName?: string): void {
  if (COMMON.test(checkName(name)) && name !== ownName) {
    throw refuse(name, "it is a name of this package's headers");
  }
  for (const key of keys) {
    checkFields(`${name}_table`, [key]);
    if (TAKEN.has(key)) throw new TypeError(`Cannot make ${name}_${key}: the header has one already`);
  }
  for (const rest of [...keys, ...TAKEN]) {
    const whole = checkName(`${name}_${rest}`);
    if (COMMON.test(whole) && name !== ownName) {
      throw new TypeError(`Cannot make ${whole}: every header has one already`);
    }
  }
}

function refuse(name: unknown, why: string): TypeError {
  return new TypeError(`Cannot use ${show(name)} in C: ${why}`);
}

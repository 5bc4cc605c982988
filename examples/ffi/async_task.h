/* Written by @tagged/async-task/ffi. */
#ifndef ASYNC_TASK_ASYNC_TASK_H
#define ASYNC_TASK_ASYNC_TASK_H

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
  int (*last_error_length)(void);
  int (*last_error_length_utf16)(void);
  int (*error_message_utf8)(char *buffer, int length);
  int (*error_message_utf16)(uint16_t *buffer, int length);
  void (*clear_last_error)(void);
} async_task_errors;

#ifdef __cplusplus
extern "C" {
#endif

ASYNC_TASK_API int last_error_length(void);
ASYNC_TASK_API int last_error_length_utf16(void);
ASYNC_TASK_API int error_message_utf8(char *buffer, int length);
ASYNC_TASK_API int error_message_utf16(uint16_t *buffer, int length);
ASYNC_TASK_API void clear_last_error(void);

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

ASYNC_TASK_API int last_error_length(void) {
  return async_task_error_functions.last_error_length ? async_task_error_functions.last_error_length() : 0;
}

ASYNC_TASK_API int last_error_length_utf16(void) {
  return async_task_error_functions.last_error_length_utf16 ? async_task_error_functions.last_error_length_utf16() : 0;
}

ASYNC_TASK_API int error_message_utf8(char *buffer, int length) {
  return async_task_error_functions.error_message_utf8 ? async_task_error_functions.error_message_utf8(buffer, length) : -1;
}

ASYNC_TASK_API int error_message_utf16(uint16_t *buffer, int length) {
  return async_task_error_functions.error_message_utf16 ? async_task_error_functions.error_message_utf16(buffer, length) : -1;
}

ASYNC_TASK_API void clear_last_error(void) {
  if (async_task_error_functions.clear_last_error) async_task_error_functions.clear_last_error();
}

#ifdef __cplusplus
}
#endif
#endif

/* A task that is ready to run, and a waker; 0 is none. Both are used up by what takes them, but for
   async_task_wake, async_task_tag, async_task_tag_utf8 and async_task_waker. What fails returns -1 or 0, and sets
   the last error. */
typedef uint64_t async_task;
typedef uint64_t async_waker;

/* How many tasks async_task_run_batch runs at most, out of the room that async_task_batch gives. */
#define ASYNC_TASK_BATCH 256

/* The functions, as JavaScript hands them over. */
typedef struct async_task_table {
  int32_t (*run)(async_task task);
  int32_t (*schedule)(async_task task);
  int32_t (*drop)(uint64_t handle);
  int32_t (*wake)(uint64_t handle);
  int64_t (*tag)(async_task task);
  int (*tag_utf8)(async_task task, char *buffer, int length);
  async_waker (*waker)(async_task task);
  async_task *(*batch)(void);
  int32_t (*run_batch)(uint32_t count);
  async_task_errors errors;
} async_task_table;

#ifdef __cplusplus
extern "C" {
#endif

/* Takes the functions of a table, or, given NULL, forgets them; before that, they all fail. No other thread may call
   them meanwhile. Its calls wait for the event loop of JavaScript. */
ASYNC_TASK_API void async_task_load(const void *table);

ASYNC_TASK_API int32_t async_task_run(async_task task);
ASYNC_TASK_API int32_t async_task_schedule(async_task task);
ASYNC_TASK_API int32_t async_task_drop(uint64_t handle);
ASYNC_TASK_API int32_t async_task_wake(uint64_t handle);
ASYNC_TASK_API int64_t async_task_tag(async_task task);
ASYNC_TASK_API int async_task_tag_utf8(async_task task, char *buffer, int length);
ASYNC_TASK_API async_waker async_task_waker(async_task task);
ASYNC_TASK_API async_task *async_task_batch(void);
ASYNC_TASK_API int32_t async_task_run_batch(uint32_t count);

#ifdef ASYNC_TASK_IMPLEMENTATION
static async_task_table async_task_functions;

ASYNC_TASK_API void async_task_load(const void *table) {
  static const async_task_table none;
  async_task_functions = table == NULL ? none : *(const async_task_table *)table;
  if (table != NULL) async_task_error_functions = async_task_functions.errors;
}

ASYNC_TASK_API int32_t async_task_run(async_task task) {
  return async_task_functions.run ? async_task_functions.run(task) : -1;
}

ASYNC_TASK_API int32_t async_task_schedule(async_task task) {
  return async_task_functions.schedule ? async_task_functions.schedule(task) : -1;
}

ASYNC_TASK_API int32_t async_task_drop(uint64_t handle) {
  return async_task_functions.drop ? async_task_functions.drop(handle) : -1;
}

ASYNC_TASK_API int32_t async_task_wake(uint64_t handle) {
  return async_task_functions.wake ? async_task_functions.wake(handle) : -1;
}

ASYNC_TASK_API int64_t async_task_tag(async_task task) {
  return async_task_functions.tag ? async_task_functions.tag(task) : -1;
}

ASYNC_TASK_API int async_task_tag_utf8(async_task task, char *buffer, int length) {
  return async_task_functions.tag_utf8 ? async_task_functions.tag_utf8(task, buffer, length) : -1;
}

ASYNC_TASK_API async_waker async_task_waker(async_task task) {
  return async_task_functions.waker ? async_task_functions.waker(task) : 0;
}

ASYNC_TASK_API async_task *async_task_batch(void) {
  return async_task_functions.batch ? async_task_functions.batch() : NULL;
}

ASYNC_TASK_API int32_t async_task_run_batch(uint32_t count) {
  return async_task_functions.run_batch ? async_task_functions.run_batch(count) : -1;
}
#endif

#ifdef __cplusplus
}
#endif
#endif

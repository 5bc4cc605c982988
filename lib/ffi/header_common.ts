/** What all headers have in common, and a library gets once: as C, and as C++. */
import { SLOT_UNITS } from "./last_error.ts";

/** The types, and the functions of the last error, given as their members and their prototypes. */
export function commonDeclarations(members: string, prototypes: string): string {
  return `${TYPES}
/* The last error of the thread of JavaScript. */
typedef struct async_task_errors {
${members}} async_task_errors;

#ifdef __cplusplus
extern "C" {
#endif

/* The last error of the calling thread. Lengths include the NUL; a message is written if there is room for it: the
   bytes written, 0 if there is no error, or -1. On a thread of C's own, it is cut to ${
    SLOT_UNITS - 1
  } units. */
${prototypes}
#ifdef __cplusplus
}
#endif
#endif
`;
}

const TYPES = `
#ifndef ASYNC_TASK_COMMON
#define ASYNC_TASK_COMMON

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef ASYNC_TASK_API
#ifdef _WIN32
#define ASYNC_TASK_API __declspec(dllexport)
#else
#define ASYNC_TASK_API
#endif
#endif

typedef char async_task_needs_64_bits[sizeof(void *) == 8 ? 1 : -1];

/* Bytes, and how many there are. */
typedef struct async_task_bytes {
  const uint8_t *data;
  size_t length;
} async_task_bytes;

/* Told that a job has ended, on the thread of JavaScript. */
typedef void (*async_task_callback)(uint64_t handle, void *data);

/* The last error of a thread of C's own. The lengths include the NUL; 0: there is none. */
typedef struct async_task_error {
  int32_t length;
  int32_t length_utf16;
  char utf8[${SLOT_UNITS}];
  uint16_t utf16[${SLOT_UNITS}];
} async_task_error;
`;

/** The functions of the last error, and what all tables need. */
export const COMMON_IMPLEMENTATION = `
#if defined(ASYNC_TASK_IMPLEMENTATION) && !defined(ASYNC_TASK_COMMON_IMPLEMENTED)
#define ASYNC_TASK_COMMON_IMPLEMENTED

#include <string.h>
#ifdef _WIN32
#include <windows.h>
#else
#include <pthread.h>
#endif

#ifdef __cplusplus
#define ASYNC_TASK_THREAD_LOCAL thread_local
#elif defined(_MSC_VER)
#define ASYNC_TASK_THREAD_LOCAL __declspec(thread)
#elif defined(__GNUC__)
#define ASYNC_TASK_THREAD_LOCAL __thread
#else
#define ASYNC_TASK_THREAD_LOCAL _Thread_local
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* A table that was loaded, and the thread of JavaScript that it belongs to. */
typedef struct async_task_source {
  uint64_t owner;
  const async_task_errors *errors;
  struct async_task_source *next;
} async_task_source;

static async_task_source *async_task_tables;
static ASYNC_TASK_THREAD_LOCAL async_task_error async_task_last_error;

static uint64_t async_task_thread(void) {
#ifdef _WIN32
  return (uint64_t)GetCurrentThreadId();
#else
  return (uint64_t)(uintptr_t)pthread_self();
#endif
}

/* Replaces what was loaded under a name; without errors, nothing takes its place. */
static void async_task_register(async_task_source *table, uint64_t owner, const async_task_errors *errors) {
  async_task_source **place = &async_task_tables;
  while (*place != NULL && *place != table) place = &(*place)->next;
  if (*place != NULL) *place = table->next;
  if (errors == NULL) return;
  table->owner = owner;
  table->errors = errors;
  table->next = async_task_tables;
  async_task_tables = table;
}

/* The functions of the last error of this thread, if it is one of JavaScript's. */
static const async_task_errors *async_task_own_errors(void) {
  uint64_t thread = async_task_thread();
  const async_task_source *table = async_task_tables;
  while (table != NULL && table->owner != thread) table = table->next;
  return table == NULL ? NULL : table->errors;
}

/* Writes what there is of the last error, if there is room for it. */
static int async_task_copy(void *buffer, int room, const void *text, int length, int size) {
  if (length == 0) return 0;
  if (buffer == NULL || room < length) return -1;
  memcpy(buffer, text, (size_t)length * (size_t)size);
  return length * size;
}

ASYNC_TASK_API int last_error_length(void) {
  const async_task_errors *errors = async_task_own_errors();
  return errors != NULL ? errors->last_error_length() : (int)async_task_last_error.length;
}

ASYNC_TASK_API int last_error_length_utf16(void) {
  const async_task_errors *errors = async_task_own_errors();
  return errors != NULL ? errors->last_error_length_utf16() : (int)async_task_last_error.length_utf16;
}

ASYNC_TASK_API int error_message_utf8(char *buffer, int length) {
  const async_task_errors *errors = async_task_own_errors();
  const async_task_error *own = &async_task_last_error;
  if (errors != NULL) return errors->error_message_utf8(buffer, length);
  return async_task_copy(buffer, length, own->utf8, own->length, 1);
}

ASYNC_TASK_API int error_message_utf16(uint16_t *buffer, int length) {
  const async_task_errors *errors = async_task_own_errors();
  const async_task_error *own = &async_task_last_error;
  if (errors != NULL) return errors->error_message_utf16(buffer, length);
  return async_task_copy(buffer, length, own->utf16, own->length_utf16, 2);
}

ASYNC_TASK_API void clear_last_error(void) {
  const async_task_errors *errors = async_task_own_errors();
  if (errors != NULL) errors->clear_last_error();
  async_task_last_error.length = 0;
  async_task_last_error.length_utf16 = 0;
}

#ifdef __cplusplus
}
#endif
#endif
`;

/** How a thread of C's own waits for a job: asleep, while that of JavaScript goes on. */
export const WAITING_IMPLEMENTATION = `
#if defined(ASYNC_TASK_IMPLEMENTATION) && !defined(ASYNC_TASK_WAITING_IMPLEMENTED)
#define ASYNC_TASK_WAITING_IMPLEMENTED
#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t (*async_task_park_function)(uint64_t, double, async_task_callback, void *, async_task_error *);

typedef struct async_task_parked {
  bool is_over;
#ifdef _WIN32
  SRWLOCK lock;
  CONDITION_VARIABLE changed;
#else
  pthread_mutex_t lock;
  pthread_cond_t changed;
#endif
} async_task_parked;

/* Called by JavaScript. When the lock is free again, the other thread may have gone, and all this with it. */
static void async_task_unpark(uint64_t handle, void *data) {
  async_task_parked *parked = (async_task_parked *)data;
  (void)handle;
#ifdef _WIN32
  AcquireSRWLockExclusive(&parked->lock);
  parked->is_over = true;
  WakeConditionVariable(&parked->changed);
  ReleaseSRWLockExclusive(&parked->lock);
#else
  pthread_mutex_lock(&parked->lock);
  parked->is_over = true;
  pthread_cond_signal(&parked->changed);
  pthread_mutex_unlock(&parked->lock);
#endif
}

/* Sleeps until the job has ended, for so long at most. Returns whether there is one. */
static bool async_task_park(async_task_park_function park, uint64_t handle, double milliseconds) {
  async_task_parked parked;
  bool is_there;
  parked.is_over = false;
#ifdef _WIN32
  InitializeSRWLock(&parked.lock);
  InitializeConditionVariable(&parked.changed);
  is_there = park(handle, milliseconds, async_task_unpark, &parked, &async_task_last_error) == 0;
  AcquireSRWLockExclusive(&parked.lock);
  while (is_there && !parked.is_over) SleepConditionVariableSRW(&parked.changed, &parked.lock, INFINITE, 0);
  ReleaseSRWLockExclusive(&parked.lock);
#else
  pthread_mutex_init(&parked.lock, NULL);
  pthread_cond_init(&parked.changed, NULL);
  is_there = park(handle, milliseconds, async_task_unpark, &parked, &async_task_last_error) == 0;
  pthread_mutex_lock(&parked.lock);
  while (is_there && !parked.is_over) pthread_cond_wait(&parked.changed, &parked.lock);
  pthread_mutex_unlock(&parked.lock);
  pthread_cond_destroy(&parked.changed);
  pthread_mutex_destroy(&parked.lock);
#endif
  return is_there;
}

#ifdef __cplusplus
}
#endif
#endif
`;

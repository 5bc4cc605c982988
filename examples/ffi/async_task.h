/* Written by @tagged/async-task/ffi, for C99 and C++11 and later. */
#ifndef ASYNC_TASK_HEADER_async_task
#define ASYNC_TASK_HEADER_async_task

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

/* Run by the thread of JavaScript for another one. */
typedef void (*async_task_runner)(void *data);

/* The last error of a thread of C's own. The lengths include the NUL; 0: there is none. */
typedef struct async_task_error {
  int32_t length;
  int32_t length_utf16;
  char utf8[2048];
  uint16_t utf16[2048];
} async_task_error;

/* Calls back, for a thread of C's own that has this last error. */
typedef void (*async_task_server)(async_task_runner run, void *data, async_task_error *error);

/* The last error of the thread of JavaScript. */
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

/* The last error of the calling thread. Lengths include the NUL; a message is written if there is room for it: the
   bytes written, 0 if there is no error, or -1. On a thread of C's own, it is cut to 2047 units. */
ASYNC_TASK_API int last_error_length(void);
ASYNC_TASK_API int last_error_length_utf16(void);
ASYNC_TASK_API int error_message_utf8(char *buffer, int length);
ASYNC_TASK_API int error_message_utf16(uint16_t *buffer, int length);
ASYNC_TASK_API void clear_last_error(void);

#ifdef __cplusplus
}
#endif
#endif

#if defined(ASYNC_TASK_IMPLEMENTATION) && !defined(ASYNC_TASK_COMMON_IMPLEMENTED)
#define ASYNC_TASK_COMMON_IMPLEMENTED

#include <string.h>
#ifdef _WIN32
#ifndef NOMINMAX
#define NOMINMAX
#endif
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

#ifdef __GNUC__
#define ASYNC_TASK_STATIC __attribute__((unused)) static
#else
#define ASYNC_TASK_STATIC static
#endif

/* One lock for what follows, which nobody holds for long, and a condition that is told of every change. */
#ifdef _WIN32
static SRWLOCK async_task_mutex = SRWLOCK_INIT;
static CONDITION_VARIABLE async_task_changed = CONDITION_VARIABLE_INIT;
#define ASYNC_TASK_LOCK() AcquireSRWLockExclusive(&async_task_mutex)
#define ASYNC_TASK_UNLOCK() ReleaseSRWLockExclusive(&async_task_mutex)
#define ASYNC_TASK_SLEEP() SleepConditionVariableSRW(&async_task_changed, &async_task_mutex, INFINITE, 0)
#define ASYNC_TASK_NOTIFY() WakeAllConditionVariable(&async_task_changed)
#else
static pthread_mutex_t async_task_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t async_task_changed = PTHREAD_COND_INITIALIZER;
#define ASYNC_TASK_LOCK() pthread_mutex_lock(&async_task_mutex)
#define ASYNC_TASK_UNLOCK() pthread_mutex_unlock(&async_task_mutex)
#define ASYNC_TASK_SLEEP() pthread_cond_wait(&async_task_changed, &async_task_mutex)
#define ASYNC_TASK_NOTIFY() pthread_cond_broadcast(&async_task_changed)
#endif

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

/* A call of a thread of C's own, which waits until the thread of JavaScript has made it. */
typedef struct async_task_call {
  async_task_runner run;
  void *frame;
  async_task_error *error;
  uint64_t owner;
  async_task_server serve;
  bool is_taken;
  bool is_done;
  struct async_task_call *next;
} async_task_call;

/* A thread of JavaScript that is in NAME_wait: it makes the calls of others meanwhile. */
typedef struct async_task_waiting {
  uint64_t owner;
  struct async_task_waiting *next;
} async_task_waiting;

static async_task_call *async_task_calls;
static async_task_waiting *async_task_waits;

/* With the lock held. */
static bool async_task_is_waiting(uint64_t owner) {
  const async_task_waiting *waiting = async_task_waits;
  while (waiting != NULL && waiting->owner != owner) waiting = waiting->next;
  return waiting != NULL;
}

/* Called by JavaScript: makes a call, unless that was done. */
ASYNC_TASK_STATIC void async_task_make(void *data) {
  async_task_call *call = (async_task_call *)data;
  bool is_taken;
  ASYNC_TASK_LOCK();
  is_taken = call->is_taken;
  call->is_taken = true;
  ASYNC_TASK_UNLOCK();
  if (!is_taken) call->run(call->frame);
}

/* Has the thread of JavaScript make a call: in NAME_wait, if it is there, or else from its event loop. It is in the list
   in both cases: should that thread go to NAME_wait now, the call is made there, though this waits for the event loop. */
ASYNC_TASK_STATIC void async_task_request(
  uint64_t owner, async_task_server serve, async_task_runner run, void *frame) {
  async_task_call call;
  async_task_call **place = &async_task_calls;
  bool is_done;
  call.run = run;
  call.frame = frame;
  call.error = &async_task_last_error;
  call.owner = owner;
  call.serve = serve;
  call.is_taken = call.is_done = false;
  call.next = NULL;
  ASYNC_TASK_LOCK();
  while (*place != NULL) place = &(*place)->next;
  *place = &call;
  while (!call.is_done && async_task_is_waiting(owner)) ASYNC_TASK_SLEEP();
  is_done = call.is_done;
  ASYNC_TASK_UNLOCK();
  if (!is_done) serve(async_task_make, &call, call.error);
  ASYNC_TASK_LOCK();
  for (place = &async_task_calls; *place != &call;) place = &(*place)->next;
  *place = call.next;
  ASYNC_TASK_UNLOCK();
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
  async_task_server serve;
  /* The thread of JavaScript. */
  uint64_t owner;
} async_task_table;

#ifdef __cplusplus
extern "C" {
#endif

/* Takes the functions of a table, or, given NULL, forgets them; before that, they all fail. No other thread may call
   them meanwhile. Calls of other threads than the one of JavaScript wait for its event loop. */
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
static async_task_source async_task_loaded;

ASYNC_TASK_API void async_task_load(const void *table) {
  static async_task_table none;
  async_task_functions = table == NULL ? none : *(const async_task_table *)table;
  if (async_task_functions.owner == 0) async_task_functions.owner = async_task_thread();
  async_task_register(&async_task_loaded, async_task_functions.owner, table == NULL ? NULL : &async_task_functions.errors);
}

typedef struct async_task_frame_async_task_run {
  async_task task;
  int32_t returned;
} async_task_frame_async_task_run;

static void async_task_run_async_task_run(void *data) {
  async_task_frame_async_task_run *frame = (async_task_frame_async_task_run *)data;
  frame->returned = async_task_functions.run(frame->task);
}

ASYNC_TASK_API int32_t async_task_run(async_task task) {
  async_task_frame_async_task_run frame;
  if (!async_task_functions.run || async_task_thread() == async_task_functions.owner)
    return async_task_functions.run ? async_task_functions.run(task) : -1;
  frame.task = task;
  frame.returned = -1;
  async_task_request(async_task_functions.owner, async_task_functions.serve, async_task_run_async_task_run, &frame);
  return frame.returned;
}

typedef struct async_task_frame_async_task_schedule {
  async_task task;
  int32_t returned;
} async_task_frame_async_task_schedule;

static void async_task_run_async_task_schedule(void *data) {
  async_task_frame_async_task_schedule *frame = (async_task_frame_async_task_schedule *)data;
  frame->returned = async_task_functions.schedule(frame->task);
}

ASYNC_TASK_API int32_t async_task_schedule(async_task task) {
  async_task_frame_async_task_schedule frame;
  if (!async_task_functions.schedule || async_task_thread() == async_task_functions.owner)
    return async_task_functions.schedule ? async_task_functions.schedule(task) : -1;
  frame.task = task;
  frame.returned = -1;
  async_task_request(async_task_functions.owner, async_task_functions.serve, async_task_run_async_task_schedule, &frame);
  return frame.returned;
}

typedef struct async_task_frame_async_task_drop {
  uint64_t handle;
  int32_t returned;
} async_task_frame_async_task_drop;

static void async_task_run_async_task_drop(void *data) {
  async_task_frame_async_task_drop *frame = (async_task_frame_async_task_drop *)data;
  frame->returned = async_task_functions.drop(frame->handle);
}

ASYNC_TASK_API int32_t async_task_drop(uint64_t handle) {
  async_task_frame_async_task_drop frame;
  if (!async_task_functions.drop || async_task_thread() == async_task_functions.owner)
    return async_task_functions.drop ? async_task_functions.drop(handle) : -1;
  frame.handle = handle;
  frame.returned = -1;
  async_task_request(async_task_functions.owner, async_task_functions.serve, async_task_run_async_task_drop, &frame);
  return frame.returned;
}

typedef struct async_task_frame_async_task_wake {
  uint64_t handle;
  int32_t returned;
} async_task_frame_async_task_wake;

static void async_task_run_async_task_wake(void *data) {
  async_task_frame_async_task_wake *frame = (async_task_frame_async_task_wake *)data;
  frame->returned = async_task_functions.wake(frame->handle);
}

ASYNC_TASK_API int32_t async_task_wake(uint64_t handle) {
  async_task_frame_async_task_wake frame;
  if (!async_task_functions.wake || async_task_thread() == async_task_functions.owner)
    return async_task_functions.wake ? async_task_functions.wake(handle) : -1;
  frame.handle = handle;
  frame.returned = -1;
  async_task_request(async_task_functions.owner, async_task_functions.serve, async_task_run_async_task_wake, &frame);
  return frame.returned;
}

typedef struct async_task_frame_async_task_tag {
  async_task task;
  int64_t returned;
} async_task_frame_async_task_tag;

static void async_task_run_async_task_tag(void *data) {
  async_task_frame_async_task_tag *frame = (async_task_frame_async_task_tag *)data;
  frame->returned = async_task_functions.tag(frame->task);
}

ASYNC_TASK_API int64_t async_task_tag(async_task task) {
  async_task_frame_async_task_tag frame;
  if (!async_task_functions.tag || async_task_thread() == async_task_functions.owner)
    return async_task_functions.tag ? async_task_functions.tag(task) : -1;
  frame.task = task;
  frame.returned = -1;
  async_task_request(async_task_functions.owner, async_task_functions.serve, async_task_run_async_task_tag, &frame);
  return frame.returned;
}

typedef struct async_task_frame_async_task_tag_utf8 {
  async_task task;
  char *buffer;
  int length;
  int returned;
} async_task_frame_async_task_tag_utf8;

static void async_task_run_async_task_tag_utf8(void *data) {
  async_task_frame_async_task_tag_utf8 *frame = (async_task_frame_async_task_tag_utf8 *)data;
  frame->returned = async_task_functions.tag_utf8(frame->task, frame->buffer, frame->length);
}

ASYNC_TASK_API int async_task_tag_utf8(async_task task, char *buffer, int length) {
  async_task_frame_async_task_tag_utf8 frame;
  if (!async_task_functions.tag_utf8 || async_task_thread() == async_task_functions.owner)
    return async_task_functions.tag_utf8 ? async_task_functions.tag_utf8(task, buffer, length) : -1;
  frame.task = task;
  frame.buffer = buffer;
  frame.length = length;
  frame.returned = -1;
  async_task_request(async_task_functions.owner, async_task_functions.serve, async_task_run_async_task_tag_utf8, &frame);
  return frame.returned;
}

typedef struct async_task_frame_async_task_waker {
  async_task task;
  async_waker returned;
} async_task_frame_async_task_waker;

static void async_task_run_async_task_waker(void *data) {
  async_task_frame_async_task_waker *frame = (async_task_frame_async_task_waker *)data;
  frame->returned = async_task_functions.waker(frame->task);
}

ASYNC_TASK_API async_waker async_task_waker(async_task task) {
  async_task_frame_async_task_waker frame;
  if (!async_task_functions.waker || async_task_thread() == async_task_functions.owner)
    return async_task_functions.waker ? async_task_functions.waker(task) : 0;
  frame.task = task;
  frame.returned = 0;
  async_task_request(async_task_functions.owner, async_task_functions.serve, async_task_run_async_task_waker, &frame);
  return frame.returned;
}

typedef struct async_task_frame_async_task_batch {
  async_task *returned;
} async_task_frame_async_task_batch;

static void async_task_run_async_task_batch(void *data) {
  async_task_frame_async_task_batch *frame = (async_task_frame_async_task_batch *)data;
  frame->returned = async_task_functions.batch();
}

ASYNC_TASK_API async_task *async_task_batch(void) {
  async_task_frame_async_task_batch frame;
  if (!async_task_functions.batch || async_task_thread() == async_task_functions.owner)
    return async_task_functions.batch ? async_task_functions.batch() : NULL;
  frame.returned = NULL;
  async_task_request(async_task_functions.owner, async_task_functions.serve, async_task_run_async_task_batch, &frame);
  return frame.returned;
}

typedef struct async_task_frame_async_task_run_batch {
  uint32_t count;
  int32_t returned;
} async_task_frame_async_task_run_batch;

static void async_task_run_async_task_run_batch(void *data) {
  async_task_frame_async_task_run_batch *frame = (async_task_frame_async_task_run_batch *)data;
  frame->returned = async_task_functions.run_batch(frame->count);
}

ASYNC_TASK_API int32_t async_task_run_batch(uint32_t count) {
  async_task_frame_async_task_run_batch frame;
  if (!async_task_functions.run_batch || async_task_thread() == async_task_functions.owner)
    return async_task_functions.run_batch ? async_task_functions.run_batch(count) : -1;
  frame.count = count;
  frame.returned = -1;
  async_task_request(async_task_functions.owner, async_task_functions.serve, async_task_run_async_task_run_batch, &frame);
  return frame.returned;
}
#endif

#ifdef __cplusplus
}
#endif
#endif

/*
 * Threads of C's own that wait for jobs, cancel those that others wait for, are told of the end, and have last errors.
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/time.h>

#define ASYNC_TASK_IMPLEMENTATION
#include "fails.h"
#include "sleep.h"
#include "spin.h"

static pthread_t threads[3];
static uint64_t job;
static char messages[3][5000];
static uint64_t turns[3];
static volatile int started;

static void pause_ms(long ms) {
  struct timeval time = {ms / 1000, ms % 1000 * 1000};
  select(0, NULL, NULL, NULL, &time);
}

static void keep_error(int index) {
  if (error_message_utf8(messages[index], sizeof messages[index]) == 0) messages[index][0] = '\0';
  clear_last_error();
}

const char *message(int index);
const char *message(int index) {
  return messages[index];
}

uint64_t turns_of(int index);
uint64_t turns_of(int index) {
  return turns[index];
}

void join(int count);
void join(int count) {
  for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

/* One waits for a job that never ends, the other cancels it. */
static void *wait_for_it(void *slot) {
  int index = (int)(intptr_t)slot;
  started++;
  size_t *result = spin_wait(job);
  turns[index] = result == NULL ? 0 : *result;
  keep_error(index);
  spin_result_destroy(result);
  return NULL;
}

static void *cancel_it(void *unused) {
  while (!started) {}
  spin_cancel(job);
  keep_error(1);
  return unused;
}

int start_cancelling(void);
int start_cancelling(void) {
  started = 0;
  job = spin_spawn();
  return pthread_create(&threads[0], NULL, wait_for_it, (void *)0) + pthread_create(&threads[1], NULL, cancel_it, NULL);
}

/* The thread of JavaScript waits itself, and joins the one that cancels: each step that went wrong is a bit. */
static void *cancel_later(void *unused) {
  int wrong = 0;
  /* Until it waits: what is asked of it before that, it does when it is back in its event loop. */
  pause_ms(100);
  uint64_t other = sleep_spawn(1);
  if (other == 0) wrong |= 1;
  double *slept = sleep_wait(other);
  if (slept == NULL || *slept != 1) wrong |= 2;
  sleep_result_destroy(slept);
  if (fails_wait(fails_spawn("mine")) != NULL || last_error_length() != 5) wrong |= 4;
  clear_last_error();
  if (spin_cancelled(job) != 0) wrong |= 8;
  spin_cancel(job);
  turns[0] = (uint64_t)wrong;
  return unused;
}

int wait_and_join(double milliseconds);
int wait_and_join(double milliseconds) {
  int wrong = 0;
  job = spin_spawn();
  if (pthread_create(&threads[0], NULL, cancel_later, NULL) != 0) return -1;
  size_t *result = milliseconds < 0 ? spin_wait(job) : spin_wait_timeout(job, milliseconds);
  if (result == NULL || last_error_length() != 0) wrong |= 16;
  spin_result_destroy(result);
  pthread_join(threads[0], NULL);
  return wrong | (int)turns[0];
}

/* Two wait for the same job. */
int start_two(void);
int start_two(void) {
  started = 0;
  job = spin_spawn();
  int failed = 0;
  for (intptr_t i = 0; i < 2; i++) failed += pthread_create(&threads[i], NULL, wait_for_it, (void *)i);
  return failed;
}

int waiting(void);
int waiting(void) {
  return started;
}

void cancel(void);
void cancel(void) {
  spin_cancel(job);
}

void destroy(void);
void destroy(void) {
  spin_handle_destroy(job);
}

/* The time is up; the handle is as good as before. Each step that went wrong is a bit. */
static int wait_in_time(void) {
  int wrong = 0;
  uint64_t handle = spin_spawn();
  if (spin_wait_timeout(handle, 20) != NULL || last_error_length() != 0) wrong |= 1;
  if (spin_wait_timeout(handle, 0) != NULL || last_error_length() != 0) wrong |= 2;
  if (spin_cancelled(handle) != 0) wrong |= 4;
  if (spin_wait_timeout(handle, -1) != NULL || last_error_length() == 0) wrong |= 8;
  keep_error(0);
  if (spin_wait_timeout(handle, NAN) != NULL || last_error_length() == 0) wrong |= 16;
  clear_last_error();
  spin_cancel(handle);
  size_t *result = spin_wait_timeout(handle, INFINITY);
  if (result == NULL || last_error_length() != 0) wrong |= 32;
  spin_result_destroy(result);
  if (spin_wait_timeout(handle, 1e300) != NULL || last_error_length() == 0) wrong |= 64;
  clear_last_error();
  double *slept = sleep_wait_timeout(sleep_spawn(5), 1e9);
  if (slept == NULL || *slept != 5) wrong |= 128;
  sleep_result_destroy(slept);
  if (fails_wait_timeout(fails_spawn("because"), 1e9) != NULL || last_error_length() != 8) wrong |= 256;
  keep_error(1);
  return wrong;
}

int wait_in_time_here(void);
int wait_in_time_here(void) {
  return wait_in_time();
}

static void *wait_in_time_there(void *unused) {
  (void)unused;
  return (void *)(intptr_t)wait_in_time();
}

int start_in_time(void);
int start_in_time(void) {
  return pthread_create(&threads[0], NULL, wait_in_time_there, NULL);
}

int join_in_time(void);
int join_in_time(void) {
  void *wrong = NULL;
  pthread_join(threads[0], &wrong);
  return (int)(intptr_t)wrong;
}

/* Callbacks: how often, for which handle, and on which thread. */
static int calls;
static uint64_t called_for;
static bool was_here;
static pthread_t here;

static void on_finish(uint64_t handle, void *data) {
  calls += *(int *)data;
  called_for = handle;
  was_here = pthread_equal(here, pthread_self());
}

static int one = 1;

int calls_so_far(void);
int calls_so_far(void) {
  return was_here ? calls : -calls;
}

int was_called_for(uint64_t handle);
int was_called_for(uint64_t handle) {
  return handle == called_for;
}

/* A job of so many ms, and how many callbacks. */
uint64_t listen_to(double ms, int count);
uint64_t listen_to(double ms, int count) {
  here = pthread_self();
  calls = 0;
  uint64_t handle = sleep_spawn(ms);
  for (int i = 0; i < count; i++) if (sleep_on_finish(handle, on_finish, &one) != 0) return 0;
  return calls == 0 ? handle : 0;
}

int listen_badly(void);
int listen_badly(void) {
  int wrong = 0;
  uint64_t handle = sleep_spawn(1);
  if (sleep_on_finish(handle, NULL, NULL) != -1 || last_error_length() == 0) wrong |= 1;
  keep_error(0);
  if (sleep_on_finish(7, on_finish, &one) != -1 || last_error_length() == 0) wrong |= 2;
  keep_error(1);
  sleep_result_destroy(sleep_wait(handle));
  return wrong;
}

double poll_of(uint64_t handle);
double poll_of(uint64_t handle) {
  double *result = sleep_poll(handle);
  double ms = result == NULL ? -1 : *result;
  sleep_result_destroy(result);
  return ms;
}

void destroy_of(uint64_t handle);
void destroy_of(uint64_t handle) {
  sleep_handle_destroy(handle);
}

/* Each thread has its own last error, which stays as it is while the others have theirs. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int arrived, round_of_all;

/* Goes on when all three are there. */
static void meet(void) {
  pthread_mutex_lock(&lock);
  int round = round_of_all;
  if (++arrived == 3) {
    arrived = 0;
    round_of_all++;
    pthread_cond_broadcast(&changed);
  }
  while (round == round_of_all) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
}

static void *have_error(void *slot) {
  int index = (int)(intptr_t)slot;
  char why[16];
  snprintf(why, sizeof why, "error %d", index);
  for (int i = 0; i < 5; i++) {
    if (fails_wait(fails_spawn(why)) != NULL) return NULL;
    meet();
    uint16_t wide[16];
    bool is_right = last_error_length() == 8 && last_error_length_utf16() == 8 &&
      error_message_utf8(messages[index], 7) == -1 && error_message_utf16(wide, 7) == -1 &&
      error_message_utf16(wide, 8) == 16 && wide[6] == (uint16_t)('0' + index) && wide[7] == 0;
    if (is_right) turns[index]++;
    keep_error(index);
    if (last_error_length() == 0 && error_message_utf8(NULL, 0) == 0) turns[index]++;
    meet();
  }
  return NULL;
}

int start_errors(void);
int start_errors(void) {
  int failed = 0;
  for (intptr_t i = 0; i < 3; i++) {
    turns[i] = 0;
    failed += pthread_create(&threads[i], NULL, have_error, (void *)i);
  }
  return failed;
}

/* A long message is cut, between two characters. */
static const char *long_text;

static void *have_long_error(void *unused) {
  fails_wait(fails_spawn(long_text));
  turns[0] = (uint64_t)last_error_length();
  turns[1] = (uint64_t)last_error_length_utf16();
  keep_error(0);
  return unused;
}

int start_long(const char *text);
int start_long(const char *text) {
  long_text = text;
  return pthread_create(&threads[0], NULL, have_long_error, NULL);
}

/*
 * Threads that C has started itself, and that call JavaScript: they run jobs, wake a task, and run tasks.
 */
#include <pthread.h>

#define ASYNC_TASK_IMPLEMENTATION
#include "async_task.h"
#include "count.h"
#include "spin.h"

#define THREADS 4
#define JOBS 5

static pthread_t threads[THREADS];
static uint32_t sums[THREADS];

/* Each job counts to its argument. */
static void *run_jobs(void *slot) {
  uint32_t *sum = slot;
  for (uint32_t i = 1; i <= JOBS; i++) {
    uint32_t *result = count_wait(count_spawn(i));
    if (result != NULL) *sum += *result;
    count_result_destroy(result);
  }
  return NULL;
}

int start_jobs(void);
int start_jobs(void) {
  for (int i = 0; i < THREADS; i++) {
    sums[i] = 0;
    if (pthread_create(&threads[i], NULL, run_jobs, &sums[i]) != 0) return -1;
  }
  return THREADS;
}

uint32_t join_jobs(void);
uint32_t join_jobs(void) {
  uint32_t sum = 0;
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    sum += sums[i];
  }
  return sum;
}

static char messages[3][128];

/* What each of them fails with. */
static void *run_badly(void *unused) {
  uint64_t job = spin_spawn();
  spin_cancel(job);
  while (spin_poll(job) == NULL && last_error_length() == 0) {}
  error_message_utf8(messages[0], sizeof messages[0]);
  spin_handle_destroy(job);
  spin_handle_destroy(job);
  error_message_utf8(messages[1], sizeof messages[1]);
  async_task_run(7);
  error_message_utf8(messages[2], sizeof messages[2]);
  return unused;
}

int start_badly(void);
int start_badly(void) {
  return pthread_create(&threads[0], NULL, run_badly, NULL);
}

const char *message(uint32_t index);
const char *message(uint32_t index) {
  return messages[index];
}

static async_waker waker;

static void *wake(void *unused) {
  async_task_wake(waker);
  async_task_drop(waker);
  return unused;
}

int start_waking(async_waker handle);
int start_waking(async_waker handle) {
  waker = handle;
  return pthread_create(&threads[0], NULL, wake, NULL);
}

void join(void);
void join(void) {
  pthread_join(threads[0], NULL);
}

/* An executor on a thread of its own: a queue with room for so many tasks, and a lock. */
#define ROOM 1024

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static async_task queue[ROOM];
static uint32_t pushed, popped;
static bool is_over;

static async_task pop(void) {
  pthread_mutex_lock(&lock);
  while (pushed == popped && !is_over) pthread_cond_wait(&changed, &lock);
  async_task task = pushed == popped ? 0 : queue[popped++ % ROOM];
  pthread_mutex_unlock(&lock);
  return task;
}

/* The lock is free while JavaScript runs: it calls executor_push. */
static void *run_tasks(void *unused) {
  for (async_task task; (task = pop()) != 0;) async_task_run(task);
  return unused;
}

int start_executor(void);
int start_executor(void) {
  is_over = false;
  return pthread_create(&threads[0], NULL, run_tasks, NULL);
}

int executor_push(async_task task);
int executor_push(async_task task) {
  pthread_mutex_lock(&lock);
  bool has_room = pushed - popped < ROOM;
  if (has_room) queue[pushed++ % ROOM] = task;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&lock);
  return has_room ? 0 : -1;
}

void stop_executor(void);
void stop_executor(void) {
  pthread_mutex_lock(&lock);
  is_over = true;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&lock);
}

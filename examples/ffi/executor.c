/*
 * An executor in C: a queue of tasks that are written in TypeScript, and the loop that runs them.
 *
 *     cc -shared -fPIC -o libexecutor.so examples/ffi/executor.c
 *     deno run --allow-ffi examples/ffi/executor.ts ./libexecutor.so
 *
 * async_task.h is what taskTableHeader() gives.
 */
#include <stdlib.h>
#include <string.h>

#define ASYNC_TASK_IMPLEMENTATION
#include "async_task.h"

/* The queue: `count` tasks from `head` on, in a ring of `capacity`, which is a power of two. */
static struct {
  async_task *tasks;
  size_t capacity;
  size_t head;
  size_t count;
} queue;

/* Makes the ring twice as large. Returns whether there was memory for that. */
static bool grow(void) {
  size_t capacity = queue.capacity == 0 ? 64 : queue.capacity * 2;
  async_task *tasks = malloc(capacity * sizeof *tasks);
  if (tasks == NULL) return false;
  for (size_t i = 0; i < queue.count; i++) tasks[i] = queue.tasks[(queue.head + i) & (queue.capacity - 1)];
  free(queue.tasks);
  queue.tasks = tasks;
  queue.capacity = capacity;
  queue.head = 0;
  return true;
}

static async_task pop(void) {
  async_task task = queue.tasks[queue.head];
  queue.head = (queue.head + 1) & (queue.capacity - 1);
  queue.count--;
  return task;
}

/* Queues a task: 0, or -1 if there is no memory left. Tasks call it as well, when they are woken while they run. */
ASYNC_TASK_API int32_t executor_push(async_task task);
ASYNC_TASK_API int32_t executor_push(async_task task) {
  if (queue.count == queue.capacity && !grow()) return -1;
  queue.tasks[(queue.head + queue.count++) & (queue.capacity - 1)] = task;
  return 0;
}

/* Runs `limit` tasks at most, those that are queued meanwhile among them. Returns how many are left. */
ASYNC_TASK_API uint32_t executor_run(uint32_t limit);
ASYNC_TASK_API uint32_t executor_run(uint32_t limit) {
  while (limit-- > 0 && queue.count > 0) async_task_run(pop());
  return (uint32_t)queue.count;
}

/* The same, some hundred at a time: JavaScript is called once for all of them. */
ASYNC_TASK_API uint32_t executor_run_batched(uint32_t limit);
ASYNC_TASK_API uint32_t executor_run_batched(uint32_t limit) {
  async_task *batch = async_task_batch();
  if (batch == NULL) return (uint32_t)queue.count;
  while (limit > 0 && queue.count > 0) {
    uint32_t size = 0;
    while (size < ASYNC_TASK_BATCH && size < limit && queue.count > 0) batch[size++] = pop();
    async_task_run_batch(size);
    limit -= size;
  }
  return (uint32_t)queue.count;
}

/* Drops all tasks, and the queue. */
ASYNC_TASK_API void executor_clear(void);
ASYNC_TASK_API void executor_clear(void) {
  while (queue.count > 0) async_task_drop(pop());
  free(queue.tasks);
  memset(&queue, 0, sizeof queue);
}

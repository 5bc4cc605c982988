/** What the headers of jobs have in common, and a library gets once: how C waits, as C, and as C++. */

/** How a thread of C's own waits for a job: asleep, while that of JavaScript goes on. */
export const WAITING_IMPLEMENTATION = `
#if defined(ASYNC_TASK_IMPLEMENTATION) && !defined(ASYNC_TASK_WAITING_IMPLEMENTED)
#define ASYNC_TASK_WAITING_IMPLEMENTED
#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t (*async_task_park_function)(uint64_t, double, async_task_callback, void *);

typedef struct async_task_parked {
  bool is_over;
} async_task_parked;

/* Called by JavaScript. When the lock is free again, the other thread may have gone, and its memory with it. */
static void async_task_unpark(uint64_t handle, void *data) {
  async_task_parked *parked = (async_task_parked *)data;
  (void)handle;
  ASYNC_TASK_LOCK();
  parked->is_over = true;
  ASYNC_TASK_NOTIFY();
  ASYNC_TASK_UNLOCK();
}

/* Sleeps until the job has ended, for so long at most. Returns whether there is one. */
static bool async_task_park(async_task_park_function park, uint64_t handle, double milliseconds) {
  async_task_parked parked;
  parked.is_over = false;
  if (park(handle, milliseconds, async_task_unpark, &parked) != 0) return false;
  ASYNC_TASK_LOCK();
  while (!parked.is_over) ASYNC_TASK_SLEEP();
  ASYNC_TASK_UNLOCK();
  return true;
}

/* The first call of another thread that waits to be made by this one. */
static async_task_call *async_task_next_call(void) {
  uint64_t owner = async_task_thread();
  async_task_call *call;
  ASYNC_TASK_LOCK();
  call = async_task_calls;
  while (call != NULL && (call->is_taken || call->owner != owner)) call = call->next;
  ASYNC_TASK_UNLOCK();
  return call;
}

/* Called by JavaScript now and then, while it waits. */
static void async_task_serve_others(void *unused) {
  async_task_call *call;
  (void)unused;
  while ((call = async_task_next_call()) != NULL) {
    call->serve(async_task_make, call, call->error);
    ASYNC_TASK_LOCK();
    call->is_done = true;
    ASYNC_TASK_NOTIFY();
    ASYNC_TASK_UNLOCK();
  }
}

static void async_task_begin_waiting(async_task_waiting *waiting, uint64_t owner) {
  waiting->owner = owner;
  ASYNC_TASK_LOCK();
  waiting->next = async_task_waits;
  async_task_waits = waiting;
  ASYNC_TASK_NOTIFY();
  ASYNC_TASK_UNLOCK();
}

/* Others, whose calls were not made, ask the event loop from now on. */
static void async_task_end_waiting(async_task_waiting *waiting) {
  async_task_waiting **place = &async_task_waits;
  async_task_serve_others(NULL);
  ASYNC_TASK_LOCK();
  while (*place != waiting) place = &(*place)->next;
  *place = waiting->next;
  ASYNC_TASK_NOTIFY();
  ASYNC_TASK_UNLOCK();
}

#ifdef __cplusplus
}
#endif
#endif
`;

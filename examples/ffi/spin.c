/*
 * A C library that runs TypeScript jobs on background threads: one that spins until it is cancelled, one that
 * throws, and one whose thread dies. spin.ts says how to build and run it.
 */
#include <stdio.h>

#define ASYNC_TASK_IMPLEMENTATION
#include "dies.h"
#include "fails.h"
#include "spin.h"

static void print_error(const char *what) {
  char message[512];
  int length = error_message_utf8(message, sizeof message);
  printf("%s: %s\n", what, length > 0 ? message : "no error");
  clear_last_error();
}

static void run_spin(void) {
  uint64_t handle = spin_spawn();
  printf("spawned: %s\n", handle != 0 ? "yes" : "no");
  printf("cancelled: %d\n", spin_cancelled(handle));

  size_t *result = spin_poll(handle);
  printf("polled: %s, %s\n", result == NULL ? "nothing" : "a result", last_error_length() == 0 ? "no error" : "an error");

  spin_cancel(handle);
  printf("cancelled: %d\n", spin_cancelled(handle));

  result = spin_wait(handle);
  printf("waited: %s\n", result != NULL ? "a result" : "nothing");
  spin_result_destroy(result);

  spin_handle_destroy(handle);
  print_error("destroyed again");
}

static void run_failing(void) {
  uint64_t handle = fails_spawn(7);
  double *result = fails_wait(handle);
  printf("failing job: %s\n", result == NULL ? "nothing" : "a result");
  print_error("  because");

  handle = fails_spawn(4);
  result = fails_wait(handle);
  printf("square root: %.1f\n", result != NULL ? *result : -1.0);
  fails_result_destroy(result);
}

static void run_dying(void) {
  uint64_t handle = dies_spawn();
  dies_result *result = dies_wait(handle);
  printf("dying job: %s\n", result == NULL ? "nothing" : "a result");
  print_error("  because");
}

ASYNC_TASK_API void demo(const void *spin, const void *fails, const void *dies) {
  spin_load(spin);
  fails_load(fails);
  dies_load(dies);
  run_spin();
  run_failing();
  run_dying();
  fflush(stdout);
}

/*
 * Strings and bytes: to jobs and to functions, and back, alone and in a struct. Each step that went wrong is a bit.
 */
#include <stdlib.h>
#include <string.h>

#define ASYNC_TASK_IMPLEMENTATION
#include "greet.h"
#include "nul.h"
#include "profile.h"
#include "reverse.h"
#include "t.h"

static int has_error(const char *start) {
  char message[200];
  int length = error_message_utf8(message, sizeof message);
  clear_last_error();
  return length > 0 && strncmp(message, start, strlen(start)) == 0;
}

int strings(void);
int strings(void) {
  int wrong = 0;
  char *name = malloc(6);
  memcpy(name, "J\xc3\xbcrg", 6);
  uint64_t handle = greet_spawn(name);
  memset(name, 'x', 5);
  free(name); /* it was copied */
  char *greeting = greet_wait(handle);
  if (greeting == NULL || strcmp(greeting, "Hello, J\xc3\xbcrg!") != 0) wrong |= 1;
  greet_result_destroy(greeting);
  if (last_error_length() != 0) wrong |= 2;
  greet_result_destroy(greeting);
  if (!has_error("Cannot destroy result 0x")) wrong |= 4;
  if (greet_spawn(NULL) != 0 || !has_error("Cannot take a0: expected a string, got NULL")) wrong |= 8;
  greeting = greet_wait(greet_spawn(""));
  if (greeting == NULL || strcmp(greeting, "Hello, !") != 0) wrong |= 16;
  greet_result_destroy(greeting);
  greeting = greet_wait(greet_spawn("\xff"));
  if (greeting == NULL || strcmp(greeting, "Hello, \xef\xbf\xbd!") != 0) wrong |= 32;
  greet_result_destroy(greeting);
  if (nul_wait(nul_spawn()) != NULL || !has_error("Cannot give C the result: expected a string without NUL, got one at 1"))
    wrong |= 64;
  return wrong;
}

int bytes(void);
int bytes(void) {
  int wrong = 0;
  static uint8_t large[100000];
  for (size_t i = 0; i < sizeof large; i++) large[i] = (uint8_t)(i * 7);
  async_task_bytes *back = reverse_wait(reverse_spawn(large, sizeof large));
  if (back == NULL || back->length != sizeof large) return 1;
  for (size_t i = 0; i < sizeof large; i++) if (back->data[i] != large[sizeof large - 1 - i]) wrong |= 2;
  reverse_result_destroy(back);
  if (last_error_length() != 0) wrong |= 4;
  back = reverse_wait(reverse_spawn(NULL, 0));
  if (back == NULL || back->length != 0) wrong |= 8;
  reverse_result_destroy(back);
  if (reverse_spawn(NULL, 3) != 0 || !has_error("Cannot take a0: expected 3 bytes, got NULL")) wrong |= 16;
  if (reverse_spawn(large, SIZE_MAX) != 0 || !has_error("Cannot take a0: expected 4294967296 bytes at most"))
    wrong |= 32;
  return wrong;
}

int fields(void);
int fields(void) {
  int wrong = 0;
  const uint8_t photo[] = {1, 2, 255};
  profile_result *all = profile_wait(profile_spawn("ada", 36, photo, sizeof photo, true));
  if (all == NULL) return 1;
  if (all->id != 37 || !all->isNew || all->age != 36) wrong |= 2;
  if (strcmp(all->name, "ADA") != 0 || strcmp(all->empty, "") != 0) wrong |= 4;
  if (all->photo.length != 3 || memcmp(all->photo.data, "\x02\x03\x00", 3) != 0 || all->nothing.length != 0) wrong |= 8;
  profile_result_destroy(all);
  if (last_error_length() != 0) wrong |= 16;
  return wrong;
}

int functions(void);
int functions(void) {
  int wrong = 0;
  if (t_measure("\xc3\xa4\xf0\x9f\xa6\x95", (const uint8_t *)"abc", 3, 5) != 3 + 3 + 5) wrong |= 1;
  if (t_measure(NULL, NULL, 0, 0) != -1 || !has_error("Cannot take a0: expected a string, got NULL")) wrong |= 2;
  if (t_measure("", NULL, 1, 0) != -1 || !has_error("Cannot take a1: expected 1 bytes, got NULL")) wrong |= 4;
  if (t_measure("", NULL, 0, 0) != 0) wrong |= 8;
  return wrong;
}

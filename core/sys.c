#include "core/sys.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_ms (clockid_t id) {
  struct timespec t;
  if (clock_gettime(id, &t) != 0)
    return 0;
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

br_moment br_sys_now (void) {
  br_moment m;
  m.wall_ms = clock_ms(CLOCK_REALTIME);
  m.mono_ms = clock_ms(CLOCK_MONOTONIC) + 1;     /* 0 means "none" */
  return m;
}

const char *br_sys_env (const char *name) {
  const char *v = getenv(name);
  return v != NULL && *v != '\0' ? v : NULL;
}

int br_sys_random (void *to, size_t n) {
  return RAND_bytes(to, (int)n) == 1 ? BR_OK : BR_EMEMORY;
}

long br_sys_pid (void) {
  return (long)getpid();
}

void br_sys_sleep_ms (int64_t ms) {
  struct timespec t;
  t.tv_sec = (time_t)(ms / 1000);
  t.tv_nsec = (long)(ms % 1000) * 1000000;
  (void)nanosleep(&t, NULL);
}

const char *br_sys_os (void) {
#if defined(__linux__)
  return "linux";
#elif defined(__APPLE__)
  return "macos";
#elif defined(_WIN32)
  return "windows";
#else
  return "other";
#endif
}

/*
** sys.h: the only reader of environment, clock and entropy.
*/
#ifndef BR_SYS_H
#define BR_SYS_H

#include "core/call.h"

br_moment br_sys_now (void);

/* A variable's text (empty counts as not set), or NULL. The pointer holds
** until the environment changes: copy it. */
const char *br_sys_env (const char *name);

/* 0, or BR_EMEMORY when the system has no entropy to give. */
int br_sys_random (void *to, size_t n);

/* Of this process: a driver's sockets do not outlive a fork. */
long br_sys_pid (void);

void br_sys_sleep_ms (int64_t ms);

/* "linux", "macos", ... for the user agent. */
const char *br_sys_os (void);

#endif

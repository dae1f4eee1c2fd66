/*
** err.h: the core's codes and its error record.
**
** Functions of the core return 0 or one of the negative codes below. The
** record adds what a person needs; it is of fixed size, so telling of a
** failure never fails itself.
*/
#ifndef BR_ERR_H
#define BR_ERR_H

#include <stdarg.h>
#include <stddef.h>

#if defined(__GNUC__)
#define BR_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define BR_PRINTF(f, a)
#endif

enum br_code {
  BR_OK = 0,
  BR_EINPUT = -1,        /* the caller's values do not fit the model */
  BR_ECONFIG = -2,       /* region, endpoint, options */
  BR_ECREDENTIALS = -3,  /* none found, or a provider failed */
  BR_ECONNECTION = -4,   /* name, socket, TLS, or an answer cut short */
  BR_ETIMEOUT = -5,
  BR_ESERVICE = -6,      /* the service answered with an error */
  BR_ESTREAM = -7,       /* inside an event stream */
  BR_EDECODE = -8,       /* an answer that cannot be understood */
  BR_ECANCELLED = -9,
  BR_EMEMORY = -10,
  BR_ELIMIT = -11        /* a ceiling of limits.h; owners turn it into the
                            kind that fits: input, decode, ... */
};

typedef struct br_err {
  int code;              /* enum br_code */
  char name[96];         /* err.code in Lua: MissingRegion, ... */
  char message[640];     /* one sentence */
  char hint[320];        /* what to do, or empty */
} br_err;

/* The word that err.kind shows: "input", "config", ... */
const char *br_kind (int code);

void br_err_clear (br_err *e);

/* Fill the record and return `code`. Too long a text is cut between
** characters. */
int br_err_set (br_err *e, int code, const char *name, const char *fmt, ...)
  BR_PRINTF(4, 5);

void br_err_hint (br_err *e, const char *fmt, ...) BR_PRINTF(2, 3);

/* The record for BR_EMEMORY; returns it. */
int br_err_memory (br_err *e);

#endif

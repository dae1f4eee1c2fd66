/*
** retry.h: shall a failed attempt be repeated, and after how long? A pure
** decision: the time to wait is told, not waited.
** "standard" mode with the constants of 2026.
*/
#ifndef BR_RETRY_H
#define BR_RETRY_H

#include "core/shape.h"
#include "core/buf.h"

enum br_retry_class {
  BR_R_FINAL,                /* repeating would not help */
  BR_R_TRANSIENT,            /* 5xx, broken connections, timeouts */
  BR_R_THROTTLING            /* the service asks for patience */
};

/* One bucket a client: it empties when most attempts fail, and then fewer
** are repeated. Starts full. */
typedef struct br_quota {
  int left;                  /* 0 to BR_QUOTA_FULL */
} br_quota;

#define BR_QUOTA_FULL 500

typedef struct br_retry_query {
  int attempt;               /* the one that failed, from 1 */
  int max_attempts;
  enum br_retry_class cls;
  double random;             /* 0 <= random < 1 */
  int64_t asked_ms;          /* x-amz-retry-after, or -1 */
} br_retry_query;

/* Class of an error answer: by code, modelled trait and status. */
enum br_retry_class br_retry_classify (int status, br_slice code,
                                       const br_shape *shape);

/* Milliseconds to wait before the next attempt, with `cost` taken from the
** quota; or -1: tell the failure. */
int64_t br_retry_decide (br_quota *q, const br_retry_query *in, int *cost);

/* A call succeeded; `cost` of its last retry goes back, or 1 without. */
void br_retry_refund (br_quota *q, int cost);

#endif

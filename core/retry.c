#include "core/retry.h"

#define CAP_MS          20000
#define SCALE_MS        50
#define THROTTLING_MS   1000
#define COST            14
#define THROTTLING_COST 5
#define ASKED_MORE_MS   5000    /* a server may ask for so much more */

static const char *const throttling_codes[] = {
  "Throttling", "ThrottlingException", "ThrottledException",
  "RequestThrottledException", "TooManyRequestsException",
  "ProvisionedThroughputExceededException", "TransactionInProgressException",
  "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException",
  "RequestThrottled", "SlowDown", "PriorRequestNotComplete",
  "EC2ThrottledException"
};

static const char *const transient_codes[] = {
  "RequestTimeout", "RequestTimeoutException"
};

static int is_one_of (br_slice code, const char *const *list, size_t n) {
  size_t i;
  for (i = 0; i < n; i++)
    if (br_slice_is(code, list[i]))
      return 1;
  return 0;
}

#define ONE_OF(code, list) \
  is_one_of(code, list, sizeof(list) / sizeof((list)[0]))

enum br_retry_class br_retry_classify (int status, br_slice code,
                                       const br_shape *shape) {
  int flags = shape == NULL ? 0 : shape->flags;
  if (ONE_OF(code, throttling_codes) || (flags & BR_S_THROTTLING))
    return BR_R_THROTTLING;
  if (ONE_OF(code, transient_codes) || (flags & BR_S_RETRYABLE))
    return BR_R_TRANSIENT;
  if (status == 429)
    return BR_R_THROTTLING;
  if (status == 500 || status == 502 || status == 503 || status == 504)
    return BR_R_TRANSIENT;
  return BR_R_FINAL;
}

/* Full jitter: random * min(scale * 2^(attempt - 1), cap). */
static int64_t backoff (const br_retry_query *in) {
  double ms = in->cls == BR_R_THROTTLING ? THROTTLING_MS : SCALE_MS;
  int i;
  for (i = 1; i < in->attempt && ms < CAP_MS; i++)
    ms *= 2;
  if (ms > CAP_MS)
    ms = CAP_MS;
  return (int64_t)(ms * in->random);
}

int64_t br_retry_decide (br_quota *q, const br_retry_query *in, int *cost) {
  int price = in->cls == BR_R_THROTTLING ? THROTTLING_COST : COST;
  int64_t ms;
  if (in->attempt >= in->max_attempts || in->cls == BR_R_FINAL ||
      q->left < price)
    return -1;
  q->left -= price;
  *cost = price;
  ms = backoff(in);
  if (in->asked_ms > ms)
    ms = in->asked_ms < ms + ASKED_MORE_MS ? in->asked_ms
                                           : ms + ASKED_MORE_MS;
  return ms;
}

void br_retry_refund (br_quota *q, int cost) {
  q->left += cost > 0 ? cost : 1;
  if (q->left > BR_QUOTA_FULL)
    q->left = BR_QUOTA_FULL;
}

/*
** call.h: one API call as a machine that does no I/O.
**
** Ask br_call_next; it answers with one action. Whoever performs it (a
** driver) tells what happened through br_call_head, _header, _body, _end,
** _broken, and asks again. Every time a function needs one, it is given.
** Every change of state is in one table in call.c.
*/
#ifndef BR_CALL_H
#define BR_CALL_H

#include "core/request.h"
#include "core/response.h"
#include "core/retry.h"
#include "core/sigv4.h"
#include "core/uri.h"

enum br_state {
  BR_S_NEW,                  /* nothing yet */
  BR_S_READY,                /* the request is built, not signed */
  BR_S_SENDING,              /* with the driver; no answer yet */
  BR_S_RECEIVING,            /* the head of the answer is there */
  BR_S_WAITING,              /* until it is time for the next attempt */
  BR_S_DONE,                 /* a result or an error */
  BR_STATES
};

enum br_event {
  BR_E_BUILT,                /* the input was good */
  BR_E_SIGNED,               /* the request went out to the driver */
  BR_E_HEAD,                 /* status and headers arrived */
  BR_E_RETRY,                /* the attempt failed and is worth another */
  BR_E_WAKE,                 /* the time has come */
  BR_E_FINISH,               /* success, or a failure that stays */
  BR_E_CANCEL,
  BR_EVENTS
};

enum br_action {
  BR_A_SEND,                 /* take br_call_http; told once an attempt */
  BR_A_MORE,                 /* go on with the transfer, or wait until wake */
  BR_A_WAIT,                 /* nothing to transfer; ask again at wake */
  BR_A_DONE                  /* drop what is still under way */
};

/* Now, in milliseconds: wall clock since the epoch; a clock that only goes
** forward since any moment. */
typedef struct br_moment {
  int64_t wall_ms;
  int64_t mono_ms;
} br_moment;

enum br_auth { BR_AUTH_SIGV4, BR_AUTH_BEARER, BR_AUTH_NONE };

/* What one call needs to know. Slices are borrowed: the owner of the call
** keeps them until it is freed. */
typedef struct br_settings {
  br_slice region;
  br_slice endpoint;         /* custom, or empty */
  br_slice user_agent;
  br_slice bearer_token;
  br_slice ca_bundle;        /* a path, or empty: the system's */
  br_slice proxy;            /* a URL, or empty: the environment's */
  br_credentials credentials;
  enum br_auth auth;
  int use_fips, use_dualstack;
  int send_unknown;
  int build_only;            /* the request is wanted, no answer */
  int max_attempts;          /* in all; 1: no retry */
  int64_t connect_ms;        /* 0: no limit; also for the next two */
  int64_t read_ms;           /* between two bytes; -1: the service's own */
  int64_t total_ms;          /* the whole call with its waits */
} br_settings;

/* What the calls of one client share. */
typedef struct br_shared {
  br_signer signer;
  br_quota quota;
} br_shared;

/* Random bytes of one call: the idempotency token, the invocation id, and
** the jitter of its retries. */
typedef struct br_entropy {
  unsigned char token[16];
  unsigned char invocation[16];
  unsigned char jitter[16];
} br_entropy;

typedef struct br_call {
  enum br_state state;
  const br_operation *op;
  br_settings set;
  br_shared *shared;
  br_request request;
  br_response response;
  br_failure failure;        /* of an error answer */
  br_err err;
  br_buf url;                /* whole */
  br_url parts;              /* of it */
  br_headers wire;           /* as sent, with the signature */
  br_buf work;               /* scratch of signing */
  br_buf authorization;
  char payload_hash[BR_SHA256_HEX];
  char token[37];
  char invocation[37];
  unsigned char jitter[16];
  size_t jitter_used;
  int attempts;
  int cost;                  /* of the last retry, in quota */
  int64_t wake_ms;           /* mono; see br_call_wake */
  int64_t deadline_ms;       /* mono; 0: none */
  int64_t heard_ms;          /* mono: the last sign of life */
} br_call;

/* What a driver sends. It all lives until the next br_call_next. */
typedef struct br_http {
  const char *method;
  const char *url;
  const br_headers *headers;
  br_slice body;
  int64_t connect_ms;        /* 0: no limit */
  br_slice ca_bundle;
  br_slice proxy;
} br_http;

void br_shared_init (br_shared *s, const br_alloc *mem);
void br_shared_wipe (br_shared *s);

void br_call_init (br_call *c, const br_alloc *mem);
void br_call_free (br_call *c);

/* Forget everything but the memory, wipe what was secret: for the next
** call. Small buffers are kept, large ones freed. */
void br_call_reset (br_call *c);

/* What a call is made of. */
typedef struct br_start {
  const br_operation *op;
  const br_source *in;
  const br_settings *set;
  br_shared *shared;
  const br_entropy *random;
} br_start;

/* Build the request. 0, or a code with c->err filled; then the state is
** DONE. A source may leave through it by a longjmp: free the call then. */
int br_call_start (br_call *c, const br_start *with, br_moment now);

enum br_action br_call_next (br_call *c, br_moment now);

/* After BR_A_MORE or BR_A_WAIT: the mono time to ask again at the latest,
** or 0: only when something happens. */
int64_t br_call_wake (const br_call *c);

void br_call_http (br_call *c, br_http *http);

/* What happened. Each returns 0, or negative when the transfer is to be
** dropped: the call has its error then. */
int br_call_head (br_call *c, int status, br_moment now);
int br_call_header (br_call *c, br_slice name, br_slice value);
int br_call_expect (br_call *c, int64_t content_length);
int br_call_body (br_call *c, const void *p, size_t n, br_moment now);
void br_call_alive (br_call *c, br_moment now);
void br_call_end (br_call *c, br_moment now);

/* The transfer failed; br_err_set has put the reason into c->err. */
void br_call_broken (br_call *c, br_moment now);
void br_call_cancel (br_call *c);

/* The table, for specs and docs: -1 where the event is not allowed. */
int br_call_transition (int state, int event);

#endif

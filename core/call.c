#include "core/call.h"
#include "core/codec.h"
#include "core/date.h"
#include "core/endpoint.h"
#include "core/limits.h"

#include <stdio.h>
#include <string.h>

/* ======================================================================
** The table
** ====================================================================== */

#define NO -1

static const signed char table[BR_STATES][BR_EVENTS] = {
  /*             BUILT       SIGNED        HEAD            RETRY
                 WAKE        FINISH     CANCEL                          */
  /* NEW */
               { BR_S_READY, NO,           NO,             NO,
                 NO,         BR_S_DONE, BR_S_DONE },
  /* READY */
               { NO,         BR_S_SENDING, NO,             NO,
                 NO,         BR_S_DONE, BR_S_DONE },
  /* SENDING */
               { NO,         NO,           BR_S_RECEIVING, BR_S_WAITING,
                 NO,         BR_S_DONE, BR_S_DONE },
  /* RECEIVING: a HEAD again follows an interim answer (1xx) */
               { NO,         NO,           BR_S_RECEIVING, BR_S_WAITING,
                 NO,         BR_S_DONE, BR_S_DONE },
  /* WAITING */
               { NO,         NO,           NO,             NO,
                 BR_S_READY, BR_S_DONE, BR_S_DONE },
  /* DONE */
               { NO,         NO,           NO,             NO,
                 NO,         NO,        BR_S_DONE }
};

int br_call_transition (int state, int event) {
  return table[state][event];
}

/* The only place that assigns the state. An event that is not allowed
** leaves it and is told with a negative code. */
static int step (br_call *c, enum br_event e) {
  int next = table[c->state][e];
  if (next == NO)
    return BR_ECANCELLED;
  c->state = (enum br_state)next;
  return BR_OK;
}

static int finish (br_call *c) {
  (void)step(c, BR_E_FINISH);
  return c->err.code;
}

static int in_transfer (const br_call *c) {
  return c->state == BR_S_SENDING || c->state == BR_S_RECEIVING;
}

/* ======================================================================
** Start: endpoint, request
** ====================================================================== */

/* A Bedrock API key is as good as a password: not over an open line. */
static int check_bearer (br_call *c) {
  if (c->set.auth != BR_AUTH_BEARER)
    return BR_OK;
  if (!(br_services[c->op->service].flags & BR_V_BEARER))
    return br_err_set(&c->err, BR_ECONFIG, "BearerNotSupported",
                      "%s does not take Bedrock API keys",
                      br_str(br_services[c->op->service].name));
  if (!c->parts.secure && !br_url_is_loopback(&c->parts))
    return br_err_set(&c->err, BR_ECONFIG, "InsecureEndpoint",
                      "a bearer token is sent over https only");
  return BR_OK;
}

/* c->url becomes the whole URL: endpoint, its path, ours, the query. */
static int make_url (br_call *c) {
  br_endpoint_params in = {&br_services[c->op->service], c->set.region,
                           c->set.endpoint, c->set.use_fips,
                           c->set.use_dualstack};
  const char *why = "";
  int code = br_endpoint_resolve(&in, &c->url, &c->err);
  if (code != BR_OK)
    return code;
  while (c->url.n > 0 && c->url.p[c->url.n - 1] == '/')
    c->url.n--;
  (void)br_put_slice(&c->url, br_buf_slice(&c->request.path));
  if (c->request.query.n > 0) {
    (void)br_put_char(&c->url, '?');
    (void)br_put_slice(&c->url, br_buf_slice(&c->request.query));
  }
  (void)br_buf_cstr(&c->url);
  if (c->url.err)
    return c->url.err;
  if (br_url_parse(br_buf_slice(&c->url), &c->parts, &why) != BR_OK)
    return br_err_set(&c->err, BR_ECONFIG, "InvalidEndpoint",
                      "the endpoint is not valid: %s", why);
  return check_bearer(c);
}

static int tell_problems (br_call *c) {
  int n = c->request.problem_count;
  br_slice path = br_problem_path(&c->request, 0);
  br_slice message = br_problem_message(&c->request, 0);
  if (n > 1)
    return br_err_set(&c->err, BR_EINPUT, "InvalidInput",
                      "%d problems with the input, nothing was sent", n);
  return br_err_set(&c->err, BR_EINPUT, "InvalidInput", "%.*s %.*s",
                    (int)path.n, path.p, (int)message.n, message.p);
}

/* Turn a bare code of the builder into a record. */
static int tell_build (br_call *c, int code) {
  if (code == BR_EINPUT)
    return tell_problems(c);
  if (code == BR_ELIMIT)
    return br_err_set(&c->err, BR_EINPUT, "InputTooLarge",
                      "the request is larger than this library sends");
  return br_err_memory(&c->err);
}

static int check_supported (br_call *c) {
  int streams = BR_O_STREAM_IN | (c->set.build_only ? 0 : BR_O_STREAM_OUT);
  if (!(c->op->flags & streams))
    return BR_OK;
  return br_err_set(&c->err, BR_ESTREAM, "NotYetSupported",
                    "%s streams events, which is not supported yet",
                    br_str(c->op->lua_name));
}

static int check_auth (br_call *c) {
  if (c->set.auth != BR_AUTH_SIGV4 ||
      (c->set.credentials.access_key_id.n > 0 &&
       c->set.credentials.secret_access_key.n > 0))
    return BR_OK;
  br_err_set(&c->err, BR_ECREDENTIALS, "NoCredentials",
             "no credentials were found: neither in the configuration nor "
             "in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  br_err_hint(&c->err, "give credentials = { creds = { access_key_id = ..., "
              "secret_access_key = ... } } to bedrock.client, or set the "
              "variables");
  return BR_ECREDENTIALS;
}

/* Once a call: a retry sends the same bytes. */
static int hash_body (br_call *c) {
  br_slice body = br_buf_slice(&c->request.body);
  return br_sha256_hex(&c->shared->signer.hasher, c->payload_hash, body.p,
                       body.n) == BR_OK ? BR_OK : br_err_memory(&c->err);
}

static int prepare (br_call *c, const br_source *in) {
  br_request_options o = {c->set.send_unknown, c->token};
  int code = check_supported(c);
  if (code != BR_OK)
    return code;
  code = br_request_build(&c->request, c->op, in, &o);
  if (code != BR_OK)
    return tell_build(c, code);
  code = make_url(c);
  if (code == BR_ELIMIT || code == BR_EMEMORY)
    return tell_build(c, code);
  if (code == BR_OK)
    code = check_auth(c);
  if (code == BR_OK && c->set.auth == BR_AUTH_SIGV4)
    code = hash_body(c);
  return code;
}

/* Models think for minutes before their first byte; the rest answers soon. */
#define PATIENT_READ_MS 900000
#define READ_MS         60000

static void begin (br_call *c, const br_start *with, br_moment now) {
  c->op = with->op;
  c->set = *with->set;
  c->shared = with->shared;
  br_uuid4(c->token, with->random->token);
  br_uuid4(c->invocation, with->random->invocation);
  memcpy(c->jitter, with->random->jitter, sizeof c->jitter);
  if (c->set.read_ms < 0)
    c->set.read_ms = br_services[c->op->service].flags & BR_V_PATIENT
                   ? PATIENT_READ_MS : READ_MS;
  if (c->set.total_ms > 0)
    c->deadline_ms = now.mono_ms + c->set.total_ms;
}

int br_call_start (br_call *c, const br_start *with, br_moment now) {
  begin(c, with, now);
  if (prepare(c, with->in) != BR_OK)
    return finish(c);
  return step(c, BR_E_BUILT);
}

/* ======================================================================
** Sending: the wire headers and the signature, afresh for each attempt
** ====================================================================== */

static void add (br_call *c, const char *name, br_slice value) {
  (void)br_headers_add(&c->wire, br_slice_of(name), value);
}

static int sign (br_call *c, const char *date) {
  br_signable s;
  const br_service *service = &br_services[c->op->service];
  int code;
  s.method = br_method_name(c->op->method);
  s.path = c->parts.path;
  s.query = c->parts.query;
  s.headers = &c->wire;
  s.payload_hash = c->payload_hash;
  s.date = date;
  s.region = c->set.region;
  s.service = br_slice_of(br_str(service->signing_name));
  br_buf_clear(&c->work);
  br_buf_clear(&c->authorization);
  code = br_authorization(&s, &c->set.credentials, &c->shared->signer, &c->work,
                          &c->authorization);
  if (code == BR_OK)
    add(c, "Authorization", br_buf_slice(&c->authorization));
  return code;
}

static int add_auth (br_call *c, br_moment now) {
  char date[BR_DATE_BASIC];
  if (c->set.auth == BR_AUTH_NONE)
    return BR_OK;
  if (c->set.auth == BR_AUTH_BEARER) {
    br_buf_clear(&c->authorization);
    (void)br_put_text(&c->authorization, "Bearer ");
    (void)br_put_slice(&c->authorization, c->set.bearer_token);
    return br_headers_add(&c->wire, br_slice_of("Authorization"),
                          br_buf_slice(&c->authorization));
  }
  br_date_basic(date, br_floor_div(now.wall_ms, 1000));
  add(c, "X-Amz-Date", br_slice_of(date));
  if (c->set.credentials.session_token.n > 0)
    add(c, "X-Amz-Security-Token", c->set.credentials.session_token);
  return sign(c, date);
}

/* Those that the signature does not cover. */
static void add_unsigned (br_call *c) {
  char text[48];
  (void)snprintf(text, sizeof text, "attempt=%d; max=%d", c->attempts,
                 c->set.max_attempts);
  add(c, "amz-sdk-invocation-id", br_slice_of(c->invocation));
  add(c, "amz-sdk-request", br_slice_of(text));
  add(c, "User-Agent", c->set.user_agent);
}

static void copy_headers (br_call *c) {
  size_t i, n = br_headers_count(&c->request.headers);
  for (i = 0; i < n; i++)
    (void)br_headers_add(&c->wire, br_headers_name(&c->request.headers, i),
                         br_headers_value(&c->request.headers, i));
}

static int make_wire (br_call *c, br_moment now) {
  int code;
  br_headers_clear(&c->wire);
  br_buf_clear(&c->work);
  if (br_put_host(&c->work, &c->parts) != BR_OK)
    return c->work.err;
  add(c, "Host", br_buf_slice(&c->work));
  copy_headers(c);
  code = add_auth(c, now);
  if (code != BR_OK)
    return code;
  add_unsigned(c);
  return br_headers_err(&c->wire);
}

static enum br_action send (br_call *c, br_moment now) {
  int code;
  c->attempts++;
  c->heard_ms = now.mono_ms;
  br_err_clear(&c->err);
  br_response_clear(&c->response);
  code = make_wire(c, now);
  if (code == BR_OK) {
    (void)step(c, BR_E_SIGNED);
    return BR_A_SEND;
  }
  if (code == BR_EMEMORY)
    (void)br_err_memory(&c->err);
  else
    (void)br_err_set(&c->err, BR_ECREDENTIALS, "InvalidCredentials",
                     "the credentials cannot be sent: too long, or with "
                     "line breaks");
  (void)finish(c);
  return BR_A_DONE;
}

void br_call_http (br_call *c, br_http *http) {
  http->method = br_method_name(c->op->method);
  http->url = br_buf_cstr(&c->url);
  http->headers = &c->wire;
  http->body = br_buf_slice(&c->request.body);
  http->connect_ms = c->set.connect_ms;
  http->ca_bundle = c->set.ca_bundle;
  http->proxy = c->set.proxy;
}

/* ======================================================================
** After an attempt
** ====================================================================== */

/* A number from 0 to 1, exclusive, from the call's random bytes. */
static double next_random (br_call *c) {
  size_t at = c->jitter_used++ % (sizeof c->jitter / 2) * 2;
  return (c->jitter[at] * 256 + c->jitter[at + 1]) / 65536.0;
}

/* x-amz-retry-after: whole milliseconds; -1 when absent or not that. */
static int64_t asked_to_wait (const br_call *c) {
  br_slice v = br_headers_get(&c->response.headers, "x-amz-retry-after");
  int64_t ms = 0;
  size_t i;
  if (v.p == NULL || v.n == 0 || v.n > 9)
    return -1;
  for (i = 0; i < v.n; i++) {
    if (v.p[i] < '0' || v.p[i] > '9')
      return -1;
    ms = ms * 10 + (v.p[i] - '0');
  }
  return ms;
}

/* Another attempt, or the end. */
static void fail_attempt (br_call *c, enum br_retry_class cls,
                          br_moment now) {
  br_retry_query q = {c->attempts, c->set.max_attempts, cls, next_random(c),
                      asked_to_wait(c)};
  int64_t ms = br_retry_decide(&c->shared->quota, &q, &c->cost);
  if (ms >= 0 && c->deadline_ms > 0 && now.mono_ms + ms >= c->deadline_ms) {
    br_retry_refund(&c->shared->quota, c->cost);
    ms = -1;                 /* it would not live to see its end */
  }
  if (ms < 0) {
    (void)finish(c);
    return;
  }
  if (step(c, BR_E_RETRY) == BR_OK)
    c->wake_ms = now.mono_ms + ms;
}

void br_call_end (br_call *c, br_moment now) {
  if (c->state != BR_S_RECEIVING)
    return;
  if (c->response.status < 300) {
    br_retry_refund(&c->shared->quota, c->cost);
    (void)finish(c);
    return;
  }
  br_response_failure(&c->response, c->op, &c->failure, &c->err);
  fail_attempt(c, br_retry_classify(c->response.status, c->failure.code,
                                    c->failure.shape), now);
}

void br_call_broken (br_call *c, br_moment now) {
  int again = c->err.code == BR_ECONNECTION || c->err.code == BR_ETIMEOUT;
  if (in_transfer(c))
    fail_attempt(c, again ? BR_R_TRANSIENT : BR_R_FINAL, now);
}

void br_call_cancel (br_call *c) {
  if (c->state != BR_S_DONE)
    (void)br_err_set(&c->err, BR_ECANCELLED, "Cancelled",
                     "the call was cancelled");
  (void)step(c, BR_E_CANCEL);
}

/* ======================================================================
** Time
** ====================================================================== */

static void time_out (br_call *c, const char *name, const char *what,
                      int64_t ms) {
  (void)br_err_set(&c->err, BR_ETIMEOUT, name, "%s of %g s ran out", what,
                   (double)ms / 1000);
  br_err_hint(&c->err, "%s can be set for the client or for one call",
              what);
}

static void check_time (br_call *c, br_moment now) {
  if (c->deadline_ms > 0 && now.mono_ms >= c->deadline_ms &&
      (in_transfer(c) || c->state == BR_S_WAITING)) {
    time_out(c, "CallTimeout", "timeout", c->set.total_ms);
    (void)finish(c);
  }
  else if (in_transfer(c) && c->set.read_ms > 0 &&
           now.mono_ms >= c->heard_ms + c->set.read_ms) {
    time_out(c, "ReadTimeout", "read_timeout", c->set.read_ms);
    br_call_broken(c, now);
  }
}

static int64_t earlier (int64_t a, int64_t b) {
  return a == 0 ? b : b == 0 ? a : a < b ? a : b;
}

int64_t br_call_wake (const br_call *c) {
  if (c->state == BR_S_WAITING)
    return earlier(c->wake_ms, c->deadline_ms);
  if (!in_transfer(c))
    return 0;
  return earlier(c->set.read_ms > 0 ? c->heard_ms + c->set.read_ms : 0,
                 c->deadline_ms);
}

enum br_action br_call_next (br_call *c, br_moment now) {
  check_time(c, now);
  switch (c->state) {
    case BR_S_READY:
      return send(c, now);
    case BR_S_SENDING:
    case BR_S_RECEIVING:
      return BR_A_MORE;
    case BR_S_WAITING:
      if (now.mono_ms < c->wake_ms)
        return BR_A_WAIT;
      (void)step(c, BR_E_WAKE);
      return send(c, now);
    default:
      return BR_A_DONE;
  }
}

/* ======================================================================
** What a driver tells
** ====================================================================== */

int br_call_head (br_call *c, int status, br_moment now) {
  int code = step(c, BR_E_HEAD);
  if (code != BR_OK)
    return code;
  br_response_clear(&c->response);
  c->response.status = status;
  c->heard_ms = now.mono_ms;
  return BR_OK;
}

/* An answer that is larger than we hold is of no use, however it goes on. */
static int too_large (br_call *c) {
  br_err_set(&c->err, BR_EDECODE, "ResponseTooLarge",
             "the answer is larger than %lu MiB",
             (unsigned long)(BR_MAX_RESPONSE_BODY >> 20));
  return finish(c);
}

int br_call_header (br_call *c, br_slice name, br_slice value) {
  int code;
  if (c->state != BR_S_RECEIVING)
    return BR_ECANCELLED;
  code = br_headers_add(&c->response.headers, name, value);
  if (code == BR_EMEMORY) {
    (void)br_err_memory(&c->err);
    return finish(c);
  }
  if (code != BR_OK) {
    br_err_set(&c->err, BR_EDECODE, "BadResponseHead",
               "the answer's headers are not valid, or over %lu KiB",
               (unsigned long)(BR_MAX_HEAD >> 10));
    return finish(c);
  }
  return BR_OK;
}

/* The answer says how long its body is: room at once, or refusal at once. */
int br_call_expect (br_call *c, int64_t content_length) {
  if (c->state != BR_S_RECEIVING)
    return BR_ECANCELLED;
  if (content_length > (int64_t)BR_MAX_RESPONSE_BODY)
    return too_large(c);
  if (content_length > 0 && content_length < 1 << 20)
    (void)br_buf_room(&c->response.body, (size_t)content_length);
  return BR_OK;
}

int br_call_body (br_call *c, const void *p, size_t n, br_moment now) {
  int code;
  if (c->state != BR_S_RECEIVING)
    return BR_ECANCELLED;
  c->heard_ms = now.mono_ms;
  code = br_put(&c->response.body, p, n);
  if (code == BR_ELIMIT)
    return too_large(c);
  if (code != BR_OK) {
    (void)br_err_memory(&c->err);
    return finish(c);
  }
  return BR_OK;
}

void br_call_alive (br_call *c, br_moment now) {
  c->heard_ms = now.mono_ms;
}

/* ====================================================================== */

void br_shared_init (br_shared *s, const br_alloc *mem) {
  br_signer_init(&s->signer, mem);
  s->quota.left = BR_QUOTA_FULL;
}

void br_shared_wipe (br_shared *s) {
  br_signer_wipe(&s->signer);
}

void br_call_init (br_call *c, const br_alloc *mem) {
  memset(c, 0, sizeof *c);
  br_request_init(&c->request, mem);
  br_response_init(&c->response, mem);
  br_headers_init(&c->wire, mem);
  br_buf_init(&c->url, mem, BR_MAX_URL);
  br_buf_init(&c->work, mem, BR_MAX_CANONICAL);
  br_buf_init(&c->authorization, mem, BR_MAX_HEAD);
}

void br_call_free (br_call *c) {
  br_request_free(&c->request);
  br_response_free(&c->response);
  br_headers_wipe(&c->wire);
  br_buf_free(&c->url);
  br_buf_wipe(&c->work);
  br_buf_wipe(&c->authorization);
}

void br_call_reset (br_call *c) {
  br_request_reset(&c->request);
  br_response_clear(&c->response);
  br_buf_trim(&c->response.body);
  br_buf_trim(&c->response.scratch);
  br_wipe(c->wire.text.p, c->wire.text.n);
  br_headers_clear(&c->wire);
  br_buf_clear(&c->url);
  br_wipe(c->work.p, c->work.n);
  br_buf_clear(&c->work);
  br_wipe(c->authorization.p, c->authorization.n);
  br_buf_clear(&c->authorization);
  memset(&c->set, 0, sizeof c->set);
  memset(&c->failure, 0, sizeof c->failure);
  br_err_clear(&c->err);
  c->state = BR_S_NEW;         /* a new life, not a transition */
  c->op = NULL;
  c->attempts = c->cost = 0;
  c->jitter_used = 0;
  c->wake_ms = c->deadline_ms = c->heard_ms = 0;
}

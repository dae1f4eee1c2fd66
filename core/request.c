#include "core/request.h"
#include "core/input.h"
#include "core/json.h"
#include "core/uri.h"

#include <stdio.h>
#include <string.h>

/* ======================================================================
** URI, query, header and payload members
** ====================================================================== */

/* A scalar outside a body as plain text; 0 when it had a problem. */
static int put_plain (br_builder *b, const br_frame *f, const br_shape *s,
                      const br_scalar *v, br_buf *to) {
  int64_t micros;
  switch (s->type) {
    case BR_T_STRING:
      return br_is_text(b, f, s, v) && br_put_slice(to, v->string) == BR_OK;
    case BR_T_INTEGER:
    case BR_T_LONG:
      return br_is_integer(b, f, s, v) &&
             br_json_integer(to, v->integer) == BR_OK;
    case BR_T_BOOLEAN:
      return br_is_boolean(b, f, v) &&
             br_put_text(to, v->boolean ? "true" : "false") == BR_OK;
    case BR_T_TIMESTAMP:
      if (!br_is_timestamp(b, f, v, &micros))
        return 0;
      br_put_time(b, to, 1, micros);
      return to->err == BR_OK;
    default:
      return br_is_number(b, f, s, v) &&
             br_json_number(to, v->number, 0) == BR_OK;
  }
}

/* "restJson1: httpLabel". */
static void put_label (br_builder *b, const br_frame *f, const br_shape *s,
                       const br_scalar *v, br_buf *text) {
  int before = b->r->problem_count;
  if (!put_plain(b, f, s, v, text))
    return;
  if (b->r->problem_count == before && text->n == 0)
    br_say(b, f, "must not be empty: it is a part of the URL's path");
  else if (br_slice_is(br_buf_slice(text), ".") ||
           br_slice_is(br_buf_slice(text), ".."))
    br_say(b, f, "must not be \".\" or \"..\": it is a part of the URL's path");
  else
    (void)br_put_encoded(&b->r->path, br_buf_slice(text), "");
}

static void put_pair (br_builder *b, const br_member *m, br_slice value) {
  br_buf *q = &b->r->query;
  if (q->n > 0)
    (void)br_put_char(q, '&');
  (void)br_put_encoded(q, br_slice_of(br_str(m->wire)), "");
  (void)br_put_char(q, '=');
  (void)br_put_encoded(q, value, "");
}

/* "restJson1: httpQuery": a list repeats its key. */
static void put_query_list (br_builder *b, const br_frame *f,
                            const br_member *m, const br_scalar *v,
                            br_buf *text) {
  const br_shape *s = &br_shapes[m->shape];
  size_t i, n;
  if (!br_is_list(b, f, v, &n))
    return;
  (void)br_below_minimum(b, f, s, (double)n, "its length");
  for (i = 1; i <= n && VT(b)->enter_item(UD(b), i) > 0; i++) {
    br_frame at = {f, {NULL, 0}, i};
    br_scalar item;
    VT(b)->get(UD(b), &item);
    text->n = 0;
    if (put_plain(b, &at, &br_shapes[s->first], &item, text))
      put_pair(b, m, br_buf_slice(text));
    VT(b)->leave(UD(b));
  }
}

static void put_header (br_builder *b, const br_frame *f, const br_member *m,
                        br_slice value) {
  int code = br_headers_add(&b->r->headers, br_slice_of(br_str(m->wire)),
                            value);
  if (code == BR_EINPUT)
    br_say(b, f, "must not hold line breaks or NUL: it is sent as a header");
}

/* A blob or string that is the whole body. */
static void put_raw_payload (br_builder *b, const br_frame *f,
                             const br_shape *s, const br_scalar *v) {
  if (v->kind != BR_K_STRING)
    br_wrong_type(b, f, "a string of bytes", v);
  else if (s->type == BR_T_BLOB || br_is_text(b, f, s, v))
    (void)br_put_slice(&b->r->body, v->string);
}

static void put_payload (br_builder *b, const br_frame *f, const br_shape *s) {
  br_scalar v;
  if (s->type == BR_T_BLOB || s->type == BR_T_STRING) {
    VT(b)->get(UD(b), &v);
    put_raw_payload(b, f, s, &v);
    return;
  }
  br_put_value(b, f, s);
}

/* One member outside the JSON body; the cursor is on its value. */
static void put_bound (br_builder *b, const br_frame *f, const br_member *m,
                       br_buf *text) {
  const br_shape *s = &br_shapes[m->shape];
  br_scalar v;
  text->n = 0;               /* an earlier failure stays */
  if (m->place == BR_IN_PAYLOAD) {
    put_payload(b, f, s);
    return;
  }
  VT(b)->get(UD(b), &v);
  if (m->place == BR_IN_URI)
    put_label(b, f, s, &v, text);
  else if (m->place == BR_IN_QUERY && s->type == BR_T_LIST)
    put_query_list(b, f, m, &v, text);
  else if (put_plain(b, f, s, &v, text)) {
    if (m->place == BR_IN_QUERY)
      put_pair(b, m, br_buf_slice(text));
    else
      put_header(b, f, m, br_buf_slice(text));
  }
}

static void put_bound_member (br_builder *b, const br_shape *s, size_t i) {
  const br_member *m = &br_members[s->first + i];
  br_frame at = {NULL, br_slice_of(br_str(m->name)), 0};
  if (VT(b)->enter_field(UD(b), at.name) <= 0)
    return;
  put_bound(b, &at, m, &b->r->scratch);
  VT(b)->leave(UD(b));
}

/* The path: literal parts as they stand, labels from the members. */
static void put_uri (br_builder *b, const br_shape *s, const br_seen *in) {
  const char *p = br_str(b->r->op->uri);
  while (*p != '\0') {
    size_t n = strcspn(p, "{");
    (void)br_put(&b->r->path, p, n);
    p += n;
    if (*p == '{') {
      size_t len = strcspn(++p, "}"), i;
      for (i = 0; i < s->count; i++) {
        const br_member *m = &br_members[s->first + i];
        br_slice wire = {p, len};
        if (m->place == BR_IN_URI && br_slice_is(wire, br_str(m->wire)) &&
            (in->members >> i & 1))
          put_bound_member(b, s, i);
      }
      p += len + 1;
    }
  }
}

/* ======================================================================
** The whole
** ====================================================================== */

static const br_member *member_in (const br_shape *s, int place) {
  size_t i;
  for (i = 0; i < s->count; i++)
    if (br_members[s->first + i].place == place)
      return &br_members[s->first + i];
  return NULL;
}

static int is_absent_token (const br_builder *b, const br_shape *s,
                            const br_seen *in, size_t i) {
  return (br_members[s->first + i].flags & BR_M_TOKEN) &&
         !(in->members >> i & 1) && b->o->token != NULL;
}

/* The body is a closed object by now: the token goes before its brace. */
static void put_body_token (br_builder *b, const br_member *m) {
  br_buf *to = &b->r->body;
  int first;
  if (to->err || to->n < 2)
    return;
  first = to->p[--to->n - 1] == '{';
  br_put_member_name(b, br_slice_of(br_str(m->wire)), &first);
  (void)br_json_string(to, br_slice_of(b->o->token));
  (void)br_put_char(to, '}');
}

/* An idempotency token that the caller left out goes where it belongs. */
static void put_token (br_builder *b, const br_member *m) {
  br_slice token = br_slice_of(b->o->token);
  if (m->place == BR_IN_QUERY)
    put_pair(b, m, token);
  else if (m->place == BR_IN_HEADER)
    (void)br_headers_add(&b->r->headers, br_slice_of(br_str(m->wire)),
                         token);
  else
    put_body_token(b, m);
}

static void put_content_type (br_builder *b, const char *type) {
  if (br_headers_find(&b->r->headers, "Content-Type") < 0)
    (void)br_headers_add(&b->r->headers, br_slice_of("Content-Type"),
                         br_slice_of(type));
}

/* "awsJson1_1": everything is in the body, whatever the bindings say. */
static void build_json11 (br_builder *b, const br_shape *s,
                          const br_seen *in) {
  char target[160];
  size_t i;
  (void)snprintf(target, sizeof target, "%s.%s",
                 br_str(b->service->target_prefix), br_str(b->r->op->name));
  (void)br_put_char(&b->r->path, '/');
  put_content_type(b, "application/x-amz-json-1.1");
  (void)br_headers_add(&b->r->headers, br_slice_of("X-Amz-Target"),
                       br_slice_of(target));
  br_put_members(b, NULL, s, in);
  for (i = 0; i < s->count; i++)
    if (is_absent_token(b, s, in, i))
      put_body_token(b, &br_members[s->first + i]);
}

/* "restJson1": which body there is, and its Content-Type. */
static void put_rest_body (br_builder *b, const br_shape *s,
                           const br_seen *in) {
  const br_member *payload = member_in(s, BR_IN_PAYLOAD);
  br_buf *to = &b->r->body;
  if (payload != NULL) {
    if (br_shapes[payload->shape].type == BR_T_BLOB)
      return;                /* its bytes, whatever they are, or none */
    if (to->n == 0)
      (void)br_put_text(to, "{}");
  }
  else if (member_in(s, BR_IN_BODY) != NULL ||
           (b->o->send_unknown && in->unknown > 0))
    br_put_members(b, NULL, s, in);
  else
    return;
  put_content_type(b, "application/json");
}

static void build_rest (br_builder *b, const br_shape *s,
                        const br_seen *in) {
  size_t i;
  put_uri(b, s, in);
  for (i = 0; i < s->count; i++) {
    int place = br_members[s->first + i].place;
    if ((in->members >> i & 1) && place != BR_IN_BODY && place != BR_IN_URI)
      put_bound_member(b, s, i);
  }
  put_rest_body(b, s, in);
  for (i = 0; i < s->count; i++)
    if (is_absent_token(b, s, in, i))
      put_token(b, &br_members[s->first + i]);
}

/* The first failure of any buffer, or 0. */
static int failed (const br_request *r) {
  int code = br_headers_err(&r->headers);
  if (code == BR_OK) code = r->path.err;
  if (code == BR_OK) code = r->query.err;
  if (code == BR_OK) code = r->body.err;
  if (code == BR_OK) code = r->scratch.err;
  return code;
}

static void build (br_builder *b) {
  const br_shape *s = &br_shapes[b->r->op->input];
  br_seen in;
  br_scalar v;
  VT(b)->get(UD(b), &v);
  if (v.kind != BR_K_TABLE) {
    br_wrong_type(b, NULL, "a table", &v);
    return;
  }
  br_look(b, NULL, s, &in);
  br_check_required(b, NULL, s, in.members);
  if (b->service->flags & BR_V_JSON11)
    build_json11(b, s, &in);
  else
    build_rest(b, s, &in);
}

int br_request_build (br_request *r, const br_operation *op,
                      const br_source *in, const br_request_options *o) {
  br_builder b = {r, in, o, &br_services[op->service], 0};
  r->op = op;
  build(&b);
  if (failed(r) != BR_OK)
    return failed(r);
  return r->problem_count > 0 ? BR_EINPUT : BR_OK;
}

void br_request_init (br_request *r, const br_alloc *mem) {
  memset(r, 0, sizeof *r);
  br_buf_init(&r->path, mem, BR_MAX_URL);
  br_buf_init(&r->query, mem, BR_MAX_URL);
  br_buf_init(&r->body, mem, BR_MAX_REQUEST_BODY);
  br_buf_init(&r->problems, mem, BR_MAX_PROBLEM_TEXT);
  br_buf_init(&r->scratch, mem, BR_MAX_HEAD);
  br_headers_init(&r->headers, mem);
}

void br_request_free (br_request *r) {
  br_buf_free(&r->path);
  br_buf_free(&r->query);
  br_buf_free(&r->body);
  br_buf_free(&r->problems);
  br_buf_free(&r->scratch);
  br_headers_wipe(&r->headers);
}

void br_request_reset (br_request *r) {
  br_buf_clear(&r->path);
  br_buf_clear(&r->query);
  br_buf_clear(&r->problems);
  br_buf_clear(&r->scratch);
  br_headers_clear(&r->headers);
  br_buf_trim(&r->body);
  r->op = NULL;
  r->problem_count = 0;
}

static br_slice between (const br_buf *b, size_t from, size_t to) {
  if (to > b->n)             /* cut: its buffer ran full */
    to = b->n;
  return (br_slice){b->p + from, to > from ? to - from : 0};
}

br_slice br_problem_path (const br_request *r, int i) {
  return between(&r->problems, r->problem[i].path, r->problem[i].message);
}

br_slice br_problem_message (const br_request *r, int i) {
  size_t end = i + 1 < r->problem_count ? r->problem[i + 1].path
                                        : r->problems.n;
  return between(&r->problems, r->problem[i].message, end);
}

const char *br_method_name (int method) {
  static const char *const names[] = {"GET", "POST", "PUT", "DELETE",
                                      "PATCH"};
  return names[method];
}

#include "core/response.h"
#include "core/codec.h"
#include "core/date.h"
#include "core/limits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
  const br_json *doc;
  const br_sink *to;
  br_err *err;
  const char *where;         /* the member being read, for messages */
} reader;

#define VT(r)  ((r)->to->vt)
#define UD(r)  ((r)->to->ud)

static int read_value (reader *r, const br_shape *s, struct cJSON *node);

static int bad (reader *r, const char *what) {
  return br_err_set(r->err, BR_EDECODE, "UnexpectedValue",
                    "in the answer, %s is not %s", r->where, what);
}

/* ======================================================================
** Scalars
** ====================================================================== */

/* A moment is told as seconds: whole ones as an integer. */
static int put_time (reader *r, int64_t micros) {
  if (micros % 1000000 == 0)
    return VT(r)->integer(UD(r), micros / 1000000);
  return VT(r)->number(UD(r), (double)micros / 1e6);
}

static int read_time (reader *r, const br_json_value *v) {
  int64_t micros;
  if (v->type == BR_J_STRING
      ? br_date_parse(v->string, &micros) != 0
      : (v->type != BR_J_INTEGER && v->type != BR_J_NUMBER) ||
        br_date_from_double(v->number, &micros) != 0)
    return bad(r, "a time");
  return put_time(r, micros);
}

static int read_blob (reader *r, const br_json_value *v) {
  ptrdiff_t n;
  if (v->type != BR_J_STRING)
    return bad(r, "a blob");
  n = br_base64_decode((char *)v->string.p, v->string.n);
  if (n < 0)
    return bad(r, "base64");
  return VT(r)->string(UD(r), v->string.p, (size_t)n);
}

/* NaN and the infinities travel as strings. */
static int read_float (reader *r, const br_json_value *v) {
  if (v->type == BR_J_INTEGER || v->type == BR_J_NUMBER)
    return VT(r)->number(UD(r), v->number);
  if (v->type == BR_J_STRING && br_slice_is(v->string, "NaN"))
    return VT(r)->number(UD(r), NAN);
  if (v->type == BR_J_STRING && br_slice_is(v->string, "Infinity"))
    return VT(r)->number(UD(r), INFINITY);
  if (v->type == BR_J_STRING && br_slice_is(v->string, "-Infinity"))
    return VT(r)->number(UD(r), -INFINITY);
  return bad(r, "a number");
}

static int read_integer (reader *r, const br_json_value *v) {
  if (v->type == BR_J_INTEGER)
    return VT(r)->integer(UD(r), v->integer);
  if (v->type != BR_J_NUMBER || v->inexact || fabs(v->number) >= 9.2e18 ||
      floor(v->number) != v->number)
    return bad(r, "an integer");
  return VT(r)->integer(UD(r), (int64_t)v->number);
}

static int read_plain (reader *r, const br_json_value *v) {
  switch (v->type) {
    case BR_J_NULL: return VT(r)->null(UD(r));
    case BR_J_BOOLEAN: return VT(r)->boolean(UD(r), v->boolean);
    case BR_J_INTEGER: return VT(r)->integer(UD(r), v->integer);
    case BR_J_NUMBER:
      return v->inexact ? bad(r, "an integer of at most 64 bits")
                        : VT(r)->number(UD(r), v->number);
    case BR_J_STRING: return VT(r)->string(UD(r), v->string.p, v->string.n);
    default: return bad(r, "a single value");
  }
}

static int read_scalar (reader *r, const br_shape *s,
                        const br_json_value *v) {
  switch (s->type) {
    case BR_T_TIMESTAMP: return read_time(r, v);
    case BR_T_BLOB: return read_blob(r, v);
    case BR_T_FLOAT:
    case BR_T_DOUBLE: return read_float(r, v);
    case BR_T_INTEGER:
    case BR_T_LONG: return read_integer(r, v);
    case BR_T_BOOLEAN:
      return v->type == BR_J_BOOLEAN ? read_plain(r, v)
                                     : bad(r, "true or false");
    default:
      return v->type == BR_J_STRING ? read_plain(r, v) : bad(r, "a string");
  }
}

/* ======================================================================
** Documents
** ====================================================================== */

static int get (reader *r, struct cJSON *node, br_json_value *v) {
  if (br_json_get(r->doc, node, v) != BR_OK)
    return bad(r, "a number within the range of doubles");
  return BR_OK;
}

static int read_document (reader *r, struct cJSON *node) {
  br_json_value v;
  struct cJSON *child;
  size_t i = 0;
  int object, code = get(r, node, &v);
  if (code != BR_OK)
    return code;
  if (v.type != BR_J_LIST && v.type != BR_J_OBJECT)
    return read_plain(r, &v);
  object = v.type == BR_J_OBJECT;
  code = VT(r)->open(UD(r), object ? BR_C_OBJECT : BR_C_ARRAY,
                     br_json_count(node));
  for (child = br_json_first(node); child != NULL && code == BR_OK;
       child = br_json_next(child)) {
    code = read_document(r, child);
    if (code == BR_OK && object) {
      br_slice name = br_json_name(r->doc, child);
      code = VT(r)->field(UD(r), name.p, name.n);
    }
    else if (code == BR_OK)
      code = VT(r)->item(UD(r), ++i);
  }
  return code;
}

/* ======================================================================
** Lists, maps, structures
** ====================================================================== */

static int read_list (reader *r, const br_shape *s, struct cJSON *node) {
  struct cJSON *child;
  size_t i = 0;
  int code = VT(r)->open(UD(r), BR_C_LIST, br_json_count(node));
  for (child = br_json_first(node); child != NULL && code == BR_OK;
       child = br_json_next(child)) {
    code = read_value(r, &br_shapes[s->first], child);
    if (code == BR_OK)
      code = VT(r)->item(UD(r), ++i);
  }
  return code;
}

static int read_map (reader *r, const br_shape *s, struct cJSON *node) {
  struct cJSON *child;
  int code = VT(r)->open(UD(r), BR_C_OBJECT, br_json_count(node));
  for (child = br_json_first(node); child != NULL && code == BR_OK;
       child = br_json_next(child)) {
    br_slice name = br_json_name(r->doc, child);
    code = read_value(r, &br_shapes[s->first], child);
    if (code == BR_OK)
      code = VT(r)->field(UD(r), name.p, name.n);
  }
  return code;
}

/* Body members of a structure into the open table. Unknown ones are passed
** over; a union hands them out as free JSON, so that a new kind of content
** can be seen. */
static int read_members (reader *r, const br_shape *s, struct cJSON *node) {
  struct cJSON *child;
  int set = 0, code = BR_OK, is_union = (s->flags & BR_S_UNION) != 0;
  for (child = br_json_first(node); child != NULL && code == BR_OK;
       child = br_json_next(child)) {
    br_slice name;
    int i;
    if (br_json_is_null(child))
      continue;
    name = br_json_name(r->doc, child);
    i = br_find_member(s, name.p, name.n);
    if (i < 0 && (!is_union || br_slice_is(name, "__type")))
      continue;
    set++;
    if (i >= 0) {
      const br_member *m = &br_members[s->first + i];
      r->where = br_str(m->name);
      code = read_value(r, &br_shapes[m->shape], child);
    }
    else
      code = read_document(r, child);
    if (code == BR_OK)
      code = VT(r)->field(UD(r), name.p, name.n);
  }
  if (code == BR_OK && is_union && set != 1) {
    r->where = br_str(s->name);
    return bad(r, "a union with exactly one member");
  }
  return code;
}

static int read_structure (reader *r, const br_shape *s,
                           struct cJSON *node) {
  int code = VT(r)->open(UD(r), BR_C_OBJECT, br_json_count(node));
  return code == BR_OK ? read_members(r, s, node) : code;
}

static int read_value (reader *r, const br_shape *s, struct cJSON *node) {
  br_json_value v;
  int code;
  if (s->type == BR_T_DOCUMENT)
    return read_document(r, node);
  code = get(r, node, &v);
  if (code != BR_OK)
    return code;
  if (v.type == BR_J_NULL)
    return VT(r)->null(UD(r));
  switch (s->type) {
    case BR_T_STRUCTURE:
      return v.type == BR_J_OBJECT ? read_structure(r, s, node)
                                   : bad(r, "an object");
    case BR_T_LIST:
      return v.type == BR_J_LIST ? read_list(r, s, node) : bad(r, "a list");
    case BR_T_MAP:
      return v.type == BR_J_OBJECT ? read_map(r, s, node)
                                   : bad(r, "an object");
    default:
      return read_scalar(r, s, &v);
  }
}

/* ======================================================================
** The output of a success
** ====================================================================== */

/* "restJson1: httpHeader" in an answer: text by the member's type. */
static int read_header (reader *r, const br_shape *s, br_slice text) {
  br_json_value v;
  char number[40];
  memset(&v, 0, sizeof v);
  v.type = BR_J_STRING;
  v.string = text;
  if (s->type == BR_T_BOOLEAN)
    return VT(r)->boolean(UD(r), br_slice_is_nocase(text, "true"));
  if (s->type == BR_T_INTEGER || s->type == BR_T_LONG) {
    char *end;
    if (text.n == 0 || text.n >= sizeof number)
      return bad(r, "an integer");
    memcpy(number, text.p, text.n);
    number[text.n] = '\0';
    v.integer = strtoll(number, &end, 10);
    return *end == '\0' ? VT(r)->integer(UD(r), v.integer)
                        : bad(r, "an integer");
  }
  return s->type == BR_T_TIMESTAMP ? read_time(r, &v) : read_plain(r, &v);
}

static int is_blank (br_slice s) {
  size_t i;
  for (i = 0; i < s.n; i++)
    if (strchr(" \t\r\n", s.p[i]) == NULL || s.p[i] == '\0')
      return 0;
  return 1;
}

static int parse_body (br_response *r, br_err *err) {
  int code = br_json_parse(&r->doc, br_buf_slice(&r->body), &r->scratch,
                           err);
  if (code == BR_EDECODE) {
    br_slice type = br_headers_get(&r->headers, "content-type");
    br_err_hint(err, "status %d, Content-Type \"%.*s\", %lu bytes; does the "
                "endpoint belong to the service?", r->status,
                (int)(type.n > 60 ? 60 : type.n), type.p == NULL ? ""
                : type.p, (unsigned long)r->body.n);
  }
  return code;
}

/* One member that does not come from the JSON body; 1 when it is there and
** made, 0 when absent, negative on failure. */
static int read_bound (br_response *r, reader *in, const br_member *m) {
  const br_shape *s = &br_shapes[m->shape];
  int code;
  in->where = br_str(m->name);
  if (m->place == BR_IN_STATUS)
    code = VT(in)->integer(UD(in), r->status);
  else if (m->place == BR_IN_HEADER) {
    br_slice v = br_headers_get(&r->headers, br_str(m->wire));
    if (v.p == NULL)
      return 0;
    code = read_header(in, s, v);
  }
  else if (s->type == BR_T_BLOB || s->type == BR_T_STRING) {
    br_slice all = br_buf_slice(&r->body);
    code = VT(in)->string(UD(in), all.p, all.n);
  }
  else if (is_blank(br_buf_slice(&r->body)))
    return 0;
  else {
    code = parse_body(r, in->err);
    if (code == BR_OK)
      code = read_value(in, s, r->doc.root);
  }
  return code == BR_OK ? 1 : code;
}

static int put_field (reader *in, const br_member *m) {
  const char *name = br_str(m->name);
  return VT(in)->field(UD(in), name, strlen(name));
}

/* No body is a good answer where the output needs none. */
static int check_empty (br_response *r, reader *in, const br_shape *s) {
  size_t i;
  for (i = 0; i < s->count; i++) {
    const br_member *m = &br_members[s->first + i];
    if (m->place == BR_IN_BODY && (m->flags & BR_M_REQUIRED))
      return br_err_set(in->err, BR_EDECODE, "EmptyResponse",
                        "the answer of status %d is empty, %s is missing",
                        r->status, br_str(m->name));
  }
  return BR_OK;
}

static int read_json_body (br_response *r, reader *in, const br_shape *s) {
  int code;
  if (is_blank(br_buf_slice(&r->body)))
    return check_empty(r, in, s);
  code = parse_body(r, in->err);
  if (code != BR_OK)
    return code;
  if (!br_json_is_object(r->doc.root)) {
    in->where = "the body";
    return bad(in, "an object");
  }
  return read_members(in, s, r->doc.root);
}

int br_response_result (br_response *r, const br_operation *op,
                        const br_sink *sink, br_err *err) {
  const br_shape *s = &br_shapes[op->output];
  int json11 = br_services[op->service].flags & BR_V_JSON11;
  int code, from_body = 1;
  size_t i;
  reader in = {&r->doc, sink, err, "the body"};
  code = VT(&in)->open(UD(&in), BR_C_OBJECT, s->count);
  for (i = 0; i < s->count && code >= 0; i++) {
    const br_member *m = &br_members[s->first + i];
    if (json11 || m->place == BR_IN_BODY)
      continue;
    if (m->place == BR_IN_PAYLOAD)
      from_body = 0;
    code = read_bound(r, &in, m);
    if (code > 0)
      code = put_field(&in, m);
  }
  if (code >= 0 && from_body)
    code = read_json_body(r, &in, s);
  if (code == BR_EMEMORY)
    br_err_memory(err);
  if (code == BR_EDECODE && err->code == BR_OK)
    (void)bad(&in, "an integer that this Lua can keep exact");
  return code < 0 ? code : BR_OK;
}

/* ======================================================================
** Errors of the service
** ====================================================================== */

/* "namespace#Name:http://..." -> "Name". */
static br_slice clean_code (br_slice s) {
  size_t i;
  for (i = 0; i < s.n; i++)
    if (s.p[i] == ':' || s.p[i] == ',')
      s.n = i;
  for (i = s.n; i > 0; i--)
    if (s.p[i - 1] == '#') {
      s.p += i;
      s.n -= i;
      break;
    }
  return s;
}

static br_slice text_member (br_response *r, const char *name) {
  br_slice none = {NULL, 0};
  br_json_value v;
  struct cJSON *node = br_json_member(r->doc.root, name);
  if (node == NULL || br_json_get(&r->doc, node, &v) != BR_OK ||
      v.type != BR_J_STRING)
    return none;
  return v.string;
}

/* The first that is there, in the order of the protocol. */
static br_slice find_code (br_response *r, int is_json, int json11) {
  static const char *const rest[] = {"", "code", "Code", "__type"};
  static const char *const rpc[] = {"__type", "code", "Code", ""};
  const char *const *order = json11 ? rpc : rest;
  br_slice found = {NULL, 0};
  size_t i;
  for (i = 0; i < 4 && found.n == 0; i++) {
    if (order[i][0] == '\0')
      found = br_headers_get(&r->headers, "x-amzn-errortype");
    else if (is_json)
      found = text_member(r, order[i]);
    found = clean_code(found);
  }
  return found;
}

/* So much of a message as the record holds, in whole characters. */
static int shown (br_slice s) {
  return (int)br_utf8_check(s.p, s.n > 600 ? 600 : s.n);
}

/* An answer that is not the service's: a proxy, a balancer, a redirect. */
static void tell_foreign (br_response *r, br_failure *f, br_err *err) {
  br_slice type = br_headers_get(&r->headers, "content-type");
  char status[16];
  (void)snprintf(status, sizeof status, "%d", r->status);
  if (f->message.n > 0) {
    br_err_set(err, BR_ESERVICE, status, "%.*s", shown(f->message),
               f->message.p);
    return;
  }
  br_err_set(err, BR_ESERVICE, status, "status %d without an error of the "
             "service's own (Content-Type \"%.*s\", %lu bytes)", r->status,
             (int)(type.n > 60 ? 60 : type.n), type.p ? type.p : "",
             (unsigned long)r->body.n);
  if (f->is_json)
    return;
  if (r->status < 400)
    br_err_hint(err, "redirects are not followed; is the endpoint right?");
  else
    br_err_hint(err, "a proxy or load balancer may have answered");
}

void br_response_failure (br_response *r, const br_operation *op,
                          br_failure *f, br_err *err) {
  const br_service *service = &br_services[op->service];
  br_err ignored;
  char name[96];
  int code;
  memset(f, 0, sizeof *f);
  code = br_json_parse(&r->doc, br_buf_slice(&r->body), &r->scratch,
                       &ignored);
  if (code == BR_EMEMORY) {
    (void)br_err_memory(err);
    return;
  }
  f->is_json = code == BR_OK && br_json_is_object(r->doc.root);
  f->code = find_code(r, f->is_json, service->flags & BR_V_JSON11);
  if (f->is_json) {
    f->message = text_member(r, "message");
    if (f->message.p == NULL)
      f->message = text_member(r, "Message");
  }
  if (f->code.n == 0) {
    tell_foreign(r, f, err);
    return;
  }
  f->shape = br_find_error(service, f->code.p, f->code.n);
  (void)snprintf(name, sizeof name, "%.*s", (int)(f->code.n > 90 ? 90
                 : f->code.n), f->code.p);
  br_err_set(err, BR_ESERVICE, name, "%.*s", shown(f->message),
             f->message.p ? f->message.p : "");
}

int br_response_fields (br_response *r, const br_failure *f,
                        const br_sink *sink, br_err *err) {
  reader in = {&r->doc, sink, err, "the error"};
  int code = VT(&in)->open(UD(&in), BR_C_OBJECT, 4);
  size_t i;
  for (i = 0; f->shape != NULL && i < f->shape->count && code >= 0; i++) {
    const br_member *m = &br_members[f->shape->first + i];
    if (m->place == BR_IN_BODY)
      continue;
    code = read_bound(r, &in, m);
    if (code > 0)
      code = put_field(&in, m);
  }
  if (code >= 0 && f->is_json && f->shape != NULL)
    code = read_members(&in, f->shape, r->doc.root);
  return code < 0 ? code : BR_OK;
}

br_slice br_response_request_id (const br_response *r) {
  br_slice id = br_headers_get(&r->headers, "x-amzn-requestid");
  return id.p != NULL ? id : br_headers_get(&r->headers, "x-amz-request-id");
}

/* ====================================================================== */

void br_response_init (br_response *r, const br_alloc *mem) {
  memset(r, 0, sizeof *r);
  br_headers_init(&r->headers, mem);
  br_buf_init(&r->body, mem, BR_MAX_RESPONSE_BODY);
  br_buf_init(&r->scratch, mem, BR_MAX_RESPONSE_BODY * 2);
}

void br_response_clear (br_response *r) {
  r->status = 0;
  br_headers_clear(&r->headers);
  br_buf_clear(&r->body);
  br_json_free(&r->doc);
}

void br_response_free (br_response *r) {
  br_json_free(&r->doc);
  br_headers_wipe(&r->headers);
  br_buf_free(&r->body);
  br_buf_free(&r->scratch);
}

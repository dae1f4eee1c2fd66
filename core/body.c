#include "core/input.h"
#include "core/codec.h"
#include "core/json.h"
#include "core/limits.h"

#include <math.h>
#include <string.h>

/* ======================================================================
** JSON bodies
** ====================================================================== */

static void put_document (br_builder *b, const br_frame *f);
static void put_document_member (br_builder *b, const br_frame *at,
                                 br_slice name, int *first);

/* With no room left for problems there is nothing more to find out: a table
** that holds itself twice would be walked for ever. */
static int enter_depth (br_builder *b, const br_frame *f) {
  if (!br_room_for_problems(b))
    return 0;
  if (b->depth < BR_MAX_DEPTH) {
    b->depth++;
    return 1;
  }
  br_say(b, f, "is nested too deeply; does a table hold itself?");
  return 0;
}

static br_buf *body (br_builder *b) {
  return &b->r->body;
}

/* NaN and the infinities are strings in restJson1. */
static void put_float (br_builder *b, const br_scalar *v) {
  if (v->kind == BR_K_INTEGER)
    (void)br_json_integer(body(b), v->integer);
  else if (isfinite(v->number))
    (void)br_json_number(body(b), v->number, 1);
  else
    (void)br_put_text(body(b), isnan(v->number) ? "\"NaN\""
                      : v->number > 0 ? "\"Infinity\"" : "\"-Infinity\"");
}

static void put_blob (br_builder *b, const br_frame *f, const br_scalar *v) {
  if (v->kind != BR_K_STRING) {
    br_wrong_type(b, f, "a string of bytes", v);
    return;
  }
  (void)br_put_char(body(b), '"');
  (void)br_put_base64(body(b), v->string.p, v->string.n);
  (void)br_put_char(body(b), '"');
}

static void put_timestamp (br_builder *b, const br_frame *f, const br_shape *s,
                           const br_scalar *v) {
  int iso = (s->flags & BR_S_ISO8601) != 0;
  int64_t micros;
  if (!br_is_timestamp(b, f, v, &micros))
    return;
  if (iso) (void)br_put_char(body(b), '"');
  br_put_time(b, body(b), iso, micros);
  if (iso) (void)br_put_char(body(b), '"');
}

static void put_list (br_builder *b, const br_frame *f, const br_shape *s,
                      const br_scalar *v) {
  size_t i, n;
  if (!br_is_list(b, f, v, &n))
    return;
  (void)br_below_minimum(b, f, s, (double)n, "its length");
  (void)br_put_char(body(b), '[');
  for (i = 1; i <= n; i++) {
    br_frame at = {f, {NULL, 0}, i};
    if (VT(b)->enter_item(UD(b), i) <= 0)
      break;
    if (i > 1)
      (void)br_put_char(body(b), ',');
    br_put_value(b, &at, &br_shapes[s->first]);
    VT(b)->leave(UD(b));
  }
  (void)br_put_char(body(b), ']');
}

static void put_map_key (br_builder *b, const br_frame *at, const br_shape *key,
                         const br_scalar *k) {
  if (br_is_text(b, at, key, k))
    (void)br_json_string(body(b), k->string);
  (void)br_put_char(body(b), ':');
}

static void put_map (br_builder *b, const br_frame *f, const br_shape *s,
                     const br_scalar *v) {
  br_scalar key;
  int first = 1;
  if (v->kind != BR_K_TABLE || VT(b)->mark(UD(b)) == BR_MARK_ARRAY) {
    br_wrong_type(b, f, "a table of names and values", v);
    return;
  }
  (void)br_put_char(body(b), '{');
  if (VT(b)->begin(UD(b)) < 0)
    return;
  for (; VT(b)->next(UD(b), &key); first = 0) {
    br_frame at = {f, {NULL, 0}, 0};
    if (key.kind == BR_K_STRING)
      at.name = key.string;
    if (!first)
      (void)br_put_char(body(b), ',');
    put_map_key(b, &at, &br_shapes[s->count], &key);
    br_put_value(b, &at, &br_shapes[s->first]);
    VT(b)->leave(UD(b));
  }
  (void)br_put_char(body(b), '}');
}

/* ======================================================================
** Structures
** ====================================================================== */

/* First pass over a table: which members are there, and which keys are not
** members at all? */
void br_look (br_builder *b, const br_frame *f, const br_shape *s,
              br_seen *out) {
  br_scalar key;
  memset(out, 0, sizeof *out);
  if (VT(b)->begin(UD(b)) < 0)
    return;
  while (VT(b)->next(UD(b), &key)) {
    int i = key.kind == BR_K_STRING
          ? br_find_member(s, key.string.p, key.string.n) : -1;
    br_frame at = {f, {NULL, 0}, 0};
    if (i >= 0) {
      out->members |= (uint64_t)1 << i;
      out->known++;
    }
    else {
      out->unknown++;
      if (key.kind == BR_K_STRING)
        at.name = key.string;
      else if (key.kind == BR_K_INTEGER && key.integer > 0)
        at.index = (size_t)key.integer;
      if (!b->o->send_unknown || key.kind != BR_K_STRING)
        br_unknown_member(b, &at, s, at.name);
    }
    VT(b)->leave(UD(b));
  }
}

void br_check_required (br_builder *b, const br_frame *f, const br_shape *s,
                        uint64_t members) {
  size_t i;
  for (i = 0; i < s->count; i++) {
    const br_member *m = &br_members[s->first + i];
    br_frame at = {f, br_slice_of(br_str(m->name)), 0};
    if ((m->flags & BR_M_REQUIRED) && !(m->flags & BR_M_TOKEN) &&
        !(members >> i & 1))
      br_say(b, &at, "is required and missing");
  }
}

static void check_union (br_builder *b, const br_frame *f, const br_shape *s,
                         const br_seen *in) {
  br_buf *to;
  int n = in->known + in->unknown;
  if (n == 1 || !br_room_for_problems(b))
    return;
  to = br_problem(b, f);
  (void)br_put_format(to, "%s takes exactly one member, %d are set; set one "
                      "of: ", br_str(s->name), n);
  br_put_names(to, s);
}

void br_put_member_name (br_builder *b, br_slice name, int *first) {
  if (!*first)
    (void)br_put_char(body(b), ',');
  *first = 0;
  (void)br_json_string(body(b), name);
  (void)br_put_char(body(b), ':');
}

/* unknown_members = "send": what the model does not know yet goes as free
** JSON into the body. */
static void put_unknown (br_builder *b, const br_frame *f, const br_shape *s,
                         int *first) {
  br_scalar key;
  if (VT(b)->begin(UD(b)) < 0)
    return;
  while (VT(b)->next(UD(b), &key)) {
    if (key.kind == BR_K_STRING &&
        br_find_member(s, key.string.p, key.string.n) < 0) {
      br_frame at = {f, key.string, 0};
      put_document_member(b, &at, key.string, first);
    }
    VT(b)->leave(UD(b));
  }
}

/* Second pass: members in the order of the model's table. */
void br_put_members (br_builder *b, const br_frame *f, const br_shape *s,
                     const br_seen *in) {
  size_t i;
  int first = 1;
  (void)br_put_char(body(b), '{');
  for (i = 0; i < s->count; i++) {
    const br_member *m = &br_members[s->first + i];
    br_frame at = {f, br_slice_of(br_str(m->name)), 0};
    if (!(in->members >> i & 1) || m->place != BR_IN_BODY)
      continue;
    if (VT(b)->enter_field(UD(b), at.name) <= 0)
      continue;
    br_put_member_name(b, br_slice_of(br_str(m->wire)), &first);
    br_put_value(b, &at, &br_shapes[m->shape]);
    VT(b)->leave(UD(b));
  }
  if (in->unknown > 0 && b->o->send_unknown)
    put_unknown(b, f, s, &first);
  (void)br_put_char(body(b), '}');
}

static void put_structure (br_builder *b, const br_frame *f, const br_shape *s,
                           const br_scalar *v) {
  br_seen in;
  if (v->kind != BR_K_TABLE || VT(b)->mark(UD(b)) == BR_MARK_ARRAY) {
    br_wrong_type(b, f, "a table", v);
    return;
  }
  br_look(b, f, s, &in);
  br_check_required(b, f, s, in.members);
  if (s->flags & BR_S_UNION)
    check_union(b, f, s, &in);
  br_put_members(b, f, s, &in);
}

static void put_scalar (br_builder *b, const br_frame *f, const br_shape *s,
                        const br_scalar *v) {
  switch (s->type) {
    case BR_T_STRING:
      if (br_is_text(b, f, s, v))
        (void)br_json_string(body(b), v->string);
      break;
    case BR_T_INTEGER:
    case BR_T_LONG:
      if (br_is_integer(b, f, s, v))
        (void)br_json_integer(body(b), v->integer);
      break;
    case BR_T_BOOLEAN:
      if (br_is_boolean(b, f, v))
        (void)br_put_text(body(b), v->boolean ? "true" : "false");
      break;
    case BR_T_BLOB:
      put_blob(b, f, v);
      break;
    case BR_T_TIMESTAMP:
      put_timestamp(b, f, s, v);
      break;
    default:
      if (br_is_number(b, f, s, v))
        put_float(b, v);
  }
}

/* The current value as JSON by its shape; problems are collected. */
void br_put_value (br_builder *b, const br_frame *f, const br_shape *s) {
  br_scalar v;
  if (s->type == BR_T_DOCUMENT) {
    put_document(b, f);
    return;
  }
  VT(b)->get(UD(b), &v);
  if (s->type != BR_T_STRUCTURE && s->type != BR_T_LIST &&
      s->type != BR_T_MAP) {
    put_scalar(b, f, s, &v);
    return;
  }
  if (!enter_depth(b, f))
    return;
  switch (s->type) {
    case BR_T_STRUCTURE: put_structure(b, f, s, &v); break;
    case BR_T_LIST: put_list(b, f, s, &v); break;
    default: put_map(b, f, s, &v); break;
  }
  b->depth--;
}

/* ======================================================================
** Documents: free JSON
** ====================================================================== */

static void put_document_array (br_builder *b, const br_frame *f, size_t n) {
  size_t i;
  (void)br_put_char(body(b), '[');
  for (i = 1; i <= n; i++) {
    br_frame at = {f, {NULL, 0}, i};
    if (VT(b)->enter_item(UD(b), i) <= 0)
      break;
    if (i > 1)
      (void)br_put_char(body(b), ',');
    put_document(b, &at);
    VT(b)->leave(UD(b));
  }
  (void)br_put_char(body(b), ']');
}

static void put_document_object (br_builder *b, const br_frame *f) {
  br_scalar key;
  int first = 1;
  (void)br_put_char(body(b), '{');
  if (VT(b)->begin(UD(b)) < 0)
    return;
  while (VT(b)->next(UD(b), &key)) {
    br_frame at = {f, {NULL, 0}, 0};
    if (key.kind != BR_K_STRING)
      br_say(b, f, "a document's table has keys of both kinds, or a hole; "
          "bedrock.array and bedrock.object say which it is");
    else {
      at.name = key.string;
      put_document_member(b, &at, key.string, &first);
    }
    VT(b)->leave(UD(b));
  }
  (void)br_put_char(body(b), '}');
}

static void put_document_member (br_builder *b, const br_frame *at,
                                 br_slice name, int *first) {
  if (br_utf8_check(name.p, name.n) != name.n) {
    br_say(b, at->up, "a key is not UTF-8 text");
    return;
  }
  br_put_member_name(b, name, first);
  put_document(b, at);
}

static void put_document_table (br_builder *b, const br_frame *f) {
  enum br_mark mark = VT(b)->mark(UD(b));
  size_t n = VT(b)->length(UD(b));
  if (!enter_depth(b, f))
    return;
  if (mark == BR_MARK_ARRAY && !VT(b)->is_sequence(UD(b), n))
    br_say(b, f, "expected a list, got a table with other keys than 1..n");
  else if (mark == BR_MARK_ARRAY ||
           (mark == BR_MARK_NONE && n > 0 && VT(b)->is_sequence(UD(b), n)))
    put_document_array(b, f, n);
  else
    put_document_object(b, f);
  b->depth--;
}

static void put_document (br_builder *b, const br_frame *f) {
  br_scalar v;
  VT(b)->get(UD(b), &v);
  switch (v.kind) {
    case BR_K_NULL:
      (void)br_put_text(body(b), "null");
      break;
    case BR_K_BOOLEAN:
      (void)br_put_text(body(b), v.boolean ? "true" : "false");
      break;
    case BR_K_INTEGER:
      (void)br_json_integer(body(b), v.integer);
      break;
    case BR_K_NUMBER:
      if (br_json_number(body(b), v.number, 1) == BR_EINPUT)
        br_say(b, f, "JSON has no NaN and no infinity");
      break;
    case BR_K_STRING:
      if (br_utf8_check(v.string.p, v.string.n) != v.string.n)
        br_say(b, f, "is not UTF-8 text");
      else
        (void)br_json_string(body(b), v.string);
      break;
    case BR_K_TABLE:
      put_document_table(b, f);
      break;
    default:
      br_wrong_type(b, f, "a JSON value", &v);
  }
}


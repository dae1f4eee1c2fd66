#include "core/input.h"
#include "core/codec.h"
#include "core/date.h"
#include "core/json.h"
#include "core/limits.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ======================================================================
** Problems
** ====================================================================== */

/* The path from its root; `start` is where it begins. */
static void put_path (br_buf *b, size_t start, const br_frame *f) {
  if (f == NULL)
    return;
  put_path(b, start, f->up);
  if (f->index > 0)
    (void)br_put_format(b, "[%lu]", (unsigned long)f->index);
  else if (f->name.n > 0) {
    if (b->n > start)
      (void)br_put_char(b, '.');
    (void)br_put(b, f->name.p, f->name.n > 200 ? 200 : f->name.n);
  }
}

/* Begin a problem at `f`: its path is written, the message follows. */
br_buf *br_problem (br_builder *b, const br_frame *f) {
  br_request *r = b->r;
  br_buf *to = &r->problems;
  size_t start = to->n;
  put_path(to, start, f);
  if (to->n == start)
    (void)br_put_text(to, "input");
  r->problem[r->problem_count].path = (uint32_t)start;
  r->problem[r->problem_count].message = (uint32_t)to->n;
  r->problem_count++;
  return to;
}

int br_room_for_problems (const br_builder *b) {
  return b->r->problem_count < BR_MAX_PROBLEMS;
}

static const char *kind_name (const br_scalar *v) {
  switch (v->kind) {
    case BR_K_NIL: return "nil";
    case BR_K_NULL: return "null";
    case BR_K_BOOLEAN: return "a boolean";
    case BR_K_INTEGER:
    case BR_K_NUMBER: return "a number";
    case BR_K_STRING: return "a string";
    case BR_K_TABLE: return "a table";
    default: return v->type_name != NULL ? v->type_name : "another value";
  }
}

void br_wrong_type (br_builder *b, const br_frame *f, const char *wanted,
                    const br_scalar *got) {
  if (br_room_for_problems(b))
    (void)br_put_format(br_problem(b, f), "expected %s, got %s", wanted,
                        kind_name(got));
}

void br_say (br_builder *b, const br_frame *f, const char *message) {
  if (br_room_for_problems(b))
    (void)br_put_text(br_problem(b, f), message);
}

/* Names of a structure's members, at most a line. */
void br_put_names (br_buf *to, const br_shape *s) {
  size_t i;
  for (i = 0; i < s->count; i++) {
    (void)br_put_text(to, i == 0 ? "" : ", ");
    (void)br_put_text(to, br_str(br_members[s->first + i].name));
  }
}

/* The member that the caller may have meant, or NULL. */
static const char *meant (const br_shape *s, br_slice name) {
  int best = name.n < 4 ? 3 : (int)name.n / 3 * 2 + 2;
  const char *found = NULL;
  size_t i;
  for (i = 0; i < s->count; i++) {
    const char *m = br_str(br_members[s->first + i].name);
    int d = br_distance(name.p, name.n, m, strlen(m), best);
    if (d < best) {
      best = d;
      found = m;
    }
  }
  return found;
}

void br_unknown_member (br_builder *b, const br_frame *f, const br_shape *s,
                        br_slice name) {
  br_buf *to;
  const char *close;
  if (!br_room_for_problems(b))
    return;
  to = br_problem(b, f);
  close = meant(s, name);
  (void)br_put_format(to, "is not a member of %s; ", br_str(s->name));
  if (close != NULL)
    (void)br_put_format(to, "did you mean \"%s\"?", close);
  else if (s->count == 0)
    (void)br_put_text(to, "it has none");
  else {
    (void)br_put_text(to, "it has: ");
    br_put_names(to, s);
  }
}

/* ======================================================================
** Scalars
** ====================================================================== */

/* "length" of strings and lists, "value" of numbers: is it enough? */
int br_below_minimum (br_builder *b, const br_frame *f, const br_shape *s,
                      double v, const char *what) {
  double minimum = br_minimums[s->minimum];
  char text[160];
  if (s->minimum == 0 || v >= minimum)
    return 0;
  if (s->flags & BR_S_SENSITIVE)
    (void)snprintf(text, sizeof text, "%s is below the minimum of %.10g",
                   what, minimum);
  else
    (void)snprintf(text, sizeof text,
                   "%s is %.10g, below the minimum of %.10g", what, v,
                   minimum);
  br_say(b, f, text);
  return 1;
}

/* "Length" of a string is its number of characters. */
static size_t characters (br_slice s) {
  size_t i, n = 0;
  for (i = 0; i < s.n; i++)
    n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
  return n;
}

int br_is_text (br_builder *b, const br_frame *f, const br_shape *s,
                const br_scalar *v) {
  if (v->kind != BR_K_STRING) {
    br_wrong_type(b, f, "a string", v);
    return 0;
  }
  if (br_utf8_check(v->string.p, v->string.n) != v->string.n) {
    br_say(b, f, "is not UTF-8 text");
    return 0;
  }
  return s->minimum == 0 ||
         !br_below_minimum(b, f, s, (double)characters(v->string),
                           "its length");
}

int br_is_integer (br_builder *b, const br_frame *f, const br_shape *s,
                   const br_scalar *v) {
  if (v->kind != BR_K_INTEGER && !(v->kind == BR_K_NUMBER && v->whole)) {
    br_wrong_type(b, f,
                  v->kind == BR_K_NUMBER ? "a whole number" : "an integer",
                  v);
    return 0;
  }
  if (s->type == BR_T_INTEGER &&
      (v->integer > INT32_MAX || v->integer < INT32_MIN)) {
    br_say(b, f, "does not fit 32 bits");
    return 0;
  }
  return !br_below_minimum(b, f, s, v->number, "the value");
}

int br_is_number (br_builder *b, const br_frame *f, const br_shape *s,
                  const br_scalar *v) {
  if (v->kind != BR_K_INTEGER && v->kind != BR_K_NUMBER) {
    br_wrong_type(b, f, "a number", v);
    return 0;
  }
  return !br_below_minimum(b, f, s, v->number, "the value");
}

int br_is_boolean (br_builder *b, const br_frame *f, const br_scalar *v) {
  if (v->kind == BR_K_BOOLEAN)
    return 1;
  br_wrong_type(b, f, "a boolean", v);
  return 0;
}

int br_is_timestamp (br_builder *b, const br_frame *f, const br_scalar *v,
                     int64_t *micros) {
  if (v->kind == BR_K_INTEGER || v->kind == BR_K_NUMBER) {
    if (br_date_from_double(v->number, micros) == 0)
      return 1;
    br_say(b, f, "is not a time between the years 1 and 9999");
  }
  else if (v->kind != BR_K_STRING)
    br_wrong_type(b, f, "a time (seconds since the epoch, or ISO 8601 text)",
               v);
  else if (br_date_parse(v->string, micros) == 0)
    return 1;
  else
    br_say(b, f, "is not a time such as 2000-01-31T23:59:59Z");
  return 0;
}

/* A moment as the service wants it, without quotes. */
void br_put_time (const br_builder *b, br_buf *to, int iso, int64_t micros) {
  int millis = (b->service->flags & BR_V_MILLISECONDS) != 0;
  char text[BR_DATE_ISO];
  int64_t seconds = br_floor_div(micros, 1000000);
  if (iso) {
    br_date_iso(text, micros, millis ? 3 : 0);
    (void)br_put_text(to, text);
    return;
  }
  if (millis && micros < 0) {          /* -0.5 has no floor and decimals */
    int64_t ms = br_floor_div(micros, 1000);
    (void)br_json_number(to, (double)ms / 1000, 1);
    return;
  }
  (void)br_json_integer(to, seconds);
  if (millis)
    (void)br_put_format(to, ".%03d",
                        (int)((micros - seconds * 1000000) / 1000));
}

/* A list's length into *n; 0 with a problem told when it is none. */
int br_is_list (br_builder *b, const br_frame *f, const br_scalar *v,
                size_t *n) {
  if (v->kind != BR_K_TABLE || VT(b)->mark(UD(b)) == BR_MARK_OBJECT) {
    br_wrong_type(b, f, "a list", v);
    return 0;
  }
  *n = VT(b)->length(UD(b));
  if (VT(b)->is_sequence(UD(b), *n))
    return 1;
  br_say(b, f, "expected a list, got a table with other keys than 1..n");
  return 0;
}

#include "core/json.h"
#include "core/codec.h"
#include "core/limits.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A marked string begins with this byte. It cannot stand in JSON by itself;
** "\u0001" in a marked text is doubled up, so marks are never mistaken. */
#define MARK '\x01'

/* ======================================================================
** Writing
** ====================================================================== */

static int put_escape (br_buf *b, unsigned char c) {
  static const char digits[] = "0123456789abcdef";
  static const char names[] = "btn?fr";      /* U+0008 to U+000D */
  char out[6] = {'\\', 'u', '0', '0', '0', '0'};
  if (c == '"' || c == '\\') {
    out[1] = (char)c;
    return br_put(b, out, 2);
  }
  if (c >= 8 && c <= 13 && c != 11) {
    out[1] = names[c - 8];
    return br_put(b, out, 2);
  }
  out[4] = digits[c >> 4];
  out[5] = digits[c & 15];
  return br_put(b, out, 6);
}

int br_json_string (br_buf *b, br_slice text) {
  size_t i = 0;
  (void)br_put_char(b, '"');
  while (i < text.n) {
    size_t start = i;
    unsigned char c = 0;
    for (; i < text.n; i++) {
      c = (unsigned char)text.p[i];
      if (c < 0x20 || c == '"' || c == '\\')
        break;
    }
    (void)br_put(b, text.p + start, i - start);
    if (i++ < text.n)
      (void)put_escape(b, c);
  }
  return br_put_char(b, '"');
}

int br_json_integer (br_buf *b, int64_t v) {
  char out[24], *p = out + sizeof out;
  uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
  do {
    *--p = (char)('0' + u % 10);
    u /= 10;
  } while (u != 0);
  if (v < 0)
    *--p = '-';
  return br_put(b, p, (size_t)(out + sizeof out - p));
}

/* snprintf and strtod speak the host's locale; JSON knows only the point. */
static void point (char *text) {
  for (; *text != '\0'; text++)
    if (strchr("0123456789+-e", *text) == NULL)
      *text = '.';
}

int br_json_number (br_buf *b, double v, int whole) {
  char out[40];
  int digits;
  if (!isfinite(v))
    return BR_EINPUT;
  for (digits = 15; digits <= 17; digits++) {
    (void)snprintf(out, sizeof out, "%.*g", digits, v);
    if (strtod(out, NULL) == v)
      break;
  }
  point(out);
  (void)br_put_text(b, out);
  if (whole && strpbrk(out, ".e") == NULL)
    (void)br_put_text(b, ".0");
  return b->err;
}

/* ======================================================================
** Checking: one pass over the text, by recursive descent
** ====================================================================== */

typedef struct checker {
  const char *text;
  const char *p;
  const char *end;
  const char *why;           /* set on failure */
  br_buf *out;               /* NULL while nothing needs a mark */
  const char *copied;        /* up to here the text is in `out` */
  int marks;                 /* values that need one */
} checker;

static int fail (checker *c, const char *why) {
  if (c->why == NULL)
    c->why = why;
  return BR_EDECODE;
}

static void space (checker *c) {
  while (c->p < c->end && (*c->p == ' ' || *c->p == '\n' || *c->p == '\t' ||
                           *c->p == '\r'))
    c->p++;
}

/* Replace the text from `from` to the cursor by `by`. */
static void mark (checker *c, const char *from, const char *by) {
  c->marks++;
  if (c->out == NULL)
    return;
  (void)br_put(c->out, c->copied, (size_t)(from - c->copied));
  (void)br_put_text(c->out, by);
  c->copied = c->p;
}

/* Four hex digits, or -1. */
static int hex4 (checker *c) {
  int i, v = 0;
  if (c->end - c->p < 4)
    return -1;
  for (i = 0; i < 4; i++) {
    char d = *c->p++;
    int x = d >= '0' && d <= '9' ? d - '0'
          : d >= 'a' && d <= 'f' ? d - 'a' + 10
          : d >= 'A' && d <= 'F' ? d - 'A' + 10 : -1;
    if (x < 0)
      return -1;
    v = v << 4 | x;
  }
  return v;
}

static int check_unicode (checker *c, const char *from) {
  int v = hex4(c);
  if (v < 0)
    return fail(c, "a \\u escape without four hex digits");
  if (v >= 0xDC00 && v < 0xE000)
    return fail(c, "half a surrogate pair");
  if (v >= 0xD800 && v < 0xDC00) {
    if (c->end - c->p < 6 || c->p[0] != '\\' || c->p[1] != 'u')
      return fail(c, "half a surrogate pair");
    c->p += 2;
    v = hex4(c);
    if (v < 0xDC00 || v >= 0xE000)
      return fail(c, "half a surrogate pair");
  }
  else if (v == 0)
    mark(c, from, "\\u00010");
  else if (v == MARK)
    mark(c, from, "\\u00011");
  return BR_OK;
}

static int check_escape (checker *c) {
  const char *from = c->p++;
  if (c->p == c->end)
    return fail(c, "the text ends inside a string");
  if (*c->p == 'u') {
    c->p++;
    return check_unicode(c, from);
  }
  if (strchr("\"\\/bfnrt", *c->p) == NULL || *c->p == '\0')
    return fail(c, "an unknown escape");
  c->p++;
  return BR_OK;
}

/* The cursor is on the opening quote. */
static int check_string (checker *c) {
  const char *start = ++c->p;
  int ascii = 1;
  while (c->p < c->end && *c->p != '"') {
    unsigned char b = (unsigned char)*c->p;
    if (b < 0x20)
      return fail(c, "a control character inside a string");
    if (b == '\\') {
      if (check_escape(c) != BR_OK)
        return BR_EDECODE;
      continue;
    }
    ascii &= b < 0x80;
    c->p++;
  }
  if (c->p == c->end)
    return fail(c, "the text ends inside a string");
  if (!ascii && br_utf8_check(start, (size_t)(c->p - start)) !=
                (size_t)(c->p - start))
    return fail(c, "a string that is not UTF-8");
  c->p++;
  return BR_OK;
}

static int digits (checker *c) {
  int n = 0;
  for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++)
    n++;
  return n;
}

/* Would cJSON's double lose something? Integers of over 15 digits, -0, and
** any number with a point or an exponent whose value may be whole. */
static int needs_mark (const char *from, const char *to, int fractional) {
  size_t n = (size_t)(to - from);
  if (!fractional)
    return n > 15 || (n == 2 && from[0] == '-' && from[1] == '0');
  if (n > 15 || memchr(from, 'e', n) != NULL || memchr(from, 'E', n) != NULL)
    return 1;
  for (to--; *to == '0'; to--)
    continue;
  return *to == '.';
}

static int mark_number (checker *c, const char *from) {
  size_t n = (size_t)(c->p - from);
  mark(c, from, "\"\\u0001n");
  if (c->out != NULL) {
    (void)br_put(c->out, from, n);
    (void)br_put_char(c->out, '"');
  }
  return BR_OK;
}

static int check_number (checker *c) {
  const char *from = c->p;
  int fractional = 0;
  if (*c->p == '-')
    c->p++;
  if (c->p < c->end && *c->p == '0')
    c->p++;
  else if (digits(c) == 0)
    return fail(c, "not a JSON value");
  if (c->p < c->end && *c->p == '.') {
    c->p++;
    fractional = 1;
    if (digits(c) == 0)
      return fail(c, "a number without digits after its point");
  }
  if (c->p < c->end && (*c->p == 'e' || *c->p == 'E')) {
    c->p++;
    fractional = 1;
    if (c->p < c->end && (*c->p == '+' || *c->p == '-'))
      c->p++;
    if (digits(c) == 0)
      return fail(c, "a number without digits in its exponent");
  }
  if (c->p - from > 400)
    return fail(c, "a number of over 400 digits");
  return needs_mark(from, c->p, fractional) ? mark_number(c, from) : BR_OK;
}

static int check_word (checker *c, const char *word) {
  size_t n = strlen(word);
  if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
    return fail(c, "not a JSON value");
  c->p += n;
  return BR_OK;
}

static int check_value (checker *c, int depth);

/* "," or the closing bracket: 1 when closed, 0 to go on, else negative. */
static int separator (checker *c, char close) {
  space(c);
  if (c->p < c->end && *c->p == close) {
    c->p++;
    return 1;
  }
  if (c->p < c->end && *c->p == ',') {
    c->p++;
    return 0;
  }
  return fail(c, c->p == c->end ? "the text ends too early"
                                : "a comma or a closing bracket is missing");
}

static int check_pair (checker *c, int depth) {
  space(c);
  if (c->p == c->end)
    return fail(c, "the text ends too early");
  if (*c->p != '"')
    return fail(c, "a member without a name");
  if (check_string(c) != BR_OK)
    return BR_EDECODE;
  space(c);
  if (c->p == c->end || *c->p != ':')
    return fail(c, "a colon is missing");
  c->p++;
  return check_value(c, depth);
}

static int check_container (checker *c, char close, int depth) {
  int done = 0;
  if (depth >= BR_MAX_DEPTH)
    return fail(c, "nested too deeply");
  c->p++;
  space(c);
  if (c->p < c->end && *c->p == close) {
    c->p++;
    return BR_OK;
  }
  while (done == 0) {
    int code = close == '}' ? check_pair(c, depth + 1)
                            : check_value(c, depth + 1);
    if (code != BR_OK)
      return code;
    done = separator(c, close);
  }
  return done > 0 ? BR_OK : done;
}

static int check_value (checker *c, int depth) {
  space(c);
  if (c->p == c->end)
    return fail(c, "the text ends too early");
  switch (*c->p) {
    case '{': return check_container(c, '}', depth);
    case '[': return check_container(c, ']', depth);
    case '"': return check_string(c);
    case 't': return check_word(c, "true");
    case 'f': return check_word(c, "false");
    case 'n': return check_word(c, "null");
    default: return check_number(c);
  }
}

static int check_text (checker *c, br_slice text, br_buf *out) {
  memset(c, 0, sizeof *c);
  c->text = c->p = c->copied = text.p;
  c->end = text.p + text.n;
  c->out = out;
  if (check_value(c, 0) != BR_OK)
    return BR_EDECODE;
  space(c);
  if (c->p != c->end)
    return fail(c, "more text after the value");
  if (out != NULL)
    (void)br_put(out, c->copied, (size_t)(c->end - c->copied));
  return BR_OK;
}

/* ======================================================================
** Reading
** ====================================================================== */

int br_json_parse (br_json *doc, br_slice text, br_buf *scratch,
                   br_err *err) {
  checker c;
  br_json_free(doc);
  if (check_text(&c, text, NULL) != BR_OK) {
    return br_err_set(err, BR_EDECODE, "BadJson",
                      "not JSON: %s, at byte %lu", c.why,
                      (unsigned long)(c.p - c.text + 1));
  }
  doc->marked = c.marks > 0;
  if (doc->marked) {
    br_buf_clear(scratch);
    (void)check_text(&c, text, scratch);
    if (scratch->err)
      return br_err_memory(err);
    text = br_buf_slice(scratch);
  }
  doc->root = cJSON_ParseWithLength(text.p, text.n);
  return doc->root != NULL ? BR_OK : br_err_memory(err);
}

void br_json_free (br_json *doc) {
  cJSON_Delete(doc->root);
  doc->root = NULL;
  doc->marked = 0;
}

/* Undo the marks of a string: \1 0 is U+0000, \1 1 is U+0001. */
static br_slice unmark (char *text) {
  char *from = text, *to = text;
  br_slice s;
  for (; *from != '\0'; from++) {
    if (*from == MARK)
      *to++ = *++from == '0' ? '\0' : MARK;
    else
      *to++ = *from;
  }
  s.p = text;
  s.n = (size_t)(to - text);
  return s;
}

/* The text of a marked number. strtod is given the host's own point. */
static int marked_number (char *text, br_json_value *v) {
  char *point_at, *end;
  v->type = BR_J_INTEGER;
  if (strpbrk(text, ".eE") == NULL && strcmp(text, "-0") != 0) {
    errno = 0;
    v->integer = strtoll(text, &end, 10);
    v->number = (double)v->integer;
    if (errno == 0)
      return BR_OK;
    v->inexact = 1;
  }
  v->type = BR_J_NUMBER;
  point_at = strchr(text, '.');
  if (point_at != NULL) {
    char one[8];
    (void)snprintf(one, sizeof one, "%.1f", 1.5);
    *point_at = one[1];
  }
  v->number = strtod(text, NULL);
  return isfinite(v->number) ? BR_OK : BR_EDECODE;
}

/* cJSON leaves the numbers of a string node unused: valueint tells that it
** was unmarked, valuedouble its length then. */
static int get_string (const br_json *doc, cJSON *node, br_json_value *v) {
  if (doc->marked && !node->valueint) {
    if (node->valuestring[0] == MARK && node->valuestring[1] == 'n')
      return marked_number(node->valuestring + 2, v);
    v->string = unmark(node->valuestring);
    node->valueint = 1;
    node->valuedouble = (double)v->string.n;
  }
  v->type = BR_J_STRING;
  v->string.p = node->valuestring;
  v->string.n = node->valueint ? (size_t)node->valuedouble
                               : strlen(node->valuestring);
  return BR_OK;
}

int br_json_get (const br_json *doc, cJSON *node, br_json_value *v) {
  v->inexact = 0;
  switch (node->type & 0xFF) {
    case cJSON_String:
      return get_string(doc, node, v);
    case cJSON_Number:
      v->number = node->valuedouble;
      v->type = floor(v->number) == v->number ? BR_J_INTEGER : BR_J_NUMBER;
      v->integer = v->type == BR_J_INTEGER ? (int64_t)v->number : 0;
      return BR_OK;
    case cJSON_False:
    case cJSON_True:
      v->type = BR_J_BOOLEAN;
      v->boolean = (node->type & 0xFF) == cJSON_True;
      return BR_OK;
    case cJSON_Array:
      v->type = BR_J_LIST;
      return BR_OK;
    case cJSON_Object:
      v->type = BR_J_OBJECT;
      return BR_OK;
    default:
      v->type = BR_J_NULL;
      return BR_OK;
  }
}

br_slice br_json_name (const br_json *doc, cJSON *node) {
  return doc->marked ? unmark(node->string) : br_slice_of(node->string);
}

cJSON *br_json_first (const cJSON *node) {
  return node->child;
}

cJSON *br_json_next (const cJSON *node) {
  return node->next;
}

size_t br_json_count (const cJSON *node) {
  return (size_t)cJSON_GetArraySize(node);
}

int br_json_is_object (const cJSON *node) {
  return cJSON_IsObject(node);
}

int br_json_is_null (const cJSON *node) {
  return cJSON_IsNull(node);
}

cJSON *br_json_member (const cJSON *object, const char *name) {
  return cJSON_GetObjectItemCaseSensitive(object, name);
}

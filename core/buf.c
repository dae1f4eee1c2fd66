#include "core/buf.h"

#include <stdio.h>
#include <strings.h>

br_slice br_slice_of (const char *text) {
  br_slice s;
  s.p = text;
  s.n = text == NULL ? 0 : strlen(text);
  return s;
}

int br_slice_is (br_slice s, const char *text) {
  return s.n == strlen(text) && (s.n == 0 || memcmp(s.p, text, s.n) == 0);
}

int br_slice_is_nocase (br_slice s, const char *text) {
  return s.n == strlen(text) && strncasecmp(s.p, text, s.n) == 0;
}

void br_buf_init (br_buf *b, const br_alloc *mem, size_t max) {
  memset(b, 0, sizeof *b);
  b->mem = mem;
  b->max = max;
}

void br_buf_free (br_buf *b) {
  if (b->mem != NULL)
    br_free(b->mem, b->p, b->cap);
  b->p = NULL;
  b->n = b->cap = 0;
}

void br_buf_wipe (br_buf *b) {
  if (b->p != NULL)
    br_wipe(b->p, b->cap);
  br_buf_free(b);
}

void br_buf_clear (br_buf *b) {
  b->n = 0;
  b->err = BR_OK;
}

void br_buf_trim (br_buf *b) {
  if (b->cap > 65536)
    br_buf_free(b);
  br_buf_clear(b);
}

/* Double the capacity, or take a quarter more than a larger `need`: what
** follows a large blob must not move it. A byte more than the content is
** always there for br_buf_cstr. */
static int grow (br_buf *b, size_t need) {
  size_t cap = b->cap < 64 ? 128 : b->cap * 2;
  char *p;
  if (cap < need)
    cap = need + need / 4;
  if (cap > b->max + 1)
    cap = b->max + 1;
  p = br_realloc(b->mem, b->p, b->cap, cap);
  if (p == NULL)
    return b->err = BR_EMEMORY;
  b->p = p;
  b->cap = cap;
  return BR_OK;
}

char *br_buf_room (br_buf *b, size_t n) {
  if (b->err)
    return NULL;
  if (n > b->max - b->n) {
    b->err = BR_ELIMIT;
    return NULL;
  }
  if (b->n + n + 1 > b->cap && grow(b, b->n + n + 1) != BR_OK)
    return NULL;
  return b->p + b->n;
}

int br_put_slowly (br_buf *b, const void *p, size_t n) {
  char *to = br_buf_room(b, n);
  if (to != NULL && n > 0) {
    memcpy(to, p, n);
    b->n += n;
  }
  return b->err;
}

int br_put_format (br_buf *b, const char *fmt, ...) {
  char text[512];
  va_list ap;
  int n;
  va_start(ap, fmt);
  n = vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  if (n < 0 || (size_t)n >= sizeof text)
    return b->err = b->err ? b->err : BR_ELIMIT;
  return br_put(b, text, (size_t)n);
}

br_slice br_buf_slice (const br_buf *b) {
  br_slice s;
  s.p = b->p == NULL ? "" : b->p;
  s.n = b->n;
  return s;
}

const char *br_buf_cstr (br_buf *b) {
  if (br_buf_room(b, 0) == NULL)
    return "";
  b->p[b->n] = '\0';
  return b->p;
}

/*
** buf.h: slices (borrowed bytes) and buffers (owned, growing, capped).
**
** A buffer remembers its first failure: after that every append is a no-op,
** so writers append freely and look at `err` once, at the end.
*/
#ifndef BR_BUF_H
#define BR_BUF_H

#include "core/alloc.h"
#include "core/err.h"

#include <stdint.h>
#include <string.h>

typedef struct br_slice {
  const char *p;
  size_t n;
} br_slice;

typedef struct br_buf {
  char *p;                   /* NULL while nothing was appended */
  size_t n;
  size_t cap;
  size_t max;                /* a ceiling of limits.h */
  const br_alloc *mem;
  int err;                   /* 0, BR_EMEMORY or BR_ELIMIT; sticky */
} br_buf;

br_slice br_slice_of (const char *text);
int br_slice_is (br_slice s, const char *text);
int br_slice_is_nocase (br_slice s, const char *text);

void br_buf_init (br_buf *b, const br_alloc *mem, size_t max);
void br_buf_free (br_buf *b);

/* Free after overwriting: for buffers that held keys or signatures. */
void br_buf_wipe (br_buf *b);

/* Forget the content, keep the memory. */
void br_buf_clear (br_buf *b);

/* The same, but memory beyond 64 KiB is given back. */
void br_buf_trim (br_buf *b);

/* Room for `n` more bytes: where they go, or NULL (see `err`). The caller
** adds what it wrote to b->n. */
char *br_buf_room (br_buf *b, size_t n);

/* Is there room already? Appending then needs no call. */
static inline int br_buf_fits (const br_buf *b, size_t n) {
  return n < b->cap - b->n && !b->err;
}

int br_put_slowly (br_buf *b, const void *p, size_t n);

static inline int br_put (br_buf *b, const void *p, size_t n) {
  if (n == 0 || !br_buf_fits(b, n))
    return br_put_slowly(b, p, n);
  memcpy(b->p + b->n, p, n);
  b->n += n;
  return BR_OK;
}

static inline int br_put_char (br_buf *b, char c) {
  return br_put(b, &c, 1);
}

static inline int br_put_text (br_buf *b, const char *text) {
  return br_put(b, text, strlen(text));
}

static inline int br_put_slice (br_buf *b, br_slice s) {
  return br_put(b, s.p, s.n);
}

int br_put_format (br_buf *b, const char *fmt, ...) BR_PRINTF(2, 3);

br_slice br_buf_slice (const br_buf *b);

/* The content as a C string; "" when it cannot be had (see `err`). */
const char *br_buf_cstr (br_buf *b);

#endif

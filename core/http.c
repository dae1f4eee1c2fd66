#include "core/http.h"
#include "core/limits.h"

#include <string.h>

void br_headers_init (br_headers *h, const br_alloc *mem) {
  br_buf_init(&h->text, mem, BR_MAX_HEAD);
  br_buf_init(&h->index, mem, BR_MAX_HEAD);
}

void br_headers_clear (br_headers *h) {
  br_buf_clear(&h->text);
  br_buf_clear(&h->index);
}

void br_headers_wipe (br_headers *h) {
  br_buf_wipe(&h->text);
  br_buf_free(&h->index);
}

static int breaks_line (br_slice s) {
  size_t i;
  for (i = 0; i < s.n; i++)
    if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
      return 1;
  return 0;
}

static br_slice trim (br_slice s) {
  while (s.n > 0 && (*s.p == ' ' || *s.p == '\t')) {
    s.p++;
    s.n--;
  }
  while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
    s.n--;
  return s;
}

int br_headers_add (br_headers *h, br_slice name, br_slice value) {
  br_field f;
  if (breaks_line(name) || breaks_line(value))
    return BR_EINPUT;
  value = trim(value);
  f.at = (uint32_t)h->text.n;
  f.name_n = (uint32_t)name.n;
  f.value_at = (uint32_t)(h->text.n + name.n + 2);
  f.value_n = (uint32_t)value.n;
  (void)br_put_slice(&h->text, name);
  (void)br_put(&h->text, ": ", 2);
  (void)br_put_slice(&h->text, value);
  (void)br_put_char(&h->text, '\0');
  if (h->text.err == BR_OK)
    (void)br_put(&h->index, &f, sizeof f);
  return br_headers_err(h);
}

int br_headers_err (const br_headers *h) {
  return h->text.err ? h->text.err : h->index.err;
}

size_t br_headers_count (const br_headers *h) {
  return h->index.n / sizeof(br_field);
}

static br_field field (const br_headers *h, size_t i) {
  br_field f;
  memcpy(&f, h->index.p + i * sizeof f, sizeof f);
  return f;
}

const char *br_headers_line (const br_headers *h, size_t i) {
  return h->text.p + field(h, i).at;
}

br_slice br_headers_name (const br_headers *h, size_t i) {
  br_field f = field(h, i);
  return (br_slice){h->text.p + f.at, f.name_n};
}

br_slice br_headers_value (const br_headers *h, size_t i) {
  br_field f = field(h, i);
  return (br_slice){h->text.p + f.value_at, f.value_n};
}

ptrdiff_t br_headers_find (const br_headers *h, const char *name) {
  size_t i, n = br_headers_count(h);
  for (i = 0; i < n; i++)
    if (br_slice_is_nocase(br_headers_name(h, i), name))
      return (ptrdiff_t)i;
  return -1;
}

br_slice br_headers_get (const br_headers *h, const char *name) {
  ptrdiff_t i = br_headers_find(h, name);
  return i < 0 ? (br_slice){NULL, 0} : br_headers_value(h, (size_t)i);
}

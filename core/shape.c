#include "core/shape.h"

#include <string.h>

/* strcmp against text of known length: the order of the tables. */
static int compare (const char *key, size_t len, const char *entry) {
  int d = strncmp(key, entry, len);
  if (d == 0 && memchr(key, '\0', len) != NULL)
    return 1;                /* strncmp saw no further than the NUL */
  return d != 0 ? d : entry[len] == '\0' ? 0 : -1;
}

/* Rows sorted by the br_text at offset `at` of each. */
typedef struct rows {
  const void *first;
  size_t n, size, at;
} rows;

/* Binary search; the index or -1. */
static ptrdiff_t search (const rows *r, const char *key, size_t len) {
  size_t low = 0, high = r->n;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    br_text t;
    int d;
    memcpy(&t, (const char *)r->first + mid * r->size + r->at, sizeof t);
    d = compare(key, len, br_str(t));
    if (d == 0)
      return (ptrdiff_t)mid;
    if (d < 0)
      high = mid;
    else
      low = mid + 1;
  }
  return -1;
}

const br_service *br_find_service (const char *name, size_t len) {
  rows all = {br_services, br_count.services, sizeof(br_service),
              offsetof(br_service, name)};
  ptrdiff_t i = search(&all, name, len);
  return i < 0 ? NULL : &br_services[i];
}

const br_operation *br_find_operation (const br_service *s,
                                       const char *lua_name, size_t len) {
  const br_operation *first = br_operations + s->first_operation;
  rows all = {first, s->operations, sizeof(br_operation),
              offsetof(br_operation, lua_name)};
  ptrdiff_t i = search(&all, lua_name, len);
  return i < 0 ? NULL : first + i;
}

const br_operation *br_find_any (const br_service *first,
                                 const char *lua_name, size_t len) {
  const br_operation *op = br_find_operation(first, lua_name, len);
  size_t i;
  for (i = 0; op == NULL && i < br_count.services; i++)
    op = br_find_operation(&br_services[i], lua_name, len);
  return op;
}

int br_find_member (const br_shape *s, const char *name, size_t len) {
  rows all = {br_members + s->first, s->count, sizeof(br_member),
              offsetof(br_member, name)};
  return (int)search(&all, name, len);
}

const br_shape *br_find_error (const br_service *s, const char *code,
                               size_t len) {
  size_t low = s->first_error, high = low + s->errors;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    const br_shape *e = &br_shapes[br_errors[mid]];
    int d = compare(code, len, br_str(e->name));
    if (d == 0)
      return e;
    if (d < 0)
      high = mid;
    else
      low = mid + 1;
  }
  return NULL;
}

static int lower (int c) {
  return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static int least (int a, int b, int c) {
  int m = a < b ? a : b;
  return m < c ? m : c;
}

/* One row of the edit matrix at a time; names here are short. */
int br_distance (const char *a, size_t alen, const char *b, size_t blen,
                 int limit) {
  int row[64];
  size_t i, j;
  if (alen >= 64 || blen >= 64)
    return limit;
  for (j = 0; j <= blen; j++)
    row[j] = 2 * (int)j;
  for (i = 1; i <= alen; i++) {
    int diagonal = row[0], best;
    best = row[0] = 2 * (int)i;
    for (j = 1; j <= blen; j++) {
      int same = a[i - 1] == b[j - 1] ? 0
               : lower(a[i - 1]) == lower(b[j - 1]) ? 1 : 2;
      int v = least(row[j] + 2, row[j - 1] + 2, diagonal + same);
      diagonal = row[j];
      row[j] = v;
      best = v < best ? v : best;
    }
    if (best >= limit)
      return limit;
  }
  return row[blen] < limit ? row[blen] : limit;
}

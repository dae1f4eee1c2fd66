/*
** http.h: header fields in one buffer.
**
** Every field lies as "Name: value" and a NUL, so a driver can lend the
** lines as they are; the index holds where each part begins.
*/
#ifndef BR_HTTP_H
#define BR_HTTP_H

#include "core/buf.h"

typedef struct br_field {
  uint32_t at;               /* of the line in the text */
  uint32_t name_n;
  uint32_t value_at;
  uint32_t value_n;
} br_field;

typedef struct br_headers {
  br_buf text;
  br_buf index;              /* of br_field */
} br_headers;

void br_headers_init (br_headers *h, const br_alloc *mem);
void br_headers_clear (br_headers *h);
void br_headers_wipe (br_headers *h);      /* and free */

/* Append one field. Values lose white space at both ends; a name or value
** with CR, LF or NUL is refused with BR_EINPUT. */
int br_headers_add (br_headers *h, br_slice name, br_slice value);

/* BR_EMEMORY or BR_ELIMIT of an earlier append. */
int br_headers_err (const br_headers *h);

size_t br_headers_count (const br_headers *h);
const char *br_headers_line (const br_headers *h, size_t i);
br_slice br_headers_name (const br_headers *h, size_t i);
br_slice br_headers_value (const br_headers *h, size_t i);

/* Index of the first field with this name in any case, or -1. */
ptrdiff_t br_headers_find (const br_headers *h, const char *name);

/* Its value; p is NULL when there is none. */
br_slice br_headers_get (const br_headers *h, const char *name);

#endif

/*
** json.h: JSON text, written by hand and read with cJSON.
**
** cJSON keeps numbers as double and strings NUL-terminated, and it is
** lenient. So the text is checked first (RFC 8259, strictly), and where it
** holds what cJSON would lose (U+0000, integers beyond 15 digits, 1.0 that
** must not become 1) those values reach it as marked strings, and are read
** back exactly.
*/
#ifndef BR_JSON_H
#define BR_JSON_H

#include "core/buf.h"

#include <stdint.h>

struct cJSON;

/* --- writing ----------------------------------------------------------- */

/* A string with its quotes. The text is UTF-8: the caller has checked. */
int br_json_string (br_buf *b, br_slice text);

int br_json_integer (br_buf *b, int64_t v);

/* The shortest text that reads back as v. `whole` writes 1.0 for one.
** NaN and infinities are refused with BR_EINPUT. */
int br_json_number (br_buf *b, double v, int whole);

/* --- reading ----------------------------------------------------------- */

enum br_json_type {
  BR_J_NULL, BR_J_BOOLEAN, BR_J_INTEGER, BR_J_NUMBER, BR_J_STRING,
  BR_J_LIST, BR_J_OBJECT
};

typedef struct br_json {
  struct cJSON *root;        /* owned; br_json_free */
  int marked;                /* some values are marked strings */
} br_json;

typedef struct br_json_value {
  enum br_json_type type;
  int boolean;
  int64_t integer;
  double number;             /* set for integers, too */
  int inexact;               /* an integer beyond 64 bits, as BR_J_NUMBER */
  br_slice string;           /* lives in the tree */
} br_json_value;

/* Parse n bytes. `scratch` is used for the marked copy, if one is needed.
** BR_EDECODE says in `err` what is wrong and at which byte. */
int br_json_parse (br_json *doc, br_slice text, br_buf *scratch,
                   br_err *err);
void br_json_free (br_json *doc);

/* What a node is. BR_EDECODE for a number beyond a double's range. */
int br_json_get (const br_json *doc, struct cJSON *node, br_json_value *v);

/* The name of an object's member, unmarked in place: ask for each once. */
br_slice br_json_name (const br_json *doc, struct cJSON *node);

struct cJSON *br_json_first (const struct cJSON *node);
struct cJSON *br_json_next (const struct cJSON *node);
size_t br_json_count (const struct cJSON *node);
int br_json_is_object (const struct cJSON *node);
int br_json_is_null (const struct cJSON *node);

/* The member of an object by exact name, or NULL. */
struct cJSON *br_json_member (const struct cJSON *object, const char *name);

#endif

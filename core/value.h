/*
** value.h: how the core reads a caller's value and how it builds one.
**
** A source is a cursor on the caller's value tree; a sink receives a tree
** from its leaves up. So the core keeps no tree of its own. Both may leave
** through a Lua error: whoever calls them holds nothing that is not owned by
** a structure that survives it.
*/
#ifndef BR_VALUE_H
#define BR_VALUE_H

#include "core/buf.h"

#include <stdint.h>

enum br_kind_of_value {
  BR_K_NIL,
  BR_K_NULL,                 /* JSON null */
  BR_K_BOOLEAN,
  BR_K_INTEGER,              /* fits int64 exactly */
  BR_K_NUMBER,               /* any other number */
  BR_K_STRING,
  BR_K_TABLE,
  BR_K_OTHER                 /* functions and the like */
};

/* What a table was declared to be, for documents. */
enum br_mark { BR_MARK_NONE, BR_MARK_ARRAY, BR_MARK_OBJECT };

typedef struct br_scalar {
  enum br_kind_of_value kind;
  int boolean;
  int64_t integer;
  int whole;                 /* BR_K_NUMBER: `integer` is its exact value */
  double number;             /* set for integers, too */
  br_slice string;           /* lent until the cursor moves */
  const char *type_name;     /* for messages: "function", ... */
} br_scalar;

/* All act on the current value. Codes: 1 yes, 0 no, negative br_code. */
typedef struct br_source_vt {
  void (*get) (void *ud, br_scalar *out);
  enum br_mark (*mark) (void *ud);
  size_t (*length) (void *ud);

  /* Is the table a sequence 1..n with no other keys? */
  int (*is_sequence) (void *ud, size_t n);

  /* Move to a field or an element; 0 leaves the cursor where it was. */
  int (*enter_field) (void *ud, br_slice name);
  int (*enter_item) (void *ud, size_t index);    /* from 1 */
  void (*leave) (void *ud);

  /* Walk all pairs: begin, then next until 0; after each 1 the cursor is on
  ** the value and `key` is its key, until leave. end stops early. */
  int (*begin) (void *ud);
  int (*next) (void *ud, br_scalar *key);
  void (*end) (void *ud);
} br_source_vt;

typedef struct br_source {
  const br_source_vt *vt;
  void *ud;
} br_source;

enum br_container { BR_C_OBJECT, BR_C_LIST, BR_C_ARRAY /* of a document */ };

/* A value is made by one of the first five or by `open`; `field` or `item`
** then puts it into the container below. 0 or negative br_code. */
typedef struct br_sink_vt {
  int (*null) (void *ud);
  int (*boolean) (void *ud, int v);
  int (*integer) (void *ud, int64_t v);
  int (*number) (void *ud, double v);
  int (*string) (void *ud, const char *p, size_t n);
  int (*open) (void *ud, enum br_container c, size_t hint);
  int (*field) (void *ud, const char *name, size_t n);
  int (*item) (void *ud, size_t index);          /* from 1 */
} br_sink_vt;

typedef struct br_sink {
  const br_sink_vt *vt;
  void *ud;
} br_sink;

#endif

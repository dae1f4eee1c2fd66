/*
** input.h: what request.c and body.c share while they walk a caller's
** value: where the walk is, the checks, and the problems that they tell.
** "Client-side validation": required members, types, unknown members,
** minimum length and value, unions. Maximum, pattern and enumeration are
** the service's to check, so that its new values pass.
*/
#ifndef BR_INPUT_H
#define BR_INPUT_H

#include "core/request.h"

/* A chain on the C stack, written out only when there is a problem. */
typedef struct br_frame {
  const struct br_frame *up;
  br_slice name;             /* a member or a map's key; or ... */
  size_t index;              /* ... an element, from 1 */
} br_frame;

typedef struct br_builder {
  br_request *r;
  const br_source *in;
  const br_request_options *o;
  const br_service *service;
  int depth;
} br_builder;

/* What a first look at a structure's table found. */
typedef struct br_seen {
  uint64_t members;          /* bit i: member i is there */
  int known, unknown;        /* how many of each */
} br_seen;

#define VT(b)  ((b)->in->vt)
#define UD(b)  ((b)->in->ud)

/* Tell a problem at a frame (NULL: the input itself). br_problem begins one
** and returns where its message goes; ask br_room_for_problems first. */
int br_room_for_problems (const br_builder *b);
br_buf *br_problem (br_builder *b, const br_frame *f);
void br_say (br_builder *b, const br_frame *f, const char *message);
void br_wrong_type (br_builder *b, const br_frame *f, const char *wanted,
                    const br_scalar *got);
void br_unknown_member (br_builder *b, const br_frame *f, const br_shape *s,
                        br_slice name);
void br_put_names (br_buf *to, const br_shape *s);

/* Is the value what the shape asks for? 0 after telling the problem. */
int br_below_minimum (br_builder *b, const br_frame *f, const br_shape *s,
                      double v, const char *what);
int br_is_text (br_builder *b, const br_frame *f, const br_shape *s,
                const br_scalar *v);
int br_is_integer (br_builder *b, const br_frame *f, const br_shape *s,
                   const br_scalar *v);
int br_is_number (br_builder *b, const br_frame *f, const br_shape *s,
                  const br_scalar *v);
int br_is_boolean (br_builder *b, const br_frame *f, const br_scalar *v);
int br_is_timestamp (br_builder *b, const br_frame *f, const br_scalar *v,
                     int64_t *micros);
int br_is_list (br_builder *b, const br_frame *f, const br_scalar *v,
                size_t *n);

/* A moment as the service wants it, without quotes. */
void br_put_time (const br_builder *b, br_buf *to, int iso, int64_t micros);

/* body.c: the first pass over a structure; then its JSON. */
void br_look (br_builder *b, const br_frame *f, const br_shape *s,
              br_seen *out);
void br_check_required (br_builder *b, const br_frame *f, const br_shape *s,
                        uint64_t members);
void br_put_members (br_builder *b, const br_frame *f, const br_shape *s,
                     const br_seen *in);
void br_put_member_name (br_builder *b, br_slice name, int *first);
void br_put_value (br_builder *b, const br_frame *f, const br_shape *s);

#endif

/*
** response.h: an HTTP response and a shape -> a sink, or an error of the
** service.
*/
#ifndef BR_RESPONSE_H
#define BR_RESPONSE_H

#include "core/http.h"
#include "core/json.h"
#include "core/shape.h"
#include "core/value.h"

typedef struct br_response {
  int status;                /* 0 until the head is there */
  br_headers headers;
  br_buf body;
  br_buf scratch;
  br_json doc;
} br_response;

/* What an answer of status 300 and above says. The slices live in the
** response. */
typedef struct br_failure {
  br_slice code;             /* without namespace; or the status as text */
  br_slice message;          /* may be empty */
  const br_shape *shape;     /* NULL: not in the model */
  int is_json;
} br_failure;

void br_response_init (br_response *r, const br_alloc *mem);
void br_response_free (br_response *r);

/* Forget everything, for the next attempt. */
void br_response_clear (br_response *r);

/* Put the output of a success into the sink as one table. BR_EDECODE,
** BR_EMEMORY, or a code of the sink. */
int br_response_result (br_response *r, const br_operation *op,
                        const br_sink *sink, br_err *err);

/* "restJson1: error code". Fills `out` and err (kind service). */
void br_response_failure (br_response *r, const br_operation *op,
                          br_failure *out, br_err *err);

/* The modelled members of a service error, as one table. Call it after
** br_response_failure, once. */
int br_response_fields (br_response *r, const br_failure *f,
                        const br_sink *sink, br_err *err);

/* x-amzn-requestid, else x-amz-request-id; empty when there is none. */
br_slice br_response_request_id (const br_response *r);

#endif

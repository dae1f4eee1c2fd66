/*
** request.h: a caller's value and an operation -> an HTTP request.
** "restJson1" and "awsJson1_1" as the models use them; checks of the input
** happen in the same walk and report every problem with its path.
*/
#ifndef BR_REQUEST_H
#define BR_REQUEST_H

#include "core/http.h"
#include "core/limits.h"
#include "core/shape.h"
#include "core/value.h"

typedef struct br_request {
  const br_operation *op;
  br_buf path;               /* encoded; without the endpoint's own path */
  br_buf query;              /* encoded pairs, without "?" */
  br_headers headers;        /* modelled ones, Content-Type, X-Amz-Target */
  br_buf body;               /* empty: none is sent */
  br_buf scratch;
  br_buf problems;           /* their texts, one after the other */
  struct {
    uint32_t path, message;  /* where each begins */
  } problem[BR_MAX_PROBLEMS];
  int problem_count;
} br_request;

typedef struct br_request_options {
  int send_unknown;          /* unknown members pass as documents */
  const char *token;         /* fills an absent idempotency token */
} br_request_options;

void br_request_init (br_request *r, const br_alloc *mem);
void br_request_free (br_request *r);
void br_request_reset (br_request *r);   /* for the next call */

/* 0, or BR_EINPUT with `problems`, BR_EMEMORY, or BR_ELIMIT: too large. */
int br_request_build (br_request *r, const br_operation *op,
                      const br_source *in, const br_request_options *o);

/* What was wrong, i from 0. */
br_slice br_problem_path (const br_request *r, int i);
br_slice br_problem_message (const br_request *r, int i);

const char *br_method_name (int method);

#endif

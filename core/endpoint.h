/*
** endpoint.h: where a service is (the endpoint rule set, which is the same
** for all services of the family), and what a region may look like.
*/
#ifndef BR_ENDPOINT_H
#define BR_ENDPOINT_H

#include "core/buf.h"
#include "core/shape.h"

typedef struct br_endpoint_params {
  const br_service *service;
  br_slice region;
  br_slice custom;           /* a complete URL, or empty */
  int use_fips;
  int use_dualstack;
} br_endpoint_params;

/* Write the endpoint's URL, or BR_ECONFIG with err filled. */
int br_endpoint_resolve (const br_endpoint_params *in, br_buf *url,
                         br_err *err);

/* The partition of a region: listed, by rule, or "aws". */
const br_partition *br_partition_of (br_slice region);

#endif

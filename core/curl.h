/*
** curl.h: the driver over libcurl. It knows HTTP's transport and nothing of
** the services. One a client; it keeps connections between calls.
*/
#ifndef BR_CURL_H
#define BR_CURL_H

#include "core/call.h"

typedef struct br_curl br_curl;

/* NULL when out of memory. libcurl itself is not touched yet. */
br_curl *br_curl_new (const br_alloc *mem);
void br_curl_del (br_curl *d);

/* Perform a call's actions until it is done. */
void br_curl_run (br_curl *d, br_call *c);

/* Drop whatever is under way for a call: its connection is closed. */
void br_curl_drop (br_curl *d, const br_call *c);

#endif

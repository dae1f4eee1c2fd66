/*
** uri.h: percent-encoding and the parts of a URL (RFC 3986).
*/
#ifndef BR_URI_H
#define BR_URI_H

#include "core/buf.h"

/* Percent-encode all but A-Z a-z 0-9 - . _ ~ and the bytes of `also`
** ("restJson1: httpLabel" with "", "SigV4: canonical path" with "/"). */
int br_put_encoded (br_buf *b, br_slice text, const char *also);

/* Undo it; a "%" without two hex digits stays as it is. */
int br_put_decoded (br_buf *b, br_slice text);

typedef struct br_url {
  br_slice scheme;           /* "http" or "https", in any case */
  br_slice host;             /* IPv6 with its brackets */
  br_slice authority;        /* host and port as they stand in the URL */
  br_slice path;             /* up to "?"; may be empty */
  br_slice query;            /* without "?" */
  int port;                  /* 0: the scheme's own */
  int secure;
} br_url;

/* Take a URL apart; the slices point into `text`. On failure returns
** BR_ECONFIG and says in *why what is wrong with it. */
int br_url_parse (br_slice text, br_url *url, const char **why);

/* Is the host this machine: localhost, 127.0.0.0/8 or [::1]? */
int br_url_is_loopback (const br_url *url);

/* "Host" as sent and signed: lower case, port only when it is not the
** scheme's own. */
int br_put_host (br_buf *b, const br_url *url);

#endif

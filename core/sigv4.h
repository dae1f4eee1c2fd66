/*
** sigv4.h: AWS Signature Version 4 in its three stages.
**
** Each stage is a function of its own, so each can be compared with the
** published suite. The caller gives the time; nothing here asks for it.
*/
#ifndef BR_SIGV4_H
#define BR_SIGV4_H

#include "core/date.h"
#include "core/http.h"
#include "core/sha256.h"

typedef struct br_credentials {
  br_slice access_key_id;
  br_slice secret_access_key;
  br_slice session_token;    /* empty: none */
} br_credentials;

/* What is signed. `headers` holds Host and X-Amz-Date already. */
typedef struct br_signable {
  const char *method;
  br_slice path;             /* as on the wire: encoded once */
  br_slice query;            /* as on the wire, without "?" */
  const br_headers *headers;
  const char *payload_hash;  /* hex SHA-256 of the body */
  const char *date;          /* YYYYMMDDTHHMMSSZ */
  br_slice region;
  br_slice service;          /* the signing name */
} br_signable;

/* What one client signs with: libcrypto's objects, and the signing key of
** the last secret, day, region and service, which holds for a day. */
typedef struct br_signer {
  br_hasher hasher;          /* keeps the signing key */
  br_buf key_of;             /* "scope NUL secret" that the key is for */
  br_buf names;              /* scratch */
} br_signer;

void br_signer_init (br_signer *g, const br_alloc *mem);
void br_signer_wipe (br_signer *g);      /* and free */

/* SigV4: canonical request. `signed_names` gets "host;x-amz-date". */
int br_canonical_request (const br_signable *s, br_buf *out,
                          br_buf *signed_names);

/* SigV4: string to sign, over the canonical request. */
int br_string_to_sign (const br_signable *s, br_signer *g,
                       br_slice canonical, br_buf *out);

/* SigV4: signature, as 64 hex letters and NUL. */
int br_signature (const br_signable *s, br_slice secret, br_signer *g,
                  br_slice string_to_sign, char out[BR_SHA256_HEX]);

/* All three: appends the value of Authorization to `out`. `work` is
** scratch. */
int br_authorization (const br_signable *s, const br_credentials *c,
                      br_signer *g, br_buf *work, br_buf *out);

#endif

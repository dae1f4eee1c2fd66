/*
** sha256.h: SHA-256 and HMAC-SHA-256, done by libcrypto.
*/
#ifndef BR_SHA256_H
#define BR_SHA256_H

#include <stddef.h>

#define BR_SHA256_SIZE 32
#define BR_SHA256_HEX  65    /* with its NUL */

/* Both return 0 or BR_EMEMORY, the one way libcrypto can fail here. */
int br_sha256 (unsigned char out[BR_SHA256_SIZE], const void *p, size_t n);
int br_hmac (unsigned char out[BR_SHA256_SIZE], const void *key,
             size_t key_size, const void *p, size_t n);

/* Hash and write as lower-case hex. */
int br_sha256_hex (char out[BR_SHA256_HEX], const void *p, size_t n);

#endif

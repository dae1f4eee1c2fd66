/*
** sha256.h: SHA-256 and HMAC-SHA-256, done by libcrypto.
**
** A hasher keeps libcrypto's objects between uses: looking an algorithm up
** costs more than hashing a short text. It belongs to one thread at a time.
** All functions return 0 or BR_EMEMORY, the one way libcrypto can fail here.
*/
#ifndef BR_SHA256_H
#define BR_SHA256_H

#include <stddef.h>

#define BR_SHA256_SIZE 32
#define BR_SHA256_HEX  65    /* with its NUL */

struct evp_md_st;
struct evp_md_ctx_st;
struct evp_mac_ctx_st;

/* All NULL to begin with; made at the first use. */
typedef struct br_hasher {
  struct evp_md_st *md;
  struct evp_md_ctx_st *ctx;
  struct evp_mac_ctx_st *mac;
} br_hasher;

void br_hasher_free (br_hasher *h);      /* wipes the key, too */

int br_sha256 (br_hasher *h, unsigned char out[BR_SHA256_SIZE],
               const void *p, size_t n);

/* Hash and write as lower-case hex. */
int br_sha256_hex (br_hasher *h, char out[BR_SHA256_HEX], const void *p,
                   size_t n);

/* HMAC with a key that is used once. */
int br_hmac (unsigned char out[BR_SHA256_SIZE], const void *key,
             size_t key_size, const void *p, size_t n);

/* HMAC with a key that the hasher keeps until the next br_hmac_key. */
int br_hmac_key (br_hasher *h, const void *key, size_t key_size);
int br_hmac_with (br_hasher *h, unsigned char out[BR_SHA256_SIZE],
                  const void *p, size_t n);

#endif

#include "core/sha256.h"
#include "core/codec.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

int br_sha256 (unsigned char out[BR_SHA256_SIZE], const void *p, size_t n) {
  return EVP_Digest(n > 0 ? p : "", n, out, NULL, EVP_sha256(), NULL) == 1
    ? BR_OK : BR_EMEMORY;
}

int br_hmac (unsigned char out[BR_SHA256_SIZE], const void *key,
             size_t key_size, const void *p, size_t n) {
  return HMAC(EVP_sha256(), key, (int)key_size, p, n, out, NULL) != NULL
    ? BR_OK : BR_EMEMORY;
}

int br_sha256_hex (char out[BR_SHA256_HEX], const void *p, size_t n) {
  unsigned char sum[BR_SHA256_SIZE];
  int code = br_sha256(sum, p, n);
  if (code == BR_OK)
    br_hex(out, sum, sizeof sum);
  return code;
}

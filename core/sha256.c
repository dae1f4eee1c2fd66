#include "core/sha256.h"
#include "core/codec.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

void br_hasher_free (br_hasher *h) {
  EVP_MAC_CTX_free(h->mac);
  EVP_MD_CTX_free(h->ctx);
  EVP_MD_free(h->md);
  h->mac = NULL;
  h->ctx = NULL;
  h->md = NULL;
}

static int ready (br_hasher *h) {
  if (h->md == NULL)
    h->md = EVP_MD_fetch(NULL, "SHA256", NULL);
  if (h->ctx == NULL)
    h->ctx = EVP_MD_CTX_new();
  return h->md != NULL && h->ctx != NULL;
}

int br_sha256 (br_hasher *h, unsigned char out[BR_SHA256_SIZE],
               const void *p, size_t n) {
  return ready(h) && EVP_DigestInit_ex2(h->ctx, h->md, NULL) == 1 &&
         EVP_DigestUpdate(h->ctx, p, n) == 1 &&
         EVP_DigestFinal_ex(h->ctx, out, NULL) == 1 ? BR_OK : BR_EMEMORY;
}

int br_sha256_hex (br_hasher *h, char out[BR_SHA256_HEX], const void *p,
                   size_t n) {
  unsigned char sum[BR_SHA256_SIZE];
  int code = br_sha256(h, sum, p, n);
  if (code == BR_OK)
    br_hex(out, sum, sizeof sum);
  return code;
}

int br_hmac (unsigned char out[BR_SHA256_SIZE], const void *key,
             size_t key_size, const void *p, size_t n) {
  return HMAC(EVP_sha256(), key, (int)key_size, p, n, out, NULL) != NULL
    ? BR_OK : BR_EMEMORY;
}

static EVP_MAC_CTX *new_mac (void) {
  char digest[] = "SHA256";
  OSSL_PARAM params[2];
  EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
  EVP_MAC_CTX *mac = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);
  EVP_MAC_free(hmac);          /* the context holds it */
  params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
                                               0);
  params[1] = OSSL_PARAM_construct_end();
  if (mac != NULL && EVP_MAC_CTX_set_params(mac, params) != 1) {
    EVP_MAC_CTX_free(mac);
    mac = NULL;
  }
  return mac;
}

int br_hmac_key (br_hasher *h, const void *key, size_t key_size) {
  if (h->mac == NULL)
    h->mac = new_mac();
  return h->mac != NULL && EVP_MAC_init(h->mac, key, key_size, NULL) == 1
    ? BR_OK : BR_EMEMORY;
}

/* Without a key EVP_MAC_init begins anew with the one it has. */
int br_hmac_with (br_hasher *h, unsigned char out[BR_SHA256_SIZE],
                  const void *p, size_t n) {
  size_t size;
  return h->mac != NULL && EVP_MAC_init(h->mac, NULL, 0, NULL) == 1 &&
         EVP_MAC_update(h->mac, p, n) == 1 &&
         EVP_MAC_final(h->mac, out, &size, BR_SHA256_SIZE) == 1
    ? BR_OK : BR_EMEMORY;
}

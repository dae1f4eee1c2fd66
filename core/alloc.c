#include "core/alloc.h"

#include <openssl/crypto.h>
#include <stdint.h>

void *br_realloc (const br_alloc *mem, void *old, size_t osize,
                  size_t nsize) {
  return mem->fn(mem->ud, old, osize, nsize);
}

void *br_new_array (const br_alloc *mem, size_t n, size_t size) {
  if (size != 0 && n > SIZE_MAX / size)
    return NULL;
  return mem->fn(mem->ud, NULL, 0, n * size);
}

void br_free (const br_alloc *mem, void *old, size_t osize) {
  if (old != NULL)
    (void)mem->fn(mem->ud, old, osize, 0);
}

void br_wipe (void *p, size_t n) {
  if (n > 0)
    OPENSSL_cleanse(p, n);
}

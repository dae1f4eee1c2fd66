/*
** alloc.h: the one way to get memory.
**
** The allocator is handed in by whoever owns the core's objects, in the form
** of Lua's own: fn(ud, old, osize, nsize) frees when nsize is 0 and returns
** NULL when it cannot serve. So a host that meters Lua's memory meters ours.
*/
#ifndef BR_ALLOC_H
#define BR_ALLOC_H

#include <stddef.h>

typedef struct br_alloc {
  void *(*fn) (void *ud, void *old, size_t osize, size_t nsize);
  void *ud;
} br_alloc;

/* `nsize` bytes in place of `old` (or NULL); NULL when out of memory, and
** then `old` stands. */
void *br_realloc (const br_alloc *mem, void *old, size_t osize, size_t nsize);

/* n * size bytes, NULL when that overflows or memory is out. */
void *br_new_array (const br_alloc *mem, size_t n, size_t size);

void br_free (const br_alloc *mem, void *old, size_t osize);

/* Overwrite secrets in a way that no compiler removes. */
void br_wipe (void *p, size_t n);

#endif

#include "core/sigv4.h"
#include "core/codec.h"
#include "core/limits.h"
#include "core/uri.h"

#include <stdlib.h>
#include <string.h>

#define ALGORITHM "AWS4-HMAC-SHA256"

/* Hop-by-hop fields, and those that proxies and meshes rewrite. */
static const char *const unsigned_names[] = {
  "authorization", "connection", "expect", "keep-alive",
  "proxy-authenticate", "proxy-authorization", "te", "trailer",
  "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id"
};

/* ======================================================================
** Stage 1: the canonical request
** ====================================================================== */

/* Drop the last segment of the path that begins at `start`. */
static void pop_segment (br_buf *b, size_t start) {
  while (b->n > start && b->p[b->n - 1] != '/')
    b->n--;
  if (b->n > start)
    b->n--;
}

/* "SigV4: canonical path": dot segments resolved, slashes collapsed, then
** encoded once more. */
static void put_path (br_buf *b, br_slice path) {
  size_t start = b->n, i = 0;
  int open = 0;              /* the path ends in "/" so far */
  while (i < path.n) {
    size_t from;
    while (i < path.n && path.p[i] == '/')
      i++;
    from = i;
    while (i < path.n && path.p[i] != '/')
      i++;
    open = i == from || (i - from == 1 && path.p[from] == '.');
    if (i - from == 2 && memcmp(path.p + from, "..", 2) == 0) {
      pop_segment(b, start);
      open = 1;
    }
    else if (!open) {
      (void)br_put_char(b, '/');
      (void)br_put_encoded(b, (br_slice){path.p + from, i - from}, "");
    }
  }
  if (open || b->n == start)
    (void)br_put_char(b, '/');
}

typedef struct pair {
  size_t at, name_n, n;      /* of "name=value" in the work buffer */
  const char *base;
} pair;

static int by_pair (const void *a, const void *b) {
  const pair *x = a, *y = b;
  size_t n = x->name_n < y->name_n ? x->name_n : y->name_n;
  int d = memcmp(x->base + x->at, y->base + y->at, n);
  if (d != 0)
    return d;
  if (x->name_n != y->name_n)
    return x->name_n < y->name_n ? -1 : 1;
  n = (x->n < y->n ? x->n : y->n) - x->name_n;
  d = memcmp(x->base + x->at + x->name_n, y->base + y->at + y->name_n, n);
  return d != 0 ? d : x->n < y->n ? -1 : x->n > y->n;
}

/* Encode a wire text anew: what it means stays, its form is canonical. */
static void put_reencoded (br_buf *to, br_buf *work, br_slice text) {
  size_t at = work->n;
  if (br_put_decoded(work, text) == BR_OK)
    (void)br_put_encoded(to, (br_slice){work->p + at, work->n - at}, "");
  work->n = at;
}

static size_t find_char (br_slice s, char c) {
  const char *p = s.n == 0 ? NULL : memchr(s.p, c, s.n);
  return p == NULL ? s.n : (size_t)(p - s.p);
}

/* Encoded pairs into `text`, their places into `places`. */
static void split_query (br_slice query, br_buf *text, br_buf *places,
                         br_buf *work) {
  while (query.n > 0) {
    br_slice item = {query.p, find_char(query, '&')};
    size_t equal = find_char(item, '=');
    size_t skip = item.n < query.n ? item.n + 1 : item.n;
    pair p = {text->n, 0, 0, NULL};
    if (item.n > 0) {
      put_reencoded(text, work, (br_slice){item.p, equal});
      p.name_n = text->n - p.at;
      (void)br_put_char(text, '=');
      if (equal < item.n)
        put_reencoded(text, work, (br_slice){item.p + equal + 1,
                                             item.n - equal - 1});
      p.n = text->n - p.at;
      (void)br_put(places, &p, sizeof p);
    }
    query.p += skip;
    query.n -= skip;
  }
}

/* "SigV4: canonical query": encoded once, sorted by name, then value. */
static int put_query (br_buf *b, br_slice query) {
  br_buf text, places, work;
  size_t i, n;
  if (query.n == 0)
    return b->err;
  br_buf_init(&text, b->mem, BR_MAX_CANONICAL);
  br_buf_init(&places, b->mem, BR_MAX_CANONICAL);
  br_buf_init(&work, b->mem, BR_MAX_CANONICAL);
  split_query(query, &text, &places, &work);
  if (text.err || places.err || work.err)
    b->err = BR_EMEMORY;
  n = b->err ? 0 : places.n / sizeof(pair);
  for (i = 0; i < n; i++)
    ((pair *)(void *)places.p)[i].base = text.p;
  if (n > 1)
    qsort(places.p, n, sizeof(pair), by_pair);
  for (i = 0; i < n; i++) {
    const pair *p = (const pair *)(const void *)places.p + i;
    if (i > 0)
      (void)br_put_char(b, '&');
    (void)br_put(b, text.p + p->at, p->n);
  }
  br_buf_free(&text);
  br_buf_free(&places);
  br_buf_free(&work);
  return b->err;
}

static int is_signed (br_slice name) {
  size_t i;
  for (i = 0; i < sizeof(unsigned_names) / sizeof(unsigned_names[0]); i++)
    if (br_slice_is_nocase(name, unsigned_names[i]))
      return 0;
  return 1;
}

static int lower (char c) {
  return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static int compare_names (br_slice a, br_slice b) {
  size_t i;
  for (i = 0; i < a.n && i < b.n; i++)
    if (lower(a.p[i]) != lower(b.p[i]))
      return lower(a.p[i]) - lower(b.p[i]);
  return a.n < b.n ? -1 : a.n > b.n;
}

#define MAX_FIELDS 128

/* Indexes of the signed fields, sorted by name, equal names in order of
** appearance. Insertion sort: a dozen fields. */
static size_t sort_fields (const br_headers *h, size_t *order) {
  size_t i, n = 0, count = br_headers_count(h);
  for (i = 0; i < count && n < MAX_FIELDS; i++) {
    size_t at = n;
    br_slice name = br_headers_name(h, i);
    if (!is_signed(name))
      continue;
    while (at > 0 &&
           compare_names(name, br_headers_name(h, order[at - 1])) < 0) {
      order[at] = order[at - 1];
      at--;
    }
    order[at] = i;
    n++;
  }
  return n;
}

static void put_lower (br_buf *b, br_slice s) {
  char *to = br_buf_room(b, s.n);
  size_t i;
  if (to == NULL)
    return;
  for (i = 0; i < s.n; i++)
    to[i] = (char)lower(s.p[i]);
  b->n += s.n;
}

/* A value with inner runs of white space folded to one blank. */
static void put_folded (br_buf *b, br_slice s) {
  size_t i;
  for (i = 0; i < s.n; i++) {
    int blank = s.p[i] == ' ' || s.p[i] == '\t';
    if (!blank)
      (void)br_put_char(b, s.p[i]);
    else if (i + 1 < s.n && s.p[i + 1] != ' ' && s.p[i + 1] != '\t')
      (void)br_put_char(b, ' ');
  }
}

/* "SigV4: canonical headers": one line a name, equal names joined. */
static void put_headers (br_buf *b, const br_headers *h, br_buf *names) {
  size_t order[MAX_FIELDS], i, n = sort_fields(h, order);
  for (i = 0; i < n; i++) {
    br_slice name = br_headers_name(h, order[i]);
    int again = i > 0 &&
      compare_names(name, br_headers_name(h, order[i - 1])) == 0;
    if (again)
      (void)br_put_char(b, ',');
    else {
      if (i > 0) {
        (void)br_put_char(b, '\n');
        (void)br_put_char(names, ';');
      }
      put_lower(b, name);
      (void)br_put_char(b, ':');
      put_lower(names, name);
    }
    put_folded(b, br_headers_value(h, order[i]));
  }
  (void)br_put_char(b, '\n');
}

int br_canonical_request (const br_signable *s, br_buf *out,
                          br_buf *signed_names) {
  if (br_headers_count(s->headers) > MAX_FIELDS)
    return BR_ELIMIT;
  (void)br_put_text(out, s->method);
  (void)br_put_char(out, '\n');
  put_path(out, s->path);
  (void)br_put_char(out, '\n');
  (void)put_query(out, s->query);
  (void)br_put_char(out, '\n');
  put_headers(out, s->headers, signed_names);
  (void)br_put_char(out, '\n');
  (void)br_put_slice(out, br_buf_slice(signed_names));
  (void)br_put_char(out, '\n');
  (void)br_put_text(out, s->payload_hash);
  return out->err ? out->err : signed_names->err;
}

/* ======================================================================
** Stage 2: the string to sign
** ====================================================================== */

/* YYYYMMDD/region/service/aws4_request */
static void put_scope (br_buf *b, const br_signable *s) {
  (void)br_put(b, s->date, 8);
  (void)br_put_char(b, '/');
  (void)br_put_slice(b, s->region);
  (void)br_put_char(b, '/');
  (void)br_put_slice(b, s->service);
  (void)br_put_text(b, "/aws4_request");
}

int br_string_to_sign (const br_signable *s, br_signer *g,
                       br_slice canonical, br_buf *out) {
  char hash[BR_SHA256_HEX];
  if (br_sha256_hex(&g->hasher, hash, canonical.p, canonical.n) != BR_OK)
    return BR_EMEMORY;
  (void)br_put_text(out, ALGORITHM "\n");
  (void)br_put_text(out, s->date);
  (void)br_put_char(out, '\n');
  put_scope(out, s);
  (void)br_put_char(out, '\n');
  return br_put_text(out, hash);
}

/* ======================================================================
** Stage 3: the signature
** ====================================================================== */

#define MAX_SECRET 512

static int chain (unsigned char key[BR_SHA256_SIZE], br_slice text) {
  unsigned char next[BR_SHA256_SIZE];
  int code = br_hmac(next, key, BR_SHA256_SIZE, text.p, text.n);
  memcpy(key, next, sizeof next);
  br_wipe(next, sizeof next);
  return code;
}

/* "SigV4: signing key". */
static int derive (const br_signable *s, br_slice secret,
                   unsigned char key[BR_SHA256_SIZE]) {
  unsigned char first[4 + MAX_SECRET];
  int code;
  if (secret.n > MAX_SECRET)
    return BR_ELIMIT;
  memcpy(first, "AWS4", 4);
  memcpy(first + 4, secret.p, secret.n);
  code = br_hmac(key, first, 4 + secret.n, s->date, 8);
  br_wipe(first, sizeof first);
  if (code == BR_OK) code = chain(key, s->region);
  if (code == BR_OK) code = chain(key, s->service);
  if (code == BR_OK) code = chain(key, br_slice_of("aws4_request"));
  return code;
}

/* Make the hasher's key the one for this secret and scope. */
static int use_key (const br_signable *s, br_slice secret, br_signer *g,
                    br_buf *work) {
  unsigned char key[BR_SHA256_SIZE];
  size_t at = work->n, n;
  int code;
  put_scope(work, s);
  (void)br_put_char(work, '\0');
  (void)br_put_slice(work, secret);
  if (work->err)
    return work->err;
  n = work->n - at;
  work->n = at;                        /* the text itself still stands */
  if (g->key_of.n == n && memcmp(g->key_of.p, work->p + at, n) == 0)
    code = BR_OK;
  else {
    br_buf_clear(&g->key_of);
    code = derive(s, secret, key);
    if (code == BR_OK)
      code = br_hmac_key(&g->hasher, key, sizeof key);
    br_wipe(key, sizeof key);
    if (code == BR_OK)
      code = br_put(&g->key_of, work->p + at, n);
  }
  br_wipe(work->p + at, n);
  return code;
}

static int sign_with (br_signer *g, br_slice text, char out[BR_SHA256_HEX]) {
  unsigned char mac[BR_SHA256_SIZE];
  int code = br_hmac_with(&g->hasher, mac, text.p, text.n);
  if (code == BR_OK)
    br_hex(out, mac, sizeof mac);
  return code;
}

int br_signature (const br_signable *s, br_slice secret, br_signer *g,
                  br_slice string_to_sign, char out[BR_SHA256_HEX]) {
  br_buf work;
  int code;
  br_buf_init(&work, s->headers->text.mem, BR_MAX_CANONICAL);
  code = use_key(s, secret, g, &work);
  br_buf_wipe(&work);
  return code == BR_OK ? sign_with(g, string_to_sign, out) : code;
}

void br_signer_init (br_signer *g, const br_alloc *mem) {
  memset(g, 0, sizeof *g);
  br_buf_init(&g->key_of, mem, BR_MAX_HEAD);
  br_buf_init(&g->names, mem, BR_MAX_HEAD);
}

void br_signer_wipe (br_signer *g) {
  br_hasher_free(&g->hasher);
  br_buf_wipe(&g->key_of);
  br_buf_free(&g->names);
}

int br_authorization (const br_signable *s, const br_credentials *c,
                      br_signer *g, br_buf *work, br_buf *out) {
  char signature[BR_SHA256_HEX];
  size_t to_sign;
  int code;
  (void)br_put_text(out, ALGORITHM " Credential=");
  (void)br_put_slice(out, c->access_key_id);
  (void)br_put_char(out, '/');
  put_scope(out, s);
  (void)br_put_text(out, ", SignedHeaders=");
  br_buf_clear(&g->names);
  code = br_canonical_request(s, work, &g->names);
  (void)br_put_slice(out, br_buf_slice(&g->names));
  to_sign = work->n;
  if (code == BR_OK)
    code = br_string_to_sign(s, g, (br_slice){work->p, to_sign}, work);
  if (code == BR_OK)
    code = use_key(s, c->secret_access_key, g, work);
  if (code == BR_OK)
    code = sign_with(g, (br_slice){work->p + to_sign, work->n - to_sign},
                     signature);
  if (code != BR_OK)
    return code;
  (void)br_put_text(out, ", Signature=");
  return br_put_text(out, signature);
}

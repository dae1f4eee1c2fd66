/*
** unit_leaf.h: the part of unit.c without calls: allocator, arguments, and
** the core's leaf functions. Included by unit.c only.
*/
#ifndef UNIT_LEAF_H
#define UNIT_LEAF_H

#include "lvalue.h"
#include "core/codec.h"
#include "core/date.h"
#include "core/endpoint.h"
#include "core/json.h"
#include "core/limits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* An allocator that counts, and fails at one allocation. */
typedef struct meter {
  long bytes, count, fail_at;
} meter;

static void *metered (void *ud, void *old, size_t osize, size_t nsize) {
  meter *m = ud;
  void *p;
  if (old == NULL)
    osize = 0;
  if (nsize > osize && ++m->count == m->fail_at)
    return NULL;
  p = nsize == 0 ? NULL : realloc(old, nsize);
  if (nsize == 0)
    free(old);
  if (p != NULL || nsize == 0)
    m->bytes += (long)nsize - (long)osize;
  return p;
}

/* For all but the calls, which have one each. */
static meter leaf;
static const br_alloc mem = {metered, &leaf};

/* failing(k, f, ...) -> bytes left, allocations made, what f returned: f
** runs with the k-th allocation failing (0: none). */
static int U_failing (lua_State *L) {
  leaf.bytes = leaf.count = 0;
  leaf.fail_at = (long)luaL_checkinteger(L, 1);
  lua_remove(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  leaf.fail_at = 0;
  lua_pushinteger(L, (lua_Integer)leaf.count);
  lua_insert(L, 1);
  lua_pushinteger(L, (lua_Integer)leaf.bytes);
  lua_insert(L, 1);
  return lua_gettop(L);
}

/* A text argument, copied to end where a page begins that nobody may touch:
** whoever reads a byte too much, or a NUL after it, crashes. The copy lives
** while the next 31 are made. */
static br_slice arg (lua_State *L, int i) {
  static struct { char *p; size_t n; } ring[32];
  static unsigned turn;
  size_t page = (size_t)sysconf(_SC_PAGESIZE), room, at = turn++ % 32;
  br_slice s;
  const char *text = luaL_checklstring(L, i, &s.n);
  if (ring[at].p != NULL)
    (void)munmap(ring[at].p, ring[at].n);
  room = (s.n + page - 1) / page * page;
  ring[at].n = room + page;
  ring[at].p = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (ring[at].p == MAP_FAILED || mprotect(ring[at].p + room, page, PROT_NONE))
    luaL_error(L, "no guard page");
  s.p = memcpy(ring[at].p + room - s.n, text, s.n);
  return s;
}

/* The same of a table's field; empty when it is absent. */
static br_slice field_arg (lua_State *L, const char *name) {
  br_slice s = {NULL, 0};
  lua_getfield(L, 1, name);
  if (lua_type(L, -1) == LUA_TSTRING)
    s = arg(L, lua_gettop(L));
  lua_pop(L, 1);
  return s;
}

static int push_code (lua_State *L, int code) {
  lua_pushinteger(L, code);
  return 1;
}

/* nil and a code. */
static int push_failure (lua_State *L, int code) {
  lua_pushnil(L);
  return 1 + push_code(L, code);
}

static void set_text (lua_State *L, const char *name, br_slice s) {
  lbr_push_slice(L, s);
  lua_setfield(L, -2, name);
}

/* Push a buffer's content, or nil and its error; and free it. */
static int push_buf (lua_State *L, br_buf *b) {
  int code = b->err;
  if (code == BR_OK)
    lbr_push_slice(L, br_buf_slice(b));
  br_buf_free(b);
  return code == BR_OK ? 1 : push_failure(L, code);
}

/* --- codec, sha256, uri, date, json ------------------------------------ */

static int U_hex (lua_State *L) {
  char out[513];
  br_slice s = arg(L, 1);
  br_hex(out, s.p, s.n > 256 ? 256 : s.n);
  lua_pushstring(L, out);
  return 1;
}

static int U_base64 (lua_State *L) {
  br_slice s = arg(L, 1);
  br_buf b;
  br_buf_init(&b, &mem, BR_MAX_REQUEST_BODY);
  (void)br_put_base64(&b, s.p, s.n);
  return push_buf(L, &b);
}

/* In place, as the core does it; the text cannot grow. */
static int U_unbase64 (lua_State *L) {
  br_slice s = arg(L, 1);
  ptrdiff_t n = br_base64_decode((char *)s.p, s.n);
  if (n < 0)
    return 0;
  lua_pushlstring(L, s.p, (size_t)n);
  return 1;
}

static int U_utf8 (lua_State *L) {
  br_slice s = arg(L, 1);
  size_t n = br_utf8_check(s.p, s.n);
  lua_pushboolean(L, n == s.n);
  lua_pushinteger(L, (lua_Integer)n);
  return 2;
}

static int U_uuid (lua_State *L) {
  char out[37];
  br_slice s = arg(L, 1);
  luaL_argcheck(L, s.n == 16, 1, "16 bytes expected");
  br_uuid4(out, (const unsigned char *)s.p);
  lua_pushstring(L, out);
  return 1;
}

static int U_sha256 (lua_State *L) {
  char out[BR_SHA256_HEX];
  br_hasher h = {NULL, NULL, NULL};
  br_slice s = arg(L, 1);
  int code = br_sha256_hex(&h, out, s.p, s.n);
  br_hasher_free(&h);
  lua_pushstring(L, code == BR_OK ? out : "failed");
  return 1;
}

/* hmac(key, text [, kept]): with the one-shot or with the kept key. */
static int U_hmac (lua_State *L) {
  unsigned char mac[BR_SHA256_SIZE];
  char out[BR_SHA256_HEX];
  br_hasher h = {NULL, NULL, NULL};
  br_slice key = arg(L, 1), s = arg(L, 2);
  int code;
  if (lua_toboolean(L, 3)) {
    code = br_hmac_key(&h, key.p, key.n);
    if (code == BR_OK)
      code = br_hmac_with(&h, mac, s.p, s.n);
    if (code == BR_OK)
      code = br_hmac_with(&h, mac, s.p, s.n);
  }
  else
    code = br_hmac(mac, key.p, key.n, s.p, s.n);
  br_hasher_free(&h);
  br_hex(out, mac, sizeof mac);
  lua_pushstring(L, code == BR_OK ? out : "failed");
  return 1;
}

static int U_encode (lua_State *L) {
  br_buf b;
  br_buf_init(&b, &mem, BR_MAX_URL);
  (void)br_put_encoded(&b, arg(L, 1), luaL_optstring(L, 2, ""));
  return push_buf(L, &b);
}

static int U_decode (lua_State *L) {
  br_buf b;
  br_buf_init(&b, &mem, BR_MAX_URL);
  (void)br_put_decoded(&b, arg(L, 1));
  return push_buf(L, &b);
}

/* -> { scheme, host, port, path, query, secure, loopback, sent } | nil, why */
static int U_url (lua_State *L) {
  br_url u;
  br_buf b;
  const char *why = "";
  if (br_url_parse(arg(L, 1), &u, &why) != BR_OK) {
    lua_pushnil(L);
    lua_pushstring(L, why);
    return 2;
  }
  lua_newtable(L);
  set_text(L, "host", u.host);
  set_text(L, "path", u.path);
  if (u.query.p != NULL)
    set_text(L, "query", u.query);
  lua_pushinteger(L, u.port);
  lua_setfield(L, -2, "port");
  lua_pushboolean(L, u.secure);
  lua_setfield(L, -2, "secure");
  lua_pushboolean(L, br_url_is_loopback(&u));
  lua_setfield(L, -2, "loopback");
  br_buf_init(&b, &mem, BR_MAX_URL);
  (void)br_put_host(&b, &u);
  (void)push_buf(L, &b);
  lua_setfield(L, -2, "sent");
  return 1;
}

static int U_date_basic (lua_State *L) {
  char out[BR_DATE_BASIC];
  br_date_basic(out, (int64_t)luaL_checknumber(L, 1));
  lua_pushstring(L, out);
  return 1;
}

/* date_iso(seconds, digits): through the double, as a caller's value. */
static int U_date_iso (lua_State *L) {
  char out[BR_DATE_ISO];
  int64_t micros;
  if (br_date_from_double((double)luaL_checknumber(L, 1), &micros) != 0)
    return 0;
  br_date_iso(out, micros, (int)luaL_optinteger(L, 2, 0));
  lua_pushstring(L, out);
  return 1;
}

static int U_date_parse (lua_State *L) {
  int64_t micros;
  if (br_date_parse(arg(L, 1), &micros) != 0)
    return 0;
  lua_pushnumber(L, (lua_Number)micros / 1e6);
  return 1;
}

/* json(text) -> true | nil, message */
static int U_json (lua_State *L) {
  br_json doc = {NULL, 0};
  br_buf scratch;
  br_err err;
  int code;
  br_err_clear(&err);
  br_buf_init(&scratch, &mem, BR_MAX_RESPONSE_BODY);
  code = br_json_parse(&doc, arg(L, 1), &scratch, &err);
  br_json_free(&doc);
  br_buf_free(&scratch);
  if (code == BR_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, err.message);
  return 2;
}

static int U_json_number (lua_State *L) {
  br_buf b;
  br_buf_init(&b, &mem, BR_MAX_URL);
  if (br_json_number(&b, (double)luaL_checknumber(L, 1),
                     lua_toboolean(L, 2)) == BR_EINPUT)
    return 0;
  return push_buf(L, &b);
}

static int U_json_string (lua_State *L) {
  br_buf b;
  br_buf_init(&b, &mem, BR_MAX_URL);
  (void)br_json_string(&b, arg(L, 1));
  return push_buf(L, &b);
}

/* --- alloc, buf, err, http --------------------------------------------- */

/* array(n, size) -> was it to be had? */
static int U_array (lua_State *L) {
  size_t n = (size_t)luaL_checknumber(L, 1);
  size_t size = (size_t)luaL_checknumber(L, 2);
  void *p = br_new_array(&mem, n, size);
  lua_pushboolean(L, p != NULL);
  if (p != NULL)
    br_free(&mem, p, n * size);
  return 1;
}

/* buf(ceiling, step...) -> content, error, capacity. A text is appended, a
** number is room asked for and filled, "clear", "trim", "cstr" and "format"
** before a text are what they say. */
static int U_buf (lua_State *L) {
  br_buf b;
  int i, top = lua_gettop(L);
  br_buf_init(&b, &mem, (size_t)luaL_checknumber(L, 1));
  for (i = 2; i <= top; i++) {
    int room = lua_type(L, i) == LUA_TNUMBER;
    size_t n = room ? (size_t)lua_tonumber(L, i) : 0;
    br_slice s = arg(L, i);
    if (room && br_buf_room(&b, n) != NULL) {
      memset(b.p + b.n, '.', n);
      b.n += n;
    }
    else if (room)
      continue;
    else if (br_slice_is(s, "clear")) br_buf_clear(&b);
    else if (br_slice_is(s, "trim")) br_buf_trim(&b);
    else if (br_slice_is(s, "cstr"))
      (void)br_put_format(&b, "%lu",
                          (unsigned long)strlen(br_buf_cstr(&b)));
    else if (br_slice_is(s, "format"))
      (void)br_put_format(&b, "%s", luaL_checkstring(L, ++i));
    else
      (void)br_put_slice(&b, s);
  }
  lbr_push_slice(L, br_buf_slice(&b));
  lua_pushinteger(L, b.err);
  lua_pushinteger(L, (lua_Integer)b.cap);
  br_buf_wipe(&b);
  return 3;
}

/* err(code, name, message [, hint]) -> code, name, message, hint, kind; err()
** is the record of memory. */
static int U_err (lua_State *L) {
  br_err e;
  br_err_clear(&e);
  if (lua_gettop(L) == 0)
    (void)br_err_memory(&e);
  else
    (void)br_err_set(&e, (int)luaL_checkinteger(L, 1), luaL_checkstring(L, 2),
                     "%s", luaL_checkstring(L, 3));
  if (lua_gettop(L) > 3)
    br_err_hint(&e, "%s", luaL_checkstring(L, 4));
  lua_pushinteger(L, e.code);
  lua_pushstring(L, e.name);
  lua_pushstring(L, e.message);
  lua_pushstring(L, e.hint);
  lua_pushstring(L, br_kind(e.code));
  return 5;
}

/* Add the pairs of the list on top and pop it; the last failure or 0. */
static int add_headers (lua_State *L, br_headers *h) {
  size_t i, n = lua_rawlen(L, -1);
  int code, failed = BR_OK;
  for (i = 1; i <= n; i++) {
    lua_rawgeti(L, -1, (int)i);
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    code = br_headers_add(h, arg(L, lua_gettop(L) - 1),
                          arg(L, lua_gettop(L)));
    failed = code != BR_OK ? code : failed;
    lua_pop(L, 3);
  }
  lua_pop(L, 1);
  return failed;
}

/* headers({{name, value}, ...}, name) -> lines, code, value, index */
static int U_headers (lua_State *L) {
  br_headers h;
  const char *name = luaL_checkstring(L, 2);
  size_t i;
  int code;
  br_headers_init(&h, &mem);
  lua_pushvalue(L, 1);
  code = add_headers(L, &h);
  lua_newtable(L);
  for (i = 0; i < br_headers_count(&h); i++) {
    lua_pushstring(L, br_headers_line(&h, i));
    lua_rawseti(L, -2, (int)i + 1);
  }
  (void)push_code(L, code);
  if (br_headers_get(&h, name).p != NULL)
    lbr_push_slice(L, br_headers_get(&h, name));
  else
    lua_pushnil(L);
  lua_pushinteger(L, (lua_Integer)br_headers_find(&h, name));
  br_headers_wipe(&h);
  return 4;
}

/* --- shape, endpoint, retry -------------------------------------------- */

static const br_service *service_arg (lua_State *L, int i) {
  br_slice s = arg(L, i);
  return br_find_service(s.p, s.n);
}

/* find(service, operation, name, any) -> is there such a service; the
** service of the operation (any: asked in all of them); the index of the
** member of its input; the status of the service's error (-1: none). */
static int U_find (lua_State *L) {
  const br_service *s = service_arg(L, 1);
  const br_operation *op = NULL;
  br_slice name = arg(L, 2), last = arg(L, 3);
  const br_shape *e = s == NULL ? NULL : br_find_error(s, last.p, last.n);
  if (s != NULL && name.n > 0)
    op = lua_toboolean(L, 4) ? br_find_any(s, name.p, name.n)
                             : br_find_operation(s, name.p, name.n);
  lua_pushboolean(L, s != NULL);
  lua_pushstring(L, op ? br_str(br_services[op->service].name) : NULL);
  lua_pushinteger(L, op ? br_find_member(&br_shapes[op->input], last.p, last.n)
                        : -1);
  lua_pushinteger(L, e ? e->status : -1);
  return 4;
}

static double field_number (lua_State *L, int t, const char *name,
                            double fallback) {
  double v;
  lua_getfield(L, t, name);
  v = lua_isnil(L, -1) ? fallback : (double)lua_tonumber(L, -1);
  lua_pop(L, 1);
  return v;
}

static int field_flag (lua_State *L, int t, const char *name) {
  int v;
  lua_getfield(L, t, name);
  v = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return v;
}

/* endpoint{service, region, custom, fips, dualstack} -> url | nil, code,
** message, hint */
static int U_endpoint (lua_State *L) {
  br_slice name = field_arg(L, "service");
  br_endpoint_params in;
  br_buf b;
  br_err err;
  int code;
  in.service = br_find_service(name.p, name.n);
  in.region = field_arg(L, "region");
  in.custom = field_arg(L, "custom");
  in.use_fips = field_flag(L, 1, "fips");
  in.use_dualstack = field_flag(L, 1, "dualstack");
  br_err_clear(&err);
  br_buf_init(&b, &mem, BR_MAX_URL);
  code = br_endpoint_resolve(&in, &b, &err);
  if (code != BR_ECONFIG)
    return push_buf(L, &b);
  br_buf_free(&b);
  lua_pushnil(L);
  lua_pushstring(L, err.name);
  lua_pushstring(L, err.message);
  lua_pushstring(L, err.hint);
  return 4;
}

static int U_partition (lua_State *L) {
  lua_pushstring(L, br_str(br_partition_of(arg(L, 1))->id));
  return 1;
}

static int U_distance (lua_State *L) {
  br_slice a = arg(L, 1), b = arg(L, 2);
  lua_pushinteger(L, br_distance(a.p, a.n, b.p, b.n,
                                 (int)luaL_optinteger(L, 3, 100)));
  return 1;
}

/* classify(service, status, code) -> "final" | "transient" | "throttling" */
static int U_classify (lua_State *L) {
  static const char *const names[] = {"final", "transient", "throttling"};
  const br_service *s = service_arg(L, 1);
  br_slice code = arg(L, 3);
  lua_pushstring(L, names[br_retry_classify((int)luaL_checkinteger(L, 2),
    code, br_find_error(s, code.p, code.n))]);
  return 1;
}

/* decide{left, attempt, max, class, random, asked} -> ms, left, cost */
static int U_decide (lua_State *L) {
  br_quota q;
  br_retry_query in;
  int cost = 0;
  q.left = (int)field_number(L, 1, "left", BR_QUOTA_FULL);
  in.attempt = (int)field_number(L, 1, "attempt", 1);
  in.max_attempts = (int)field_number(L, 1, "max", 3);
  in.cls = (enum br_retry_class)field_number(L, 1, "class", 1);
  in.random = field_number(L, 1, "random", 0);
  in.asked_ms = (int64_t)field_number(L, 1, "asked", -1);
  lua_pushnumber(L, (lua_Number)br_retry_decide(&q, &in, &cost));
  lua_pushinteger(L, q.left);
  lua_pushinteger(L, cost);
  return 3;
}

static int U_refund (lua_State *L) {
  br_quota q;
  q.left = (int)luaL_checkinteger(L, 1);
  br_retry_refund(&q, (int)luaL_checkinteger(L, 2));
  return push_code(L, q.left);
}

/* --- signing, stage by stage ------------------------------------------- */

static br_signer signer;     /* keeps its key from one U_sign to the next */

/* sign{method, path, query, headers, hash, date, region, service, secret} ->
** canonical request, string to sign, signature, signed names | nil, code */
static int U_sign (lua_State *L) {
  br_headers h;
  br_signable s;
  br_buf canonical, names, text;
  char out[BR_SHA256_HEX] = "";
  int code;
  br_headers_init(&h, &mem);
  if (signer.key_of.mem == NULL)
    br_signer_init(&signer, &mem);
  br_buf_init(&canonical, &mem, BR_MAX_CANONICAL);
  br_buf_init(&names, &mem, BR_MAX_HEAD);
  br_buf_init(&text, &mem, BR_MAX_CANONICAL);
  lua_getfield(L, 1, "headers");
  code = add_headers(L, &h);
  lua_getfield(L, 1, "method");
  lua_getfield(L, 1, "hash");
  lua_getfield(L, 1, "date");
  s.method = luaL_checkstring(L, 2);
  s.payload_hash = luaL_checkstring(L, 3);
  s.date = luaL_checkstring(L, 4);
  s.path = field_arg(L, "path");
  s.query = field_arg(L, "query");
  s.headers = &h;
  s.region = field_arg(L, "region");
  s.service = field_arg(L, "service");
  if (code == BR_OK)
    code = br_canonical_request(&s, &canonical, &names);
  if (code == BR_OK)
    code = br_string_to_sign(&s, &signer, br_buf_slice(&canonical), &text);
  if (code == BR_OK)
    code = br_signature(&s, field_arg(L, "secret"), &signer,
                        br_buf_slice(&text), out);
  lbr_push_slice(L, br_buf_slice(&canonical));
  lbr_push_slice(L, br_buf_slice(&text));
  lua_pushstring(L, out);
  lbr_push_slice(L, br_buf_slice(&names));
  br_headers_wipe(&h);
  br_buf_free(&canonical);
  br_buf_free(&names);
  br_buf_free(&text);
  return code == BR_OK ? 4 : push_failure(L, code);
}

/* Forget the kept key. */
static int U_forget (lua_State *L) {
  (void)L;
  if (signer.key_of.mem != NULL)
    br_signer_wipe(&signer);
  return 0;
}

static const luaL_Reg leaf_functions[] = {
  {"failing", U_failing}, {"array", U_array}, {"buf", U_buf}, {"err", U_err},
  {"headers", U_headers}, {"hex", U_hex}, {"base64", U_base64},
  {"unbase64", U_unbase64}, {"utf8", U_utf8}, {"uuid", U_uuid},
  {"sha256", U_sha256}, {"hmac", U_hmac}, {"encode", U_encode},
  {"decode", U_decode}, {"url", U_url}, {"date_basic", U_date_basic},
  {"date_iso", U_date_iso}, {"date_parse", U_date_parse}, {"json", U_json},
  {"json_number", U_json_number}, {"json_string", U_json_string},
  {"find", U_find}, {"endpoint", U_endpoint}, {"partition", U_partition},
  {"distance", U_distance}, {"classify", U_classify}, {"decide", U_decide},
  {"refund", U_refund}, {"sign", U_sign}, {"forget", U_forget}, {NULL, NULL}
};

#endif

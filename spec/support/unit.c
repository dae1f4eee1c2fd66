/*
** unit.c: the core's functions for the specs, as thin as can be. Texts in,
** texts out; a call is a userdata that is stepped by hand.
*/
#include "lvalue.h"
#include "core/codec.h"
#include "core/date.h"
#include "core/endpoint.h"
#include "core/json.h"
#include "core/limits.h"

#include <string.h>

#define CALL_MT "unit.call"

/* An allocator that counts, and fails at one allocation. */
typedef struct meter {
  lua_Alloc fn;
  void *ud;
  long bytes, count, fail_at;
} meter;

static void *metered (void *ud, void *old, size_t osize, size_t nsize) {
  meter *m = ud;
  void *p;
  if (old == NULL)
    osize = 0;
  if (nsize > osize && ++m->count == m->fail_at)
    return NULL;
  p = m->fn(m->ud, old, osize, nsize);
  if (p != NULL || nsize == 0)
    m->bytes += (long)nsize - (long)osize;
  return p;
}

static void meter_init (lua_State *L, meter *m, long fail_at) {
  m->fn = lua_getallocf(L, &m->ud);
  m->bytes = m->count = 0;
  m->fail_at = fail_at;
}

static br_alloc plain (lua_State *L) {
  br_alloc mem;
  mem.fn = lua_getallocf(L, &mem.ud);
  return mem;
}

static br_slice arg (lua_State *L, int i) {
  br_slice s;
  s.p = luaL_checklstring(L, i, &s.n);
  return s;
}

/* Push a buffer's content and free it. */
static int push_buf (lua_State *L, br_buf *b) {
  lbr_push_slice(L, br_buf_slice(b));
  br_buf_free(b);
  return 1;
}

/* ======================================================================
** Texts
** ====================================================================== */

static int U_hex (lua_State *L) {
  char out[513];
  br_slice s = arg(L, 1);
  br_hex(out, s.p, s.n > 256 ? 256 : s.n);
  lua_pushstring(L, out);
  return 1;
}

static int U_base64 (lua_State *L) {
  br_alloc mem = plain(L);
  br_slice s = arg(L, 1);
  br_buf b;
  br_buf_init(&b, &mem, BR_MAX_REQUEST_BODY);
  (void)br_put_base64(&b, s.p, s.n);
  return push_buf(L, &b);
}

static int U_unbase64 (lua_State *L) {
  br_alloc mem = plain(L);
  br_buf b;
  ptrdiff_t n;
  br_buf_init(&b, &mem, BR_MAX_REQUEST_BODY);
  (void)br_put_slice(&b, arg(L, 1));
  n = br_base64_decode(b.p, b.n);
  if (n < 0)
    lua_pushnil(L);
  else
    lua_pushlstring(L, n > 0 ? b.p : "", (size_t)n);
  br_buf_free(&b);
  return 1;
}

static int U_utf8 (lua_State *L) {
  br_slice s = arg(L, 1);
  lua_pushboolean(L, br_utf8_check(s.p, s.n) == s.n);
  return 1;
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
  br_alloc mem = plain(L);
  br_buf b;
  br_buf_init(&b, &mem, BR_MAX_URL);
  (void)br_put_encoded(&b, arg(L, 1), luaL_optstring(L, 2, ""));
  return push_buf(L, &b);
}

static int U_decode (lua_State *L) {
  br_alloc mem = plain(L);
  br_buf b;
  br_buf_init(&b, &mem, BR_MAX_URL);
  (void)br_put_decoded(&b, arg(L, 1));
  return push_buf(L, &b);
}

/* -> { scheme, host, port, path, query, secure, loopback, sent } | nil, why */
static int U_url (lua_State *L) {
  br_alloc mem = plain(L);
  br_url u;
  br_buf b;
  const char *why = "";
  if (br_url_parse(arg(L, 1), &u, &why) != BR_OK) {
    lua_pushnil(L);
    lua_pushstring(L, why);
    return 2;
  }
  lua_newtable(L);
  lbr_push_slice(L, u.host);
  lua_setfield(L, -2, "host");
  lbr_push_slice(L, u.path);
  lua_setfield(L, -2, "path");
  if (u.query.p != NULL) {
    lbr_push_slice(L, u.query);
    lua_setfield(L, -2, "query");
  }
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

/* ======================================================================
** Dates
** ====================================================================== */

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

/* ======================================================================
** JSON: the check and the reader, seen through a document member
** ====================================================================== */

/* json(text) -> true | nil, message */
static int U_json (lua_State *L) {
  br_alloc mem = plain(L);
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
  br_alloc mem = plain(L);
  br_buf b;
  int code;
  br_buf_init(&b, &mem, BR_MAX_URL);
  code = br_json_number(&b, (double)luaL_checknumber(L, 1),
                        lua_toboolean(L, 2));
  (void)push_buf(L, &b);
  return code == BR_OK ? 1 : 0;
}

/* ======================================================================
** Decisions
** ====================================================================== */

static br_slice field_text (lua_State *L, int t, const char *name) {
  br_slice s = {NULL, 0};
  lua_getfield(L, t, name);
  if (lua_type(L, -1) == LUA_TSTRING)
    s.p = lua_tolstring(L, -1, &s.n);
  lua_pop(L, 1);             /* the table keeps it */
  return s;
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
** message */
static int U_endpoint (lua_State *L) {
  br_alloc mem = plain(L);
  br_slice name = field_text(L, 1, "service");
  br_endpoint_params in;
  br_buf b;
  br_err err;
  in.service = br_find_service(name.p, name.n);
  in.region = field_text(L, 1, "region");
  in.custom = field_text(L, 1, "custom");
  in.use_fips = field_flag(L, 1, "fips");
  in.use_dualstack = field_flag(L, 1, "dualstack");
  br_err_clear(&err);
  br_buf_init(&b, &mem, BR_MAX_URL);
  if (br_endpoint_resolve(&in, &b, &err) == BR_OK)
    return push_buf(L, &b);
  br_buf_free(&b);
  lua_pushnil(L);
  lua_pushstring(L, err.name);
  lua_pushstring(L, err.message);
  return 3;
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
  br_slice service = arg(L, 1), code = arg(L, 3);
  const br_service *s = br_find_service(service.p, service.n);
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
  lua_pushinteger(L, q.left);
  return 1;
}

/* ======================================================================
** Signing, stage by stage
** ====================================================================== */

static void add_headers (lua_State *L, int t, br_headers *h) {
  size_t i, n;
  lua_getfield(L, t, "headers");       /* { {name, value}, ... } */
  n = lua_rawlen(L, -1);
  for (i = 1; i <= n; i++) {
    lua_rawgeti(L, -1, (int)i);
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    (void)br_headers_add(h, br_slice_of(lua_tostring(L, -2)),
                         br_slice_of(lua_tostring(L, -1)));
    lua_pop(L, 3);
  }
  lua_pop(L, 1);
}

/* sign{method, path, query, headers, hash, date, region, service, secret} ->
** canonical request, string to sign, signature */
static int U_sign (lua_State *L) {
  br_alloc mem = plain(L);
  br_headers h;
  br_signable s;
  br_signer g;
  br_buf canonical, names, text;
  char out[BR_SHA256_HEX] = "";
  br_headers_init(&h, &mem);
  br_signer_init(&g, &mem);
  br_buf_init(&canonical, &mem, BR_MAX_CANONICAL);
  br_buf_init(&names, &mem, BR_MAX_HEAD);
  br_buf_init(&text, &mem, BR_MAX_CANONICAL);
  add_headers(L, 1, &h);
  s.method = field_text(L, 1, "method").p;
  s.path = field_text(L, 1, "path");
  s.query = field_text(L, 1, "query");
  s.headers = &h;
  s.payload_hash = field_text(L, 1, "hash").p;
  s.date = field_text(L, 1, "date").p;
  s.region = field_text(L, 1, "region");
  s.service = field_text(L, 1, "service");
  (void)br_canonical_request(&s, &canonical, &names);
  (void)br_string_to_sign(&s, &g, br_buf_slice(&canonical), &text);
  (void)br_signature(&s, field_text(L, 1, "secret"), &g,
                     br_buf_slice(&text), out);
  lbr_push_slice(L, br_buf_slice(&canonical));
  lbr_push_slice(L, br_buf_slice(&text));
  lua_pushstring(L, out);
  br_headers_wipe(&h);
  br_signer_wipe(&g);
  br_buf_free(&canonical);
  br_buf_free(&names);
  br_buf_free(&text);
  return 3;
}

/* ======================================================================
** The call, stepped by hand
** ====================================================================== */

typedef struct unit_call {
  meter meter;
  br_alloc mem;
  br_shared shared;
  br_call call;
  int open;
} unit_call;

static unit_call *check_call (lua_State *L) {
  return luaL_checkudata(L, 1, CALL_MT);
}

static br_moment moment (lua_State *L, int i) {
  br_moment m;
  m.mono_ms = (int64_t)luaL_optnumber(L, i, 1000);
  m.wall_ms = 1440938160000LL + m.mono_ms - 1000;
  return m;
}

static void read_settings (lua_State *L, int t, br_settings *set) {
  memset(set, 0, sizeof *set);
  set->region = br_slice_of("us-east-1");
  set->user_agent = br_slice_of("unit");
  set->endpoint = field_text(L, t, "endpoint");
  set->bearer_token = field_text(L, t, "bearer_token");
  set->credentials.access_key_id = br_slice_of("AKIDEXAMPLE");
  set->credentials.secret_access_key =
    br_slice_of("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
  set->credentials.session_token = field_text(L, t, "session_token");
  set->auth = set->bearer_token.n > 0 ? BR_AUTH_BEARER : BR_AUTH_SIGV4;
  set->max_attempts = (int)field_number(L, t, "max_attempts", 3);
  set->read_ms = (int64_t)field_number(L, t, "read_ms", -1);
  set->total_ms = (int64_t)field_number(L, t, "total_ms", 0);
  set->send_unknown = field_flag(L, t, "send_unknown");
  set->build_only = field_flag(L, t, "build_only");
}

/* call(operation, input [, settings [, now]]) -> call, code */
static int U_call (lua_State *L) {
  br_slice name = arg(L, 1);
  br_entropy random;
  br_settings set;
  br_source in;
  br_start with;
  unit_call *u;
  int code;
  lua_settop(L, 4);
  if (lua_isnil(L, 3)) {
    lua_newtable(L);
    lua_replace(L, 3);
  }
  u = lua_newuserdata(L, sizeof *u);   /* 5 */
  u->open = 0;
  luaL_getmetatable(L, CALL_MT);
  lua_setmetatable(L, -2);
  meter_init(L, &u->meter, (long)field_number(L, 3, "fail_at", 0));
  u->mem.fn = metered;
  u->mem.ud = &u->meter;
  br_shared_init(&u->shared, &u->mem);
  u->shared.quota.left = (int)field_number(L, 3, "quota", BR_QUOTA_FULL);
  br_call_init(&u->call, &u->mem);
  u->open = 1;
  read_settings(L, 3, &set);
  memset(&random, 7, sizeof random);
  lua_pushvalue(L, 2);
  in = lbr_source(L);
  with.op = br_find_any(br_find_service("bedrock", 7), name.p, name.n);
  with.in = &in;
  with.set = &set;
  with.shared = &u->shared;
  with.random = &random;
  code = br_call_start(&u->call, &with, moment(L, 4));
  lua_pop(L, 1);
  lua_pushinteger(L, code);
  lua_newtable(L);           /* the texts that the settings borrow */
  lua_pushvalue(L, 3);
  lua_rawseti(L, -2, 1);
  lua_setuservalue(L, 5);
  return 2;
}

/* call:free() -> bytes that are still allocated, allocations made */
static int U_free (lua_State *L) {
  unit_call *u = check_call(L);
  if (u->open) {
    u->open = 0;
    br_call_free(&u->call);
    br_shared_wipe(&u->shared);
  }
  lua_pushinteger(L, (lua_Integer)u->meter.bytes);
  lua_pushinteger(L, (lua_Integer)u->meter.count);
  return 2;
}

static int U_next (lua_State *L) {
  static const char *const names[] = {"send", "more", "wait", "done"};
  lua_pushstring(L, names[br_call_next(&check_call(L)->call,
                                       moment(L, 2))]);
  return 1;
}

static int U_http (lua_State *L) {
  br_http http;
  size_t i;
  br_call_http(&check_call(L)->call, &http);
  lua_newtable(L);
  lua_pushstring(L, http.method);
  lua_setfield(L, -2, "method");
  lua_pushstring(L, http.url);
  lua_setfield(L, -2, "url");
  lbr_push_slice(L, http.body);
  lua_setfield(L, -2, "body");
  lua_newtable(L);
  for (i = 0; i < br_headers_count(http.headers); i++) {
    lbr_push_slice(L, br_headers_name(http.headers, i));
    lbr_push_slice(L, br_headers_value(http.headers, i));
    lua_rawset(L, -3);
  }
  lua_setfield(L, -2, "headers");
  return 1;
}

static int push_code (lua_State *L, int code) {
  lua_pushinteger(L, code);
  return 1;
}

static int U_head (lua_State *L) {
  return push_code(L, br_call_head(&check_call(L)->call,
    (int)luaL_checkinteger(L, 2), moment(L, 3)));
}

static int U_header (lua_State *L) {
  return push_code(L, br_call_header(&check_call(L)->call, arg(L, 2),
                                     arg(L, 3)));
}

static int U_expect (lua_State *L) {
  return push_code(L, br_call_expect(&check_call(L)->call,
                                     (int64_t)luaL_checknumber(L, 2)));
}

static int U_body (lua_State *L) {
  br_slice s = arg(L, 2);
  return push_code(L, br_call_body(&check_call(L)->call, s.p, s.n,
                                   moment(L, 3)));
}

static int U_end (lua_State *L) {
  br_call_end(&check_call(L)->call, moment(L, 2));
  return 0;
}

static int U_broken (lua_State *L) {
  br_call *c = &check_call(L)->call;
  br_err_set(&c->err, BR_ECONNECTION, "ConnectionClosed", "it broke");
  br_call_broken(c, moment(L, 2));
  return 0;
}

static int U_cancel (lua_State *L) {
  br_call_cancel(&check_call(L)->call);
  return 0;
}

static int U_alive (lua_State *L) {
  br_call_alive(&check_call(L)->call, moment(L, 2));
  return 0;
}

static int U_wake (lua_State *L) {
  lua_pushnumber(L, (lua_Number)br_call_wake(&check_call(L)->call));
  return 1;
}

/* -> state, attempts, kind, code, message, quota */
static int U_state (lua_State *L) {
  static const char *const names[] = {"new", "ready", "sending",
                                      "receiving", "waiting", "done"};
  unit_call *u = check_call(L);
  lua_pushstring(L, names[u->call.state]);
  lua_pushinteger(L, u->call.attempts);
  lua_pushstring(L, br_kind(u->call.err.code));
  lua_pushstring(L, u->call.err.name);
  lua_pushstring(L, u->call.err.message);
  lua_pushinteger(L, u->shared.quota.left);
  return 6;
}

/* call:result() -> table | nil, kind, message */
static int U_result (lua_State *L) {
  br_call *c = &check_call(L)->call;
  br_sink sink = lbr_sink(L);
  br_err err;
  int top = lua_gettop(L);
  br_err_clear(&err);
  if (br_response_result(&c->response, c->op, &sink, &err) == BR_OK)
    return 1;
  lua_settop(L, top);
  lua_pushnil(L);
  lua_pushstring(L, br_kind(err.code));
  lua_pushstring(L, err.message);
  return 3;
}

/* call:problems() -> { "path: message", ... } */
static int U_problems (lua_State *L) {
  br_request *r = &check_call(L)->call.request;
  int i;
  lua_newtable(L);
  for (i = 0; i < r->problem_count; i++) {
    lbr_push_slice(L, br_problem_path(r, i));
    lua_pushliteral(L, ": ");
    lbr_push_slice(L, br_problem_message(r, i));
    lua_concat(L, 3);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* transition(state, event) -> state or -1; without arguments the sizes */
static int U_transition (lua_State *L) {
  if (lua_gettop(L) == 0) {
    lua_pushinteger(L, BR_STATES);
    lua_pushinteger(L, BR_EVENTS);
    return 2;
  }
  lua_pushinteger(L, br_call_transition((int)luaL_checkinteger(L, 1),
                                        (int)luaL_checkinteger(L, 2)));
  return 1;
}

static void open_calls (lua_State *L) {
  static const luaL_Reg methods[] = {
    {"__gc", U_free}, {"free", U_free}, {"next", U_next}, {"http", U_http},
    {"head", U_head}, {"header", U_header}, {"expect", U_expect},
    {"body", U_body}, {"finish", U_end}, {"broken", U_broken},
    {"cancel", U_cancel}, {"alive", U_alive}, {"wake", U_wake},
    {"state", U_state}, {"result", U_result}, {"problems", U_problems},
    {NULL, NULL}
  };
  static const luaL_Reg none[] = {{NULL, NULL}};
  lbr_metatable(L, LBR_ARRAY_MT, none);
  lbr_metatable(L, LBR_OBJECT_MT, none);
  lua_pop(L, 2);
  lbr_metatable(L, CALL_MT, methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
int luaopen_unit (lua_State *L);

int luaopen_unit (lua_State *L) {
  static const luaL_Reg funcs[] = {
    {"hex", U_hex}, {"base64", U_base64}, {"unbase64", U_unbase64},
    {"utf8", U_utf8}, {"uuid", U_uuid}, {"sha256", U_sha256},
    {"hmac", U_hmac}, {"encode", U_encode}, {"decode", U_decode},
    {"url", U_url}, {"date_basic", U_date_basic}, {"date_iso", U_date_iso},
    {"date_parse", U_date_parse}, {"json", U_json},
    {"json_number", U_json_number}, {"endpoint", U_endpoint},
    {"partition", U_partition}, {"distance", U_distance},
    {"classify", U_classify}, {"decide", U_decide}, {"refund", U_refund},
    {"sign", U_sign}, {"call", U_call}, {"transition", U_transition},
    {NULL, NULL}
  };
  open_calls(L);
  lua_newtable(L);
  lbr_setfuncs(L, funcs);
  return 1;
}

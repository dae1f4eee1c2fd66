/*
** lsign.c: bedrock.sign, the signer alone, for any AWS request.
*/
#include "lerror.h"
#include "core/limits.h"

#include <string.h>

#define SIGNER_MT "bedrock.signer"

/* All that one signature owns; collectable before anything can raise. */
typedef struct signer {
  br_alloc mem;
  br_headers headers;
  br_buf work, authorization;
  br_signer key;
} signer;

static int Lbr_signer_gc (lua_State *L) {
  signer *s = lua_touserdata(L, 1);
  br_headers_wipe(&s->headers);
  br_buf_wipe(&s->work);
  br_buf_wipe(&s->authorization);
  br_signer_wipe(&s->key);
  return 0;
}

static signer *new_signer (lua_State *L) {
  static const luaL_Reg funcs[] = {{"__gc", Lbr_signer_gc}, {NULL, NULL}};
  signer *s = lua_newuserdata(L, sizeof *s);
  memset(s, 0, sizeof *s);
  s->mem.fn = lua_getallocf(L, &s->mem.ud);
  br_headers_init(&s->headers, &s->mem);
  br_signer_init(&s->key, &s->mem);
  br_buf_init(&s->work, &s->mem, BR_MAX_CANONICAL);
  br_buf_init(&s->authorization, &s->mem, BR_MAX_HEAD);
  lbr_metatable(L, SIGNER_MT, funcs);
  lua_setmetatable(L, -2);
  return s;
}

/* A text field of the table at idx, left on the stack. */
static br_slice text_field (lua_State *L, int idx, const char *name,
                            const char *fallback) {
  br_slice s;
  lua_getfield(L, idx, name);
  if (lua_isnil(L, -1) && fallback != NULL) {
    lua_pop(L, 1);
    lua_pushstring(L, fallback);
  }
  if (lua_type(L, -1) != LUA_TSTRING)
    luaL_error(L, "bedrock.sign: %s must be a string, got %s", name,
               luaL_typename(L, -1));
  s.p = lua_tolstring(L, -1, &s.n);
  return s;
}

static void add (lua_State *L, signer *s, br_slice name, int value_idx) {
  br_slice value;
  int code;
  if (lua_type(L, value_idx) != LUA_TSTRING)
    luaL_error(L, "bedrock.sign: header %s must be a string or a list of "
               "strings", name.p);
  value.p = lua_tolstring(L, value_idx, &value.n);
  code = br_headers_add(&s->headers, name, value);
  if (code == BR_EINPUT)
    luaL_error(L, "bedrock.sign: header %s holds a line break or NUL",
               name.p);
}

/* The signer dates and authorizes by itself. */
static int is_replaced (br_slice name) {
  return br_slice_is_nocase(name, "authorization") ||
         br_slice_is_nocase(name, "x-amz-date") ||
         br_slice_is_nocase(name, "x-amz-security-token");
}

static void add_given (lua_State *L, signer *s, int headers) {
  lua_pushnil(L);
  while (lua_next(L, headers)) {
    br_slice name = {NULL, 0};
    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_error(L, "bedrock.sign: headers must be named by strings");
    name.p = lua_tolstring(L, -2, &name.n);
    if (!is_replaced(name) && lua_istable(L, -1)) {
      size_t i, n = lua_rawlen(L, -1);
      for (i = 1; i <= n; i++) {
        lua_rawgeti(L, -1, (int)i);
        add(L, s, name, -1);
        lua_pop(L, 1);
      }
    }
    else if (!is_replaced(name))
      add(L, s, name, -1);
    lua_pop(L, 1);
  }
}

static int64_t time_field (lua_State *L, int idx) {
  int64_t t;
  lua_getfield(L, idx, "time");
  if (lua_isnil(L, -1))
    t = br_floor_div(br_sys_now().wall_ms, 1000);
  else if (lua_type(L, -1) != LUA_TNUMBER)
    return luaL_error(L, "bedrock.sign: time must be a number of seconds "
                      "since the epoch");
  else
    t = (int64_t)lua_tonumber(L, -1);
  lua_pop(L, 1);
  if (t < 0 || t > 253402300799LL)
    return luaL_error(L, "bedrock.sign: time is out of range");
  return t;
}

/* A copy of the given headers with the three of ours. */
static void push_headers (lua_State *L, int headers, const char *date,
                          br_slice token, br_slice authorization) {
  lua_newtable(L);
  lua_pushnil(L);
  while (lua_next(L, headers)) {
    br_slice name;
    name.p = lua_tolstring(L, -2, &name.n);
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    if (is_replaced(name))
      lua_pop(L, 2);
    else
      lua_rawset(L, -4);
  }
  lua_pushstring(L, date);
  lua_setfield(L, -2, "X-Amz-Date");
  if (token.n > 0) {
    lbr_push_slice(L, token);
    lua_setfield(L, -2, "X-Amz-Security-Token");
  }
  lbr_push_slice(L, authorization);
  lua_setfield(L, -2, "Authorization");
}

static int fail (lua_State *L, int code, const char *name,
                 const char *message) {
  br_err err;
  br_err_set(&err, code, name, "%s", message);
  return lbr_fail(L, &err, NULL);
}

static int bad_credentials (lua_State *L) {
  return fail(L, BR_ECREDENTIALS, "InvalidCredentials",
              "the credentials hold a line break or NUL");
}

static int table_field (lua_State *L, int idx, const char *name) {
  lua_getfield(L, idx, name);
  if (lua_isnil(L, -1) && strcmp(name, "headers") == 0) {
    lua_pop(L, 1);
    lua_newtable(L);
  }
  if (!lua_istable(L, -1))
    return luaL_error(L, "bedrock.sign: %s must be a table, got %s", name,
                      luaL_typename(L, -1));
  return lua_gettop(L);
}

/* The three stages over what the stack holds. */
static int authorize (signer *s, br_signable *to, br_slice body,
                      const br_credentials *creds) {
  char hash[BR_SHA256_HEX];
  br_slice given = br_headers_get(&s->headers, "x-amz-content-sha256");
  to->payload_hash = given.p;          /* a header's value ends with NUL */
  if (given.p == NULL) {
    if (br_sha256_hex(&s->key.hasher, hash, body.p, body.n) != BR_OK)
      return BR_EMEMORY;
    to->payload_hash = hash;
  }
  return br_authorization(to, creds, &s->key, &s->work, &s->authorization);
}

/* bedrock.sign({ method, url, headers, body },
**              { region, service, credentials, time }) -> headers */
int lbr_sign (lua_State *L) {
  char date[BR_DATE_BASIC];
  br_credentials creds;
  br_signable to;
  br_slice url_text, body;
  br_url url;
  signer *s;
  const char *why;
  int headers, keys, code;
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  luaL_checkstack(L, 24, NULL);
  s = new_signer(L);
  headers = table_field(L, 1, "headers");
  keys = table_field(L, 2, "credentials");
  url_text = text_field(L, 1, "url", NULL);
  to.method = text_field(L, 1, "method", "GET").p;
  body = text_field(L, 1, "body", "");
  to.region = text_field(L, 2, "region", NULL);
  to.service = text_field(L, 2, "service", NULL);
  creds.access_key_id = text_field(L, keys, "access_key_id", NULL);
  creds.secret_access_key = text_field(L, keys, "secret_access_key", NULL);
  creds.session_token = text_field(L, keys, "session_token", "");
  br_date_basic(date, time_field(L, 2));
  if (br_url_parse(url_text, &url, &why) != BR_OK)
    return fail(L, BR_ECONFIG, "InvalidUrl", why);
  add_given(L, s, headers);
  if (br_headers_find(&s->headers, "host") < 0) {
    (void)br_put_host(&s->work, &url);
    (void)br_headers_add(&s->headers, br_slice_of("Host"),
                         br_buf_slice(&s->work));
    br_buf_clear(&s->work);
  }
  (void)br_headers_add(&s->headers, br_slice_of("X-Amz-Date"),
                       br_slice_of(date));
  if (creds.session_token.n > 0 &&
      br_headers_add(&s->headers, br_slice_of("X-Amz-Security-Token"),
                     creds.session_token) == BR_EINPUT)
    return bad_credentials(L);
  if (memchr(creds.access_key_id.p, '\n', creds.access_key_id.n) ||
      memchr(creds.access_key_id.p, '\r', creds.access_key_id.n))
    return bad_credentials(L);
  to.path = url.path;
  to.query = url.query;
  to.headers = &s->headers;
  to.date = date;
  code = br_headers_err(&s->headers);
  if (code == BR_OK)
    code = authorize(s, &to, body, &creds);
  if (code == BR_EMEMORY)
    return fail(L, code, "OutOfMemory", "not enough memory");
  if (code != BR_OK)
    return fail(L, BR_EINPUT, "InputTooLarge",
                "the headers or keys are larger than this library signs");
  push_headers(L, headers, date, creds.session_token,
               br_buf_slice(&s->authorization));
  return 1;
}

#include "lsettings.h"

#include <string.h>

enum form {
  F_TEXT, F_SECRET, F_FLAG, F_SECONDS, F_ATTEMPTS, F_RETRY_MODE, F_SERVICE,
  F_UNKNOWN_MEMBERS, F_CREDENTIALS, F_DRIVER
};

typedef struct option {
  const char *name;
  enum form form;
  size_t at;                 /* in br_settings, for the first four forms */
} option;

#define AT(member) offsetof(br_settings, member)

static const option options[] = {
  {"bearer_token", F_SECRET, AT(bearer_token)},
  {"ca_bundle", F_TEXT, AT(ca_bundle)},
  {"connect_timeout", F_SECONDS, AT(connect_ms)},
  {"credentials", F_CREDENTIALS, 0},
  {"driver", F_DRIVER, 0},
  {"endpoint", F_TEXT, AT(endpoint)},
  {"max_attempts", F_ATTEMPTS, 0},
  {"proxy", F_TEXT, AT(proxy)},
  {"read_timeout", F_SECONDS, AT(read_ms)},
  {"region", F_TEXT, AT(region)},
  {"retry_mode", F_RETRY_MODE, 0},
  {"service", F_SERVICE, 0},
  {"timeout", F_SECONDS, AT(total_ms)},
  {"unknown_members", F_UNKNOWN_MEMBERS, 0},
  {"use_dualstack", F_FLAG, AT(use_dualstack)},
  {"use_fips", F_FLAG, AT(use_fips)},
  {"user_agent", F_TEXT, AT(user_agent)},
  {NULL, F_TEXT, 0}
};

typedef struct loader {
  lua_State *L;
  lbr_config *c;
  br_err *err;
} loader;

#define TARGET(r, o, type) \
  ((type *)(void *)((char *)&(r)->c->set + (o)->at))

/* ======================================================================
** Complaints
** ====================================================================== */

static int invalid (loader *r, const char *name, const char *wanted) {
  return br_err_set(r->err, BR_ECONFIG, "InvalidOption",
                    "%s must be %s, got %s", name, wanted,
                    luaL_typename(r->L, -1));
}

static int unknown (loader *r, const char *name) {
  const option *o, *close = NULL;
  int best = 5;
  for (o = options; o->name != NULL; o++) {
    int d = br_distance(name, strlen(name), o->name, strlen(o->name), best);
    if (d < best) {
      best = d;
      close = o;
    }
  }
  br_err_set(r->err, BR_ECONFIG, "UnknownOption",
             "\"%.60s\" is not an option", name);
  if (close != NULL)
    br_err_hint(r->err, "did you mean \"%s\"?", close->name);
  return BR_ECONFIG;
}

/* ======================================================================
** Single options; the value is on top of the stack
** ====================================================================== */

static int read_text (loader *r, const char *name, br_slice *to) {
  lua_State *L = r->L;
  if (lua_type(L, -1) != LUA_TSTRING)
    return invalid(r, name, "a string");
  to->p = lua_tolstring(L, -1, &to->n);
  if (memchr(to->p, '\0', to->n) || memchr(to->p, '\n', to->n) ||
      memchr(to->p, '\r', to->n))
    return br_err_set(r->err, BR_ECONFIG, "InvalidOption",
                      "%s must not hold line breaks or NUL", name);
  if (r->c->anchors != 0) {
    lua_pushvalue(L, -1);
    lua_rawseti(L, r->c->anchors, (int)lua_rawlen(L, r->c->anchors) + 1);
  }
  return BR_OK;
}

static int read_seconds (loader *r, const option *o) {
  double s;
  if (lua_type(r->L, -1) != LUA_TNUMBER)
    return invalid(r, o->name, "a number of seconds");
  s = (double)lua_tonumber(r->L, -1);
  if (!(s >= 0 && s <= 86400.0 * 365))
    return br_err_set(r->err, BR_ECONFIG, "InvalidOption",
                      "%s must be from 0 (no limit) to a year of seconds",
                      o->name);
  *TARGET(r, o, int64_t) = s > 0 && s < 0.001 ? 1 : (int64_t)(s * 1000);
  return BR_OK;
}

static int read_attempts (loader *r) {
  int64_t n;
  if (lua_type(r->L, -1) != LUA_TNUMBER ||
      !lbr_tointeger(r->L, -1, &n) || n < 1 || n > 100)
    return br_err_set(r->err, BR_ECONFIG, "InvalidOption",
                      "max_attempts must be an integer from 1 (no retry) to "
                      "100");
  r->c->set.max_attempts = (int)n;
  return BR_OK;
}

/* One of two words; which one, or a negative code. */
static int read_word (loader *r, const char *name, const char *first,
                      const char *second) {
  const char *v = lua_type(r->L, -1) == LUA_TSTRING
                ? lua_tostring(r->L, -1) : "";
  if (strcmp(v, first) == 0)
    return 0;
  if (strcmp(v, second) == 0)
    return 1;
  return br_err_set(r->err, BR_ECONFIG, "InvalidOption",
                    "%s must be \"%s\" or \"%s\"", name, first, second);
}

static int read_retry_mode (loader *r) {
  int off = read_word(r, "retry_mode", "standard", "off");
  if (off >= 0)
    r->c->retry_off = off;
  return off < 0 ? off : BR_OK;
}

static int read_unknown_members (loader *r) {
  int send = read_word(r, "unknown_members", "error", "send");
  if (send >= 0)
    r->c->set.send_unknown = send;
  return send < 0 ? send : BR_OK;
}

static int read_driver (loader *r) {
  if (lua_type(r->L, -1) == LUA_TSTRING &&
      strcmp(lua_tostring(r->L, -1), "curl") == 0)
    return BR_OK;
  return br_err_set(r->err, BR_ECONFIG, "InvalidOption",
                    "driver must be \"curl\"");
}

static int read_service (loader *r) {
  size_t n, i;
  const char *name;
  if (r->c->for_call)
    return br_err_set(r->err, BR_ECONFIG, "InvalidOption",
                      "service is an option of the client, not of a call; "
                      "see client:service");
  if (lua_type(r->L, -1) != LUA_TSTRING)
    return invalid(r, "service", "a string");
  name = lua_tolstring(r->L, -1, &n);
  r->c->service = br_find_service(name, n);
  if (r->c->service != NULL)
    return BR_OK;
  br_err_set(r->err, BR_ECONFIG, "UnknownService",
             "\"%.60s\" is not a service of the family", name);
  lua_pushliteral(r->L, "");
  for (i = 0; i < br_count.services; i++) {
    lua_pushfstring(r->L, "%s%s%s", lua_tostring(r->L, -1),
                    i > 0 ? ", " : "", br_str(br_services[i].name));
    lua_remove(r->L, -2);
  }
  br_err_hint(r->err, "one of: %s", lua_tostring(r->L, -1));
  lua_pop(r->L, 1);
  return BR_ECONFIG;
}

/* ======================================================================
** credentials = { creds = { ... } } or { anonymous = true }
** ====================================================================== */

static int read_key (loader *r, const char *name, br_slice *to,
                     int required) {
  int code = BR_OK;
  lua_getfield(r->L, -1, name);
  if (!lua_isnil(r->L, -1))
    code = read_text(r, name, to);
  else if (required)
    code = br_err_set(r->err, BR_ECONFIG, "InvalidOption",
                      "credentials.creds.%s is missing", name);
  lua_pop(r->L, 1);
  return code;
}

static int read_creds (loader *r) {
  br_credentials *to = &r->c->set.credentials;
  int code;
  if (!lua_istable(r->L, -1))
    return invalid(r, "credentials.creds", "a table");
  memset(to, 0, sizeof *to);
  code = read_key(r, "access_key_id", &to->access_key_id, 1);
  if (code == BR_OK)
    code = read_key(r, "secret_access_key", &to->secret_access_key, 1);
  if (code == BR_OK)
    code = read_key(r, "session_token", &to->session_token, 0);
  r->c->has_credentials = code == BR_OK;
  r->c->anonymous = 0;
  return code;
}

static int read_credentials (loader *r) {
  lua_State *L = r->L;
  int code;
  if (!lua_istable(L, -1))
    return invalid(r, "credentials", "a table");
  lua_getfield(L, -1, "anonymous");
  if (lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    r->c->anonymous = 1;
    return BR_OK;
  }
  lua_pop(L, 1);
  lua_getfield(L, -1, "creds");
  if (lua_isnil(L, -1)) {
    code = br_err_set(r->err, BR_ECONFIG, "InvalidOption",
                      "credentials must hold creds = { access_key_id = ..., "
                      "secret_access_key = ... } or anonymous = true");
  }
  else
    code = read_creds(r);
  lua_pop(L, 1);
  return code;
}

/* ======================================================================
** The table
** ====================================================================== */

/* An empty token is none. */
static int read_bearer (loader *r, const option *o) {
  br_slice *to = TARGET(r, o, br_slice);
  int code = read_text(r, o->name, to);
  r->c->has_bearer = code == BR_OK && to->n > 0;
  return code;
}

static int read_option (loader *r, const option *o) {
  switch (o->form) {
    case F_TEXT:
      return read_text(r, o->name, TARGET(r, o, br_slice));
    case F_SECRET: return read_bearer(r, o);
    case F_FLAG:
      if (!lua_isboolean(r->L, -1))
        return invalid(r, o->name, "true or false");
      *TARGET(r, o, int) = lua_toboolean(r->L, -1);
      return BR_OK;
    case F_SECONDS: return read_seconds(r, o);
    case F_ATTEMPTS: return read_attempts(r);
    case F_RETRY_MODE: return read_retry_mode(r);
    case F_SERVICE: return read_service(r);
    case F_UNKNOWN_MEMBERS: return read_unknown_members(r);
    case F_CREDENTIALS: return read_credentials(r);
    default: return read_driver(r);
  }
}

static int read_known (loader *r, int idx) {
  const option *o;
  int code = BR_OK;
  for (o = options; o->name != NULL && code == BR_OK; o++) {
    lua_getfield(r->L, idx, o->name);
    if (!lua_isnil(r->L, -1))
      code = read_option(r, o);
    lua_pop(r->L, 1);
  }
  return code;
}

static int check_names (loader *r, int idx) {
  lua_State *L = r->L;
  lua_pushnil(L);
  while (lua_next(L, idx)) {
    const option *o = options;
    const char *name;
    lua_pop(L, 1);
    name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "[1]";
    while (o->name != NULL && strcmp(o->name, name) != 0)
      o++;
    if (o->name == NULL) {
      int code = unknown(r, name);
      lua_pop(L, 1);
      return code;
    }
  }
  return BR_OK;
}

void lbr_config_init (lbr_config *c) {
  memset(c, 0, sizeof *c);
  c->set.max_attempts = 3;
  c->set.connect_ms = 10000;
  c->set.read_ms = -1;
  c->service = br_find_service("bedrock", 7);
}

int lbr_config_read (lua_State *L, int idx, lbr_config *c, br_err *err) {
  loader r = {L, c, err};
  int code;
  luaL_checkstack(L, 10, NULL);
  code = check_names(&r, idx);
  return code == BR_OK ? read_known(&r, idx) : code;
}

/* ======================================================================
** The environment
** ====================================================================== */

/* The first of two variables that is set, copied into Lua. */
static br_slice from_env (lua_State *L, const char *first,
                          const char *second) {
  br_slice s = {NULL, 0};
  const char *v = br_sys_env(first);
  if (v == NULL && second != NULL)
    v = br_sys_env(second);
  if (v != NULL) {
    lua_pushstring(L, v);
    s.p = lua_tolstring(L, -1, &s.n);
  }
  return s;
}

static int env_credentials (lua_State *L, br_credentials *to, br_err *err) {
  to->access_key_id = from_env(L, "AWS_ACCESS_KEY_ID", NULL);
  if (to->access_key_id.n == 0)
    return BR_OK;
  to->secret_access_key = from_env(L, "AWS_SECRET_ACCESS_KEY", NULL);
  to->session_token = from_env(L, "AWS_SESSION_TOKEN", NULL);
  if (to->secret_access_key.n == 0)
    return br_err_set(err, BR_ECREDENTIALS, "PartialCredentials",
                      "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY "
                      "is not");
  return BR_OK;
}

/* bearer_token in code, credentials in code, AWS_BEARER_TOKEN_BEDROCK, keys
** of the environment. Services that take no bearer token go past it. */
int lbr_config_complete (lua_State *L, lbr_config *c, const br_service *s,
                         br_err *err) {
  int bears = (s->flags & BR_V_BEARER) != 0;
  luaL_checkstack(L, LBR_ENV_SLOTS, NULL);
  if (c->set.region.n == 0)
    c->set.region = from_env(L, "AWS_REGION", "AWS_DEFAULT_REGION");
  if (c->retry_off)
    c->set.max_attempts = 1;
  c->set.auth = BR_AUTH_SIGV4;
  if (c->has_bearer && (bears || !(c->has_credentials || c->anonymous)))
    c->set.auth = BR_AUTH_BEARER;
  else if (c->anonymous)
    c->set.auth = BR_AUTH_NONE;
  else if (!c->has_credentials) {
    c->set.bearer_token = bears
      ? from_env(L, "AWS_BEARER_TOKEN_BEDROCK", NULL) : (br_slice){NULL, 0};
    if (c->set.bearer_token.n == 0)
      return env_credentials(L, &c->set.credentials, err);
    c->set.auth = BR_AUTH_BEARER;
  }
  return BR_OK;
}

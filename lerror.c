#include "lerror.h"

#include <string.h>
#include <strings.h>

/* ======================================================================
** tostring
** ====================================================================== */

/* `before`, the text of a field, `after`; or "" when the field is absent. */
static void push_part (lua_State *L, const char *before, const char *field,
                       const char *after) {
  const char *text;
  lua_getfield(L, 1, field);
  text = lua_tostring(L, -1);
  if (text != NULL && *text != '\0')
    lua_pushfstring(L, "%s%s%s", before, text, after);
  else
    lua_pushliteral(L, "");
  lua_remove(L, -2);
}

/* One line each; a single problem is the message already. */
static void push_problems (lua_State *L) {
  size_t i, n;
  lua_getfield(L, 1, "problems");
  n = lua_istable(L, -1) ? lua_rawlen(L, -1) : 0;
  lua_pushliteral(L, "");
  for (i = 1; i <= n && n > 1; i++) {
    lua_rawgeti(L, -2, (int)i);        /* problems, text, problem */
    lua_insert(L, -2);                 /* problems, problem, text */
    lua_pushliteral(L, "\n  ");
    lua_getfield(L, -3, "path");
    lua_pushliteral(L, " ");
    lua_getfield(L, -5, "message");
    lua_concat(L, 5);                  /* problems, problem, text */
    lua_remove(L, -2);
  }
  lua_remove(L, -2);
}

static void push_attempts (lua_State *L) {
  int n;
  lua_getfield(L, 1, "attempts");
  n = (int)lua_tonumber(L, -1);
  lua_pop(L, 1);
  if (n > 1)
    lua_pushfstring(L, ", after %d attempts", n);
  else
    lua_pushliteral(L, "");
}

/* create_custom_model: InvalidInput (input): ... */
static int Lbr_error_tostring (lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  push_part(L, "", "operation", ": ");
  push_part(L, "", "code", "");
  push_part(L, " (", "kind", "");
  push_part(L, ", status ", "status", "");
  push_attempts(L);
  lua_pushliteral(L, ")");
  push_part(L, ": ", "message", "");
  push_problems(L);
  push_part(L, "\n  hint: ", "hint", "");
  push_part(L, "\n  request id: ", "request_id", "");
  lua_concat(L, lua_gettop(L) - 1);
  return 1;
}

void lbr_error_open (lua_State *L) {
  static const luaL_Reg funcs[] = {
    {"__tostring", Lbr_error_tostring},
    {NULL, NULL}
  };
  lbr_metatable(L, LBR_ERROR_MT, funcs);
  lua_pop(L, 1);
}

/* ======================================================================
** The error table
** ====================================================================== */

static void set_text (lua_State *L, const char *name, const char *text) {
  if (text[0] == '\0')
    return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, name);
}

static void set_slice (lua_State *L, const char *name, br_slice s) {
  if (s.p == NULL)
    return;
  lbr_push_slice(L, s);
  lua_setfield(L, -2, name);
}

static void set_number (lua_State *L, const char *name, int n) {
  lua_pushinteger(L, n);
  lua_setfield(L, -2, name);
}

/* { { path =, message = }, ... } */
static void set_problems (lua_State *L, const br_request *r) {
  int i;
  lua_createtable(L, r->problem_count, 0);
  for (i = 0; i < r->problem_count; i++) {
    lua_createtable(L, 0, 2);
    set_slice(L, "path", br_problem_path(r, i));
    set_slice(L, "message", br_problem_message(r, i));
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "problems");
}

/* The modelled members; a table that cannot be read leaves none. */
static void set_fields (lua_State *L, br_call *c) {
  br_sink sink = lbr_sink(L);
  br_err ignored;
  int top = lua_gettop(L);
  br_err_clear(&ignored);
  if (c->failure.shape != NULL &&
      br_response_fields(&c->response, &c->failure, &sink, &ignored)
        == BR_OK)
    lua_setfield(L, top, "fields");
  lua_settop(L, top);
}

static int is_retryable (const br_err *e, const br_call *c) {
  if (e->code == BR_ESERVICE)
    return br_retry_classify(c->response.status, c->failure.code,
                             c->failure.shape) != BR_R_FINAL;
  return e->code == BR_ECONNECTION || e->code == BR_ETIMEOUT;
}

static void set_call (lua_State *L, const br_err *e, br_call *c) {
  br_slice id = br_response_request_id(&c->response);
  set_text(L, "operation", br_str(c->op->lua_name));
  set_text(L, "service", br_str(br_services[c->op->service].name));
  set_number(L, "attempts", c->attempts);
  lua_pushboolean(L, is_retryable(e, c));
  lua_setfield(L, -2, "retryable");
  if (c->response.status > 0)
    set_number(L, "status", c->response.status);
  set_slice(L, "request_id", id);
  if (e->code == BR_EINPUT && c->request.problem_count > 0)
    set_problems(L, &c->request);
  if (e->code != BR_ESERVICE || c->failure.code.n == 0)
    return;
  set_slice(L, "code", c->failure.code);
  set_slice(L, "message", c->failure.message.p != NULL ? c->failure.message
                          : br_slice_of(""));
  set_fields(L, c);
}

int lbr_fail (lua_State *L, const br_err *e, br_call *c) {
  lua_pushnil(L);
  lua_createtable(L, 0, 12);
  luaL_getmetatable(L, LBR_ERROR_MT);
  lua_setmetatable(L, -2);
  set_text(L, "kind", br_kind(e->code));
  set_text(L, "code", e->name);
  lua_pushstring(L, e->message);
  lua_setfield(L, -2, "message");
  set_text(L, "hint", e->hint);
  if (c != NULL && c->op != NULL)
    set_call(L, e, c);
  return 2;
}

/* ======================================================================
** meta
** ====================================================================== */

static void push_lower (lua_State *L, br_slice s) {
  char name[256];
  size_t i, n = s.n < sizeof name ? s.n : sizeof name;
  for (i = 0; i < n; i++)
    name[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] + 32 : s.p[i]);
  lua_pushlstring(L, name, n);
}

/* Is the name of field i among those before it? */
static int is_repeated (const br_headers *h, size_t i) {
  br_slice name = br_headers_name(h, i);
  size_t j;
  for (j = 0; j < i; j++) {
    br_slice other = br_headers_name(h, j);
    if (other.n == name.n && strncasecmp(other.p, name.p, name.n) == 0)
      return 1;
  }
  return 0;
}

/* Names in lower case; values of equal names joined with ", ". */
static void push_headers (lua_State *L, const br_headers *h) {
  size_t i, n = br_headers_count(h);
  lua_createtable(L, 0, (int)n);
  for (i = 0; i < n; i++) {
    push_lower(L, br_headers_name(h, i));
    if (is_repeated(h, i)) {
      lua_pushvalue(L, -1);
      lua_rawget(L, -3);
      lua_pushliteral(L, ", ");
      lbr_push_slice(L, br_headers_value(h, i));
      lua_concat(L, 3);
    }
    else
      lbr_push_slice(L, br_headers_value(h, i));
    lua_rawset(L, -3);
  }
}

void lbr_push_meta (lua_State *L, const br_call *c) {
  lua_createtable(L, 0, 4);
  set_number(L, "status", c->response.status);
  set_number(L, "attempts", c->attempts);
  set_slice(L, "request_id", br_response_request_id(&c->response));
  push_headers(L, &c->response.headers);
  lua_setfield(L, -2, "headers");
}

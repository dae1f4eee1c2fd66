/*
** unit.c: the core's functions for the specs, as thin as can be. Texts in,
** texts out; a call is a userdata that is stepped by hand.
*/
#define _DEFAULT_SOURCE      /* MAP_ANONYMOUS, for the guard pages */

#include "spec/support/unit_leaf.h"

#define CALL_MT "unit.call"

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

/* Borrowed from the table, which the call keeps. */
static br_slice field_text (lua_State *L, int t, const char *name) {
  br_slice s = {NULL, 0};
  lua_getfield(L, t, name);
  if (lua_type(L, -1) == LUA_TSTRING)
    s.p = lua_tolstring(L, -1, &s.n);
  lua_pop(L, 1);
  return s;
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
  br_slice name = arg(L, 1), service;
  br_entropy random;
  br_settings set;
  br_source in;
  br_start with;
  unit_call *u;
  size_t i;
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
  memset(&u->meter, 0, sizeof u->meter);
  u->meter.fail_at = (long)field_number(L, 3, "fail_at", 0);
  u->mem.fn = metered;
  u->mem.ud = &u->meter;
  br_shared_init(&u->shared, &u->mem);
  u->shared.quota.left = (int)field_number(L, 3, "quota", BR_QUOTA_FULL);
  br_call_init(&u->call, &u->mem);
  u->open = 1;
  read_settings(L, 3, &set);
  memset(random.token, 7, sizeof random.token);
  memset(random.invocation, 9, sizeof random.invocation);
  for (i = 0; i < sizeof random.jitter; i++)
    random.jitter[i] =
      (unsigned char)(field_number(L, 3, "random", 7) + (double)(i / 2));
  lua_pushvalue(L, 2);
  in = lbr_source(L);
  service = field_text(L, 3, "service");
  if (service.p == NULL)
    service = br_slice_of("bedrock");
  with.op = br_find_any(br_find_service(service.p, service.n), name.p,
                        name.n);
  if (with.op == NULL)
    luaL_error(L, "no such operation");
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
  set_text(L, "method", br_slice_of(http.method));
  set_text(L, "url", br_slice_of(http.url));
  set_text(L, "body", http.body);
  lua_newtable(L);
  for (i = 0; i < br_headers_count(http.headers); i++) {
    lbr_push_slice(L, br_headers_name(http.headers, i));
    lbr_push_slice(L, br_headers_value(http.headers, i));
    lua_rawset(L, -3);
  }
  lua_setfield(L, -2, "headers");
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
  if (c->state == BR_S_SENDING || c->state == BR_S_RECEIVING)
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

static int U_hint (lua_State *L) {
  lua_pushstring(L, check_call(L)->call.err.hint);
  return 1;
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

/* call:fields() -> the modelled members of a service error, request id */
static int U_fields (lua_State *L) {
  br_call *c = &check_call(L)->call;
  br_sink sink = lbr_sink(L);
  if (br_response_fields(&c->response, &c->failure, &sink, &c->err) != BR_OK)
    return 0;
  lbr_push_slice(L, br_response_request_id(&c->response));
  return 2;
}

/* Forget all but the memory, as a client does between two calls. */
static int U_reset (lua_State *L) {
  br_call_reset(&check_call(L)->call);
  return 0;
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
    {"hint", U_hint}, {"fields", U_fields}, {"reset", U_reset},
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
    {"call", U_call}, {"transition", U_transition}, {NULL, NULL}
  };
  open_calls(L);
  lua_newtable(L);
  lbr_setfuncs(L, leaf_functions);
  lbr_setfuncs(L, funcs);
  return 1;
}

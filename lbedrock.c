/*
** lbedrock.c: require "bedrock". Lua tables in, Lua tables out; all that
** happens between them is the core's.
*/
#include "lerror.h"
#include "lsettings.h"
#include "lvalue.h"

#include <string.h>

#define CLIENT_MT "bedrock.client"
#define CALL_MT   "bedrock.call"
#define CORE_MT   "bedrock.core"

/* What client:service shares: one set of connections, keys and quota. */
typedef struct lbr_core {
  lbr_config config;
  br_shared shared;
  br_curl *driver;           /* NULL until the first call */
  br_alloc mem;
  br_call spare;             /* its memory serves one call after another */
  int busy;                  /* the spare one is in use */
  br_entropy pool[16];       /* asked of the system in one go */
  int pool_left;
  long pool_pid;             /* a fork must not repeat it */
} lbr_core;

/* Its user value holds the core, the texts of the configuration and the
** methods made so far. */
typedef struct lbr_client {
  lbr_core *core;
  const br_service *service;
} lbr_client;

static br_alloc allocator (lua_State *L) {
  br_alloc mem;
  mem.fn = lua_getallocf(L, &mem.ud);
  return mem;
}

static lbr_client *check_client (lua_State *L) {
  return luaL_checkudata(L, 1, CLIENT_MT);
}

/* ======================================================================
** Calls
** ====================================================================== */

/* A call is the core's spare one, so its memory serves again and again; or,
** when that is in use (a finalizer made a call in the middle of another), one
** in a userdata. Both are owned before anything can raise. */
typedef struct lbr_call {
  br_call call;
  br_alloc mem;
} lbr_call;

static int Lbr_call_gc (lua_State *L) {
  br_call_free(&((lbr_call *)luaL_checkudata(L, 1, CALL_MT))->call);
  return 0;
}

/* Pushes one value. */
static br_call *new_call (lua_State *L, lbr_core *core) {
  lbr_call *c;
  if (!core->busy) {
    lua_pushnil(L);
    core->busy = 1;
    return &core->spare;
  }
  c = lua_newuserdata(L, sizeof *c);
  c->mem = allocator(L);
  br_call_init(&c->call, &c->mem);
  luaL_getmetatable(L, CALL_MT);
  lua_setmetatable(L, -2);
  return &c->call;
}

static void close_call (lbr_core *core, br_call *c) {
  if (c == &core->spare) {
    br_call_reset(c);
    core->busy = 0;
  }
  else
    br_call_free(c);
}

/* Random bytes for one call, from the pool. */
static int take_entropy (lbr_core *core, br_entropy *to) {
  long pid = br_sys_pid();
  if (core->pool_left == 0 || core->pool_pid != pid) {
    if (br_sys_random(core->pool, sizeof core->pool) != BR_OK)
      return BR_EMEMORY;
    core->pool_left = sizeof core->pool / sizeof core->pool[0];
    core->pool_pid = pid;
  }
  *to = core->pool[--core->pool_left];
  return BR_OK;
}

/* Arguments 1 to 3 of an operation: client, input or nil, options or nil.
** Leaves exactly three on the stack. */
static void check_arguments (lua_State *L) {
  (void)check_client(L);
  lua_settop(L, 3);
  if (lua_isnil(L, 2)) {
    lua_newtable(L);
    lua_replace(L, 2);
  }
  luaL_checktype(L, 2, LUA_TTABLE);
  if (!lua_isnil(L, 3))
    luaL_checktype(L, 3, LUA_TTABLE);
}

/* The settings of this call: the client's, the options', the environment's.
** Their text is on the stack or anchored. */
static int settle (lua_State *L, const lbr_client *client,
                   const br_operation *op, lbr_config *config,
                   br_err *err) {
  int code = BR_OK;
  *config = client->core->config;
  config->anchors = 0;
  config->for_call = 1;
  if (!lua_isnil(L, 3))
    code = lbr_config_read(L, 3, config, err);
  if (code == BR_OK)
    code = lbr_config_complete(L, config, &br_services[op->service], err);
  return code;
}

static lbr_core *core_of (lua_State *L) {
  return ((lbr_client *)lua_touserdata(L, 1))->core;
}

/* Build the request of `op` from argument 2. On failure leaves nil and the
** error on the stack and returns NULL. */
static br_call *start_call (lua_State *L, const br_operation *op,
                            int build_only) {
  lbr_core *core = core_of(L);
  br_call *c = new_call(L, core);
  lbr_config config;
  br_entropy random;
  br_source source;
  br_start with = {op, &source, &config.set, &core->shared, &random};
  br_err err;
  br_err_clear(&err);
  c->op = op;
  if (settle(L, lua_touserdata(L, 1), op, &config, &err) == BR_OK &&
      take_entropy(core, &random) != BR_OK)
    (void)br_err_memory(&err);
  if (err.code == BR_OK) {
    config.set.build_only = build_only;
    lua_pushvalue(L, 2);
    source = lbr_source(L);
    if (br_call_start(c, &with, br_sys_now()) == BR_OK)
      return c;
    err = c->err;
  }
  (void)lbr_fail(L, &err, c);
  close_call(core, c);
  return NULL;
}

/* result, meta; or nil, error. */
static int finish_call (lua_State *L, br_call *c) {
  br_sink sink = lbr_sink(L);
  if (c->err.code == BR_OK &&
      br_response_result(&c->response, c->op, &sink, &c->err) == BR_OK)
    lbr_push_meta(L, c);
  else
    (void)lbr_fail(L, &c->err, c);
  close_call(core_of(L), c);
  return 2;
}

/* client:<operation>(input [, options]); the operation is an upvalue. */
static int Lbr_operation (lua_State *L) {
  const br_operation *op = lua_touserdata(L, lua_upvalueindex(1));
  lbr_core *core;
  br_call *c;
  check_arguments(L);
  core = core_of(L);
  c = start_call(L, op, 0);
  if (c == NULL)
    return 2;
  if (core->driver == NULL)
    core->driver = br_curl_new(&core->mem);
  if (core->driver == NULL) {
    (void)br_err_memory(&c->err);
    return finish_call(L, c);
  }
  br_curl_run(core->driver, c);
  return finish_call(L, c);
}

/* ======================================================================
** client:build
** ====================================================================== */

static void push_request (lua_State *L, br_call *c) {
  br_http http;
  size_t i, n;
  br_call_http(c, &http);
  n = br_headers_count(http.headers);
  lua_createtable(L, 0, 4);
  lua_pushstring(L, http.method);
  lua_setfield(L, -2, "method");
  lua_pushstring(L, http.url);
  lua_setfield(L, -2, "url");
  lbr_push_slice(L, http.body);
  lua_setfield(L, -2, "body");
  lua_createtable(L, 0, (int)n);
  for (i = 0; i < n; i++) {
    lbr_push_slice(L, br_headers_name(http.headers, i));
    lbr_push_slice(L, br_headers_value(http.headers, i));
    lua_rawset(L, -3);
  }
  lua_setfield(L, -2, "headers");
}

static const br_operation *find_operation (lua_State *L,
                                           const lbr_client *client,
                                           int idx) {
  size_t n;
  const char *name = luaL_checklstring(L, idx, &n);
  return br_find_any(client->service, name, n);
}

static int no_operation (lua_State *L, const char *name) {
  size_t i, n = strlen(name);
  int best = 7;
  const char *close = NULL;
  for (i = 0; i < br_count.operations; i++) {
    const char *other = br_str(br_operations[i].lua_name);
    int d = br_distance(name, n, other, strlen(other), best);
    if (d < best) {
      best = d;
      close = other;
    }
  }
  if (close != NULL)
    return luaL_error(L, "bedrock has no operation \"%s\"; did you mean "
                      "\"%s\"?", name, close);
  return luaL_error(L, "bedrock has no operation \"%s\"; "
                    "bedrock.operations() lists them", name);
}

/* client:build(name, input [, options]) -> the request, signed, not sent */
static int Lbr_client_build (lua_State *L) {
  const br_operation *op = find_operation(L, check_client(L), 2);
  br_call *c;
  if (op == NULL)
    return no_operation(L, lua_tostring(L, 2));
  lua_remove(L, 2);
  check_arguments(L);
  c = start_call(L, op, 1);
  if (c == NULL)
    return 2;
  if (br_call_next(c, br_sys_now()) == BR_A_SEND) {
    push_request(L, c);
    close_call(core_of(L), c);
    return 1;
  }
  (void)lbr_fail(L, &c->err, c);
  close_call(core_of(L), c);
  return 2;
}

/* ======================================================================
** Clients
** ====================================================================== */

static int Lbr_core_gc (lua_State *L) {
  lbr_core *core = luaL_checkudata(L, 1, CORE_MT);
  br_curl_del(core->driver);
  core->driver = NULL;
  br_call_free(&core->spare);
  br_shared_wipe(&core->shared);
  br_wipe(core->pool, sizeof core->pool);
  return 0;
}

static lbr_core *new_core (lua_State *L) {
  lbr_core *core = lua_newuserdata(L, sizeof *core);
  memset(core, 0, sizeof *core);
  core->mem = allocator(L);
  br_shared_init(&core->shared, &core->mem);
  br_call_init(&core->spare, &core->mem);
  lbr_config_init(&core->config);
  luaL_getmetatable(L, CORE_MT);
  lua_setmetatable(L, -2);
  return core;
}

/* Push a client over the core at `core_idx` with the texts at `anchors`. */
static void push_client (lua_State *L, int core_idx, int anchors,
                         const br_service *service) {
  lbr_core *core = lua_touserdata(L, core_idx);
  lbr_client *client = lua_newuserdata(L, sizeof *client);
  client->core = core;
  client->service = service;
  lua_createtable(L, 0, 4);
  lua_pushvalue(L, core_idx);
  lua_setfield(L, -2, " core");
  lua_pushvalue(L, anchors);
  lua_setfield(L, -2, " anchors");
  lua_setuservalue(L, -2);
  luaL_getmetatable(L, CLIENT_MT);
  lua_setmetatable(L, -2);
}

/* The user agent for those who set none, kept with the other texts. */
static void default_user_agent (lua_State *L, int anchors,
                                br_settings *set) {
  lua_pushfstring(L, "bedrock-lua/%s ua/2.1 os/%s lang/lua#%d.%d "
                  "cfg/retry-mode#standard", BR_VERSION, br_sys_os(),
                  LUA_VERSION_NUM / 100, LUA_VERSION_NUM % 100);
  set->user_agent.p = lua_tolstring(L, -1, &set->user_agent.n);
  lua_rawseti(L, anchors, 1);
}

/* bedrock.client([config]) -> client | nil, error */
static int Lbr_client_new (lua_State *L) {
  lbr_core *core;
  br_err err;
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  br_err_clear(&err);
  core = new_core(L);                  /* 2 */
  lua_newtable(L);                     /* 3: anchors */
  default_user_agent(L, 3, &core->config.set);
  core->config.anchors = 3;
  if (lbr_config_read(L, 1, &core->config, &err) != BR_OK)
    return lbr_fail(L, &err, NULL);
  push_client(L, 2, 3, core->config.service);
  return 1;
}

/* client:service(name) -> the same client, asked there first */
static int Lbr_client_service (lua_State *L) {
  const br_service *service;
  size_t n;
  const char *name;
  (void)check_client(L);
  name = luaL_checklstring(L, 2, &n);
  service = br_find_service(name, n);
  if (service == NULL)
    return luaL_error(L, "\"%s\" is not a service; bedrock.operations() "
                      "lists them", name);
  lua_settop(L, 2);
  lua_getuservalue(L, 1);              /* 3 */
  lua_getfield(L, 3, " core");         /* 4 */
  lua_getfield(L, 3, " anchors");      /* 5 */
  push_client(L, 4, 5, service);
  return 1;
}

/* client.name: a method of clients, or an operation made a method once. */
static int Lbr_client_index (lua_State *L) {
  lbr_client *client = check_client(L);
  const br_operation *op;
  luaL_checkstring(L, 2);
  lua_settop(L, 2);
  lua_getuservalue(L, 1);
  lua_pushvalue(L, 2);
  lua_rawget(L, 3);
  if (!lua_isnil(L, -1))
    return 1;
  lua_pushvalue(L, 2);
  lua_rawget(L, lua_upvalueindex(1));
  if (!lua_isnil(L, -1))
    return 1;
  op = find_operation(L, client, 2);
  if (op == NULL)
    return no_operation(L, lua_tostring(L, 2));
  lua_pushlightuserdata(L, (void *)op);
  lua_pushcclosure(L, Lbr_operation, 1);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, -2);
  lua_rawset(L, 3);
  return 1;
}

static int Lbr_client_tostring (lua_State *L) {
  lbr_client *client = check_client(L);
  br_slice region = client->core->config.set.region;
  lua_pushliteral(L, "bedrock.client: ");
  lua_pushstring(L, br_str(client->service->name));
  if (region.n > 0) {
    lua_pushliteral(L, ", ");
    lbr_push_slice(L, region);
  }
  lua_concat(L, lua_gettop(L) - 1);
  return 1;
}

/* ======================================================================
** bedrock.operations, array, object
** ====================================================================== */

static void push_operations (lua_State *L, const br_service *s) {
  const br_operation *op = br_operations + s->first_operation;
  int i;
  lua_createtable(L, s->operations, 0);
  for (i = 0; i < s->operations; i++) {
    lua_pushstring(L, br_str(op[i].lua_name));
    lua_rawseti(L, -2, i + 1);
  }
}

/* operations(service) -> its names; operations() -> { service = names } */
static int Lbr_operations (lua_State *L) {
  size_t i, n;
  if (!lua_isnoneornil(L, 1)) {
    const char *name = luaL_checklstring(L, 1, &n);
    const br_service *s = br_find_service(name, n);
    if (s == NULL)
      return luaL_error(L, "\"%s\" is not a service; bedrock.operations() "
                        "lists them", name);
    push_operations(L, s);
    return 1;
  }
  lua_createtable(L, 0, br_count.services);
  for (i = 0; i < br_count.services; i++) {
    push_operations(L, &br_services[i]);
    lua_setfield(L, -2, br_str(br_services[i].name));
  }
  return 1;
}

static int set_mark (lua_State *L, const char *mark) {
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  luaL_getmetatable(L, mark);
  lua_setmetatable(L, 1);
  return 1;
}

static int Lbr_array (lua_State *L) {
  return set_mark(L, LBR_ARRAY_MT);
}

static int Lbr_object (lua_State *L) {
  return set_mark(L, LBR_OBJECT_MT);
}

/* ====================================================================== */

static void open_types (lua_State *L) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  static const luaL_Reg call[] = {{"__gc", Lbr_call_gc}, {NULL, NULL}};
  static const luaL_Reg core[] = {{"__gc", Lbr_core_gc}, {NULL, NULL}};
  static const luaL_Reg client[] = {
    {"__tostring", Lbr_client_tostring},
    {NULL, NULL}
  };
  static const luaL_Reg methods[] = {
    {"build", Lbr_client_build},
    {"service", Lbr_client_service},
    {NULL, NULL}
  };
  lbr_metatable(L, LBR_ARRAY_MT, none);
  lbr_metatable(L, LBR_OBJECT_MT, none);
  lbr_metatable(L, CALL_MT, call);
  lbr_metatable(L, CORE_MT, core);
  lua_pop(L, 4);
  lbr_metatable(L, CLIENT_MT, client);
  lua_newtable(L);
  lbr_setfuncs(L, methods);
  lua_pushcclosure(L, Lbr_client_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  lbr_error_open(L);
}

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
int luaopen_bedrock (lua_State *L);

int luaopen_bedrock (lua_State *L) {
  static const luaL_Reg funcs[] = {
    {"array", Lbr_array},
    {"client", Lbr_client_new},
    {"object", Lbr_object},
    {"operations", Lbr_operations},
    {"sign", lbr_sign},
    {NULL, NULL}
  };
  open_types(L);
  lua_newtable(L);
  lbr_setfuncs(L, funcs);
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  lua_pushliteral(L, BR_VERSION);
  lua_setfield(L, -2, "_VERSION");
  lua_pushstring(L, br_models_version);
  lua_setfield(L, -2, "_MODELS");
  return 1;
}

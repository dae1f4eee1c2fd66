#include "lvalue.h"

#include <math.h>

/* Doubles hold every integer up to here. */
#define EXACT 9007199254740992.0

void lbr_setfuncs (lua_State *L, const luaL_Reg *funcs) {
  for (; funcs->name != NULL; funcs++) {
    lua_pushcfunction(L, funcs->func);
    lua_setfield(L, -2, funcs->name);
  }
}

void lbr_metatable (lua_State *L, const char *name, const luaL_Reg *funcs) {
  if (luaL_newmetatable(L, name)) {
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__metatable");
    lbr_setfuncs(L, funcs);
  }
}

void lbr_push_slice (lua_State *L, br_slice s) {
  lua_pushlstring(L, s.n > 0 ? s.p : "", s.n);
}

int lbr_tointeger (lua_State *L, int idx, int64_t *v) {
  lua_Number n;
#if LBR_HAS_INTEGERS
  if (lua_isinteger(L, idx)) {
    *v = (int64_t)lua_tointeger(L, idx);
    return 1;
  }
#endif
  n = lua_tonumber(L, idx);
  if (!(n >= -EXACT && n <= EXACT) || floor((double)n) != (double)n)
    return 0;
  *v = (int64_t)n;
  return 1;
}

/* ======================================================================
** Source: the cursor is the top of the stack
** ====================================================================== */

static void get_number (lua_State *L, int idx, br_scalar *out) {
  out->number = (double)lua_tonumber(L, idx);
  out->whole = lbr_tointeger(L, idx, &out->integer);
#if LBR_HAS_INTEGERS
  out->kind = lua_isinteger(L, idx) ? BR_K_INTEGER : BR_K_NUMBER;
#else
  out->kind = out->whole ? BR_K_INTEGER : BR_K_NUMBER;
#endif
}

static void get_at (lua_State *L, int idx, br_scalar *out) {
  switch (lua_type(L, idx)) {
    case LUA_TNIL:
      out->kind = BR_K_NIL;
      break;
    case LUA_TBOOLEAN:
      out->kind = BR_K_BOOLEAN;
      out->boolean = lua_toboolean(L, idx);
      break;
    case LUA_TNUMBER:
      get_number(L, idx, out);
      break;
    case LUA_TSTRING:
      out->kind = BR_K_STRING;
      out->string.p = lua_tolstring(L, idx, &out->string.n);
      break;
    case LUA_TTABLE:
      out->kind = BR_K_TABLE;
      break;
    case LUA_TLIGHTUSERDATA:
      if (lua_touserdata(L, idx) == NULL) {
        out->kind = BR_K_NULL;
        break;
      }
      /* FALLTHROUGH */
    default:
      out->kind = BR_K_OTHER;
      out->type_name = lua_typename(L, lua_type(L, idx));
  }
}

static void source_get (void *ud, br_scalar *out) {
  get_at(ud, -1, out);
}

static int has_mark (lua_State *L, const char *name) {
  int same;
  luaL_getmetatable(L, name);
  same = lua_rawequal(L, -1, -2);
  lua_pop(L, 1);
  return same;
}

static enum br_mark source_mark (void *ud) {
  lua_State *L = ud;
  enum br_mark mark;
  if (!lua_getmetatable(L, -1))
    return BR_MARK_NONE;
  mark = has_mark(L, LBR_ARRAY_MT) ? BR_MARK_ARRAY
       : has_mark(L, LBR_OBJECT_MT) ? BR_MARK_OBJECT : BR_MARK_NONE;
  lua_pop(L, 1);
  return mark;
}

static size_t source_length (void *ud) {
  return lua_rawlen((lua_State *)ud, -1);
}

/* n keys, each from 1 to n: looked at one by one, for a stray key may stand
** anywhere in the order of lua_next. */
static int source_is_sequence (void *ud, size_t n) {
  lua_State *L = ud;
  size_t count = 0;
  luaL_checkstack(L, 4, "value nested too deeply");
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    int64_t k;
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TNUMBER || !lbr_tointeger(L, -1, &k) ||
        k < 1 || (size_t)k > n) {
      lua_pop(L, 1);
      return 0;
    }
    count++;
  }
  return count == n;
}

static int source_enter_field (void *ud, br_slice name) {
  lua_State *L = ud;
  luaL_checkstack(L, 6, "value nested too deeply");
  lua_pushlstring(L, name.p, name.n);
  lua_rawget(L, -2);
  if (!lua_isnil(L, -1))
    return 1;
  lua_pop(L, 1);
  return 0;
}

static int source_enter_item (void *ud, size_t index) {
  lua_State *L = ud;
  luaL_checkstack(L, 6, "value nested too deeply");
  lua_rawgeti(L, -1, (int)index);
  return 1;
}

static void source_leave (void *ud) {
  lua_pop((lua_State *)ud, 1);
}

static int source_begin (void *ud) {
  luaL_checkstack((lua_State *)ud, 6, "value nested too deeply");
  lua_pushnil((lua_State *)ud);
  return BR_OK;
}

static int source_next (void *ud, br_scalar *key) {
  lua_State *L = ud;
  if (!lua_next(L, -2))
    return 0;
  get_at(L, -2, key);
  return 1;
}

static void source_end (void *ud) {
  lua_pop((lua_State *)ud, 1);
}

static const br_source_vt source_vt = {
  source_get, source_mark, source_length, source_is_sequence,
  source_enter_field, source_enter_item, source_leave,
  source_begin, source_next, source_end
};

br_source lbr_source (lua_State *L) {
  br_source s = {&source_vt, L};
  return s;
}

/* ======================================================================
** Sink: made values are on top of the stack
** ====================================================================== */

static int sink_null (void *ud) {
  lua_pushlightuserdata((lua_State *)ud, NULL);
  return BR_OK;
}

static int sink_boolean (void *ud, int v) {
  lua_pushboolean((lua_State *)ud, v);
  return BR_OK;
}

static int sink_integer (void *ud, int64_t v) {
#if LBR_HAS_INTEGERS
  lua_pushinteger((lua_State *)ud, (lua_Integer)v);
#else
  if (v > (int64_t)EXACT || v < -(int64_t)EXACT)
    return BR_EDECODE;
  lua_pushnumber((lua_State *)ud, (lua_Number)v);
#endif
  return BR_OK;
}

static int sink_number (void *ud, double v) {
  lua_pushnumber((lua_State *)ud, (lua_Number)v);
  return BR_OK;
}

static int sink_string (void *ud, const char *p, size_t n) {
  lua_pushlstring((lua_State *)ud, p, n);
  return BR_OK;
}

static int sink_open (void *ud, enum br_container c, size_t hint) {
  lua_State *L = ud;
  int n = hint > 1 << 20 ? 1 << 20 : (int)hint;
  luaL_checkstack(L, 6, "answer nested too deeply");
  if (c == BR_C_OBJECT)
    lua_createtable(L, 0, n);
  else
    lua_createtable(L, n, 0);
  if (c == BR_C_ARRAY) {
    luaL_getmetatable(L, LBR_ARRAY_MT);
    lua_setmetatable(L, -2);
  }
  return BR_OK;
}

static int sink_field (void *ud, const char *name, size_t n) {
  lua_State *L = ud;
  lua_pushlstring(L, name, n);
  lua_insert(L, -2);
  lua_rawset(L, -3);
  return BR_OK;
}

static int sink_item (void *ud, size_t index) {
  lua_rawseti((lua_State *)ud, -2, (int)index);
  return BR_OK;
}

static const br_sink_vt sink_vt = {
  sink_null, sink_boolean, sink_integer, sink_number, sink_string,
  sink_open, sink_field, sink_item
};

br_sink lbr_sink (lua_State *L) {
  br_sink s = {&sink_vt, L};
  return s;
}

/*
** lvalue.h: Lua values as the core's sources and sinks, and the differences
** between the Lua versions in one block.
*/
#ifndef LBR_VALUE_H
#define LBR_VALUE_H

#include "core/bedrock.h"

#include <lauxlib.h>
#include <lua.h>

#if LUA_VERSION_NUM < 502
#define lua_rawlen            lua_objlen
#define lua_setuservalue(L,i) lua_setfenv(L, i)
#define lua_getuservalue(L,i) lua_getfenv(L, i)
#endif

#if LUA_VERSION_NUM >= 503
#define LBR_HAS_INTEGERS      1
#else
#define LBR_HAS_INTEGERS      0
#endif

#define LBR_ARRAY_MT  "bedrock.array"
#define LBR_OBJECT_MT "bedrock.object"

/* Make or fetch a registered metatable with these functions; on top. */
void lbr_metatable (lua_State *L, const char *name, const luaL_Reg *funcs);

/* Add functions to the table on top. */
void lbr_setfuncs (lua_State *L, const luaL_Reg *funcs);

/* The value on top of the stack as a source; it stays there. */
br_source lbr_source (lua_State *L);

/* Values are pushed onto the stack. */
br_sink lbr_sink (lua_State *L);

/* Seconds or a count: is the value at idx an exact integer? */
int lbr_tointeger (lua_State *L, int idx, int64_t *v);

void lbr_push_slice (lua_State *L, br_slice s);

#endif

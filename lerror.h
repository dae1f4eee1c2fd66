/*
** lerror.h: the error tables that Lua sees, and the tables beside a success.
*/
#ifndef LBR_ERROR_H
#define LBR_ERROR_H

#include "lvalue.h"

#define LBR_ERROR_MT "bedrock.error"

/* Make the metatable of errors known to this state. */
void lbr_error_open (lua_State *L);

/* nil and the error table: what the world did. `c` may be NULL. */
int lbr_fail (lua_State *L, const br_err *e, br_call *c);

/* bedrock.sign (lsign.c). */
int lbr_sign (lua_State *L);

/* The table `meta` of a finished call. */
void lbr_push_meta (lua_State *L, const br_call *c);

#endif

/*
** lsettings.h: a configuration table -> br_settings.
*/
#ifndef LBR_SETTINGS_H
#define LBR_SETTINGS_H

#include "lvalue.h"

/* What the configuration says beyond the settings of a call. */
typedef struct lbr_config {
  br_settings set;
  const br_service *service;
  int has_bearer, has_credentials, anonymous;
  int retry_off;             /* whatever max_attempts says */
  int anchors;               /* a table that keeps the texts, or 0 */
  int for_call;              /* options of one call: no change of service */
} lbr_config;

void lbr_config_init (lbr_config *c);

/* Read the table at idx over what `c` holds. Text stays in Lua: without
** anchors it lives as long as the table. BR_ECONFIG with err filled. */
int lbr_config_read (lua_State *L, int idx, lbr_config *c, br_err *err);

/* Fill what the configuration left open from the environment, and choose
** the way to authenticate. The text is pushed onto the stack (at most
** LBR_ENV_SLOTS values) and holds as long as it is there. */
#define LBR_ENV_SLOTS 8
int lbr_config_complete (lua_State *L, lbr_config *c, const br_service *s,
                         br_err *err);

#endif

/*
** bedrock.h: all that the Lua face needs of the core.
**
** Life cycles: a br_shared belongs to a client, as does a br_curl; a br_call
** belongs to whoever holds its result. A call borrows its settings' text and
** the shared part: both outlive it. Nothing here has globals; a client and
** its calls belong to one thread at a time.
*/
#ifndef BR_BEDROCK_H
#define BR_BEDROCK_H

#include "core/call.h"
#include "core/curl.h"
#include "core/shape.h"
#include "core/sys.h"
#include "core/uri.h"

#define BR_VERSION "0.1.0"

#endif

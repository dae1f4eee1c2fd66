/*
** limits.h: the ceiling of every buffer and recursion, in one place.
** Reaching one is an error with a name, never a crash or a cut.
*/
#ifndef BR_LIMITS_H
#define BR_LIMITS_H

/* A request's body. The services stop at 25 MB for most operations; base64
** and JSON escapes come on top. */
#define BR_MAX_REQUEST_BODY   ((size_t)256 << 20)

/* A response held in memory. Larger than any documented answer; a server
** that sends more is broken or hostile. */
#define BR_MAX_RESPONSE_BODY  ((size_t)128 << 20)

/* All lines of one head, either way. nginx and the services' own front ends
** refuse more than a few tens of kilobytes. */
#define BR_MAX_HEAD           ((size_t)256 << 10)

/* URL, path, query: load balancers stop far below. */
#define BR_MAX_URL            ((size_t)64 << 10)

/* Canonical request: the head and the URL once more, escaped. */
#define BR_MAX_CANONICAL      ((size_t)1 << 20)

/* Text of all input problems of one call, and how many are told. */
#define BR_MAX_PROBLEM_TEXT   ((size_t)256 << 10)
#define BR_MAX_PROBLEMS       100

/* Nesting of values, in requests and responses. The C and the Lua stack
** bear it; no known document comes near. */
#define BR_MAX_DEPTH          400

#endif

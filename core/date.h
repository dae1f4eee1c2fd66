/*
** date.h: civil time without a clock and without the C library's locale.
** A moment is a count of microseconds since 1970-01-01T00:00:00Z.
*/
#ifndef BR_DATE_H
#define BR_DATE_H

#include "core/buf.h"

#include <stdint.h>

#define BR_DATE_BASIC  17   /* YYYYMMDDTHHMMSSZ and NUL */
#define BR_DATE_ISO    32   /* YYYY-MM-DDTHH:MM:SS[.ffffff]Z and NUL */

/* SigV4: X-Amz-Date. */
void br_date_basic (char to[BR_DATE_BASIC], int64_t seconds);

/* Smithy "date-time". digits 3: always milliseconds, cut; digits 0: six
** decimals, or none when they are zero. */
void br_date_iso (char to[BR_DATE_ISO], int64_t micros, int digits);

/* Seconds as a double to a moment, rounded; -1 outside years 1 to 9999. */
int br_date_from_double (double seconds, int64_t *micros);

/* Any form that a service or a caller may write: ISO 8601 (basic or
** extended, fraction, Z or offset; without one it is UTC), RFC 822, or epoch
** seconds as text. -1 when it is none of them. */
int br_date_parse (br_slice text, int64_t *micros);

/* floor(a / b) for b > 0. */
int64_t br_floor_div (int64_t a, int64_t b);

#endif

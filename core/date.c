#include "core/date.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct civil {
  int year, month, day, hour, minute, second;
} civil;

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

#define YEAR_1     (-62135596800LL)     /* seconds of 0001-01-01 */
#define YEAR_10000 253402300800LL

int64_t br_floor_div (int64_t a, int64_t b) {
  return a / b - (a % b < 0);
}

/* Days since the epoch; months count from March so that the leap day ends
** the year. */
static int64_t days_of (int y, int m, int d) {
  int64_t year = m <= 2 ? y - 1 : y;
  int64_t era = br_floor_div(year, 400);
  int64_t yoe = year - era * 400;
  int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil_of (civil *c, int64_t seconds) {
  int64_t days = br_floor_div(seconds, 86400);
  int64_t rest = seconds - days * 86400;
  int64_t z = days + 719468;
  int64_t era = br_floor_div(z, 146097);
  int64_t doe = z - era * 146097;
  int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  int64_t mp = (5 * doy + 2) / 153;
  c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
  c->month = (int)(mp < 10 ? mp + 3 : mp - 9);
  c->year = (int)(yoe + era * 400 + (c->month <= 2));
  c->hour = (int)(rest / 3600);
  c->minute = (int)(rest / 60 % 60);
  c->second = (int)(rest % 60);
}

/* `width` decimal digits of v, most significant first. */
static char *digits_of (char *to, int64_t v, int width) {
  int i;
  for (i = width - 1; i >= 0; i--) {
    to[i] = (char)('0' + v % 10);
    v /= 10;
  }
  return to + width;
}

void br_date_basic (char to[BR_DATE_BASIC], int64_t seconds) {
  civil c;
  civil_of(&c, seconds);
  to = digits_of(to, c.year, 4);
  to = digits_of(to, c.month, 2);
  to = digits_of(to, c.day, 2);
  *to++ = 'T';
  to = digits_of(to, c.hour, 2);
  to = digits_of(to, c.minute, 2);
  to = digits_of(to, c.second, 2);
  *to++ = 'Z';
  *to = '\0';
}

void br_date_iso (char to[BR_DATE_ISO], int64_t micros, int digits) {
  int64_t seconds = br_floor_div(micros, 1000000);
  int64_t rest = micros - seconds * 1000000;
  civil c;
  civil_of(&c, seconds);
  to = digits_of(to, c.year, 4);
  *to++ = '-';
  to = digits_of(to, c.month, 2);
  *to++ = '-';
  to = digits_of(to, c.day, 2);
  *to++ = 'T';
  to = digits_of(to, c.hour, 2);
  *to++ = ':';
  to = digits_of(to, c.minute, 2);
  *to++ = ':';
  to = digits_of(to, c.second, 2);
  if (digits == 3 || rest != 0) {
    *to++ = '.';
    to = digits == 3 ? digits_of(to, rest / 1000, 3)
                     : digits_of(to, rest, 6);
  }
  *to++ = 'Z';
  *to = '\0';
}

int br_date_from_double (double seconds, int64_t *micros) {
  if (!(seconds >= (double)YEAR_1 && seconds < (double)YEAR_10000))
    return -1;
  *micros = (int64_t)llrint(seconds * 1e6);
  return 0;
}

/* --- parsing: a cursor over text that ends with NUL ------------------- */

/* Exactly `width` digits; -1 when there are fewer. */
static int number (const char **p, int width) {
  int v = 0;
  for (; width > 0; width--, (*p)++) {
    if (**p < '0' || **p > '9')
      return -1;
    v = v * 10 + (**p - '0');
  }
  return v;
}

static int skip (const char **p, const char *any) {
  if (**p == '\0' || strchr(any, **p) == NULL)
    return 0;
  (*p)++;
  return 1;
}

/* Digits after the point as microseconds; further ones are cut. */
static int64_t fraction (const char **p) {
  int64_t v = 0, scale = 100000;
  for (; **p >= '0' && **p <= '9'; (*p)++, scale /= 10)
    v += (**p - '0') * scale;
  return v;
}

/* Z, GMT, UTC or +HH[:]MM; nothing means UTC. Seconds east, or -1. */
static int offset (const char **p, int *seconds) {
  int sign, hours, minutes = 0;
  *seconds = 0;
  if (**p == '\0')
    return 0;
  if (strcmp(*p, "Z") == 0 || strcmp(*p, "z") == 0 ||
      strcmp(*p, "GMT") == 0 || strcmp(*p, "UTC") == 0)
    return 0;
  sign = **p == '-' ? -1 : 1;
  if (!skip(p, "+-"))
    return -1;
  hours = number(p, 2);
  (void)skip(p, ":");
  if (**p != '\0')
    minutes = number(p, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || **p != '\0')
    return -1;
  *seconds = sign * (hours * 3600 + minutes * 60);
  return 0;
}

static int valid (const civil *c) {
  static const int length[] = {31, 29, 31, 30, 31, 30,
                               31, 31, 30, 31, 30, 31};
  int leap = c->year % 4 == 0 && (c->year % 100 != 0 || c->year % 400 == 0);
  if (c->year < 1 || c->month < 1 || c->month > 12 || c->day < 1)
    return 0;
  if (c->day > length[c->month - 1] || (c->month == 2 && c->day == 29
                                        && !leap))
    return 0;
  return c->hour >= 0 && c->hour < 24 && c->minute >= 0 && c->minute < 60 &&
         c->second >= 0 && c->second <= 60;
}

static int finish (const civil *c, int64_t micros, const char *p,
                   int64_t *out) {
  int east;
  int64_t s;
  if (!valid(c) || offset(&p, &east) != 0)
    return -1;
  s = days_of(c->year, c->month, c->day) * 86400 + c->hour * 3600
    + c->minute * 60 + c->second - east;
  if (s < YEAR_1 || s >= YEAR_10000)
    return -1;
  *out = s * 1000000 + micros;
  return 0;
}

static int parse_clock (const char **p, civil *c, int64_t *micros) {
  c->hour = number(p, 2);
  (void)skip(p, ":");
  c->minute = number(p, 2);
  c->second = 0;
  *micros = 0;
  if (skip(p, ":") || (**p >= '0' && **p <= '9')) {
    c->second = number(p, 2);
    if (skip(p, ".,"))
      *micros = fraction(p);
  }
  return c->hour < 0 || c->minute < 0 || c->second < 0 ? -1 : 0;
}

static int parse_iso (const char *p, int64_t *out) {
  civil c = {0, 0, 0, 0, 0, 0};
  int64_t micros = 0;
  c.year = number(&p, 4);
  (void)skip(&p, "-");
  c.month = number(&p, 2);
  (void)skip(&p, "-");
  c.day = number(&p, 2);
  if (c.year < 0 || c.month < 0 || c.day < 0)
    return -1;
  if (*p != '\0' && (!skip(&p, "Tt ") || parse_clock(&p, &c, &micros) != 0))
    return -1;
  return finish(&c, micros, p, out);
}

static int month_number (const char **p) {
  int i;
  for (i = 0; i < 12; i++)
    if (strncmp(*p, month_names + 3 * i, 3) == 0) {
      *p += 3;
      return i + 1;
    }
  return -1;
}

/* [Wed, ]02 Oct 2002 13:00:00 GMT */
static int parse_rfc822 (const char *p, int64_t *out) {
  civil c = {0, 0, 0, 0, 0, 0};
  int64_t micros;
  const char *comma = strchr(p, ',');
  if (comma != NULL)
    p = comma + 1;
  while (skip(&p, " "))
    continue;
  c.day = p[0] != '\0' && p[1] == ' ' ? number(&p, 1) : number(&p, 2);
  if (c.day < 0 || !skip(&p, " -"))
    return -1;
  c.month = month_number(&p);
  if (c.month < 0 || !skip(&p, " -"))
    return -1;
  c.year = number(&p, 4);
  if (c.year < 0 || !skip(&p, " ") || parse_clock(&p, &c, &micros) != 0)
    return -1;
  while (skip(&p, " "))
    continue;
  return finish(&c, micros, p, out);
}

/* [-]digits[.digits]: epoch seconds. */
static int parse_epoch (const char *p, int64_t *out) {
  int negative = skip(&p, "-"), digits = 0;
  int64_t s = 0, micros = 0;
  for (; *p >= '0' && *p <= '9' && digits < 12; p++, digits++)
    s = s * 10 + (*p - '0');
  if (digits == 0)
    return -1;
  if (skip(&p, "."))
    micros = fraction(&p);
  if (*p != '\0' || s >= (negative ? 1 - YEAR_1 : YEAR_10000))
    return -1;
  *out = (s * 1000000 + micros) * (negative ? -1 : 1);
  return 0;
}

int br_date_parse (br_slice text, int64_t *micros) {
  char p[64];
  if (text.n >= sizeof p || text.n == 0)
    return -1;
  memcpy(p, text.p, text.n);
  p[text.n] = '\0';
  if (strlen(p) != text.n)
    return -1;
  if (parse_iso(p, micros) == 0 || parse_epoch(p, micros) == 0)
    return 0;
  return parse_rfc822(p, micros);
}

#include "core/err.h"

#include <stdio.h>
#include <string.h>

static const char *const kinds[] = {
  "ok", "input", "config", "credentials", "connection", "timeout", "service",
  "stream", "decode", "cancelled", "memory", "decode"
};

const char *br_kind (int code) {
  size_t i = (size_t)-code;
  return i < sizeof(kinds) / sizeof(kinds[0]) ? kinds[i] : "decode";
}

void br_err_clear (br_err *e) {
  e->code = BR_OK;
  e->name[0] = e->message[0] = e->hint[0] = '\0';
}

/* Drop a character that was cut in its middle. */
static void trim_utf8 (char *s) {
  size_t n = strlen(s), back = 0;
  while (back < 3 && n > back && (s[n - 1 - back] & 0xC0) == 0x80)
    back++;
  if (n > back && (unsigned char)s[n - 1 - back] >= 0xC0)
    s[n - 1 - back] = '\0';
}

static void fill (char *to, size_t size, const char *fmt, va_list ap) {
  int n = vsnprintf(to, size, fmt, ap);
  if (n < 0)
    to[0] = '\0';
  else if ((size_t)n >= size)
    trim_utf8(to);
}

int br_err_set (br_err *e, int code, const char *name, const char *fmt, ...) {
  va_list ap;
  e->code = code;
  e->hint[0] = '\0';
  (void)snprintf(e->name, sizeof e->name, "%s", name);
  va_start(ap, fmt);
  fill(e->message, sizeof e->message, fmt, ap);
  va_end(ap);
  return code;
}

void br_err_hint (br_err *e, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fill(e->hint, sizeof e->hint, fmt, ap);
  va_end(ap);
}

int br_err_memory (br_err *e) {
  return br_err_set(e, BR_EMEMORY, "OutOfMemory", "not enough memory");
}
